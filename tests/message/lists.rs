//! Address fields of what a program pipes in: the service can read what is left of them.

use graphmail::exit::Class;

use super::sendmail::{envelope, made, made_for, sent, table};
use super::sent_bytes;

#[test]
#[rustfmt::skip]
fn a_domain_is_ascii_on_its_way() {
    table(&[
        ("a@x\u{FC}.org", "To: \"J\u{F6}, A\" <a@x\u{FC}.org> (c)\n", "To: =?utf-8?B?SsO2LCBB?= <a@xn--x-eha.org>"),
        ("-t", "To: b@x.org,a@x\u{FC}.org\nBcc: G: c@x\u{FC}.org;\n", "To: b@x.org,\n a@xn--x-eha.org\nBcc: c@xn--x-eha.org"),
        ("a@x.org", "To: a@x.org\nReply-To: r@x\u{FC}.org\n", "To: a@x.org\nReply-To: r@xn--x-eha.org"),
        // A tab folds a name as well as a blank does.
        ("-t", "To: \"Doe,\n\tJane\" <a@x.org>\n", "To: \"Doe,\n\tJane\" <a@x.org>"),
        // Marks in an encoded word, in quotation marks that are quoted, and a comment that is not closed.
        ("-t", "To: =?utf-8?q?Doe,_J=C3=B6rg?= <a@x.org>\n", "To: =?utf-8?Q?Doe=2C_J=C3=B6rg?= <a@x.org>"),
        ("-t", "To: =?utf-8?q?Doe Jane?= <a@x.org>, b@x.org\n", "To: \"Doe Jane\" <a@x.org>,\n b@x.org"),
        ("-t", "To: Foo \\\"Bar\\\" <a@x.org>\n", "To: \"Foo \\\"Bar\\\"\" <a@x.org>"),
        ("-t", "To: a@x.org (ops team\n", "To: \"ops team\" <a@x.org>"),
        ("-t", "To: @h1.org,@h2.org:a@x.org, b@x.org\n", "To: a@x.org,\n b@x.org"),
        ("-t", "To: \"a@x.org\", Jane <\"b@x.org\">\n", "To: a@x.org,\n Jane <b@x.org>"),
        // A fold before the colon.
        ("-t", "To\n : a@x.org\nCc\n\t: b@x.org,\n c@x.org\n", "To: a@x.org\nCc: b@x.org,\n c@x.org"),
        // A list stays a list of groups.
        ("-t", "Cc: team: a@x\u{FC}.org, b@x.org;\n", "Cc: team: a@xn--x-eha.org,\n b@x.org;"),
    ]);
    assert_eq!(
        sent("a@x.org", "From: J\u{F6} <j@x\u{FC}.org>\nTo: a@x.org\n"),
        "From: =?utf-8?B?SsO2?= <reports@contoso.com>\nTo: a@x.org\nReply-To: =?utf-8?B?SsO2?= <j@xn--x-eha.org>"
    );
    let error = made("-t", "To: J\u{F6} <j\u{F6}@x.org>\n\n").unwrap_err();
    assert_eq!(error.class(), Class::Message);
    assert_eq!(error.to_string(), "To: \"J\u{F6} <j\u{F6}@x.org>\": the part before the @ is not ASCII");
    // A field that need not change.
    let reply = "From: reports@contoso.com\nTo: a@x.org\nReply-To: J\u{F6} <j\u{F6}@x.org>";
    assert_eq!(sent("a@x.org", &format!("{reply}\n")), reply);
}

#[test]
#[rustfmt::skip]
fn empty_places_do_not_travel() {
    table(&[
        ("-t", "To: a@x.org, b@x.org,\n", "To: a@x.org,\n b@x.org"),
        ("-t", "To: a@x.org, (c), b@x.org\n", "To: a@x.org,\n b@x.org"),
        ("-t", "To: undisclosed-recipients:; (c)\nCc: a@x.org\n", "Cc: a@x.org"),
        ("-t", "To: G: (c) ;\nCc: a@x.org\n", "Cc: a@x.org"),
        ("-t", "To: G: a@x.org; (c), b@x.org\n", "To: a@x.org,\n b@x.org"),
        // These have none.
        ("-t", "To: G:;, a@x.org (c)\n", "To: G:;, a@x.org (c)"),
        ("-t", "To: G: a@x.org; , b@x.org\n", "To: G: a@x.org; , b@x.org"),
        ("a@x.org", "To: undisclosed-recipients:;\nCc: a@x.org\n", "To: undisclosed-recipients:;\nCc: a@x.org"),
    ]);
    table(&[
        ("-t", "To: G: a@x.org; (c) b@x.org\n", "To: a@x.org,\n \"c\" <b@x.org>"),
        ("-t", "To: a@x.org; (c)\n", "To: a@x.org"),
    ]);
}

/// A comma at the end is common, and a list that goes on as text is not.
#[test]
fn a_list_that_goes_on_behind_the_fields_loses_nobody() {
    for (body, accepted) in [
        ("", true),
        ("\n", true),
        ("\nHello,\nyou\n", true),
        ("\nbob\n", true),
        ("\nSee a@x.org for more\n", true),
        ("\n b@x.org\n", false),
        ("\n\tindented\n", false),
        ("\nb@x.org, c@x.org\n", false),
        ("\nBob <b@x.org>,\nc@x.org\n", false),
        // Without an empty line.
        ("b@x.org\n\nx\n", false),
    ] {
        let result = made("-t", format!("To: a@x.org,\n{body}"));
        let refused = result.as_ref().err().map(ToString::to_string);
        let words = "To ends with a comma, and the recipient list continues after an empty line";
        let expected = (!accepted).then(|| words.to_owned());
        assert_eq!(refused, expected, "{body:?}");
    }
}

#[test]
fn a_senders_name_is_no_field() {
    let mut envelope = envelope("a@x.org");
    envelope.name = Some("x\r\nBcc: z@x.org\r\n\r\n".to_owned());
    let eml = made_for(&envelope, "Subject: s\n\nb\n").unwrap();
    assert_eq!(eml.recipients().count(), 1, "{eml:?}");
}

/// A byte order mark does not make Bcc a part of the text.
#[test]
fn a_byte_order_mark_hides_no_field() {
    let eml = made("a@x.org", "\u{FEFF}To: a@x.org\nBcc: z@x.org\n\nx\n").unwrap();
    let text = String::from_utf8(sent_bytes(&eml)).unwrap();
    assert!(text.starts_with("To: a@x.org\r\nFrom: "), "{text}");
    assert!(text.ends_with("\r\n\r\nx\r\n"), "{text}");
    // A text's own stays.
    let eml = made("a@x.org", "\u{FEFF}Hello\n").unwrap();
    assert!(sent_bytes(&eml).ends_with("\r\n\r\n\u{FEFF}Hello\r\n".as_bytes()));
}
