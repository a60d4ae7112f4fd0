//! Where the parts of a message begin and end.

use std::fmt::Write as _;

use graphmail::message::{Eml, Part};

use super::sent_bytes;

/// A line for each part: its depth, type and body.
fn outline(message: &str) -> String {
    fn write(part: &Part, message: &str, depth: usize, text: &mut String) {
        let body = if part.parts.is_empty() {
            format!(" {:?}", &message[part.body.clone()])
        } else {
            String::new()
        };
        let indent = "  ".repeat(depth);
        let fields = &part.fields;
        writeln!(text, "{indent}{}/{}{body}", fields.kind, fields.subtype).expect("written");
        for inner in &part.parts {
            write(inner, message, depth + 1, text);
        }
    }
    let mut text = String::new();
    write(
        &Part::parse(&message.as_bytes().to_vec().into()).expect("parts"),
        message,
        0,
        &mut text,
    );
    text
}

#[test]
fn parts_lie_between_delimiter_lines() {
    let mixed = "Content-Type: multipart/mixed; boundary=b\n\n";
    let alternative = "Content-Type: multipart/alternative; boundary=\"b=_c\"\n\n";
    #[rustfmt::skip]
    let cases = [
        ("no MIME", "From: a@b.org\n\nbody\n".to_owned(), "text/plain \"body\\n\"\n"),
        ("a header alone", "From: a@b.org".to_owned(), "text/plain \"\"\n"),
        ("a part", format!("{mixed}--b\n\na\n--b--\n"), "multipart/mixed\n  text/plain \"a\"\n"),
        ("CRLF", format!("{mixed}--b\n\na\n--b--\n").replace('\n', "\r\n"), "multipart/mixed\n  text/plain \"a\"\n"),
        ("an empty part", format!("{mixed}--b\n\n--b\n\n\n--b--\n"), "multipart/mixed\n  text/plain \"\"\n  text/plain \"\"\n"),
        ("a part without even an empty line", format!("{mixed}--b\n--b\nX: y\n--b--\n"), "multipart/mixed\n  text/plain \"\"\n  text/plain \"X: y\"\n"),
        ("a part without a header section", format!("{mixed}--b\na\n\nz\n--b--\n"), "multipart/mixed\n  text/plain \"a\\n\\nz\"\n"),
        ("a header section without an empty line", format!("{mixed}--b\nContent-Type: a/b;\n x=y\ndata\n--b--\n"), "multipart/mixed\n  a/b \"data\"\n"),
        ("a header section alone", format!("{mixed}--b\nX: y\nContent-Type: a/b\n--b--\n"), "multipart/mixed\n  a/b \"\"\n"),
        ("a header section that a line breaks", format!("{mixed}--b\nX: y\nContent-Type: a/b\nNote: n\ndata\nContent-Type: c/d\n\nz\n--b--\n"), "multipart/mixed\n  a/b \"Note: n\\ndata\\nContent-Type: c/d\\n\\nz\"\n"),
        ("a folded line first", format!("{mixed}--b\n a\nContent-Type: a/b\n\nz\n--b--\n"), "multipart/mixed\n  text/plain \" a\\nContent-Type: a/b\\n\\nz\"\n"),
        ("an inner multipart without an empty line", format!("{mixed}--b\n{}--b=_c\na\n--b=_c--\n--b--\n", alternative.trim_end().to_owned() + "\n"), "multipart/mixed\n  multipart/alternative\n    text/plain \"a\"\n"),
        ("a message without an empty line before it", format!("{mixed}--b\nContent-Type: message/rfc822\nFrom: a@b.org\n\nz\n--b--\n"), "multipart/mixed\n  message/rfc822 \"z\"\n"),
        ("the end within a header section", format!("{mixed}--b\nContent-Type: a/b\nx"), "multipart/mixed\n  a/b \"x\"\n"),
        ("blanks after the boundary", format!("{mixed}--b \t\n\na\n--b-- \n"), "multipart/mixed\n  text/plain \"a\"\n"),
        ("lines that begin like a delimiter", format!("{mixed}--bc\n--b\n\na\n--bc\n --b\n--\n--b--c\n--b--\n--b\n\nno\n"), "multipart/mixed\n  text/plain \"a\\n--bc\\n --b\\n--\\n--b--c\"\n"),
        ("a boundary that begins with another", format!("{mixed}--b\n{alternative}--b=_c\n\na\n--b=_c--\n--b\n\nz\n--b--\n"), "multipart/mixed\n  multipart/alternative\n    text/plain \"a\"\n  text/plain \"z\"\n"),
        ("an inner multipart without its end", format!("{mixed}--b\n{alternative}--b=_c\n\na\n--b\n\nz\n--b--\n"), "multipart/mixed\n  multipart/alternative\n    text/plain \"a\"\n  text/plain \"z\"\n"),
        ("no end at all", format!("{mixed}--b\n\na\n--b\n\nz\n"), "multipart/mixed\n  text/plain \"a\"\n  text/plain \"z\\n\"\n"),
        ("no part at all", format!("{mixed}a\n"), "multipart/mixed \"a\\n\"\n"),
        ("no boundary", "Content-Type: multipart/mixed\n\n--\na\n".to_owned(), "multipart/mixed \"--\\na\\n\"\n"),
        ("the same boundary twice", format!("{mixed}--b\n{mixed}--b\n\na\n--b--\n--b\n\nz\n--b--\n"), "multipart/mixed\n  multipart/mixed\n    text/plain \"a\"\n  text/plain \"z\"\n"),
        ("a digest", "Content-Type: MULTIPART/Digest; Boundary=B\n\n--B\n\nFrom: x\n\ny\n--B\nContent-Type: text/html\n\n<p>\n--B--\n".to_owned(), "multipart/digest\n  message/rfc822 \"From: x\\n\\ny\"\n  text/html \"<p>\"\n"),
        ("a message is not looked into", format!("{mixed}--b\nContent-Type: message/rfc822\n\n{alternative}--b=_c\n\na\n--b=_c--\n--b--\n"), "multipart/mixed\n  message/rfc822 \"Content-Type: multipart/alternative; boundary=\\\"b=_c\\\"\\n\\n--b=_c\\n\\na\\n--b=_c--\"\n"),
    ];
    for (what, message, wanted) in cases {
        assert_eq!(outline(&message), wanted, "{what}");
    }
}

#[test]
fn a_part_says_what_it_is() {
    let part = Part::parse(
        &b"Content-Type: Text/CSV; charset=\"x\"; Name=\"=?iso-8859-1?q?=DC.csv?=\"\r\n\
          Content-Disposition: ATTACHMENT\r\nContent-ID: <a@b>\r\n\
          Content-Transfer-Encoding:  BASE64 (of course)\r\n\r\n"
            .to_vec()
            .into(),
    )
    .expect("parts");
    let fields = &part.fields;
    assert!(fields.is("text", "csv"));
    assert_eq!(fields.parameters, [("charset".to_owned(), "x".to_owned())]);
    assert_eq!(fields.name.as_deref(), Some("Ü.csv"));
    assert_eq!(fields.disposition.as_deref(), Some("attachment"));
    assert_eq!(fields.content_id.as_deref(), Some("a@b"));
    assert_eq!(fields.encoding, "base64");
    let none = Part::parse(&b"\r\n".to_vec().into()).expect("parts").fields;
    assert!(none.is("text", "plain"));
    assert_eq!(none.encoding, "7bit");
}

#[test]
fn multiparts_nested_without_end_are_read_without_end() {
    let message: String = (0..10_000)
        .map(|level| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n"))
        .collect();
    let root = Part::parse(&message.as_bytes().to_vec().into()).expect("parts");
    assert_eq!(root.walk().count(), 51);
}

/// In `binary`, an LF is what it is (RFC 2045 section 6.2); of text, and around it, it is a line end.
#[test]
fn line_ends_of_a_binary_part_stay() {
    let binary = "Content-Transfer-Encoding: binary\n\n";
    let message = format!(
        "From: a@b.org\nContent-Type: multipart/mixed; boundary=b\n\n\
         --b\nContent-Type: text/plain\n{binary}a\nb\n\
         --b\nContent-Type: image/png\n{binary}%\n\
         --b\nContent-Type: image/png\n\na\nb\n--b--\n"
    );
    let eml = Eml::parse(message.replace('%', "\n\x01\n\r\n\n").into_bytes()).expect("a message");
    let wanted = message.replace('\n', "\r\n").replace('%', "\n\x01\n\r\n\n");
    assert_eq!(String::from_utf8_lossy(&sent_bytes(&eml)), wanted);
}
