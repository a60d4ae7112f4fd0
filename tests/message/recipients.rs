//! Recipient fields that strict readers refuse, as other MTAs read them.

use graphmail::exit::Class;
use graphmail::message::{SendmailInput, SendmailMessage};

use super::sendmail::{envelope, made, resolve, sending, sent};
use super::sent_bytes;
use crate::support::expected;

/// The file has what msmtp 1.8.23, Exim 4.96 and Postfix 3.7.11 make of each list, on the host `h.example`:
/// `.ci/recipient-forms.sh` measures it. Exim and Postfix return a message to its author for the recipients that
/// they cannot read or do not know. graphmail's own column has the addresses to which it sends: it reports
/// `doe` in `doe, Jane <a@x.org>` as unknown, and warns that `Doe` is part of a name.
const FORMS: &str = include_str!("../data/sendmail/recipient_forms.txt");

/// The recipients and the field that goes out, or the error.
fn read(list: &str) -> (String, String) {
    let input = format!("To: {list}\nDate: D\n\nb\n");
    let eml = match made("-t", input) {
        Ok(eml) => eml,
        Err(error) => return ("refused".to_owned(), error.to_string()),
    };
    let addresses: Vec<_> = eml.recipients().map(|one| one.address().as_str()).collect();
    let text = String::from_utf8(sent_bytes(&eml)).unwrap();
    let to = text
        .split("\r\nDate: D")
        .next()
        .unwrap()
        .replace("\r\n", "");
    (addresses.join(" "), to)
}

/// The columns: the list, graphmail's recipients and field, and the recipients of msmtp, Exim and Postfix.
#[test]
fn obsolete_forms_are_read_as_other_mtas_read_them() {
    let mut table = String::new();
    for row in FORMS.lines() {
        let columns: Vec<_> = row.split(" | ").collect();
        let [list, _, _, others @ ..] = columns.as_slice() else {
            panic!("{row}");
        };
        let (addresses, field) = read(list);
        let own = [*list, &addresses, &field];
        let row: Vec<_> = own.into_iter().chain(others.iter().copied()).collect();
        table += &(row.join(" | ") + "\n");
    }
    expected::compare("sendmail/recipient_forms.txt", table);
}

#[test]
#[rustfmt::skip]
fn other_fields_may_be_among_the_newest_resent_fields() {
    for (fields, recipients) in [
        ("Resent-Date: D\nFrom: alerts@contoso.com\nTo: l@x.org\nResent-To: k@x.org\nX: 1\nResent-Cc: m@x.org\n", "k@x.org m@x.org"),
        ("Resent-From: me@x.org\nReceived: x\nResent-To: k@x.org\nReceived: y\nResent-Bcc: old@x.org\nTo: l@x.org\n", "k@x.org"),
        // No new recipients.
        ("Resent-From: me@x.org\nTo: l@x.org\nBcc: b@x.org\n", "l@x.org b@x.org"),
    ] {
        let eml = made("-t", format!("{fields}\nx\n")).unwrap();
        let mut found: Vec<_> = eml.recipients().map(|one| one.address().as_str()).collect();
        let mut expected: Vec<_> = recipients.split(' ').collect();
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{fields}");
    }
}

#[test]
#[rustfmt::skip]
fn a_field_that_need_not_change_keeps_its_bytes() {
    for field in [
        // Raw ISO-2022-JP, and what a terminal leaves.
        "To: \"\x1b$B;3ED\x1b(B\" <a@x.org>\nReply-To: [R] <r@y.org>; s@y.org",
        "To: a@x.org (\x1b[1mAda\x1b[0m)",
    ] {
        let from = "From: Reports <reports@contoso.com>\n";
        assert_eq!(sent("-t", &format!("{from}{field}\n")), format!("{from}{field}"));
        assert_eq!(sent("a@x.org", &format!("{from}{field}\n")), format!("{from}{field}"));
    }
    // An own From, in a form that Exchange may not read.
    assert_eq!(
        sent("a@x.org", "From: [R] <reports@contoso.com>\nTo: a@x.org\n"),
        "From: \"[R]\" <reports@contoso.com>\nTo: a@x.org"
    );
}

/// One bad recipient does not stop the others, and stays in the field that is kept.
#[test]
#[rustfmt::skip]
fn the_others_get_the_message() {
    let jane = "To: \"jane doe\": an address has the form name@domain";
    for (line, fields, sent, error) in [
        ("-t", "To: jane doe, a@x.org\n", "To: a@x.org\nX-Original-To: jane doe, a@x.org", format!("sent to 1 recipient, but not to all: {jane}")),
        ("-t", "To: jane doe\nCc: b@x.org\nBcc: nobody, c@x.org, broken\n",
         "Cc: b@x.org\nX-Original-To: jane doe\nBcc: c@x.org",
         format!("sent to 2 recipients, but not to all: {jane}; \"nobody\" is a local name without an alias; a loop")),
        ("nobody root", "To: root\n", "To: \"root\" <ops@contoso.com>", "sent to 1 recipient, but not to all: \"nobody\" is a local name without an alias".to_owned()),
        ("-t", "To: \"Doe, a@x.org\nCc: b@x.org\n",
         "Cc: b@x.org\nX-Original-To: \"Doe, a@x.org",
         "sent to 1 recipient, but not to all: To: \"\\\"Doe, a@x.org\": an address has the form name@domain".to_owned()),
    ] {
        let input = format!("From: Reports <reports@contoso.com>\nDate: D\nMessage-ID: <m@x.org>\n{fields}\nb\n");
        let input = SendmailInput::new(input.into_bytes()).unwrap();
        let message = SendmailMessage::read(&input, &envelope(line), &resolve).unwrap();
        let refused = message.refused().unwrap();
        assert_eq!((refused.class(), refused.to_string()), (Class::Recipient, error));
        let eml = message.finish(&envelope(line), &sending()).unwrap();
        let text = String::from_utf8(sent_bytes(&eml)).unwrap().replace("\r\n", "\n");
        let (_, fields) = text.split_once("<m@x.org>\n").unwrap();
        assert_eq!(fields, format!("{sent}\n\nb\n"));
    }
    // Nobody is left.
    let error = made("-t", "To: jane doe, nobody\n\nx\n").unwrap_err();
    let words = format!("{jane}; \"nobody\" is a local name without an alias");
    assert_eq!((error.class(), error.to_string()), (Class::Message, words));
}

/// Bytes of ISO-2022-JP outside of quotation marks look like marks of a list: here a comment and a comma.
#[test]
#[rustfmt::skip]
fn raw_iso_2022_jp_in_a_name() {
    for (list, sent_list) in [
        ("\x1b$B;3ED\x1b(B <a@x.org>", "=?utf-8?B?5bGx55Sw?= <a@x.org>"),
        ("\x1b$B%,!\";3\x1b(B <a@x.org>, b@x.org", "=?utf-8?B?44Ks44CB5bGx?= <a@x.org>, b@x.org"),
        ("a@x.org (\x1b$B;3\x1b(B)", "=?utf-8?B?5bGx?= <a@x.org>"),
    ] {
        let from = "From: Reports <reports@contoso.com>\n";
        assert_eq!(sent("-t", &format!("{from}To: {list}\n")), format!("{from}To: {sent_list}"), "{list:?}");
    }
}

/// A mistyped local name is not taken for a part of a name.
#[test]
fn a_word_before_a_name() {
    for (list, surnames, error) in [
        ("Doe, Jane <a@x.org>", &["Doe"][..], ""),
        (
            "Doe, Roe, Jane <a@x.org>",
            &["Roe"],
            "\"Doe\" is a local name without an alias",
        ),
        (
            "doe, Jane <a@x.org>",
            &[],
            "\"doe\" is a local name without an alias",
        ),
        (
            "Doe, a@x.org",
            &[],
            "\"Doe\" is a local name without an alias",
        ),
        ("root, Jane <a@x.org>", &[], ""),
    ] {
        let input = SendmailInput::new(format!("To: {list}\n\nb\n").into_bytes()).unwrap();
        let message = SendmailMessage::read(&input, &envelope("-t"), &resolve).unwrap();
        let refused = message
            .refused()
            .map(ToString::to_string)
            .unwrap_or_default();
        assert_eq!(message.surnames(), surnames, "{list}");
        assert_eq!(refused.is_empty(), error.is_empty(), "{list}: {refused}");
        assert!(refused.ends_with(error), "{list}: {refused}");
    }
}

#[test]
fn an_error_shows_the_bytes_of_a_field() {
    let error = made("-t", b"To: <a@x.org\xe3\x83> \"\n\nx\n").unwrap_err();
    assert_eq!(error.class(), Class::Message);
    let error = made("-t", b"To: <a@x.org\xe3\x83>\n\nx\n").unwrap_err();
    assert_eq!(
        (error.class(), error.to_string()),
        (
            Class::Message,
            r#"To: "<a@x.org\xE3\x83>": the domain is malformed"#.to_owned()
        )
    );
}
