//! `send --mime`: a message made elsewhere, byte for byte save for line ends and Bcc.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::eml;
use crate::support::expected;
use crate::support::host::World;

/// The message that the last request carried.
fn posted(world: &World) -> String {
    let exchanges = world.sandbox().exchanges();
    let exchange = exchanges.last().expect("a request");
    assert_eq!(exchange.header("content-type"), Some("text/plain"));
    String::from_utf8(STANDARD.decode(&exchange.body).unwrap()).unwrap()
}

const LINES: [&str; 5] = [
    "From: Jane <jane@example.org>",
    "To: a@example.org",
    "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
    "Message-ID: <ready@example.org>",
    "X-Odd:   spaces  stay  ",
];

#[test]
fn a_ready_message_goes_as_it_is() {
    let message = eml(&LINES, "Line one\r\n.\r\nFrom here on\r\n\r\n");
    let world = World::ready();
    drop(world.file("message.eml", &message));
    world.run("send --mime HOME/message.eml").is_silent();
    assert_eq!(posted(&world), message);
    assert_eq!(world.message().subject, "Grüße");
    assert_eq!(world.message().eml, message.as_bytes());

    let world = World::ready();
    let run = world.run_with("send --mime - --json --mailbox jane@example.org", &message);
    assert_eq!(posted(&world), message);
    assert_eq!(run.json()["message_id"], "<ready@example.org>");
    assert_eq!(run.json()["transport"], "mime");
    assert_eq!(world.message().mailbox, "jane@example.org");
}

#[test]
fn an_mbox_line_is_left_out_and_bare_line_feeds_become_crlf() {
    let message = eml(&LINES, "Line one\r\nLine two\r\n");
    let unix = format!(
        "From jane@example.org Fri Nov 20 10:00:00 2026\n{}",
        message.replace("\r\n", "\n")
    );
    let world = World::ready();
    world.run_with("send --mime -", unix).is_silent();
    assert_eq!(posted(&world), message);
}

#[test]
fn recipients_of_flags_that_no_header_names_become_bcc() {
    let message = eml(&LINES, "x\r\n");
    let world = World::ready();
    let line = "send --mime - -t 'A <a@EXAMPLE.org>' -c c@example.org -b 'D <d@example.org>' -b c@example.org";
    let run = world.run_with(&format!("{line} --json"), &message);
    assert_eq!(run.json()["recipients"], 3);
    assert_eq!(
        posted(&world),
        format!("Bcc: c@example.org,\r\n d@example.org\r\n{message}")
    );
    let accepted = world.message();
    assert_eq!(accepted.to, ["a@example.org"]);
    assert_eq!(accepted.bcc, ["c@example.org", "d@example.org"]);
    assert_eq!(accepted.eml, message.as_bytes(), "nobody sees Bcc");

    // A Bcc that is there keeps whom it names.
    let message = eml(&["From: j@x.example", "Bcc: b@x.example"], "x\r\n");
    let world = World::ready();
    world
        .run_with("send --mime - -b c@x.example -t b@x.example", &message)
        .is_silent();
    assert_eq!(world.message().bcc, ["b@x.example", "c@x.example"]);
}

#[test]
fn a_file_that_is_no_message_to_send_is_refused() {
    let files: [(&str, &[u8]); 12] = [
        ("an empty file", b""),
        ("a text", b"Hello,\n\nhow are you?\n"),
        ("a JSON object", b"{\"a\": 1}\n"),
        ("a PDF", b"%PDF-1.7\n%\xe2\xe3\n"),
        ("UTF-16", b"F\0r\0o\0m\0"),
        (
            "a byte order mark",
            b"\xef\xbb\xbfFrom: a@x.example\nTo: b@x.example\n\nx",
        ),
        ("no From", b"To: b@x.example\n\nx"),
        (
            "a From that names nobody",
            b"From: nobody\nTo: b@x.example\n\nx",
        ),
        (
            "two Froms",
            b"From: a@x.example\nFrom: b@x.example\nTo: c@x.example\n\nx",
        ),
        ("no recipient", b"From: a@x.example\nSubject: x\n\nx"),
        (
            "a recipient that is none",
            b"From: a@x.example\nTo: b@@x\n\nx",
        ),
        (
            "a broken header",
            b"From: a@x.example\nTo: b@x.example\nnonsense\n\nx",
        ),
    ];
    let mut table = String::new();
    for (name, contents) in files {
        let world = World::ready();
        let run = world.run_with("send --mime -", contents);
        assert_eq!(world.requests(), [""; 0], "{name}");
        assert_eq!(run.stdout, "", "{name}");
        let words = run.stderr.trim_end().replace('\n', "\n      ");
        let _ = writeln!(table, "{name}\n  {} {words}", run.status);
    }
    expected::compare("send/no-message.txt", table);
}

/// The answer to the creation of its draft is lost, and it has no Message-ID to be found by.
#[test]
fn no_draft_is_left_of_a_large_message_without_a_message_id() {
    let world = World::ready();
    let text = "x\n".repeat(1_200_000);
    let message = format!(
        "From: a@example.org\nTo: b@example.org\nContent-Type: multipart/mixed; boundary=b\n\n\
         --b\n\nText\n--b\nContent-Disposition: attachment; filename=x.txt\n\n{text}\n--b--\n"
    );
    world.fault("POST /me/messages=reset-after");
    world.run_with("send --mime -", &message).is_silent();
    assert!(world.sandbox().drafts().is_empty());
    let id = world.message().resource["internetMessageId"].clone();
    assert!(
        id.as_str().is_some_and(|id| id.ends_with("@example.org>")),
        "{id}"
    );
}
