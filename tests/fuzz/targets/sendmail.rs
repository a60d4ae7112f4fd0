//! What programs pipe into sendmail. The first line of the input is the recipients' part of the
//! command line, `-t` before it or not.
#![no_main]

use std::collections::BTreeSet;

use graphmail::message::{
    Envelope, FromPolicy, Mailbox, Recipient, Sending, SendmailError, SendmailInput,
    SendmailMessage,
};
use graphmail::seams::Seams as _;
use graphmail_fuzz::Clock;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (line, message) = bytes.split_at(end);
    let Ok(line) = std::str::from_utf8(line) else {
        return;
    };
    let (fields, line) = match line.strip_prefix("-t") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let envelope = Envelope {
        recipients: Recipient::parse_list(line).unwrap_or_default(),
        fields,
        ..Envelope::default()
    };
    let message = message.get(1..).unwrap_or_default();
    let known = |name: &str, _: Option<&str>| match name {
        "nobody" => Err(SendmailError::NoRecipients),
        _ => Ok(Mailbox::parse("ops@example.org").into_iter().collect()),
    };
    let input = SendmailInput::new(message.to_vec()).expect("in memory");
    let Ok(piped) = SendmailMessage::read(&input, &envelope, &known) else {
        return;
    };
    let address = |mailbox: &Mailbox| mailbox.address().to_string().to_ascii_lowercase();
    let meant: BTreeSet<_> = piped.recipients().iter().map(address).collect();
    let sending = Sending {
        mailbox: Mailbox::parse("reports@contoso.com").ok(),
        allowed: Vec::new(),
        hosts: Vec::new(),
        policy: FromPolicy::Rewrite,
        now: Clock::default().now().to_zoned(TimeZone::UTC),
        uuid: uuid::Uuid::nil(),
        longest: u64::MAX,
        default_name: None,
    };
    let Ok(eml) = piped.finish(&envelope, &sending) else {
        return;
    };
    // Graph delivers to To, Cc and Bcc: to exactly the people who were meant.
    let reached: BTreeSet<_> = eml.recipients().map(address).collect();
    assert_eq!(reached, meant);
    assert_eq!(address(eml.from()), "reports@contoso.com");
});
