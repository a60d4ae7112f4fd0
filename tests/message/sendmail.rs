//! What a program pipes in goes to exactly those whom it meant, whatever its fields say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use graphmail::exit::Class;
use graphmail::message::{
    Eml, Envelope, FromPolicy, Mailbox, Recipient, SenderPattern, Sending, SendmailError,
    SendmailInput, SendmailMessage,
};
use jiff::tz::TimeZone;

use super::sent_bytes;

/// Whom local names mean here.
pub(super) fn resolve(name: &str, host: Option<&str>) -> Result<Vec<Mailbox>, SendmailError> {
    if host.is_some_and(|host| host != "web1.example.net") {
        return Ok(Vec::new());
    }
    let address = match name {
        "root" => "ops@contoso.com",
        "team" => "a@x.org, b@x.org",
        "desk" => "desk@contoso.com",
        "broken" => return Err(SendmailError::Aliases("a loop".to_owned())),
        _ => return Ok(Vec::new()),
    };
    Ok(Mailbox::parse_list(address).unwrap())
}

pub(super) fn envelope(line: &str) -> Envelope {
    let mut envelope = Envelope::default();
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        match word.split_at_checked(2) {
            Some(("-t", _)) => envelope.fields = true,
            Some(("-f", sender)) => {
                let list = Recipient::parse_list(sender);
                envelope.sender = list.ok().and_then(|mut list| list.pop());
            }
            Some(("-F", name)) => envelope.name = Some(name.to_owned()),
            _ => envelope
                .recipients
                .extend(Recipient::parse_list(word).unwrap()),
        }
    }
    envelope
}

pub(super) fn sending() -> Sending {
    Sending {
        mailbox: Some(Mailbox::parse("Reports <reports@contoso.com>").unwrap()),
        allowed: [
            "alerts@contoso.com",
            "@own.org",
            "Desk@Contoso.com",
            "@Mail.Own.org",
        ]
        .map(|pattern| SenderPattern::parse(pattern).unwrap())
        .to_vec(),
        hosts: vec!["web1".to_owned(), "web1.example.net".to_owned()],
        policy: FromPolicy::Rewrite,
        now: "2026-11-20T10:00:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .to_zoned(TimeZone::UTC),
        uuid: uuid::uuid!("11111111-1111-4111-8111-111111111111"),
        longest: u64::MAX,
        default_name: None,
    }
}

pub(super) fn made(line: &str, input: impl AsRef<[u8]>) -> Result<Eml, SendmailError> {
    made_for(&envelope(line), input)
}

pub(super) fn made_for(envelope: &Envelope, input: impl AsRef<[u8]>) -> Result<Eml, SendmailError> {
    let input = SendmailInput::new(input.as_ref().to_vec())?;
    SendmailMessage::read(&input, envelope, &resolve)?.finish(envelope, &sending())
}

/// Sends with the fields that every message has, and gives the others back, each on its line.
#[track_caller]
pub(super) fn sent(line: &str, fields: &str) -> String {
    let input = format!("{fields}Date: D\nMessage-ID: <m@x.org>\n\nbody\n");
    let eml = made(line, input).unwrap_or_else(|error| panic!("{line}: {error}"));
    let text = String::from_utf8(sent_bytes(&eml)).unwrap();
    text.strip_suffix("\r\n\r\nbody\r\n")
        .unwrap()
        .replace("Date: D\r\nMessage-ID: <m@x.org>", "")
        .replace("\r\n", "\n")
        .trim_end_matches('\n')
        .replace("\n\n", "\n")
}

const ME: &str = "From: Reports <reports@contoso.com>\n";

#[track_caller]
pub(super) fn table(rows: &[(&str, &str, &str)]) {
    for (line, fields, expected) in rows {
        assert_eq!(
            sent(line, &format!("{ME}{fields}")),
            format!("{ME}{expected}").trim_end(),
            "{line}: {fields}"
        );
    }
}

#[test]
#[rustfmt::skip]
fn without_t_the_command_line_alone_says_who_gets_it() {
    table(&[
        // All in the fields: they stay byte for byte.
        ("a@x.org b@x.org", "To: \"Doe, Jane\" <a@x.org>,\n  b@x.org (Bob)\n", "To: \"Doe, Jane\" <a@x.org>,\n  b@x.org (Bob)"),
        // Case is nothing: not a domain's, and to Exchange not a local part's.
        ("a@X.ORG", "To: a@x.org\n", "To: a@x.org"),
        ("bob@x.org", "To: Bob@X.org\n", "To: Bob@X.org"),
        ("Bob@x.org", "Cc: bob@x.org\n", "Cc: bob@x.org"),
        ("b@x.org", "To: A@x.org, B@X.org\n", "To: B@X.org\nX-Original-To: A@x.org, B@X.org"),
        ("A@X.org C@x.org c@X.ORG", "To: a@x.org\n", "To: a@x.org\nBcc: C@x.org"),
        ("a@x.org z@x.org", "To: a@x.org\nBcc: Z@X.org\n", "To: a@x.org\nBcc: z@x.org"),
        // Nobody in the fields.
        ("c@x.org", "To: a@x.org\nCc: =?utf-8?q?J=C3=B6?= <b@x.org>\n", "X-Original-To: a@x.org\nX-Original-Cc: =?utf-8?q?J=C3=B6?= <b@x.org>\nTo: undisclosed-recipients:;\nBcc: c@x.org"),
        // Some in the fields, some not.
        ("c@x.org b@x.org", "To: a@x.org, =?utf-8?q?J=C3=B6?= <b@x.org>\n", "To: =?utf-8?q?J=C3=B6?= <b@x.org>\nX-Original-To: a@x.org, =?utf-8?q?J=C3=B6?= <b@x.org>\nBcc: c@x.org"),
        // Cc alone is left.
        ("b@x.org", "To: a@x.org\nCc: b@x.org\n", "Cc: b@x.org\nX-Original-To: a@x.org"),
        // The message's own Bcc is nobody's business, and is not followed.
        ("a@x.org", "To: a@x.org\nBcc: z@x.org\n", "To: a@x.org"),
        ("a@x.org z@x.org", "To: a@x.org\nBcc: z@x.org, y@x.org\n", "To: a@x.org\nBcc: z@x.org"),
        // Each once.
        ("c@x.org c@x.org a@x.org", "To: a@x.org\n", "To: a@x.org\nBcc: c@x.org"),
        // Two of them: the first field that names somebody is where they are.
        ("a@x.org", "To: a@x.org\nTo: b@x.org\n", "To: a@x.org\nX-Original-To: a@x.org\nX-Original-To: b@x.org"),
        // The field as it was, folds and all.
        ("c@x.org", "To: a@x.org,\n\tb@x.org\n", "X-Original-To: a@x.org,\n\tb@x.org\nTo: undisclosed-recipients:;\nBcc: c@x.org"),
        // What cannot be read is delivered to nobody, and kept.
        ("a@x.org", "To: you and me\n", "X-Original-To: you and me\nTo: undisclosed-recipients:;\nBcc: a@x.org"),
        // An empty group names nobody.
        ("a@x.org", "To: undisclosed-recipients:;\n", "To: undisclosed-recipients:;\nBcc: a@x.org"),
        // A group's members among the recipients.
        ("a@x.org b@x.org", "To: team: a@x.org, b@x.org;\n", "To: team: a@x.org, b@x.org;"),
        // Sent on: the old fields stay for the reader, and nobody gets it again.
        ("c@x.org", "Resent-To: c@x.org\nResent-Bcc: z@x.org\nTo: a@x.org\n", "Resent-To: c@x.org\nX-Original-To: a@x.org\nTo: undisclosed-recipients:;\nBcc: c@x.org"),
    ]);
}

#[test]
#[rustfmt::skip]
fn with_t_the_fields_and_the_command_line_say_who_gets_it() {
    table(&[
        ("-t", "To: a@x.org\nCc: b@x.org\nBcc: c@x.org\n", "To: a@x.org\nCc: b@x.org\nBcc: c@x.org"),
        ("-t d@x.org a@x.org", "To: a@x.org\n", "To: a@x.org\nBcc: d@x.org"),
        ("-t D@x.org A@X.org", "To: a@x.org\nCc: d@X.ORG\n", "To: a@x.org\nCc: d@X.ORG"),
        ("-t", "Bcc: c@x.org,\n d@x.org\n", "To: undisclosed-recipients:;\nBcc: c@x.org,\n d@x.org"),
        ("-t", "To: a@x.org\nTo: b@x.org\n", "To: a@x.org,\n b@x.org"),
        // The newest Resent- fields, and not the others.
        ("-t", "Resent-To: c@x.org\nResent-Cc: d@x.org\nResent-Bcc: e@x.org\nTo: a@x.org\nBcc: b@x.org\n",
         "Resent-To: c@x.org\nResent-Cc: d@x.org\nX-Original-To: a@x.org\nTo: undisclosed-recipients:;\nBcc: c@x.org,\n d@x.org,\n e@x.org"),
    ]);
}

#[test]
#[rustfmt::skip]
fn a_local_name_becomes_the_address_behind_it() {
    table(&[
        ("root", "To: root\n", "To: \"root\" <ops@contoso.com>"),
        ("root", "To: root@localhost\n", "To: \"root\" <ops@contoso.com>"),
        ("-t", "To: Charlie Root <root>\nCc: team\n", "To: Charlie Root <ops@contoso.com>\nCc: \"team\" <a@x.org>,\n \"team\" <b@x.org>"),
        ("team", "To: root\n", "X-Original-To: root\nTo: undisclosed-recipients:;\nBcc: a@x.org,\n b@x.org"),
        ("root", "To: somebody, root\n", "To: \"root\" <ops@contoso.com>\nX-Original-To: somebody, root"),
        ("ops@contoso.com", "To: root\n", "To: \"root\" <ops@contoso.com>"),
        ("OPS@Contoso.com root", "To: root\nCc: Ops@contoso.COM\n", "To: \"root\" <ops@contoso.com>\nCc: Ops@contoso.COM"),
        // Under the name that the writer gave it, if that can stand there.
        ("root", "To: =?utf-8?q?J=C3=B6?= <root>\n", "To: =?utf-8?q?J=C3=B6?= <ops@contoso.com>"),
        ("root", "To: root@localhost (Super User)\n", "To: \"Super User\" <ops@contoso.com>"),
        ("root", "To: [x] <root>\n", "To: \"root\" <ops@contoso.com>"),
        // So does an address of this host, if its name has an alias.
        ("-t", "To: root@web1.example.net\nCc: Team <team@web1.example.net>, jane@web1.example.net\n",
         "To: \"root\" <ops@contoso.com>\nCc: Team <a@x.org>,\n Team <b@x.org>,\n jane@web1.example.net"),
        ("root", "To: root@web1.example.net\n", "To: \"root\" <ops@contoso.com>"),
        // A fault of the aliases is one of its recipients alone.
        ("a@x.org", "To: broken, a@x.org\n", "To: a@x.org\nX-Original-To: broken, a@x.org"),
    ]);
}

#[test]
#[rustfmt::skip]
fn from_is_the_mailboxs_or_becomes_it() {
    let rows = [
        ("", "From: Reports <reports@contoso.com>", "From: Reports <reports@contoso.com>"),
        ("", "From: REPORTS@Contoso.com", "From: REPORTS@Contoso.com"),
        ("", "From: alerts@contoso.com", "From: alerts@contoso.com"),
        ("", "From: anybody@own.org", "From: anybody@own.org"),
        ("", "From: ALERTS@Contoso.com", "From: ALERTS@Contoso.com"),
        ("", "From: desk@contoso.com", "From: desk@contoso.com"),
        ("", "From: anybody@OWN.org", "From: anybody@OWN.org"),
        ("", "From: anybody@mail.own.org", "From: anybody@mail.own.org"),
        ("", "From: =?utf-8?q?J=C3=B6?= <j@x.org>", "From: =?utf-8?q?J=C3=B6?= <reports@contoso.com>\nReply-To: =?utf-8?q?J=C3=B6?= <j@x.org>"),
        ("", "From: j@x.org (Jane)", "From: \"Jane\" <reports@contoso.com>\nReply-To: j@x.org (Jane)"),
        ("", "From: j@x.org\nReply-To: k@x.org", "From: \"Reports\" <reports@contoso.com>\nReply-To: k@x.org\nX-Original-From: j@x.org"),
        ("", "From: j@x.org\nReply-To:", "From: \"Reports\" <reports@contoso.com>\nReply-To: j@x.org"),
        ("", "From: root (Cron Daemon)", "From: \"Cron Daemon\" <reports@contoso.com>\nX-Original-From: root (Cron Daemon)"),
        ("", "From: j@x.org\nSender: s@x.org", "From: \"Reports\" <reports@contoso.com>\nX-Original-Sender: s@x.org\nReply-To: j@x.org"),
        // None: the command line's, if it may be, else the mailbox's.
        ("", "", "From: \"Reports\" <reports@contoso.com>"),
        ("-falerts@contoso.com", "", "From: alerts@contoso.com"),
        ("-fALERTS@contoso.COM", "", "From: ALERTS@contoso.COM"),
        ("-fREPORTS@contoso.com", "", "From: REPORTS@contoso.com"),
        ("-falerts@contoso.com -FAlerts", "", "From: \"Alerts\" <alerts@contoso.com>"),
        ("-froot -FJö", "", "From: =?utf-8?B?SsO2?= <reports@contoso.com>\nX-Original-From: root"),
        // Who may not be it is answered all the same, beyond this host.
        ("-fj@x.org", "", "From: \"Reports\" <reports@contoso.com>\nReply-To: j@x.org"),
        ("-fj@x\u{FC}.org", "", "From: \"Reports\" <reports@contoso.com>\nReply-To: j@xn--x-eha.org"),
        ("-fj@x.org -FJane", "", "From: \"Jane\" <reports@contoso.com>\nReply-To: \"Jane\" <j@x.org>"),
        ("-fj@x.org", "Reply-To: k@x.org", "Reply-To: k@x.org\nFrom: \"Reports\" <reports@contoso.com>"),
        ("-froot@web2", "", "From: \"Reports\" <reports@contoso.com>\nX-Original-From: root@web2"),
        ("", "From: alerts@contoso.com\nSender: s@x.org", "From: alerts@contoso.com\nX-Original-Sender: s@x.org"),
        ("", "From: alerts@contoso.com\nSender: REPORTS@contoso.com", "From: alerts@contoso.com\nSender: REPORTS@contoso.com"),
        // Nobody can answer a name of this host, with or without its domain.
        ("", "From: Jane <jane@web1.example.net>", "From: Jane <reports@contoso.com>\nX-Original-From: Jane <jane@web1.example.net>"),
        ("", "From: jane@WEB1.example.net, j@x.org", "From: \"Reports\" <reports@contoso.com>\nX-Original-From: jane@WEB1.example.net, j@x.org"),
        ("-fjane@web1.example.net -FJane", "", "From: \"Jane\" <reports@contoso.com>\nX-Original-From: jane@web1.example.net"),
        // The addresses of its alias can be answered, or be the author.
        ("", "From: Root <root@web1.example.net>", "From: Root <reports@contoso.com>\nX-Original-From: Root <root@web1.example.net>\nReply-To: Root <ops@contoso.com>"),
        ("", "From: root@web1.example.net, j@x.org", "From: \"Reports\" <reports@contoso.com>\nX-Original-From: root@web1.example.net, j@x.org\nReply-To: \"root\" <ops@contoso.com>,\n j@x.org"),
        ("", "From: root@web1.example.net\nReply-To: k@x.org", "From: \"Reports\" <reports@contoso.com>\nReply-To: k@x.org\nX-Original-From: root@web1.example.net"),
        ("-froot@web1.example.net -FRoot", "", "X-Original-From: root@web1.example.net\nReply-To: \"Root\" <ops@contoso.com>\nFrom: \"Root\" <reports@contoso.com>"),
        ("", "From: Desk <desk@web1.example.net>", "From: Desk <desk@contoso.com>\nX-Original-From: Desk <desk@web1.example.net>"),
        ("-fdesk@web1.example.net -FDesk", "", "X-Original-From: desk@web1.example.net\nFrom: \"Desk\" <desk@contoso.com>"),
        ("-fdesk@web1.example.net", "", "X-Original-From: desk@web1.example.net\nFrom: \"desk\" <desk@contoso.com>"),
        ("-f<>", "From: reports@contoso.com", "From: reports@contoso.com"),
    ];
    for (line, from, expected) in rows {
        let fields = if from.is_empty() { String::new() } else { format!("{from}\n") };
        let result = sent(&format!("a@x.org {line}"), &format!("To: a@x.org\n{fields}"));
        assert_eq!(result, format!("To: a@x.org\n{expected}"), "{line} {from}");
    }
}

#[test]
#[rustfmt::skip]
fn several_authors_and_unreadable_ones_are_kept_for_the_reader() {
    let rows = [
        ("From: j@x.org, K <k@x.org>", "From: \"Reports\" <reports@contoso.com>\nReply-To: j@x.org,\n K <k@x.org>"),
        ("From: reports@contoso.com, alerts@contoso.com", "From: reports@contoso.com, alerts@contoso.com"),
        ("From: MAILER-DAEMON <>", "From: \"Reports\" <reports@contoso.com>\nX-Original-From: MAILER-DAEMON <>"),
    ];
    for (from, expected) in rows {
        assert_eq!(sent("a@x.org", &format!("To: a@x.org\n{from}\n")), format!("To: a@x.org\n{expected}"), "{from}");
    }
}

#[test]
#[rustfmt::skip]
fn a_repeated_field_occurs_once() {
    for command in ["-t", "a@x.org"] {
        for (fields, expected) in [
            ("Subject: a\nSubject: b\n", "Subject: a\nX-Original-Subject: b"),
            ("Subject: a b\nSubject: c\nsubject:a\n b\n", "Subject: a b\nX-Original-Subject: c"),
            ("Subject:\nSubject: a\n", "Subject: a"),
            ("References: <1@x>\nReferences: <2@x>\n", "References: <1@x>\nX-Original-References: <2@x>"),
            ("Date: E\nMessage-ID: <2@x>\n", "Date: E\nMessage-ID: <2@x>\nX-Original-Date: D\nX-Original-Message-ID: <m@x.org>"),
            ("Sender: reports@contoso.com\nSender: z@x.org\n", "Sender: reports@contoso.com\nX-Original-Sender: z@x.org"),
            ("Reply-To: b@y.org\nReply-To: J <j@y.org>,\n\tk@y.org\nReply-To: b@y.org\n", "Reply-To: b@y.org,\n J <j@y.org>,\n\tk@y.org"),
            ("From: Reports <reports@contoso.com>\nFrom: j@y.org\n", "X-Original-From: j@y.org"),
        ] {
            let to = "To: a@x.org\n";
            let result = sent(command, &format!("{ME}{to}{fields}"));
            assert_eq!(result, format!("{ME}{to}{expected}"), "{command}: {fields}");
        }
    }
}

/// A message of an old Macintosh, and recipients in bytes that are not UTF-8.
#[test]
fn lines_that_end_with_cr_alone() {
    let eml = made("a@x.org", "To: a@x.org\rSubject: s\r\rone\rtwo\r").unwrap();
    assert_eq!(eml.subject(), "s");
    let text = String::from_utf8(sent_bytes(&eml)).unwrap();
    assert!(text.ends_with("\r\n\r\none\r\ntwo\r\n"), "{text}");
    let input = SendmailInput::new(b"To: a@x.org\nBcc:\xa0d@x.org\n\nx\n".to_vec()).unwrap();
    let message = SendmailMessage::read(&input, &envelope("-t"), &resolve).unwrap();
    assert_eq!(message.refused().unwrap().written(), ["\u{FFFD}d@x.org"]);
}

#[test]
fn the_newest_resent_block_alone_counts() {
    let input = "Resent-From: me@x.org\nResent-To: n1@x.org\nResent-Bcc: n2@x.org\nReceived: from x\nResent-From: k@x.org\nResent-To: old@x.org\nResent-Bcc: oldb@x.org\nFrom: reports@contoso.com\nTo: y@x.org\n";
    assert_eq!(
        sent("-t", input),
        "Resent-From: me@x.org\nResent-To: n1@x.org\nReceived: from x\nResent-From: k@x.org\nX-Original-Resent-To: old@x.org\nFrom: reports@contoso.com\nX-Original-To: y@x.org\nTo: undisclosed-recipients:;\nBcc: n1@x.org,\n n2@x.org"
    );
}

#[test]
fn a_name_that_is_no_utf_8_is_latin_1() {
    let input = b"From: J\xf6rg <j@y.org>\nTo: J\xf6rg <j@x.org>, gone@x.org\n\nb\n";
    let eml = made("j@x.org", input).unwrap();
    let expected: &[&[u8]] = &[
        b"From: =?utf-8?B?SsO2cmc=?= <reports@contoso.com>\r\n",
        b"To: =?utf-8?B?SsO2cmc=?= <j@x.org>\r\n",
        b"X-Original-To: =?utf-8?Q?J=C3=B6rg_<j@x.org>,_gone@x.org?=\r\n",
        b"Reply-To: =?utf-8?B?SsO2cmc=?= <j@y.org>\r\n",
    ];
    assert!(sent_bytes(&eml).starts_with(&expected.concat()), "{eml:?}");
}

#[test]
fn another_from_can_be_kept_or_refused() {
    let message = SendmailInput::new(b"From: j@x.org\nTo: a@x.org\n\nx\n".to_vec()).unwrap();
    let envelope = envelope("a@x.org");
    let with = |policy| {
        let piped = SendmailMessage::read(&message, &envelope, &resolve)?;
        let sending = Sending {
            policy,
            ..sending()
        };
        piped.finish(&envelope, &sending)
    };
    let kept = with(FromPolicy::Keep).unwrap();
    assert_eq!(kept.from().to_string(), "j@x.org");
    assert_eq!(
        with(FromPolicy::Refuse),
        Err(SendmailError::From("j@x.org".to_owned()))
    );
}

#[test]
fn a_client_can_be_limited_to_senders() {
    let limited = |sender: &str, input: &str| {
        let message = SendmailInput::new(input.as_bytes().to_vec()).unwrap();
        let mut envelope = envelope(&format!("-f{sender} a@x.org"));
        envelope.senders = ["Alerts@contoso.com", "@own.org"]
            .map(|text| SenderPattern::parse(text).unwrap())
            .to_vec();
        let made = SendmailMessage::read(&message, &envelope, &resolve)?;
        let eml = made.finish(&envelope, &sending())?;
        let kept = String::from_utf8(sent_bytes(&eml)).unwrap();
        let sender = kept.lines().find(|line| line.contains("Sender:"));
        let sender = sender.unwrap_or_default();
        Ok::<_, SendmailError>(format!("{} {sender}", eml.from().address()))
    };
    let refused = |sender: &str| Err(SendmailError::Sender(sender.to_owned()));
    let kept = |text: &str| Ok(text.to_owned());
    for (sender, input, expected) in [
        ("alerts@contoso.com", "", kept("alerts@contoso.com ")),
        ("reports@contoso.com", "", refused("reports@contoso.com")),
        // The envelope's sender is checked by its command; here only the author.
        (
            "j@x.org",
            "From: A <alerts@Contoso.com>\n\n",
            kept("alerts@Contoso.com "),
        ),
        (
            "j@x.org",
            "From: a@OWN.org, b@own.org\n\n",
            kept("a@OWN.org "),
        ),
        (
            "alerts@contoso.com",
            "From: a@own.org, j@x.org\n\n",
            refused("j@x.org"),
        ),
        (
            "alerts@contoso.com",
            "From : j@x.org\n\n",
            refused("j@x.org"),
        ),
        (
            "alerts@contoso.com",
            "From: J, Dr. <j@x.org>\n\n",
            refused("\"J, Dr.\" <j@x.org>"),
        ),
        (
            "alerts@contoso.com",
            "From: a@sub.own.org\n\n",
            refused("a@sub.own.org"),
        ),
        (
            "alerts@contoso.com",
            "From: reports@contoso.com\n\n",
            refused("reports@contoso.com"),
        ),
        (
            "alerts@contoso.com",
            "From: root\n\n",
            kept("reports@contoso.com "),
        ),
        (
            "j@x.org",
            "From: a@own.org\nSender: reports@contoso.com\n\n",
            kept("a@own.org X-Original-Sender: reports@contoso.com"),
        ),
        (
            "j@x.org",
            "From: a@own.org\nSender: b@own.org\n\n",
            kept("a@own.org Sender: b@own.org"),
        ),
    ] {
        assert_eq!(limited(sender, input), expected, "{sender} {input}");
    }
}

#[test]
fn what_is_missing_is_supplied() {
    let made = |input: &str| {
        let eml = made("a@x.org", input).unwrap();
        String::from_utf8(sent_bytes(&eml)).unwrap()
    };
    let supplied = "To: undisclosed-recipients:;\r\nBcc: a@x.org\r\nFrom: \"Reports\" <reports@contoso.com>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <11111111-1111-4111-8111-111111111111@contoso.com>\r\n\r\n";
    // No header section at all, as sendmail takes it; and nothing at all.
    assert_eq!(
        made("Hello there\n.\n"),
        format!("{supplied}Hello there\r\n.\r\n")
    );
    assert_eq!(made(""), supplied);
    assert_eq!(made("\nHello\n"), format!("{supplied}Hello\r\n"));
    assert_eq!(
        made("From j@x.org Fri Nov 20 10:00:00 2026\nX-A: 1\n\nFrom here Mon\n"),
        format!("X-A: 1\r\n{supplied}From here Mon\r\n")
    );
}

#[test]
fn bytes_stay_as_they_are() {
    let body = b"caf\xe9 \xc2\xa0nbsp\xa0 \xff\r\n.\r\n..\r\n";
    let input = [b"Subject: caf\xe9\r\nTo: a@x.org\r\n\r\n".as_slice(), body].concat();
    let eml = made("a@x.org", &input).unwrap();
    assert!(sent_bytes(&eml).ends_with(body));
    assert!(sent_bytes(&eml).starts_with(b"Subject: =?utf-8?B?Y2Fmw6k=?=\r\nTo: a@x.org\r\n"));
    // What a progress bar leaves is kept by encoding it.
    let eml = made("a@x.org", "To: a@x.org\n\n10%\r100%\ndone\n").unwrap();
    let text = String::from_utf8(sent_bytes(&eml)).unwrap();
    let (fields, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(fields.ends_with("Content-Transfer-Encoding: base64\r\nMIME-Version: 1.0"));
    assert_eq!(
        STANDARD.decode(body.trim_end()).unwrap(),
        b"10%\r100%\r\ndone\r\n"
    );
    // 20 MB.
    let large = "x".repeat(70) + "\n";
    let large = format!("To: a@x.org\n\n{}", large.repeat(300_000));
    let eml = made("a@x.org", &large).unwrap();
    assert_eq!(
        sent_bytes(&eml).len() - 72 * 300_000,
        sent_bytes(&made("a@x.org", "To: a@x.org\n\n").unwrap()).len()
    );
}

#[test]
fn what_cannot_be_sent_is_refused_by_name() {
    let refused = |line, input: &str| {
        let error = made(line, input).unwrap_err();
        (error.class(), error.to_string())
    };
    let none = (Class::Message, "the message has no recipients".to_owned());
    assert_eq!(refused("", "To: a@x.org\n\nx"), none);
    assert_eq!(refused("-t", "Subject: x\n\nx"), none);
    assert_eq!(
        refused("-t", "To: jane doe\n\nx"),
        (
            Class::Message,
            "To: \"jane doe\": an address has the form name@domain".to_owned()
        )
    );
    assert_eq!(
        refused("nobody", "To: a@x.org\n\nx"),
        (
            Class::Recipient,
            "\"nobody\" is a local name without an alias".to_owned()
        )
    );
    for (before, line) in [("", 2), ("From a b\n", 3), (">From a b\n>From c d\n", 4)] {
        assert_eq!(
            refused(
                "-t",
                &format!("{before}To: a@x.org\nbad line\nBcc: b@x.org\n\nb\n")
            ),
            (
                Class::Message,
                format!("line {line} is not a header field, but recipient fields follow it")
            )
        );
    }
    // A script that forgot the empty line loses nobody.
    assert!(made("a@x.org", "Subject: x\nhello\n").is_ok());
    assert_eq!(refused("a@web2", "x").0, Class::Recipient);
}

/// A message as it is sent, but for what every message gets.
#[track_caller]
fn delivered(line: &str, input: &str) -> String {
    let eml = made(line, input).unwrap_or_else(|error| panic!("{input:?}: {error}"));
    let text = String::from_utf8(sent_bytes(&eml)).unwrap();
    let added = "From: \"Reports\" <reports@contoso.com>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <11111111-1111-4111-8111-111111111111@contoso.com>\r\n";
    assert!(text.contains(added), "{text}");
    text.replace(added, "")
}

#[test]
#[rustfmt::skip]
fn odd_starts_and_line_ends_lose_nothing() {
    for (line, input, expected) in [
        ("-t", ">From root Mon Jan  1 00:00:00 2024\nTo: a@x.org\n\nx\n", "To: a@x.org\r\n\r\nx\r\n"),
        ("-t", "From a b\n>From c d\n>From e f\nTo: a@x.org\n\nx\n", "To: a@x.org\r\n\r\nx\r\n"),
        // A text of its own.
        ("a@x.org", ">From the start\nx\n", "To: undisclosed-recipients:;\r\nBcc: a@x.org\r\n\r\n>From the start\r\nx\r\n"),
        ("-t", "To: a@x.org\r\r\nSubject: s\r\r\n\r\r\nb\r\r\n\r\r\nc\n", "To: a@x.org\r\nSubject: s\r\n\r\nb\r\n\r\nc\r\n"),
        ("-t", "To: a@x.org\n\r\r\nb\n", "To: a@x.org\r\n\r\nb\r\n"),
        // Never a further field.
        ("-t", "To: a@x.org\nSubject: a\rBcc: z@x.org\n b\r\n\nx\n", "To: a@x.org\r\nSubject: a Bcc: z@x.org\r\n b\r\n\r\nx\r\n"),
        ("-t", "To: a@x.org\nX: a\0b\n\nx\n", "To: a@x.org\r\nX: ab\r\n\r\nx\r\n"),
        (
            "-t", "To: a@x.org\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\ry\r\r\n\r\rz\n--b\nContent-Type: a/b\nContent-Transfer-Encoding: binary\n\n1\r2\n3\n--b--\r",
            "To: a@x.org\r\nContent-Type: multipart/mixed; boundary=b\r\nMIME-Version: 1.0\r\n\r\n--b\r\n\r\nx\r\ny\r\n\r\n\r\nz\r\n--b\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: binary\r\n\r\n1\r2\n3\r\n--b--\r\n",
        ),
        // As Postfix and Exim: the rest is text.
        ("a@x.org", "Subject: s\nFrom b Sun Apr  5 09:24:45 2015\nTo: c@x.org\n\nx\n", "Subject: s\r\nTo: undisclosed-recipients:;\r\nBcc: a@x.org\r\n\r\nFrom b Sun Apr  5 09:24:45 2015\r\nTo: c@x.org\r\n\r\nx\r\n"),
    ] {
        assert_eq!(delivered(line, input), expected, "{input:?}");
    }
}

#[test]
fn a_from_field_with_a_blank_before_its_colon_is_not_an_mbox_line() {
    let input = "From : alerts@contoso.com\nDate: D\nMessage-ID: <m@x.org>\n\nbody\n";
    let eml = made("a@x.org", input).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&sent_bytes(&eml)),
        "From: alerts@contoso.com\r\nDate: D\r\nMessage-ID: <m@x.org>\r\n\
         To: undisclosed-recipients:;\r\nBcc: a@x.org\r\n\r\nbody\r\n"
    );
}
