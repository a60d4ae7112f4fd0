//! Every defect of mail-builder that `src/compose/mime.rs` stands before, by what it wrote.

use super::*;

fn base() -> Message {
    Message {
        from: mailbox("me@example.org"),
        ..to("a@example.org")
    }
}

fn field(eml: &str, name: &str) -> String {
    let rest = eml.split(&format!("\r\n{name}: ")).nth(1).expect(name);
    let value = rest.replace("\r\n ", " ");
    value.lines().next().expect("a line").to_owned()
}

#[test]
fn a_subject_reads_back_as_it_was() {
    let long = "word ".repeat(40);
    let glued = "x".repeat(2000);
    for subject in [
        "plain",
        "=?utf-8?q?x?=",
        "a =?utf-8?q?x?= b",
        "two  spaces, and one at the end ",
        " one before",
        "ünï =?b?",
        long.trim(),
        &glued,
        &"=?".repeat(100),
        &"日本".repeat(100),
    ] {
        let message = Message {
            subject: subject.to_owned(),
            ..base()
        };
        let eml = eml(&message);
        let parsed = mail_parser::MessageParser::new()
            .parse(&eml)
            .expect("a message");
        assert_eq!(parsed.subject(), Some(subject));
        assert!(eml.lines().all(|line| line.len() <= 78), "{eml}");
    }
    let message = Message {
        subject: long.trim().to_owned(),
        ..base()
    };
    assert!(field(&eml(&message), "Subject").starts_with("word word "));
}

#[test]
fn a_name_that_looks_encoded_reads_back_as_it_was() {
    let message = Message {
        cc: list("\"=?utf-8?q?x?=\" <b@example.org>, \"Doe, J\" <c@example.org>, d@example.org"),
        ..base()
    };
    assert_eq!(
        field(&eml(&message), "Cc"),
        "=?utf-8?B?PT91dGYtOD9xP3g/PQ==?= <b@example.org>, =?utf-8?B?RG9lLCBK?= \
         <c@example.org>, <d@example.org>"
    );
}

#[test]
fn no_field_stands_twice_or_empty() {
    let eml = eml(&everything());
    let head = eml.split("\r\n\r\n").next().expect("a header");
    let mut names: Vec<_> = head
        .lines()
        .filter(|line| !line.starts_with(' '))
        .map(|line| line.split_once(':').expect("a field"))
        .collect();
    assert!(names.iter().all(|(_, value)| !value.trim().is_empty()));
    let count = names.len();
    names.sort_unstable();
    names.dedup_by_key(|(name, _)| name.to_ascii_lowercase());
    assert_eq!(names.len(), count);
    let bare = Message {
        to: vec![],
        bcc: list("x@example.org"),
        ..base()
    };
    let bare = super::eml(&bare);
    assert!(
        !bare.contains("\r\nTo:") && !bare.contains("\r\nSubject:"),
        "{bare}"
    );
}

#[test]
fn odd_text_is_base64_and_its_lines_end_in_crlf() {
    for (odd, wanted) in [
        ("a\rb\n", "a\rb\r\n"),
        ("nul\0", "nul\0"),
        ("bell\u{7}\r\n", "bell\u{7}\r\n"),
        ("ünï\nçödé\n", "ünï\r\nçödé\r\n"),
    ] {
        let eml = eml(&Message {
            body: text(odd),
            ..base()
        });
        assert!(
            eml.contains("Content-Transfer-Encoding: base64\r\n"),
            "{eml}"
        );
        let encoded = eml
            .split("\r\n\r\n")
            .nth(1)
            .expect("a body")
            .replace("\r\n", "");
        let decoded = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, encoded);
        assert_eq!(decoded.expect("base64"), wanted.as_bytes());
    }
}

#[test]
fn an_attached_message_is_whole() {
    let render = |message: &Message| {
        let mail = composed(message);
        let plan = plan(&mail, Choice::Mime, &limits()).expect("a plan");
        render(&mail, &plan, &Still::default(), &limits())
    };
    let attach = |contents: &[u8]| Message {
        attachments: vec![bytes("m.eml", contents)],
        ..base()
    };
    let long = [b"S: ", &[b'x'; 999][..], b"\n"].concat();
    for contents in [&long[..], b"S: a\rb\n", b"S: \0\n"] {
        let message = attach(contents);
        let sent = render(&message).expect("MIME");
        let eml = String::from_utf8(decode(&sent).expect("base64")).expect("UTF-8");
        assert!(
            eml.contains("\r\nContent-Type: application/octet-stream\r\n"),
            "{eml}"
        );
        // JSON carries the same bytes as a file.
        assert!(made(&message, Choice::Json).is_ok());
    }
    let made = render(&attach(b"Subject: in\n\n--\r\n.\n")).expect("MIME");
    let eml = String::from_utf8(decode(&made).expect("base64")).expect("UTF-8");
    assert!(
        eml.contains("\r\n\r\nSubject: in\r\n\r\n--\r\n.\r\n\r\n--=_mixed_"),
        "{eml}"
    );
}

#[test]
fn a_type_keeps_its_parameters_and_a_text_gets_no_other_charset() {
    let spec = AttachmentSpec::parse("-;name=i.ics;type=text/calendar; method=REQUEST".as_ref());
    let invitation = spec
        .expect("a spec")
        .from_reader(&mut "ü\n".as_bytes(), &[]);
    let message = Message {
        attachments: vec![invitation.expect("an attachment")],
        ..base()
    };
    assert!(eml(&message).contains(
        "Content-Type: text/calendar; method=\"REQUEST\"\r\n\
         Content-Disposition: attachment; filename=\"i.ics\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nw7wK\r\n"
    ));
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn a_reader_finds_what_was_put_in(
        subject in "[^\\p{Cc}]{0,120}",
        names in proptest::collection::vec("[^\\p{Cc}\\s]([^\\p{Cc}]{0,30}[^\\p{Cc}\\s])?", 1..4),
        plain in "(?s).{0,300}",
        rich in proptest::option::of("(?s).{0,300}"),
        file_name in "[^\\p{Cc}/ ][^\\p{Cc}/]{0,90}",
        contents in proptest::collection::vec(proptest::num::u8::ANY, 0..400),
        value in "[!-~][ -~]{0,200}[!-~]",
    ) {
        let recipients: Vec<Mailbox> = names.iter().enumerate().map(|(index, name)| {
            let name = name.replace('\\', "\\\\").replace('"', "\\\"");
            Mailbox::parse(&format!("\"{name}\" <r{index}@example.org>")).expect("a mailbox")
        }).collect();
        let file = Attachment::from_octets(
            &file_name,
            Some("application/x-test".parse().expect("a type")),
            Bytes::from(contents.clone()),
        );
        let message = Message {
            to: recipients.clone(),
            subject: subject.clone(),
            body: Body { text: Some(plain.clone()), html: rich.clone() },
            attachments: vec![file.expect("an attachment")],
            headers: vec![header(&format!("X-Value: {value}"))],
            ..base()
        };
        let eml = eml(&message);
        for line in eml.split("\r\n") {
            proptest::prop_assert!(line.len() <= 998 && !line.contains(['\r', '\n', '\0']));
        }
        let read = mail_parser::MessageParser::new().parse(&eml).expect("a message");
        proptest::prop_assert_eq!(read.subject().unwrap_or_default().trim(), subject.trim());
        let to: Vec<_> = read.to().expect("To").iter()
            .map(|to| (to.name().map(str::to_owned), to.address().expect("address").to_owned()))
            .collect();
        let wanted: Vec<_> = recipients.iter()
            .map(|to| (to.name().map(str::to_owned), to.address().to_string()))
            .collect();
        proptest::prop_assert_eq!(to, wanted);
        let lines = |text: &str| text.replace("\r\n", "\n").replace('\n', "\r\n");
        let body = |index: usize| read.part(read.text_body.get(index).copied()?)?.text_contents().map(lines);
        proptest::prop_assert_eq!(body(0), Some(lines(&plain)));
        let html = read.html_part(0).and_then(|part| part.text_contents()).map(lines);
        proptest::prop_assert_eq!(html, rich.as_deref().or(Some(&plain)).map(lines));
        let file = read.attachment(0).expect("an attachment");
        proptest::prop_assert_eq!(file.contents(), &contents[..]);
        let found = mail_parser::MimeHeaders::attachment_name(file);
        proptest::prop_assert_eq!(found, Some(file_name.as_str()));
    }
}
