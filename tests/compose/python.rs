//! A second reader, which shares no code with the writer. Needs: python3 (3.6 or later) in PATH.

use std::io::Write;
use std::process::Stdio;

use super::*;

use crate::support::process::{self, Bounded as _};

const READ: &str = r#"
import email, email.policy, json, sys
message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = []
for part in message.walk():
    if part.get_content_maintype() == "message":
        continue
    defects = [str(defect) for defect in part.defects]
    content = None if part.is_multipart() else part.get_payload(decode=True).hex()
    parts.append([part.get_content_type(), part.get_filename(), part["Content-ID"], content, defects])
fields = [[name, str(value), [str(defect) for defect in value.defects]] for name, value in message.items()]
json.dump({"fields": fields, "parts": parts}, sys.stdout)
"#;

fn read(eml: &[u8]) -> serde_json::Value {
    let mut python = process::command("python3")
        .args(["-c", READ])
        .stdin(Stdio::piped())
        .start();
    python.stdin().write_all(eml).expect("written");
    let output = python.output();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn python_finds_what_was_put_in() {
    let read = read(eml(&everything()).as_bytes());
    let hex = |text: &str| {
        text.bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let field = |name: &str, value: &str| serde_json::json!([name, value, []]);
    #[rustfmt::skip]
    let fields = serde_json::json!([
        field("Date", "Tue, 03 Feb 2026 06:05:06 +0200"),
        field("Message-ID", "<01010101-0101-4101-8101-010101010101@xn--bcher-kva.example>"),
        field("From", "Zoë Z Müller <zoe@xn--bcher-kva.example>"),
        field("To", "\"Doe, Jane\" <jane@example.org>, k@example.org"),
        field("Cc", "山田太郎 <taro@example.jp>"),
        field("Bcc", "secret@example.org"),
        field("Reply-To", "Desk <desk@example.org>"),
        field("Subject", "Zahlen für März: 100 % – fertig"),
        field("In-Reply-To", "<2@example.org>"),
        field("References", "<1@example.org> <2@example.org>"),
        field("Importance", "high"),
        field("X-Priority", "1"),
        field("Sensitivity", "Company-Confidential"),
        field("Disposition-Notification-To", "<zoe@xn--bcher-kva.example>"),
        field("Return-Receipt-To", "<zoe@xn--bcher-kva.example>"),
        field("X-Job", "nightly"),
        field("x-note", "schön"),
        field("List-Unsubscribe", "<https://example.org/leave?list=everybody&person=jane>, <mailto:leave@example.org>"),
        field("MIME-Version", "1.0"),
        field("Content-Type", "multipart/mixed; boundary=\"=_mixed_02020202020242028202020202020202\""),
        field("Content-Transfer-Encoding", "8bit"),
    ]);
    #[rustfmt::skip]
    let parts = serde_json::json!([
        ["multipart/mixed", null, null, null, []],
        ["multipart/related", null, null, null, []],
        ["multipart/alternative", null, null, null, []],
        ["text/plain", null, null, hex("Grüße\r\n"), []],
        ["text/html", null, null, hex("<p>Grüße <img src=\"cid:logo\"></p>\r\n"), []],
        ["image/png", "logo.png", "<logo>", "89504e470d0a1a0a00", []],
        ["text/csv", "Übersicht \"Q1\".csv", null, hex("a;b\n1;2\r\n"), []],
        ["application/octet-stream", "empty.bin", null, "", []],
        ["text/plain", null, null, hex("naïve\r\n"), []],
    ]);
    assert_eq!(
        read,
        serde_json::json!({ "fields": fields, "parts": parts })
    );
}

#[test]
fn python_reads_odd_names_and_subjects() {
    let long = "Réunion d'équipe 50 % ".repeat(12);
    let ascii = "long name ".repeat(30);
    for text in [
        "plain.txt",
        "a \"quoted\" \\ name;x=y.txt",
        "naïve, 100 %.txt",
        "日本語.pdf",
        "it's UTF-8''x%20y.txt",
        long.trim(),
        ascii.trim(),
    ] {
        let name = text.replace('\\', "\\\\").replace('"', "\\\"");
        let message = Message {
            from: mailbox(&format!("\"{name}\" <me@example.org>")),
            subject: text.to_owned(),
            attachments: vec![bytes(text, b"x")],
            ..to("a@example.org")
        };
        let read = read(eml(&message).as_bytes());
        let field = |name: &str| {
            let fields = read["fields"].as_array().expect("fields");
            let field = fields
                .iter()
                .find(|field| field[0] == name)
                .expect("a field");
            field[1].as_str().expect("a value").to_owned()
        };
        assert_eq!(field("Subject"), text);
        assert_eq!(read["parts"][2][1], text);
        // Of a name in several encoded words, Python 3.11 keeps the spaces between them (RFC 2047
        // section 6.2 takes them off, and so does mail-parser).
        if text.len() > 40 {
            continue;
        }
        let from = field("From");
        let shown = from.strip_suffix(" <me@example.org>").expect("an address");
        let shown = shown
            .trim_matches('"')
            .replace("\\\"", "\"")
            .replace("\\\\", "\\");
        assert_eq!(shown, text);
    }
}
