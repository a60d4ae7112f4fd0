//! The draft route: which attachment goes how, and what is announced.

use std::fmt::Write as _;
use std::path::PathBuf;

use graphmail::compose::Staged;
use graphmail::submission::{Content, Draft, Upload, UploadRoute};

use super::*;

/// Files of these sizes that take no room on the disk.
struct Sparse(tempfile::TempDir);

impl Sparse {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, size: u64) -> Attachment {
        let file = std::fs::File::create(self.path(name)).expect("a file");
        file.set_len(size).expect("a size");
        Attachment::from_file(&self.path(name), None, None).expect("an attachment")
    }
}

/// The limits of a mailbox that sends whatever fits an upload session.
fn wide() -> Limits {
    Limits {
        message: 300_000_000,
        ..limits()
    }
}

fn shown(plan: &Plan) -> String {
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "  {line}").expect("written");
    let format = plan.format.name();
    match &plan.staged {
        None => line(format!("POST sendMail as {format}, {} bytes", plan.size)),
        Some(staged) => {
            for call in &staged.calls {
                let name = call.name.as_deref().unwrap_or("-");
                line(format!(
                    "{} {} {name} x{} {} bytes",
                    call.method, call.what, call.count, call.bytes
                ));
            }
            let (total, recipients) = (plan.bytes(), plan.recipients);
            line(format!(
                "{format} draft, {total} bytes, {recipients} recipient"
            ));
            let notes = staged.notes.iter();
            notes.for_each(|note| line(format!("note: {note}")));
        }
    }
    for reason in &plan.reasons {
        line(format!("reason: {reason}"));
    }
    line(format!("permissions: {}", plan.permissions.join(" ")));
    text
}

#[test]
fn each_size_takes_the_route_that_the_service_accepts() {
    let sparse = Sparse::new();
    let ten: Vec<u64> = vec![3_400_000; 10];
    let mut text = String::new();
    for (what, sizes) in [
        ("1 byte", &[1][..]),
        ("2.2 MB", &[2_200_000]),
        ("2.99 MB", &[2_990_000]),
        ("a byte below 3 MB", &[2_999_999]),
        ("3 MB", &[3_000_000]),
        ("3.5 MB", &[3_500_000]),
        ("10 MB", &[10_000_000]),
        ("150 MB", &[150 * 1024 * 1024]),
        ("ten of 3.4 MB", &ten),
        ("small beside large", &[0, 1_000, 3_932_160, 3_932_161]),
    ] {
        let attachments = (1..)
            .zip(sizes)
            .map(|(number, size)| sparse.file(&format!("{number}.bin"), *size));
        let message = Message {
            from: mailbox("me@example.org"),
            attachments: attachments.collect(),
            ..to("a@example.org")
        };
        for (choice, name) in [(Choice::Auto, "auto"), (Choice::Mime, "mime")] {
            let plan = plan(&composed(&message), choice, &wide()).expect(what);
            if let Some(Staged { uploads, .. }) = &plan.staged {
                let found: Vec<u64> = uploads.iter().map(|upload| upload.size).collect();
                assert_eq!(found, sizes);
            }
            writeln!(text, "{what}, {name}\n{}", shown(&plan)).expect("written");
        }
    }
    expect("plans.txt", text.as_bytes());
}

#[test]
fn every_request_stays_below_four_mebibytes() {
    // The largest attachment of a POST, in base64, and the longest name and type.
    let post = (UploadRoute::SESSION_FROM - 1).div_ceil(3) * 4;
    assert!(post + 100_000 < 4_128_768, "{post}");
    assert_eq!(UploadRoute::RANGE % (320 * 1024), 0);
    const { assert!(UploadRoute::RANGE < 4_000_000) };
    // What a session demands at least, as it was measured.
    const { assert!(UploadRoute::SESSION_FROM >= 2_097_152) };
}

fn staged(message: &Message, choice: Choice) -> (Draft, Vec<Upload>, Option<String>) {
    match made(message, choice).expect("a draft") {
        Submission::Staged {
            draft,
            uploads,
            message_id,
            recipients,
        } => {
            let named = message.recipients().map(|to| to.address().to_string());
            assert_eq!(recipients, named.collect::<Vec<_>>());
            (draft, uploads, message_id)
        }
        Submission::Direct { .. } => panic!("a draft"),
    }
}

fn upload(name: &str, content_type: &str, size: u64, content: Content) -> Upload {
    Upload {
        name: name.to_owned(),
        content_type: content_type.to_owned(),
        size,
        content_id: None,
        inline: false,
        route: UploadRoute::for_size(size),
        content,
    }
}

/// What both drafts carry apart: a file that is not opened, standard input, an image of the HTML.
fn large(sparse: &Sparse) -> (Message, Vec<Upload>) {
    let size = 5_000_000;
    let mut message = common();
    message.attachments = vec![
        sparse.file("Übersicht.pdf", size),
        bytes("stdin.txt", b"abc"),
    ];
    let png = Bytes::from_static(b"\x89PNG\r\n\x1a\n\0");
    let uploads = vec![
        upload(
            "Übersicht.pdf",
            "application/pdf",
            size,
            Content::File {
                path: sparse.path("Übersicht.pdf"),
                seen: message.attachments[0].snapshot(),
            },
        ),
        upload(
            "stdin.txt",
            "text/plain",
            3,
            Content::Octets(Bytes::from_static(b"abc").into()),
        ),
        Upload {
            content_id: Some("logo".to_owned()),
            inline: true,
            ..upload("logo.png", "image/png", 9, Content::Octets(png.into()))
        },
    ];
    // Nothing is read before it goes out.
    std::fs::remove_file(sparse.path("Übersicht.pdf")).expect("removed");
    (message, uploads)
}

#[test]
fn a_json_draft_is_the_bare_message() {
    let (message, wanted) = large(&Sparse::new());
    let message = Message {
        deliver_at: Some("2026-02-04T07:00:00Z".parse().expect("a time")),
        categories: vec!["Red".to_owned()],
        follow_up: Some(FollowUp::default()),
        ..message
    };
    let (draft, uploads, message_id) = staged(&message, Choice::Auto);
    assert_eq!(draft.format, Format::Json);
    assert_eq!(uploads, wanted);
    let value: serde_json::Value = serde_json::from_slice(&draft.body).expect("JSON");
    assert_eq!(value["internetMessageId"].as_str(), message_id.as_deref());
    expect("draft.json", &draft.body);
}

#[test]
fn a_mime_draft_is_the_message_without_its_files() {
    let (mut message, wanted) = large(&Sparse::new());
    message.body.text = Some("Grüße\n".to_owned());
    let (draft, uploads, _) = staged(&message, Choice::Auto);
    assert_eq!(draft.format, Format::Mime);
    assert_eq!(uploads, wanted);
    let submission = made(&message, Choice::Mime).expect("MIME");
    assert_eq!(submission.transport(), "draft");
    expect("draft.eml", &decode(&submission).expect("base64"));
}

#[test]
fn what_no_draft_carries_is_refused_before_a_byte_is_sent() {
    let sparse = Sparse::new();
    let with = |size| Message {
        from: mailbox("me@example.org"),
        attachments: vec![sparse.file("a.bin", size), bytes("b.txt", b"b")],
        ..to("a@example.org")
    };
    let unsaved = Message {
        save: false,
        ..with(3_200_000)
    };
    let narrow = Limits {
        message: 1_000,
        ..limits()
    };
    #[rustfmt::skip]
    let cases = [
        (unsaved, wide(), "--no-save is not possible: a message of this size is sent as a draft, which is always saved in Sent Items"),
        (with(157_286_401), wide(), "a.bin has 157286401 bytes, but Exchange accepts attachments of at most 157286400 bytes"),
        (with(27_000_000), limits(), "the message has 36947376 bytes when encoded, but the mailbox may send at most 36700160 bytes (largest: a.bin 27000000 bytes, b.txt 1 bytes)"),
        (with(900), narrow, "the message has 1238 bytes when encoded, but the mailbox may send at most 1000 bytes (largest: a.bin 900 bytes, b.txt 1 bytes)"),
    ];
    for (message, limits, text) in cases {
        let error = plan(&composed(&message), Choice::Auto, &limits).expect_err(text);
        assert_eq!(
            (error.class(), error.to_string().as_str()),
            (Class::Message, text)
        );
    }
}

#[test]
fn a_cloud_without_known_upload_sessions_is_named() {
    let sparse = Sparse::new();
    let with = |size| Message {
        attachments: vec![sparse.file("a.bin", size), sparse.file("b.bin", size)],
        ..to("a@example.org")
    };
    let says = |cloud: &str, size| {
        let limits = Limits::of_cloud(&Cloud::national(cloud).expect("a cloud"));
        let plan = plan(&composed(&with(size)), Choice::Auto, &limits).expect("a plan");
        let notes = plan.staged.expect("a draft").notes;
        notes.iter().any(|note| note.contains("upload sessions"))
    };
    assert!(says("usgov", 3_000_000) && says("dod", 3_000_000));
    assert!(!says("usgov", 2_999_999) && !says("global", 3_000_000));
}
