//! Times on the command line.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::exit::Class;

/// Parses a time: RFC 3339 with an offset, `YYYY-MM-DD HH:MM[:SS]` in `zone`, or `+2h`, `+1d`, `+1h30m`
/// from `now`.
///
/// If a change of clocks skips or repeats a local time, it is read as in RFC 5545 (after the gap, or the
/// first of the two), so that a job does not fail on one night of the year. A date without a time is
/// refused, since it could mean the beginning or the end of the day.
///
/// # Errors
/// [`TimeError`] with the text.
pub fn parse_time(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, TimeError> {
    let refuse = || TimeError::Unknown(text.to_owned());
    let trimmed = text.trim();
    if let Some(span) = trimmed.strip_prefix('+') {
        let span: Span = span.parse().map_err(|_| refuse())?;
        if span.is_negative() {
            return Err(refuse());
        }
        // A day is a local day: it has 23 or 25 hours when the clocks change.
        return now
            .to_zoned(zone.clone())
            .checked_add(span)
            .map(|moment| moment.timestamp())
            .map_err(|_| refuse());
    }
    if let Ok(moment) = trimmed.parse::<Timestamp>() {
        return Ok(moment);
    }
    if Date::strptime("%Y-%m-%d", trimmed).is_ok() {
        return Err(TimeError::DateAlone(text.to_owned()));
    }
    let local = [
        "%Y-%m-%d %H:%M",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M",
        "%Y-%m-%dT%H:%M:%S",
    ]
    .iter()
    .find_map(|format| DateTime::strptime(format, trimmed).ok())
    .ok_or_else(refuse)?;
    if zone.is_unknown() {
        return Err(TimeError::Zone(text.to_owned()));
    }
    zone.to_timestamp(local).map_err(|_| refuse())
}

/// Text that is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// In an unknown form, or out of range.
    #[error("{0:?} is not a time: write 2026-01-31T09:00:00Z, 2026-01-31 09:00 or +2h")]
    Unknown(String),
    /// A date without the time of day.
    #[error("{0:?} is a date without a time of day")]
    DateAlone(String),
    /// A local time in an unknown zone.
    #[error(
        "{0:?} is a local time, but TZ names no known time zone: correct TZ, or write 2026-01-31T09:00:00Z"
    )]
    Zone(String),
}

impl TimeError {
    /// The exit class: times come from flags.
    #[must_use]
    pub const fn class(&self) -> Class {
        Class::Usage
    }
}
