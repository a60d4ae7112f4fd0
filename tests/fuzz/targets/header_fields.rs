//! `--header`, and the other flags whose text ends up in the header section.
#![no_main]

use std::ffi::OsStr;

use graphmail::message::{AttachmentSpec, Header, InlineSpec, parse_time};
use graphmail::seams::Seams as _;
use graphmail_fuzz::Clock;
use jiff::tz::TimeZone;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(header) = Header::parse(text) {
        let (name, value) = (header.name(), header.value());
        assert!(!name.contains(':') && name.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(!value.contains(char::is_control));
        let again = Header::parse(&format!("{name}: {value}"));
        assert_eq!(again.expect("a printed field is a field"), header);
    }
    let _ = parse_time(text, Clock::default().now(), &TimeZone::UTC);
    let _ = AttachmentSpec::parse(OsStr::new(text));
    let _ = InlineSpec::parse(text);
});
