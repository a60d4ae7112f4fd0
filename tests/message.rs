//! What is understood of what a user gives, and what is refused.

mod address;
mod attachment;
mod charset;
mod declare;
mod eml;
mod header_section;
mod large;
mod limits;
mod lists;
mod recipients;
mod sendmail;
mod structure;

use graphmail::exit::Class;
use graphmail::message::{Header, MessageId, TimeError, parse_time};
use jiff::tz::TimeZone;

#[test]
fn a_header_is_one_line_and_nobody_elses() {
    let parse = |text: &str| {
        Header::parse(text)
            .map(|header| format!("{}={}", header.name(), header.value()))
            .map_err(|error| (error.class(), error.to_string()))
    };
    assert_eq!(
        parse("X-Job:  nightly  run "),
        Ok("X-Job=nightly  run".to_owned())
    );
    assert_eq!(parse("List-Id: a: b"), Ok("List-Id=a: b".to_owned()));
    assert_eq!(
        parse("x-ö: v").map_err(|error| error.0),
        Err(Class::Message)
    );
    let long = format!("{}: v", "x".repeat(76));
    assert_eq!(parse(&long).map_err(|error| error.0), Err(Class::Message));
    #[rustfmt::skip]
    let refused = [
        ("X-Job", Class::Message, "\"X-Job\" is not a header field: no colon after the name"),
        ("X Job: v", Class::Message, "\"X Job\" is not the name of a header field"),
        (" X-Job: v", Class::Message, "\" X-Job\" is not the name of a header field"),
        (": v", Class::Message, "\"\" is not the name of a header field"),
        ("X-A\r\nBcc: v", Class::Message, "\"X-A\\r\\nBcc\" is not the name of a header field"),
        ("X-A: v\r\nBcc: x@y.org", Class::Message, "the header field X-A has a control character in its value"),
        ("X-A: a\tb", Class::Message, "the header field X-A has a control character in its value"),
        ("X-A: ", Class::Message, "the header field X-A has no value"),
        ("bcc: x@y.org", Class::Usage, "the header field bcc is written by --bcc"),
        ("SUBJECT: x", Class::Usage, "the header field SUBJECT is written by --subject"),
        ("x-priority: 1", Class::Usage, "the header field x-priority is written by --importance"),
        ("Content-Type: text/html", Class::Usage, "the header field Content-Type cannot be set: graphmail or Exchange writes it"),
        ("x-ms-exchange-y: 1", Class::Usage, "the header field x-ms-exchange-y cannot be set: graphmail or Exchange writes it"),
    ];
    for (text, class, message) in refused {
        assert_eq!(parse(text), Err((class, message.to_owned())));
    }
}

#[test]
fn an_identifier_has_two_sides_and_nothing_to_escape_with() {
    for (text, shown) in [
        ("<a.b+c=d@mail.example.org>", "<a.b+c=d@mail.example.org>"),
        ("a@b", "<a@b>"),
        (" <a@[1.2.3.4]> ", "<a@[1.2.3.4]>"),
    ] {
        assert_eq!(MessageId::parse(text).expect(text).to_string(), shown);
    }
    for text in [
        "",
        "<>",
        "a",
        "@b",
        "a@",
        "<a@b",
        "a@b>",
        "<a b@c>",
        "a@b>\r\nBcc: x@y",
        "<a@b> <c@d>",
        "a..b@c",
        "a@b@c",
        "ä@b",
        "a@[b]c]",
        "\"a\"@b",
    ] {
        assert_eq!(
            MessageId::parse(text).expect_err(text).class(),
            Class::Message
        );
    }
    let list = MessageId::parse_list("<a@b><c@d>\te@f").expect("a list");
    let list: Vec<_> = list.iter().map(MessageId::as_str).collect();
    assert_eq!(list, ["a@b", "c@d", "e@f"]);
    assert!(MessageId::parse_list(" ").is_err());
    assert!(MessageId::parse_list("<a@b>, <c@d>").is_err());
}

#[test]
fn a_time_is_absolute_local_or_from_now() {
    let now = "2026-03-28T12:00:00Z".parse().expect("a time");
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
    let parse = |text: &str| parse_time(text, now, &zone).map(|time| time.to_string());
    for (text, time) in [
        ("2026-01-31T09:00:00Z", "2026-01-31T09:00:00Z".to_owned()),
        (
            "2026-01-31T09:00:00+02:00",
            "2026-01-31T07:00:00Z".to_owned(),
        ),
        ("2026-01-31 09:00", "2026-01-31T08:00:00Z".to_owned()),
        ("2026-07-31T09:00:30", "2026-07-31T07:00:30Z".to_owned()),
        // The clocks skip 02:30, and show it twice.
        ("2026-03-29 02:30", "2026-03-29T01:30:00Z".to_owned()),
        ("2026-10-25 02:30", "2026-10-25T00:30:00Z".to_owned()),
        ("+2h", "2026-03-28T14:00:00Z".to_owned()),
        ("+1h30m", "2026-03-28T13:30:00Z".to_owned()),
        ("+90m", "2026-03-28T13:30:00Z".to_owned()),
        // A day of 23 hours.
        ("+1d", "2026-03-29T11:00:00Z".to_owned()),
    ] {
        assert_eq!(parse(text), Ok(time), "{text}");
    }
    for text in [
        "",
        "tomorrow",
        "2h",
        "+",
        "+2",
        "+-2h",
        "+2h ago",
        "-2h",
        "2026-02-30 09:00",
        "09:00",
        "2026-01-31 09:00 +02:00 x",
        "+99999999999h",
        "2026-01-31 25:00",
    ] {
        assert_eq!(parse(text), Err(TimeError::Unknown(text.to_owned())));
    }
    assert_eq!(
        parse("2026-01-31"),
        Err(TimeError::DateAlone("2026-01-31".to_owned()))
    );
}

/// The bytes of a message, as it is sent.
fn sent_bytes(eml: &graphmail::message::Eml) -> Vec<u8> {
    eml.octets().to_bytes().expect("in memory").to_vec()
}
