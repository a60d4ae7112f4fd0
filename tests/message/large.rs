//! A message in a temporary file is read as one in memory.

use std::fmt::Write as _;

use graphmail::compose::{Choice, Limits, plan, render};
use graphmail::files::Octets;
use graphmail::message::{
    Eml, Envelope, FromPolicy, Mail, Mailbox, Recipient, Sending, SendmailError, SendmailInput,
    SendmailMessage,
};
use graphmail::submission::Submission;
use jiff::tz::TimeZone;

use super::sent_bytes;
use crate::support::seams::Fixed;

/// Larger than what is read of a file at once, so that every reader crosses an end.
const SIZE: usize = 5_500_000;

fn in_file(bytes: &[u8]) -> Octets {
    let folder = tempfile::tempdir().expect("a folder");
    let folders = [folder.path().to_owned()];
    Octets::read(&mut &bytes[..], 0, &folders).expect("a file")
}

/// Without a temporary file, the memory has a limit.
#[test]
fn what_is_in_memory_is_not_endless() {
    let read = |size| {
        let mut input = std::io::Read::take(std::io::repeat(b'x'), size);
        Octets::read(&mut input, Octets::IN_MEMORY, &[]).map(|octets| octets.len() as u64)
    };
    let most = Octets::MOST_IN_MEMORY + 1;
    assert_eq!(read(most).expect("the largest"), most);
    let error = read(most + 1).expect_err("too large");
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}

/// Lines that together have [`SIZE`] bytes. Their lengths differ, so that a chunk ends at any place of a line.
fn filled(line: &str) -> String {
    let mut text = String::with_capacity(SIZE + 200);
    while text.len() < SIZE {
        let length = text.len() % line.len();
        writeln!(text, "{}", line.get(..=length).unwrap_or(line)).expect("a line");
    }
    text
}

/// Messages with a large part in each encoding, and with everything else that is read of a whole message.
fn messages() -> Vec<(String, String)> {
    let base64 = filled("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAx");
    let base64: String = base64.lines().fold(String::new(), |text, line| {
        text + line.get(..line.len() / 4 * 4).unwrap_or_default() + "\n"
    });
    let text =
        filled("A line =3D of text, =\u{e4} and more of it: 0123456789 0123456789 0123456789");
    let mut all = Vec::new();
    for (encoding, body) in [
        ("base64", &base64),
        ("quoted-printable", &text),
        ("8bit", &text),
        ("binary", &text),
    ] {
        let message = format!(
            "Subject: {encoding}\nFrom: a@b.org\nTo: c@d.org\nMIME-Version: 1.0\n\
             Content-Type: multipart/mixed; boundary=x\n\n\
             --x\n\nThe text.\n\
             --x\nContent-Type: application/x-y; name=a.bin\nContent-Transfer-Encoding: {encoding}\n\n\
             {body}\n--x\nContent-Type: text/csv; name=b.csv\n\n1,2\n--x--\n"
        );
        all.push((format!("{encoding} LF"), message.clone()));
        if encoding == "base64" {
            all.push(("CRLF".to_owned(), message.replace('\n', "\r\n")));
            let half = message.lines().count() / 2;
            all.push(("mixed".to_owned(), message.replacen('\n', "\r\n", half)));
            let bare = message.replacen("--x\n\nThe", "--x\n\n\rThe", 1);
            all.push(("CR".to_owned(), bare));
            let mbox = format!("From me Thu Jan  1 00:00:00 1970\n{message}");
            all.push(("mbox".to_owned(), mbox.clone()));
            all.push(("mboxes".to_owned(), format!("{mbox}\n{mbox}")));
            let cut = message.get(..SIZE - SIZE / 10 - 1).unwrap_or_default();
            all.push(("cut".to_owned(), cut.to_owned()));
            let after = "x".repeat(2_000_000);
            all.push((
                "after".to_owned(),
                format!("{message}After the end. {after}\n"),
            ));
        }
    }
    all
}

/// The draft, and the name and the end of each attachment.
type Requests = (Vec<u8>, Vec<(String, Vec<u8>)>);

/// What becomes of a message: its requests, or the error.
fn requests(eml: Eml) -> Result<Requests, String> {
    let mail = Mail::Ready(Box::new(eml));
    let limits = Limits::of_cloud(&graphmail::cloud::Cloud::national("global").expect("a cloud"));
    let plan = plan(&mail, Choice::Auto, &limits).map_err(|error| error.to_string())?;
    let submission = render(&mail, &plan, &Fixed::new(), &limits);
    let Submission::Staged { draft, uploads, .. } =
        submission.map_err(|error| error.to_string())?
    else {
        panic!("it is large");
    };
    let read = |upload: &graphmail::submission::Upload| {
        let mut contents = Vec::new();
        let offset = upload.size / 3;
        let mut reader = upload.open(offset).expect("contents");
        std::io::Read::read_to_end(&mut reader, &mut contents).expect("all");
        assert_eq!(contents.len() as u64, upload.size - offset);
        (upload.name.clone(), contents)
    };
    Ok((draft.body.to_vec(), uploads.iter().map(read).collect()))
}

#[test]
fn a_ready_message_in_a_file_is_read_as_one_in_memory() {
    let mut kinds = std::collections::BTreeMap::new();
    for (name, message) in messages() {
        let of = |octets: Octets| {
            let mut eml = Eml::parse(octets).map_err(|error| error.to_string())?;
            let added = Mailbox::parse_list("e@f.org").expect("a list");
            eml.add_recipients(&added).expect("one");
            Ok::<_, String>((sent_bytes(&eml), requests(eml)))
        };
        let (wanted, found) = (
            of(message.clone().into_bytes().into()),
            of(in_file(message.as_bytes())),
        );
        let kind = match &wanted {
            Ok((_, Ok(_))) => "sent",
            Ok((_, Err(_))) => "not planned",
            Err(_) => "not read",
        };
        *kinds.entry(kind).or_insert(0) += 1;
        assert!(wanted == found, "{name}: {kind}");
    }
    assert_eq!(
        format!("{kinds:?}"),
        r#"{"not planned": 1, "not read": 2, "sent": 8}"#
    );
}

#[test]
fn a_message_for_sendmail_in_a_file_is_read_as_one_in_memory() {
    let progress = format!(
        "Subject: s\n\n10 %\r50 %\r{}",
        filled("One line of a log, and another one")
    );
    let all = messages()
        .into_iter()
        .filter(|(name, _)| name.ends_with(" LF"))
        .chain([("progress".to_owned(), progress)]);
    for (name, message) in all {
        let of = |octets: Octets| {
            let input = SendmailInput::new(octets)?;
            let envelope = Envelope {
                recipients: Recipient::parse_list("z@x.org").expect("a list"),
                ..Envelope::default()
            };
            let known = |_: &str, _: Option<&str>| Ok::<_, SendmailError>(Vec::new());
            let message = SendmailMessage::read(&input, &envelope, &known)?;
            let sending = Sending {
                mailbox: Mailbox::parse("reports@contoso.com").ok(),
                allowed: Vec::new(),
                hosts: Vec::new(),
                policy: FromPolicy::Rewrite,
                now: "2026-07-01T12:00:00Z"
                    .parse::<jiff::Timestamp>()
                    .expect("a time")
                    .to_zoned(TimeZone::UTC),
                uuid: uuid::Uuid::nil(),
                longest: u64::MAX,
                default_name: None,
            };
            message.finish(&envelope, &sending)
        };
        let in_memory = of(message.clone().into_bytes().into());
        let in_file = of(in_file(message.as_bytes()));
        match (in_memory, in_file) {
            (Ok(in_memory), Ok(in_file)) => {
                let (in_memory, in_file) = (sent_bytes(&in_memory), sent_bytes(&in_file));
                assert!(in_memory == in_file, "{name}");
                let parsed = mail_parser::MessageParser::default().parse(&in_file);
                let parts = parsed.expect("a message").parts.len();
                assert_eq!(parts, if name == "progress" { 1 } else { 4 }, "{name}");
            }
            results => panic!("{name}: {:?}", results.0.err().or(results.1.err())),
        }
    }
}
