//! Ready messages: what changes in them, and which are refused.

use graphmail::exit::Class;
use graphmail::message::{Eml, Mailbox};

use super::sent_bytes;

fn addresses(eml: &Eml) -> Vec<&str> {
    eml.recipients()
        .map(|mailbox| mailbox.address().as_str())
        .collect()
}

fn parse(text: &str) -> Eml {
    Eml::parse(text.as_bytes().to_vec()).expect(text)
}

#[test]
fn line_ends_are_all_that_changes() {
    let signed = "From: a@b.org\r\nTo: c@d.org\r\n\r\nbody \r\n\0\u{fc}\r\n--\r\n";
    assert_eq!(sent_bytes(&parse(signed)), signed.as_bytes());
    assert_eq!(
        sent_bytes(&parse(&signed.replace("\r\n", "\n"))),
        signed.as_bytes()
    );
    let mbox = format!("From me Thu Jan  1 00:00:00 1970\n{signed}\nFrom here on\n");
    assert_eq!(
        sent_bytes(&parse(&mbox)),
        format!("{signed}\r\nFrom here on\r\n").as_bytes()
    );
    let latin = b"From: \"J\xf6rg\" <a@b.org>\r\nTo: c@d.org\r\n\r\n\xe4".to_vec();
    assert_eq!(
        sent_bytes(&Eml::parse(latin.clone()).expect("a message")),
        latin
    );
    assert_eq!(sent_bytes(&parse("From: a@b.org")), b"From: a@b.org");
}

#[test]
fn a_from_field_with_a_blank_before_its_colon_is_not_an_mbox_line() {
    for before in ["", "From me Thu Jan  1 00:00:00 1970\r\n", "From \r\n"] {
        let eml = parse(&format!("{before}From : a@b.org\r\nTo: c@d.org\r\n"));
        assert_eq!(sent_bytes(&eml), b"From : a@b.org\r\nTo: c@d.org\r\n");
        assert_eq!(eml.from().address().as_str(), "a@b.org");
    }
}

#[test]
fn repeated_fields_that_say_nothing_more_are_removed() {
    let eml = parse(
        "From: a@b.org\nSubject: s\nReply-To: J\n <j@x.org>\nTo: c@d.org\nfrom:a@b.org\nTo: c@d.org\n\
         Subject:\nReply-To:\nReply-To: k@x.org\n\nbody\n",
    );
    assert_eq!(
        String::from_utf8_lossy(&sent_bytes(&eml)),
        "From: a@b.org\r\nSubject: s\r\nReply-To: J\r\n <j@x.org>,\r\n k@x.org\r\nTo: c@d.org\r\n\r\nbody\r\n"
    );
}

#[test]
fn recipients_are_those_of_to_cc_and_bcc() {
    let eml = parse(
        "Received: from x\n\tby y\nFROM : =?utf-8?q?J=C3=B6rg?= <j@x.org>,\n k@x.org\n\
         To: \"Doe, Jane\"\n <jane@x.org>, (c) Team: t1@x.org,, t2@x.org; , u@x.org,\n\
         Cc: undisclosed-recipients:;\nBCC:b@x.org\nmessage-id: <1@x.org>\n\nTo: body@x.org\n",
    );
    assert_eq!(eml.from().name(), Some("Jörg"));
    assert_eq!(eml.from().address().as_str(), "j@x.org");
    assert_eq!(
        eml.message_id().map(|id| id.to_string()).as_deref(),
        Some("<1@x.org>")
    );
    assert_eq!(
        addresses(&eml),
        ["jane@x.org", "t1@x.org", "t2@x.org", "u@x.org", "b@x.org"]
    );
    let odd = parse("From: a@b.org\nMessage-ID: <not one>\n\n");
    assert_eq!((odd.message_id(), odd.recipients().count()), (None, 0));
    assert!(odd.has_message_id() && !parse("From: a@b.org").has_message_id());
}

#[test]
fn recipients_from_outside_become_bcc() {
    let added =
        Mailbox::parse_list("J <j@x.org>, k@X.org, new@x.org, \"N\" <new@x.org>, two@x.org")
            .expect("a list");
    let tail = "From: a@b.org\r\nTo: j@x.org\r\nCc: <k@x.org>\r\n\r\nbody";
    let cases = [
        ("", "Bcc: new@x.org,\r\n two@x.org\r\n"),
        ("Bcc:\r\n", "Bcc: new@x.org,\r\n two@x.org\r\n"),
        ("Bcc: \r\n \r\n", "Bcc: new@x.org,\r\n two@x.org\r\n"),
        (
            "bcc: o@x.org\r\n",
            "bcc: o@x.org,\r\n new@x.org,\r\n two@x.org\r\n",
        ),
        (
            "Bcc: o@x.org,\r\n p@x.org \r\n",
            "Bcc: o@x.org,\r\n p@x.org,\r\n new@x.org,\r\n two@x.org\r\n",
        ),
        (
            "Bcc: o@x.org,\r\n",
            "Bcc: o@x.org,\r\n new@x.org,\r\n two@x.org\r\n",
        ),
        ("Bcc: g:;\r\n", "Bcc: g:;,\r\n new@x.org,\r\n two@x.org\r\n"),
    ];
    for (before, after) in cases {
        let mut eml = parse(&format!("{before}{tail}"));
        let old = addresses(&eml).len();
        eml.add_recipients(&added).expect("few");
        let once = format!("{after}{tail}");
        assert_eq!(String::from_utf8_lossy(&sent_bytes(&eml)), once);
        assert_eq!(addresses(&eml).len(), old + 2);
        eml.add_recipients(&added).expect("few");
        assert_eq!(String::from_utf8_lossy(&sent_bytes(&eml)), once, "twice");
        // A later call extends the field that an earlier one wrote.
        let one = Mailbox::parse_list("z@x.org").expect("a list");
        eml.add_recipients(&one).expect("few");
        let again = Eml::parse(sent_bytes(&eml)).expect("a message");
        let mut read = addresses(&again);
        let mut known = addresses(&eml);
        read.sort_unstable();
        known.sort_unstable();
        assert_eq!(read, known);
    }
}

#[test]
fn what_is_no_message_is_refused_with_a_reason() {
    let utf16: Vec<u8> = "From: a@b.org\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    #[rustfmt::skip]
    let table: &[(&[u8], &str)] = &[
        (b"", "the message is empty"),
        (b"From me\n", "the message is empty"),
        (&utf16, "the message is UTF-16 text; save it as UTF-8 or ASCII"),
        (b"\xff\xfeF\0", "the message is UTF-16 text; save it as UTF-8 or ASCII"),
        (b"\xef\xbb\xbfFrom: a@b.org\n", "the message begins with a byte order mark; save it without one"),
        (b"%PDF-1.7\n", "line 1 is not a header field: this is not an RFC 5322 message"),
        (b"\nFrom: a@b.org\n", "line 1 is not a header field: this is not an RFC 5322 message"),
        (b" folded\nFrom: a@b.org\n", "line 1 is not a header field: this is not an RFC 5322 message"),
        (b"From: a@b.org\nHello you,\n", "line 2 is not a header field: this is not an RFC 5322 message"),
        (b"From: a@b.org\nX: \0\n", "the field X has a NUL byte in it"),
        (b"From me\n>From you\nFrom: a@b.org\nHello you,\n", "line 4 is not a header field: this is not an RFC 5322 message"),
        (b"From me\nFrom: a@b.org\n\nx\ry\n", "line 4 has a carriage return that is not a part of a line end"),
        (b"To: a@b.org\n\nFrom: x@y.org\n", "the message has no From"),
        (b"From:\nTo: a@b.org\n", "the message has no From"),
        (b"From: a@b.org\nTo: c@d.org\n\nx\r\r\ny\n", "line 4 has a carriage return that is not a part of a line end"),
        (
            b"From a Thu Jan  1 00:00:00 1970\nFrom: a@b.org\n\nx\n\nFrom b@c.org Fri Jan  2 00:00:00 1970\nFrom: b@c.org\n",
            "the file is an mbox of several messages; give one message",
        ),
        (
            b"From: a@b.org\nTo: c@d.org\nResent-To: e@f.org\n",
            "the message has the field Resent-To, but Graph delivers only to To, Cc and Bcc",
        ),
        (b"From: Jane\n", "From: \"Jane\": an address has the form name@domain"),
        (b"From: a@b.org\nfrom: c@d.org\n", "the message has more than one From field"),
        (b"From: a@b.org\nSubject: a\nSubject: b\n", "the message has more than one Subject field"),
        (b"From: a@b.org\nTo: c@d.org\nTo: e@f.org\n", "the message has more than one To field"),
        (b"From: a@b.org\nCc: c@d.org e@f.org\n", "Cc: \"c@d.org e@f.org\": two addresses without a comma between them, or a name without <> around its address"),
        (b"From: a@b.org\nTo: g: c@d.org\n", "To: \"g: c@d.org\": a quotation, comment or bracket is not closed"),
    ];
    for (bytes, message) in table {
        let error = Eml::parse(bytes.to_vec()).expect_err(message);
        assert_eq!(
            (error.to_string().as_str(), error.class()),
            (*message, Class::Message)
        );
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config {
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn any_bytes_are_refused_or_kept(body in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let mut bytes = b"From: a@b.org\nTo: c@d.org\n\n".to_vec();
        bytes.extend(&body);
        let after_cr = bytes.iter().skip(1).map(Some).chain([None]);
        let is_bare = |(byte, next): (&u8, Option<&u8>)| *byte == b'\r' && next != Some(&b'\n');
        let parsed = Eml::parse(bytes.clone());
        proptest::prop_assert_eq!(parsed.is_err(), bytes.iter().zip(after_cr).any(is_bare));
        let Ok(eml) = parsed else { return Ok(()) };
        let without_cr = |bytes: &[u8]| bytes.iter().copied().filter(|byte| *byte != b'\r').collect::<Vec<_>>();
        proptest::prop_assert_eq!(without_cr(&sent_bytes(&eml)), without_cr(&bytes));
        let bare = sent_bytes(&eml).windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r');
        proptest::prop_assert!(!bare);
        // Whatever it is, it does not panic.
        drop(Eml::parse(body));
    }
}
