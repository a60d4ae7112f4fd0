//! The waits between attempts, and the field Retry-After.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use graphmail::http::retry::{Backoff, asked_until, parse_retry_after};
use graphmail::seams::Seams;

/// Seams whose randomness is this number.
struct Random(u16);

impl Seams for Random {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
    fn sleep(&self, _: Duration) {}
    fn random(&self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.0.to_le_bytes());
    }
    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }
}

fn wait(attempt: u32, random: u16) -> Duration {
    Backoff::REQUEST.wait(attempt, &Random(random))
}

#[test]
fn waits_double_from_one_second_to_thirty_and_half_is_chance() {
    let bounds: Vec<_> = [0, 1, 2, 3, 4, 5, 6, 7, 20, u32::MAX]
        .into_iter()
        .map(|attempt| {
            let [low, high] = [0, u16::MAX].map(|random| wait(attempt, random).as_millis());
            (attempt, low, high)
        })
        .collect();
    assert_eq!(
        bounds,
        [
            (0, 500, 1_000),
            (1, 500, 1_000),
            (2, 1_000, 2_000),
            (3, 2_000, 4_000),
            (4, 4_000, 8_000),
            (5, 8_000, 16_000),
            (6, 15_000, 30_000),
            (7, 15_000, 30_000),
            (20, 15_000, 30_000),
            (u32::MAX, 15_000, 30_000),
        ]
    );
    let steps: Vec<_> = (0..=u16::MAX).map(|random| wait(3, random)).collect();
    assert!(steps.is_sorted(), "more chance, longer wait");
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let now: Timestamp = "2026-01-01T10:00:00Z".parse().expect("a time");
    for (value, expected) in [
        ("0", Some(0)),
        ("120", Some(120)),
        (" 7 ", Some(7)),
        ("007", Some(7)),
        ("18446744073709551615", Some(u64::MAX)),
        ("99999999999999999999999", Some(u64::MAX)),
        ("Thu, 01 Jan 2026 10:01:30 GMT", Some(90)),
        ("Thu, 01 Jan 2026 10:00:00 GMT", Some(0)),
        ("Wed, 21 Oct 2015 07:28:00 GMT", Some(0)),
        ("Thu, 30 Dec 9999 00:00:00 GMT", Some(251_634_866_400)),
        ("Thursday, 01-Jan-26 10:01:30 GMT", Some(90)),
        ("Thu Jan  1 10:01:30 2026", Some(90)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", Some(0)),
        ("Thu, 1 Jan 2026 10:01:30 +0000", Some(90)),
        ("", None),
        ("soon", None),
        ("Friday, 01-Jan-26 10:01:30 GMT", None),
        ("Tue, 31 Feb 2026 10:00:00 GMT", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("1e3", None),
        ("10 s", None),
        ("10, 20", None),
        ("Mon, 01 Jan 2026 10:01:30 GMT", None),
        ("2026-01-01T10:01:30Z", None),
    ] {
        assert_eq!(
            parse_retry_after(value, now),
            expected.map(Duration::from_secs),
            "{value:?}"
        );
    }
}

/// A wait that no number or calendar holds is a long one, never none.
#[test]
fn an_absurd_wait_is_the_longest() {
    let now: Timestamp = "2026-01-01T10:00:00Z".parse().expect("a time");
    for (value, expected) in [
        ("60", "2026-01-01T10:01:00Z".parse().expect("a time")),
        (
            "3155760000",
            "2126-01-02T10:00:00Z".parse().expect("a time"),
        ),
        (
            "31 Dec 2099 23:59:59 GMT",
            "2099-12-31T23:59:59Z".parse().expect("a time"),
        ),
        ("Fri, 31 Dec 9999 23:59:59 GMT", Timestamp::MAX),
        ("Fri Dec 31 23:59:59 9999", Timestamp::MAX),
        ("9223372036854775807", Timestamp::MAX),
        ("9223372036854775808", Timestamp::MAX),
        ("18446744073709551615", Timestamp::MAX),
        ("18446744073709551616", Timestamp::MAX),
        ("999999999999999999999999999999", Timestamp::MAX),
    ] {
        let told = parse_retry_after(value, now).expect(value);
        assert_eq!(asked_until(told, now), expected, "{value}");
    }
}
