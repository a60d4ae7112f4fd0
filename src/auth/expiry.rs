//! Reads the expiry of a token, in the formats of the various platforms.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, fmt::strtime};
use serde_json::Value;

/// The formats that are neither seconds nor ISO 8601: those of App Service on Linux and on Windows in
/// the first version of its endpoint, which other platforms copied.
const DATES: [&str; 2] = ["%m/%d/%Y %H:%M:%S %:z", "%m/%d/%Y %I:%M:%S %p %:z"];

/// Seconds since 1970 as a number or a string, or a date with its offset.
pub(super) fn moment(value: &Value) -> Option<Timestamp> {
    if let Some(seconds) = seconds(value) {
        return Timestamp::from_second(seconds).ok();
    }
    let text = value.as_str()?.trim();
    let date = |form| strtime::parse(form, text).ok()?.to_timestamp().ok();
    text.parse()
        .ok()
        .or_else(|| DATES.into_iter().find_map(date))
}

/// `value` seconds after `start`; `value` is a number or a string.
pub(super) fn after(start: Timestamp, value: &Value) -> Option<Timestamp> {
    let lifetime = SignedDuration::from_secs(seconds(value)?);
    start.checked_add(lifetime).ok()
}

/// A local time of this host, without an offset. If the time occurs twice, the first is meant.
pub(super) fn local(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let date: DateTime = text.trim().parse().ok()?;
    zone.to_timestamp(date).ok()
}

fn seconds(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use serde_json::json;

    use super::{after, local, moment};

    #[test]
    fn a_moment_is_seconds_or_a_date() {
        for (value, expected) in [
            (json!(1_586_984_735), Some("2020-04-15T21:05:35Z")),
            (json!("1586984735"), Some("2020-04-15T21:05:35Z")),
            (
                json!("06/20/2019 02:57:58 +00:00"),
                Some("2019-06-20T02:57:58Z"),
            ),
            (
                json!("6/20/2019 02:57:58 +02:00"),
                Some("2019-06-20T00:57:58Z"),
            ),
            (
                json!("1/16/2020 12:24:31 AM +00:00"),
                Some("2020-01-16T00:24:31Z"),
            ),
            (
                json!("1/16/2020 5:24:12 PM +00:00"),
                Some("2020-01-16T17:24:12Z"),
            ),
            (json!("2020-01-16T17:24:12Z"), Some("2020-01-16T17:24:12Z")),
            (json!("tomorrow"), None),
            (json!(""), None),
            (json!(null), None),
            (json!(i64::MAX), None),
        ] {
            let expected = expected.map(|text| text.parse::<Timestamp>().expect("a time"));
            assert_eq!(moment(&value), expected, "{value}");
        }
    }

    #[test]
    fn a_lifetime_counts_from_the_request() {
        let start: Timestamp = "2026-11-20T10:00:00Z".parse().expect("a time");
        let end = |value| after(start, &value).map(|end| end.as_second() - start.as_second());
        assert_eq!(end(json!(3599)), Some(3599));
        assert_eq!(end(json!("86399")), Some(86399));
        assert_eq!([end(json!("")), end(json!(i64::MAX))], [None, None]);
    }

    #[test]
    fn a_date_without_an_offset_is_on_this_hosts_wall() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        let end = |text| local(text, &zone).map(|end| end.to_string());
        assert_eq!(
            end("2023-11-01 09:00:00.123456").as_deref(),
            Some("2023-11-01T08:00:00.123456Z")
        );
        assert_eq!(
            end("2023-10-29 02:30:00").as_deref(),
            Some("2023-10-29T00:30:00Z"),
            "the first of two"
        );
        assert_eq!(end("soon"), None);
    }
}
