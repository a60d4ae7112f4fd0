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

/// One line, and a page of which no part can be shown.
#[test]
fn what_has_no_lines() {
    let (text, _, file) = arrived("", &"x".repeat(5_000_000));
    assert!(file == [b'x'; 5_000_000]);
    assert!(text.starts_with("xxx"), "{text}");
    let page = format!("<p>{}</p>\n", "<b>x</b>\n".repeat(500_000));
    let (text, name, file) = arrived("Content-Type: text/html\n", &page);
    assert_eq!(
        text.trim_end(),
        "[The whole text is attached as message.html.]"
    );
    assert_eq!(name, "message.html");
    assert!(file == page.replace('\n', "\r\n").as_bytes());
}
