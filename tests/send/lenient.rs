//! What people and scripts type that is not quite right, and what comes of it.

use std::os::unix::ffi::OsStringExt as _;

use crate::support::host::World;

const SEND: &str = "send -t a@example.org -s S";

#[test]
fn a_subject_loses_what_a_shell_adds() {
    let world = World::ready();
    for (subject, arrived) in [("a\tb", "a b"), (" done\n\n", "done"), ("\r\nx \t", "x")] {
        let words = ["graphmail", "send", "-t", "a@example.org", "-s", subject];
        world.run_words(&words.map(Into::into), b"").is_silent();
        let accepted = world.sandbox().accepted();
        assert_eq!(accepted.last().unwrap().subject, arrived, "{subject:?}");
    }
    let words = ["graphmail", "send", "-t", "a@example.org", "-s", "a\nb"];
    world.run_words(&words.map(Into::into), b"").failed(
        65,
        "graphmail: error: the subject contains a control character\nhint: write the subject on one line, without control characters\n",
    );
}

#[test]
fn a_name_that_looks_like_an_encoded_word_is_a_name() {
    let world = World::ready();
    let name = "=?utf-8?Q?x?= & y.txt";
    drop(world.file(name, "x"));
    world
        .run(&format!(
            "{SEND} --format mime --from me@example.org --attach 'HOME/{name}'"
        ))
        .is_silent();
    let message = world.message();
    assert_eq!(message.attachments[0].name, name);
    let eml = String::from_utf8(message.eml.to_vec()).unwrap();
    let field = "Content-Disposition: attachment;\r\n filename*=UTF-8''%3D%3Futf%2D8%3FQ%3Fx%3F%3D%20%26%20y%2Etxt\r\n";
    assert!(eml.contains(field), "{eml}");
}

#[test]
fn a_path_that_is_not_utf_8_can_have_a_name() {
    let world = World::ready();
    let path = [world.home().as_os_str().as_encoded_bytes(), b"/caf\xe9.txt"].concat();
    std::fs::write(std::ffi::OsString::from_vec(path.clone()), "x").unwrap();
    let spec = [&path[..], b";name=cafe.txt;type=text/csv"].concat();
    let mut words: Vec<std::ffi::OsString> = ["graphmail", "send", "-t", "a@example.org", "-a"]
        .map(Into::into)
        .to_vec();
    words.push(std::ffi::OsString::from_vec(spec));
    world.run_words(&words, b"").is_silent();
    let message = world.message();
    assert_eq!(message.attachments[0].name, "cafe.txt");
    assert_eq!(message.attachments[0].content_type, "text/csv");
}

#[test]
fn a_text_in_another_charset_is_decoded_or_refused() {
    let world = World::ready();
    let text = "Grüße 𝄞\r\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for contents in [[&[0xFF, 0xFE], &little[..]], [&[0xFE, 0xFF], &big[..]]] {
        drop(world.file("log", contents.concat()));
        world
            .run(&format!("{SEND} --body-file HOME/log"))
            .is_silent();
        let accepted = world.sandbox().accepted();
        let body = &accepted.last().unwrap().resource["body"]["content"];
        assert_eq!(body.as_str().unwrap(), text);
    }
    drop(world.file("log", [&[0xFF, 0xFE], &little[..3]].concat()));
    world.run(&format!("{SEND} --body-file HOME/log")).failed(
        65,
        "graphmail: error: HOME/log begins with the byte order mark of UTF-16, but is not UTF-16 text\n",
    );
    drop(world.file("a log", b"Gr\xfc\xdfe\n"));
    world.run(&format!("{SEND} --body-file 'HOME/a log'")).failed(
        65,
        "graphmail: error: HOME/a log is not UTF-8 text (byte 2)\n\
         hint: if it is Latin-1, convert it: iconv -f ISO-8859-1 -t UTF-8 'HOME/a log' >UTF-8.txt\n",
    );
    world
        .run_with(&format!("{SEND} --body -"), b"Gr\xfc\n")
        .failed(
            65,
            "graphmail: error: standard input is not UTF-8 text (byte 2)\n\
         hint: if it is Latin-1, pipe it through iconv -f ISO-8859-1 -t UTF-8\n",
        );
}

#[test]
fn a_long_field_is_sent_as_mime() {
    let world = World::ready();
    let send = |value: &str| {
        world
            .run(&format!("{SEND} --from me@example.org -H 'X-A: {value}'"))
            .is_silent();
        world.sandbox().accepted().last().unwrap().transport
    };
    let word = "word ".repeat(200);
    let fits = send(&word[..993]);
    let long = send(&word[..994]);
    assert_eq!(format!("{fits:?} {long:?}"), "Json Mime");
}

#[test]
fn an_image_that_the_html_does_not_show_is_reported() {
    let world = World::ready();
    drop(world.file("a.png", "x"));
    world
        .run(&format!(
            "{SEND} --html '<img src=\"cid:one\">' --inline one=HOME/a.png --inline two=HOME/a.png"
        ))
        .is_silent_but_for("graphmail: warning: --inline: the HTML does not refer to cid:two\n");
}

/// A message that cannot be part of another one is a file like any other.
#[test]
fn a_message_that_cannot_be_embedded_is_a_file() {
    let long = format!("S: {}\n", "x".repeat(999));
    let fits = format!("{}\r\n", "x".repeat(998));
    for (contents, is_embedded) in [
        (&b"Subject: x\n\ny\n"[..], true),
        (fits.as_bytes(), true),
        (b"Subject: x\r\n\r\ny", true),
        (b"Subject: x\n\ny\r", false),
        (b"Subject: x\rz\n\ny\n", false),
        (b"Subject: x\n\n\0\n", false),
        (b"x\r\r\n", false),
        (long.as_bytes(), false),
    ] {
        let world = World::ready();
        drop(world.file("m.eml", contents));
        world
            .run(&format!(
                "{SEND} --from me@example.org --body b --html h -a HOME/m.eml"
            ))
            .is_silent();
        let message = world.message();
        let file = &message.attachments[0];
        let shown = String::from_utf8_lossy(contents);
        assert_eq!(file.name, "m.eml", "{shown}");
        let kind = match is_embedded {
            true => "message/rfc822",
            false => "application/octet-stream",
        };
        assert_eq!(file.content_type, kind, "{shown}");
        if !is_embedded {
            assert_eq!(file.contents.to_vec().unwrap(), contents, "{shown}");
        }
    }
}

#[test]
fn a_ready_message_that_lacks_something_can_be_completed() {
    let world = World::ready();
    let completes = "graphmail sendmail RECIPIENT completes a message from standard input\n";
    let name = "name one with --to, --cc or --bcc; or: ";
    for (mail, error, hint) in [
        (
            "To: a@example.org\n\nx\n",
            "standard input: the message has no From",
            "",
        ),
        (
            "From: MAILER-DAEMON (x)\nTo: a@example.org\n\nx\n",
            "standard input: From: \"MAILER-DAEMON (x)\": an address has the form name@domain",
            "",
        ),
        (
            "From: a@example.org\n\nx\n",
            "the message has no recipient",
            name,
        ),
    ] {
        world.run_with("send --mime -", mail).failed(
            65,
            &format!("graphmail: error: {error}\nhint: {hint}{completes}"),
        );
    }
}
