//! Whole requests, as Graph gets them.

use bytes::Bytes;
use graphmail::cloud::Cloud;
use graphmail::compose::{Choice, Error, Limits, Plan, decode, plan, render};
use graphmail::exit::Class;
use graphmail::message::{
    Attachment, AttachmentSpec, Body, Eml, FollowUp, Header, Importance, InlineSpec, Mail, Mailbox,
    Message, MessageId, Sensitivity, Thread,
};
use graphmail::seams::Seams;
use graphmail::submission::{Format, Submission};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::support::expected;

mod mime;
mod python;
mod split;
mod staged;

/// A clock that stands still, in a zone two hours east, and randomness that counts.
#[derive(Default)]
struct Still(std::sync::Mutex<u8>);

impl Seams for Still {
    fn now(&self) -> Timestamp {
        "2026-02-03T04:05:06.789Z".parse().expect("a time")
    }

    fn sleep(&self, _: std::time::Duration) {}

    fn random(&self, bytes: &mut [u8]) {
        let mut next = self.0.lock().expect("one thread");
        *next += 1;
        bytes.fill(*next);
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::fixed(Offset::constant(2))
    }
}

fn limits() -> Limits {
    Limits::of_cloud(&Cloud::national("global").expect("a cloud"))
}

fn list(text: &str) -> Vec<Mailbox> {
    Mailbox::parse_list(text).expect("a list")
}

fn mailbox(text: &str) -> Option<Mailbox> {
    Some(Mailbox::parse(text).expect("a mailbox"))
}

fn id(text: &str) -> MessageId {
    MessageId::parse(text).expect("an id")
}

fn header(text: &str) -> Header {
    Header::parse(text).expect("a header")
}

fn bytes(name: &str, contents: &[u8]) -> Attachment {
    Attachment::from_octets(name, None, Bytes::copy_from_slice(contents)).expect("an attachment")
}

fn text(text: &str) -> Body {
    Body {
        text: Some(text.to_owned()),
        html: None,
    }
}

fn to(recipients: &str) -> Message {
    Message {
        to: list(recipients),
        save: true,
        ..Message::default()
    }
}

fn composed(message: &Message) -> Mail {
    Mail::Composed(Box::new(message.clone()))
}

/// Plans and renders; the plan's size is held to the request's.
fn made(message: &Message, choice: Choice) -> Result<Submission, Error> {
    let mail = composed(message);
    let plan = plan(&mail, choice, &limits())?;
    let submission = render(&mail, &plan, &Still::default(), &limits())?;
    let made = (submission.format(), submission.body().len() as u64);
    assert_eq!(made, (plan.format, plan.size));
    Ok(submission)
}

fn body(submission: &Submission) -> &[u8] {
    submission.body()
}

fn eml(message: &Message) -> String {
    let submission = made(message, Choice::Mime).expect("MIME");
    String::from_utf8(decode(&submission).expect("base64")).expect("UTF-8")
}

/// Compares with the whole of `tests/data/compose/{name}`.
#[track_caller]
fn expect(name: &str, found: &[u8]) {
    expected::compare(&format!("compose/{name}"), found);
}

/// Example 1 to 5 of Graph's "user: sendMail", in our form: wrapped, with a real boolean.
#[test]
fn the_published_examples() {
    let lunch = Message {
        subject: "Meet for lunch?".to_owned(),
        body: text("The new cafeteria is open."),
        ..to("frannis@contoso.com")
    };
    let simple = Message {
        cc: list("danas@contoso.com"),
        save: false,
        ..lunch.clone()
    };
    let concert = Message {
        subject: "9/9/2018: concert".to_owned(),
        body: Body {
            html: Some("The group represents Nevada.".to_owned()),
            text: None,
        },
        headers: vec![
            header("x-custom-header-group-name: Nevada"),
            header("x-custom-header-group-id: NV001"),
        ],
        ..to("AlexW@contoso.com")
    };
    let attached = Message {
        to: list("meganb@contoso.com"),
        attachments: vec![bytes("attachment.txt", b"Hello World!")],
        ..lunch
    };
    let flagged = Message {
        subject: "Please respond by Friday".to_owned(),
        follow_up: Some(FollowUp {
            start: Some("2023-08-30T12:13:00-04:00".parse().expect("a time")),
            due: Some("2023-09-01T17:00:00-04:00".parse().expect("a time")),
        }),
        ..to("meganb@contoso.com")
    };
    for (name, message) in [
        ("example-1.json", simple),
        ("example-2.json", concert),
        ("example-3.json", attached),
        ("example-5.json", flagged),
    ] {
        let made = made(&message, Choice::Auto).expect("a request");
        expect(name, body(&made));
    }
}

#[test]
fn a_published_mime_example_gets_line_ends_and_a_message_id() {
    let published = include_bytes!("data/compose/example-4-published.eml");
    let mail = Mail::Ready(Box::new(Eml::parse(published.to_vec()).expect("a message")));
    let plan = plan(&mail, Choice::Auto, &limits()).expect("a plan");
    let made = render(&mail, &plan, &Still::default(), &limits()).expect("a request");
    expect("example-4.eml", &decode(&made).expect("base64"));
    let found = (made.format(), made.message_id(), made.recipients());
    let recipients = &["AlexW@contoso.com".to_owned()][..];
    let id = Some("<01010101-0101-4101-8101-010101010101@contoso.com>");
    assert_eq!(found, (Format::Mime, id, recipients));
    let body = made.body();
    assert_eq!(plan.size, body.len() as u64);
    assert_eq!(plan.permissions, ["Mail.Send"]);
    assert_eq!(plan.staged, None);
    assert!(!body.contains(&b'\n'));
}

/// All that JSON and MIME carry alike.
fn common() -> Message {
    let logo = InlineSpec::parse("logo=logo.png").expect("a spec");
    Message {
        from: mailbox("Zoë \"Z\" Müller <zoe@bücher.example>"),
        mailbox: mailbox("shared@contoso.com"),
        to: list("\"Doe, Jane\" <jane@example.org>, k@example.org"),
        cc: list("山田太郎 <taro@example.jp>"),
        bcc: list("secret@example.org"),
        reply_to: list("Desk <desk@example.org>"),
        subject: "Zahlen für März: 100 % – fertig".to_owned(),
        body: Body {
            text: None,
            html: Some("<p>Grüße <img src=\"cid:logo\"></p>\n".to_owned()),
        },
        attachments: vec![
            bytes("Übersicht \"Q1\".csv", b"a;b\n1;2\r\n"),
            bytes("empty.bin", b""),
        ],
        inlines: vec![logo.with(bytes("logo.png", b"\x89PNG\r\n\x1a\n\0"))],
        headers: vec![header("X-Job: nightly"), header("x-note: schön")],
        importance: Some(Importance::High),
        sensitivity: Some(Sensitivity::Confidential),
        read_receipt: true,
        delivery_receipt: true,
        thread: Thread {
            in_reply_to: vec![id("2@example.org")],
            references: vec![id("1@example.org"), id("2@example.org")],
        },
        save: true,
        ..Message::default()
    }
}

#[test]
fn everything_that_json_carries() {
    let message = Message {
        categories: vec!["Red".to_owned(), "Q1 \\ x".to_owned()],
        follow_up: Some(FollowUp {
            start: None,
            due: Some("2026-02-01T00:00:00+02:00".parse().expect("a time")),
        }),
        deliver_at: Some("2026-02-04T07:00:00Z".parse().expect("a time")),
        save: false,
        ..common()
    };
    expect(
        "everything.json",
        body(&made(&message, Choice::Auto).expect("JSON")),
    );
}

fn everything() -> Message {
    let mut message = common();
    message.body.text = Some("Grüße\n".to_owned());
    message.headers.push(header("List-Unsubscribe: <https://example.org/leave?list=everybody&person=jane>, <mailto:leave@example.org>"));
    let inner = b"From: a@example.org\r\nSubject: inner\r\n\r\nna\xc3\xafve\r\n";
    message.attachments.push(bytes("inner.eml", inner));
    message
}

#[test]
fn everything_that_mime_carries() {
    let mail = composed(&everything());
    let plan = plan(&mail, Choice::Auto, &limits()).expect("a plan");
    assert_eq!(
        plan.reasons,
        &[
            "text together with HTML: JSON supports only one body",
            "--header List-Unsubscribe: JSON supports only custom header fields whose names begin with x-",
        ]
    );
    let submission = render(&mail, &plan, &Still::default(), &limits()).expect("MIME");
    assert_eq!(submission.format(), Format::Mime);
    expect("everything.eml", &decode(&submission).expect("base64"));
}

#[test]
fn the_same_seams_give_the_same_bytes() {
    for choice in [Choice::Json, Choice::Mime] {
        let made = |()| made(&common(), choice).expect("a request");
        assert_eq!(made(()), made(()));
    }
}

/// A message that wants one thing, and the flag for it.
type Wish = (&'static str, Message);

fn wish(flag: &'static str, change: fn(&mut Message)) -> Wish {
    let mut message = Message {
        from: mailbox("me@example.org"),
        ..to("a@example.org")
    };
    change(&mut message);
    (flag, message)
}

fn only_in_json() -> Vec<Wish> {
    vec![
        wish("--no-save", |message| message.save = false),
        wish("--at", |message| {
            message.deliver_at = Some(Timestamp::UNIX_EPOCH);
        }),
        wish("--category", |message| {
            message.categories.push("Red".to_owned());
        }),
        wish("--flag", |message| {
            message.follow_up = Some(FollowUp::default());
        }),
    ]
}

fn only_in_mime() -> Vec<Wish> {
    vec![
        wish("--header", |message| {
            message.headers = (0..6).map(|i| header(&format!("x-{i}: v"))).collect();
        }),
        wish("--header List-Id", |message| {
            message.headers.push(header("List-Id: <l.example.org>"));
        }),
        wish("text together with HTML", |message| {
            message.body = Body {
                text: Some(String::new()),
                html: Some(String::new()),
            };
        }),
    ]
}

#[test]
fn a_flag_is_carried_or_refused_by_name() {
    let format = |message: &Message, choice| {
        let plan = plan(&composed(message), choice, &limits())?;
        assert_eq!(plan.staged, None);
        Ok::<_, Error>(plan.format)
    };
    for (only, other, wrong, wishes) in [
        (Format::Json, Format::Mime, Choice::Mime, only_in_json()),
        (Format::Mime, Format::Json, Choice::Json, only_in_mime()),
    ] {
        for (flag, message) in wishes {
            assert_eq!(format(&message, Choice::Auto).expect(flag), only);
            let error = format(&message, wrong).expect_err(flag);
            assert_eq!(error.class(), Class::Usage);
            let start = format!("--format {} does not support {flag}: ", other.name());
            assert!(error.to_string().starts_with(&start), "{error}");
        }
    }
    let mut both = only_in_json().remove(1).1;
    both.headers.push(header("List-Id: <l.example.org>"));
    let error = format(&both, Choice::Auto).expect_err("neither format");
    assert_eq!(error.class(), Class::Usage);
    assert_eq!(
        error.to_string(),
        "--header List-Id and --at cannot be combined: JSON supports only custom header fields whose \
         names begin with x-, and MIME messages cannot be deferred"
    );
}

#[test]
fn a_cloud_without_headers_and_flags_takes_mime_or_refuses() {
    let china = Limits::of_cloud(&Cloud::national("china").expect("a cloud"));
    let mut message = Message {
        mailbox: mailbox("me@example.org"),
        headers: vec![header("x-job: 1")],
        ..to("a@example.org")
    };
    let made = plan(&composed(&message), Choice::Auto, &china).expect("a plan");
    assert_eq!((made.format, made.staged), (Format::Mime, None));
    message.headers.clear();
    message.follow_up = Some(FollowUp::default());
    let error = plan(&composed(&message), Choice::Auto, &china).expect_err("no flag");
    assert_eq!(
        error.to_string(),
        "--flag is not supported: JSON supports no follow-up flag in this cloud, and MIME supports no \
         follow-up flag"
    );
}

#[test]
fn what_cannot_be_sent_is_refused_at_the_plan() {
    let base = to("a@example.org");
    let image = || {
        InlineSpec::parse("x=x.png")
            .expect("a spec")
            .with(bytes("x.png", b""))
    };
    let html = Body {
        html: Some(String::new()),
        text: None,
    };
    let due = FollowUp {
        start: Some("2026-02-02T00:00:00Z".parse().expect("a time")),
        due: Some("2026-02-01T00:00:00Z".parse().expect("a time")),
    };
    let crowd = vec![list("a@example.org").remove(0); 501];
    #[rustfmt::skip]
    let cases = [
        (Message { to: vec![], ..base.clone() }, Choice::Auto, Class::Message, "the message has no recipient"),
        (Message { bcc: crowd, to: vec![], ..base.clone() }, Choice::Auto, Class::Message, "the message has 501 recipients, but Exchange accepts at most 500"),
        (Message { subject: "a\r\nBcc: x@y.org".to_owned(), ..base.clone() }, Choice::Auto, Class::Message, "the subject contains a control character"),
        (Message { categories: vec!["a\nb".to_owned()], ..base.clone() }, Choice::Auto, Class::Message, "a category is empty or contains a control character"),
        (Message { inlines: vec![image()], ..base.clone() }, Choice::Auto, Class::Usage, "--inline needs an HTML body that refers to the image"),
        (Message { inlines: vec![image(), image()], body: html, ..base.clone() }, Choice::Auto, Class::Usage, "two inline images have the Content-ID \"x\""),
        (Message { follow_up: Some(due), ..base.clone() }, Choice::Auto, Class::Usage, "--flag-due is before --flag-start"),
        (base.clone(), Choice::Mime, Class::Config, "a MIME message needs a From, but the mailbox's address is not known"),
        (Message { from: mailbox("a@b.org"), headers: vec![header(&format!("X-Long: {}", "x".repeat(901)))], ..base }, Choice::Mime, Class::Message, "the header field X-Long has a word of more than 900 characters, which is too long for a line of MIME"),
    ];
    for (message, choice, class, text) in cases {
        let error = plan(&composed(&message), choice, &limits()).expect_err(text);
        assert_eq!((error.class(), error.to_string().as_str()), (class, text));
    }
    let eml = Eml::parse(b"From: a@b.org\n\nHi".to_vec()).expect("a message");
    let error = plan(&Mail::Ready(Box::new(eml.clone())), Choice::Mime, &limits())
        .expect_err("no recipient");
    assert!(matches!(error, Error::NoRecipients));
    let mut eml = eml;
    eml.add_recipients(&list("c@d.org")).expect("few");
    let error = plan(&Mail::Ready(Box::new(eml)), Choice::Json, &limits()).expect_err("JSON");
    assert_eq!(error.class(), Class::Usage);
}

/// The largest request that fits, and one byte more, of each kind.
#[test]
fn the_limit_is_held_to_the_byte() {
    let with = |size: usize| Message {
        from: mailbox("me@example.org"),
        attachments: vec![bytes("small", b"1"), bytes("large.bin", &vec![7; size])],
        ..to("a@example.org")
    };
    for choice in [Choice::Json, Choice::Mime] {
        let size_of = |size: usize| {
            let unlimited = Limits {
                request: u64::MAX,
                ..limits()
            };
            let plan = plan(&composed(&with(size)), choice, &unlimited).expect("a plan");
            assert_eq!(plan.staged, None);
            plan.size
        };
        let largest = (1_900_000..3_200_000_usize).collect::<Vec<_>>();
        let fitting = largest.partition_point(|&size| size_of(size) <= 4_128_768) + 1_900_000 - 1;
        let fits = made(&with(fitting), choice).expect("fits");
        assert!(matches!(fits, Submission::Direct { .. }));
        assert!(body(&fits).len() <= 4_128_768);
        let staged = made(&with(fitting + 1), choice).expect("a draft");
        assert!(matches!(staged, Submission::Staged { .. }));
        let plan = plan(&composed(&with(fitting + 1)), choice, &limits()).expect("a plan");
        assert_eq!(
            plan.reasons[1],
            format!(
                "a single request would have {} bytes, but the limit is 4128768 bytes",
                size_of(fitting + 1)
            )
        );
    }
}

/// Of a text nothing can be taken out.
#[test]
fn a_text_too_large_for_any_route_is_refused() {
    for (choice, size) in [
        (Choice::Json, 4_200_245),
        (Choice::Mime, 5_824_340),
        (Choice::Auto, 4_200_245),
    ] {
        let message = Message {
            from: mailbox("me@example.org"),
            body: text(&"x".repeat(4_200_000)),
            attachments: vec![bytes("small", b"1")],
            ..to("a@example.org")
        };
        let error = made(&message, choice).expect_err("too large");
        assert_eq!(error.class(), Class::Message);
        assert_eq!(
            error.to_string(),
            format!(
                "the request has {size} bytes, but the limit is 4128768 bytes, slightly below 4 MiB (largest: text 4200000 \
                 bytes)"
            )
        );
    }
}

/// A text of controls: six bytes each in JSON, less than two in MIME.
#[test]
fn a_text_too_large_for_json_goes_as_mime_where_that_is_smaller() {
    let message = Message {
        from: mailbox("me@example.org"),
        body: text(&"\u{1}".repeat(800_000)),
        ..to("a@example.org")
    };
    let made = made(&message, Choice::Auto).expect("MIME");
    assert!(matches!(
        made,
        Submission::Direct {
            format: Format::Mime,
            ..
        }
    ));
}

#[test]
fn a_file_is_read_when_it_is_sent_and_must_be_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a;b.txt");
    let write = |contents: &[u8]| {
        let mut file = std::fs::File::create(&path).expect("a file");
        std::io::Write::write_all(&mut file, contents).expect("written");
    };
    let contents: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    write(&contents);
    let file = AttachmentSpec::parse(path.as_os_str())
        .expect("a spec")
        .from_file();
    let message = Message {
        from: mailbox("me@example.org"),
        attachments: vec![file.expect("a file")],
        ..to("a@example.org")
    };
    for choice in [Choice::Json, Choice::Mime] {
        write(&contents);
        let inline = Message {
            attachments: vec![bytes("a;b.txt", &contents)],
            ..message.clone()
        };
        assert_eq!(
            made(&message, choice).expect("a request"),
            made(&inline, choice).expect("a request")
        );
        for changed in [&contents[1..], &[&contents[..], b"x"].concat()] {
            write(changed);
            let error = made(&message, choice).expect_err("changed");
            assert_eq!(error.class(), Class::Input);
            assert_eq!(
                error.to_string(),
                format!(
                    "{} has changed: it no longer has 800000 bytes",
                    path.display()
                )
            );
        }
        std::fs::remove_file(&path).expect("removed");
        let error = made(&message, choice).expect_err("gone");
        assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    }
}

/// The sender's domain makes the Message-ID; without a sender, one that nobody has.
#[test]
fn every_message_has_a_message_id() {
    let message_id = |message: &Message| {
        let made = made(message, Choice::Json).expect("JSON");
        let message_id = made.message_id().map(str::to_owned);
        let value: serde_json::Value = serde_json::from_slice(made.body()).expect("JSON");
        let written = value["message"]["internetMessageId"]
            .as_str()
            .map(str::to_owned);
        assert_eq!(written, message_id);
        assert_eq!(
            value["message"].get("from").is_some(),
            message.from.is_some()
        );
        message_id
    };
    let mut message = to("a@example.org");
    let made = Some("<01010101-0101-4101-8101-010101010101@graphmail.invalid>".to_owned());
    assert_eq!(message_id(&message), made);
    message.mailbox = mailbox("shared@contoso.com");
    let made = Some("<01010101-0101-4101-8101-010101010101@contoso.com>".to_owned());
    assert_eq!(message_id(&message), made);
    message.from = mailbox("me@fabrikam.com");
    let made = Some("<01010101-0101-4101-8101-010101010101@fabrikam.com>".to_owned());
    assert_eq!(message_id(&message), made);
    message.message_id = Some(id("mine@x.org"));
    assert_eq!(message_id(&message), Some("<mine@x.org>".to_owned()));
}
