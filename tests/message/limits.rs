//! What is too much to be read is refused, with the limit's name; what is far above real mail is not.

use std::fmt::Write as _;

use graphmail::exit::Class;
use graphmail::message::{
    Eml, Envelope, Mailbox, Part, Recipient, SendmailError, SendmailInput, SendmailMessage,
};

/// A message with these lines after its From.
fn message(lines: &str) -> Vec<u8> {
    format!("From: a@b.org\r\n{lines}\r\ntext\r\n").into_bytes()
}

fn people(count: usize) -> String {
    let people: Vec<_> = (0..count).map(|n| format!("u{n}@x.org")).collect();
    people.join(",\r\n ")
}

#[track_caller]
fn refused(bytes: Vec<u8>, end: &str) {
    let error = Eml::parse(bytes).expect_err("refused");
    assert_eq!(error.class(), Class::Message);
    let said = error.to_string();
    assert!(
        said.ends_with(&format!("more than {end}, the limit of graphmail")),
        "{said}"
    );
    assert!(said.len() < 2000, "{}", said.len());
}

#[test]
fn a_header_section_has_limits_that_are_named() {
    let bytes = "1048576 bytes of header fields";
    refused(
        message(&format!("X: {}\r\n", "a".repeat(10_000_000))),
        bytes,
    );
    refused(message(&format!("To: {}\r\n", people(1_000_000))), bytes);
    refused(message(&"X:\r\n".repeat(1_000_000)), "50000 header fields");
    refused(
        message(&format!("To: {}\r\n", people(20_000))),
        "10000 addresses in a list",
    );
    let half = people(6_000);
    refused(
        message(&format!("To: {half}\r\nCc: {half}\r\n")),
        "10000 recipients",
    );
    let marks = "200000 words and marks in a list of addresses";
    refused(message(&format!("To: {}\r\n", "()".repeat(300_000))), marks);
}

#[test]
fn far_more_than_real_mail_has_is_read() {
    let references = "References: <a@b.org>\r\n".to_owned() + &" <a@b.org>\r\n".repeat(10_000);
    let received = "Received: from a by b; Fri, 20 Nov 2026 10:00:00 +0000\r\n".repeat(10_000);
    for lines in [references, received, format!("To: {}\r\n", people(8_000))] {
        let eml = Eml::parse(message(&lines)).expect("a message");
        assert!(eml.structure().is_ok());
    }
    let part = "--b\r\nContent-Type: a/b; name=x\r\nContent-Disposition: attachment; filename=x\r\n\r\nx\r\n";
    let lines = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        part.repeat(1_000)
    );
    let eml = Eml::parse(message(&lines)).expect("a message");
    assert_eq!(eml.structure().expect("parts").walk().count(), 1_001);
}

#[test]
fn parts_have_limits_that_are_named() {
    let mixed = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    for (message, end) in [
        (
            format!("{mixed}{}", "--b\r\n".repeat(700_000)),
            "10000 parts",
        ),
        (
            format!("Content-Type: a/b{}\r\n\r\n", "; name=x".repeat(10_000)),
            "500 parameters in a Content- field",
        ),
        (
            format!(
                "Content-Type: a/b; x=\"{}\"\r\n\r\n",
                "=?utf-8?q?".repeat(10_000)
            ),
            "100 encoded words in a Content- field",
        ),
        (
            format!(
                "{mixed}{}",
                format!(
                    "--b\r\nContent-Type: a/b{}\r\n\r\n",
                    (0..200)
                        .map(|name| format!("; a{name}=x"))
                        .collect::<String>()
                )
                .repeat(300)
            ),
            "50000 parameters of all parts",
        ),
        (
            format!("Content-Type: a/b; x={}\r\n\r\n", "y".repeat(200_000)),
            "102400 bytes of Content- fields in one part",
        ),
        (
            format!(
                "{mixed}{}",
                format!(
                    "--b\r\nContent-Type: a/b; x={}\r\n\r\n",
                    "y".repeat(100_000)
                )
                .repeat(50)
            ),
            "4194304 bytes of Content- fields in all parts",
        ),
    ] {
        let error = Part::parse(&message.as_bytes().to_vec().into())
            .expect_err("refused")
            .to_string();
        assert_eq!(error, format!("more than {end}, the limit of graphmail"));
    }
}

#[test]
fn a_list_has_a_limit_and_an_error_shows_its_beginning() {
    let list = people(1_000_000);
    let list = list.replace("\r\n", "");
    for said in [
        Mailbox::parse_list(&list).expect_err("refused").to_string(),
        Recipient::parse_list(&list)
            .expect_err("refused")
            .to_string(),
        Mailbox::parse_list(&format!("a@x.org {list}"))
            .expect_err("refused")
            .to_string(),
    ] {
        assert!(said.ends_with("limit of graphmail"), "{said}");
        assert!(said.len() < 2000, "{}", said.len());
    }
}

fn piped(bytes: &[u8], recipients: Vec<Recipient>, behind: usize) -> Result<usize, String> {
    let envelope = Envelope {
        recipients,
        fields: true,
        ..Envelope::default()
    };
    let resolve = |_: &str, _: Option<&str>| -> Result<Vec<Mailbox>, SendmailError> {
        Ok(Mailbox::parse_list(&people(behind).replace("\r\n", "")).expect("a list"))
    };
    let input = SendmailInput::new(bytes.to_vec()).expect("a message");
    let read = SendmailMessage::read(&input, &envelope, &resolve);
    read.map(|piped| piped.recipients().len()).map_err(|error| {
        assert_eq!(error.class(), Class::Message);
        error.to_string()
    })
}

#[test]
fn a_pipe_has_the_same_limits() {
    let limit = |what: &str| {
        Err(format!(
            "the message has more than {what}, the limit of graphmail"
        ))
    };
    assert_eq!(
        piped(&message(&"X:\r\n".repeat(60_000)), Vec::new(), 1),
        limit("50000 header fields")
    );
    let long = format!("X: {}\r\n", "a".repeat(2_000_000));
    assert_eq!(
        piped(&message(&long), Vec::new(), 1),
        limit("1048576 bytes of header fields")
    );
    let one = Recipient::parse_list("u0@x.org").expect("one");
    let many = one.iter().cycle().take(50_000).cloned().collect();
    assert_eq!(piped(&message(""), many, 1), limit("10000 recipients"));
    let to = "To: a@x.org\r\n".repeat(20_000);
    assert_eq!(
        piped(&message(&to), Vec::new(), 1),
        limit("10000 recipients")
    );
    // The same name again and again is one; many names that lead to many addresses are too much.
    let root = format!("To: {}\r\n", ["root"; 5_000].join(", "));
    assert_eq!(piped(&message(&root), Vec::new(), 5_000), Ok(5_000));
    let mut names = String::new();
    for n in 0..5_000 {
        write!(names, "u{n}, ").expect("written");
    }
    assert_eq!(
        piped(&message(&format!("To: {names}root\r\n")), Vec::new(), 5_000),
        limit("10000 addresses behind the names of this host")
    );
}
