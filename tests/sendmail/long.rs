//! A text that is too long for one request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{call, world};

/// What arrived: the text, and the attached file.
fn arrived(fields: &str, body: &str) -> (String, String, Vec<u8>) {
    let world = world();
    let mail = format!("Subject: log\n{fields}\n{body}");
    call(&world, "sendmail a@x.org", &mail).is_silent();
    let message = world.message();
    let text = message.resource["body"]["content"].as_str().unwrap();
    let [file] = &message.attachments[..] else {
        panic!("{} attachments", message.attachments.len());
    };
    (
        text.to_owned(),
        file.name.clone(),
        file.contents.to_vec().unwrap(),
    )
}

#[test]
fn it_is_attached_whole_after_its_first_lines() {
    let lines: String = (0..500_000).map(|at| format!("line {at}\n")).collect();
    let crlf = lines.replace('\n', "\r\n");
    let base64 = STANDARD.encode(&crlf);
    let base64: Vec<_> = base64.as_bytes().chunks(76).collect();
    let base64 = base64.join(&b'\n');
    let base64 = String::from_utf8(base64).unwrap();
    let quoted = lines.replace("line 7\n", "li=\nne=207\n");
    for (fields, body) in [
        ("", &lines),
        ("Content-Type: text/plain; charset=utf-8\n", &lines),
        ("Content-Transfer-Encoding: base64\n", &base64),
        ("Content-Transfer-Encoding: quoted-printable\n", &quoted),
    ] {
        let (text, name, file) = arrived(fields, body);
        assert_eq!(name, "message.txt", "{fields}");
        assert!(file == crlf.as_bytes(), "{fields}: {} bytes", file.len());
        let (shown, note) = text.rsplit_once("\r\n\r\n").unwrap();
        assert_eq!(
            note.trim_end(),
            "[The whole text is attached as message.txt.]"
        );
        assert!(crlf.starts_with(shown), "{fields}: {shown}");
        assert!((3_000..5_000).contains(&shown.len()), "{}", shown.len());
    }
}

/// The first lines of `text`, and a note that names the file.
fn shown(text: &str, whole: &str, name: &str) {
    let (shown, note) = text.rsplit_once("\r\n\r\n[").unwrap();
    let expected = format!("The whole text is attached as {name}.]");
    assert_eq!(note.trim_end(), expected);
    assert!(whole.starts_with(shown) && shown.len() > 3_000, "{shown}");
}

/// The text, and the names and contents of the files.
fn arrived_parts(mail: &str) -> (String, Vec<(String, Vec<u8>)>) {
    let world = world();
    call(&world, "sendmail a@x.org", mail).is_silent();
    let message = world.message();
    let text = message.resource["body"]["content"].as_str().unwrap();
    let files = message.attachments.iter();
    let files = files.map(|file| (file.name.clone(), file.contents.to_vec().unwrap()));
    (text.to_owned(), files.collect())
}

#[test]
fn in_a_multipart_too() {
    let log: String = (0..400_000).map(|at| format!("line {at}\r\n")).collect();
    let page = format!("<p>{}</p>", "<b>x</b>\r\n".repeat(400_000));
    let of = |kind: &str, parts: &[&str]| {
        let parts = parts.iter().map(|part| format!("--b\n{part}\n"));
        let parts: String = parts.collect();
        format!(
            "Subject: s\nMIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=b\n\n{parts}--b--\n"
        )
    };
    let file = "Content-Type: application/x\nContent-Disposition: attachment; filename=f\n\nfile";
    let bytes = |name: &str, text: &str| (name.to_owned(), text.as_bytes().to_vec());
    let html = format!("Content-Type: text/html\n\n{page}");
    // A log before a file, and after a short text.
    let (text, files) = arrived_parts(&of("mixed", &[&format!("\n{log}"), file]));
    shown(&text, &log, "message.txt");
    assert!(files == [bytes("f", "file"), bytes("message.txt", &log)]);
    // Long in both forms.
    let both = of("alternative", &[&format!("\n{log}"), &html]);
    let (text, files) = arrived_parts(&both);
    shown(&text, &log, "message.txt");
    let attached = [bytes("message.txt", &log), bytes("message-2.html", &page)];
    assert!(files == attached);
    // A short text remains whole.
    let (text, files) = arrived_parts(&of("alternative", &["\nhi", &html]));
    assert_eq!(text.trim_end(), "hi");
    assert!(files == [bytes("message.html", &page)]);
    let (text, files) = arrived_parts(&of("related", &[&html, file]));
    let letters = "x ".repeat(40_000);
    shown(&text, &letters, "message.html");
    assert!(files == [bytes("f", "file"), bytes("message.html", &page)]);
    // A short text with large files is not changed.
    let large = format!("Content-Disposition: attachment; filename=l\n\n{log}");
    let (text, files) = arrived_parts(&of("mixed", &["\nhi", &large]));
    assert_eq!(text.trim_end(), "hi");
    assert!(files == [bytes("l", &log)]);
}

/// One part with a name is a file, and its name is kept.
#[test]
fn with_a_name() {
    let log: String = (0..400_000).map(|at| format!("line {at}\r\n")).collect();
    for (fields, name) in [
        ("Content-Type: text/csv; name=\"r.csv\"", "r.csv"),
        ("Content-Type: text/plain; name=\"log.txt\"", "log.txt"),
        (
            "Content-Disposition: inline; filename*=utf-8''%E2%82%AC.txt",
            "\u{20ac}.txt",
        ),
    ] {
        let (text, files) = arrived_parts(&format!("Subject: s\n{fields}\n\n{log}"));
        assert_eq!(text, "");
        assert!(files == [(name.to_owned(), log.clone().into_bytes())]);
    }
    // The first part of a multipart is the text.
    for (written, name, noted) in [
        ("a b.txt", "a b.txt", "a b.txt"),
        ("=?utf-8?B?4oKs?=", "\u{20ac}", "a file"),
    ] {
        let mail = format!(
            "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; name=\"{written}\"\n\n{log}\n--b--\n"
        );
        let (text, files) = arrived_parts(&mail);
        shown(&text, &log, noted);
        assert!(files == [(name.to_owned(), log.clone().into_bytes())]);
    }
}

/// The parts of a message of two types arrive whole.
#[test]
fn of_two_types() {
    let log: String = (0..400_000).map(|at| format!("line {at}\r\n")).collect();
    let mail = format!(
        "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\nContent-Disposition: attachment; filename=x.pdf\n\n{log}\n--b--\n"
    );
    let (text, files) = arrived_parts(&mail);
    assert_eq!(text.trim_end(), "hi");
    assert!(files == [("x.pdf".to_owned(), log.into_bytes())]);
}

/// A signature would be broken: the message is refused, and kept.
#[test]
fn not_in_a_signed_message() {
    let world = world();
    let mail = format!(
        "Content-Type: multipart/signed; boundary=b\n\n--b\n\n{}--b\nContent-Type: application/pgp-signature\n\nx\n--b--\n",
        "line\n".repeat(800_000)
    );
    call(&world, "sendmail a@x.org", &mail).kept(
        65,
        "graphmail: error: the message of 4800285 bytes is too large for one request, and splitting it would break its multipart/signed\n\
         hint: sign or encrypt a smaller message, one with a link to the file\n",
    );
}

/// One line, and a page with its styles before its text.
#[test]
fn what_has_no_lines() {
    let (text, _, file) = arrived("", &"x".repeat(5_000_000));
    assert!(file == [b'x'; 5_000_000]);
    assert!(text.starts_with("xxx"), "{text}");
    let style = "<style>p { color: red }</style>".repeat(200);
    let page = format!("{style}<p>{}</p>\n", "<b>x</b>\n".repeat(500_000));
    let (text, name, file) = arrived("Content-Type: text/html\n", &page);
    shown(&text, &"x ".repeat(500_000), "message.html");
    assert_eq!(name, "message.html");
    assert!(file == page.replace('\n', "\r\n").as_bytes());
}
