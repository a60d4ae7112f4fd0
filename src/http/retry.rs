//! The one table of what a request may do after what happened to it. Pure: it decides, others wait.
//!
//! | what happened | `Repeatable` | `Verifiable` | `Once` |
//! |---|---|---|---|
//! | 202, with or without Retry-After | done | done | done |
//! | other 2xx | done | done | unknown |
//! | no connection, DNS, TLS: nothing was written | again | again | again |
//! | 423, 425, 429, 509, and 503 with Retry-After: refused before work began | again, as told | again, as told | again, as told |
//! | 401 once, with a token that can be renewed | renew, again | renew, again | renew, again |
//! | 408, 503 without Retry-After, and all other 5xx (RFC 9110 section 15: as 500) | again | unknown | unknown |
//! | time-out or reset after the body began | again | unknown | unknown |
//! | a redirect | stop | stop | stop |
//! | other 4xx | stop | stop | stop |
//! | 501, 505, 507: the service cannot do it | stop | stop | stop |
//! | this host's configuration: nothing was written | stop | stop | stop |
//! | any other status | stop | unknown | unknown |
//!
//! Where Microsoft's own SDKs repeat a POST after 504, a `sendMail` was delivered four times; so
//! doubt is reported here, not repeated. Whatever is done again waits as Retry-After says, where
//! there is one; a Retry-After of no time says "again" but not when, and the wait is our own.
//! A Retry-After is trusted for one hour ([`TRUSTED`]): a longer one is a mistake of the service or of
//! something on the way, and would stop all mail without an end. After the hour one request probes.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Safety;
use crate::seams::Seams;

/// The longest that a Retry-After is obeyed before the service is asked again. Graph's own waits are
/// seconds to minutes ("Throttling guidance": "Retry-After: 10").
pub const TRUSTED: Duration = Duration::from_hours(1);

/// What happened to one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// An answer with this status; how long its Retry-After says to wait.
    Status(u16, Option<Duration>),
    /// Nothing was written, and it may be different the next time.
    NotConnected,
    /// Nothing was written, and it will not be different the next time.
    NotConfigured,
    /// The request began, and no whole answer came.
    Interrupted,
}

/// What may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The service did it.
    Done,
    /// The same request again, after this wait.
    Again(Wait),
    /// The same request again with a new token.
    Renew,
    /// The service may have done it; nobody may try again unasked.
    Unknown,
    /// The service, or this host, refuses.
    Stop,
}

/// How long to wait before the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// As the service said, at most [`TRUSTED`].
    Told(Duration),
    /// Longer with each attempt: [`Backoff::REQUEST`].
    Growing,
}

/// Decides what may follow `event`. `renewable`: the token can be renewed and has not been yet.
#[must_use]
pub fn decide(safety: Safety, event: Event, renewable: bool) -> Decision {
    let doubt = |told| match safety {
        Safety::Repeatable => again(told),
        Safety::Verifiable | Safety::Once => Decision::Unknown,
    };
    match event {
        Event::NotConnected => Decision::Again(Wait::Growing),
        Event::NotConfigured => Decision::Stop,
        Event::Interrupted => doubt(None),
        Event::Status(202, _) => Decision::Done,
        Event::Status(200..=299, _) => match safety {
            Safety::Repeatable | Safety::Verifiable => Decision::Done,
            Safety::Once => Decision::Unknown,
        },
        Event::Status(401, _) if renewable => Decision::Renew,
        // RFC 4918 section 11.3, RFC 8470 section 5.2, RFC 6585 section 4; Graph: "Error responses", 509.
        Event::Status(423 | 425 | 429 | 509, told) | Event::Status(503, told @ Some(_)) => {
            again(told)
        }
        // RFC 9110 sections 15.6.2 and 15.6.6, RFC 4918 section 11.5.
        Event::Status(501 | 505 | 507, _) => Decision::Stop,
        Event::Status(408 | 500..=599, told) => doubt(told),
        Event::Status(300..=499, _) => Decision::Stop,
        Event::Status(..) => match safety {
            Safety::Repeatable => Decision::Stop,
            Safety::Verifiable | Safety::Once => Decision::Unknown,
        },
    }
}

fn again(told: Option<Duration>) -> Decision {
    Decision::Again(match told {
        Some(told) if !told.is_zero() => Wait::Told(told.min(TRUSTED)),
        _ => Wait::Growing,
    })
}

/// Waits that double from one attempt to the next, up to a longest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first attempt.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
}

impl Backoff {
    /// The waits before a request is repeated.
    pub const REQUEST: Self = Self {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(30),
    };

    /// The wait after attempt number `attempt` (from 1). Half of it is random, so that hosts that failed
    /// together do not retry together.
    #[must_use]
    pub fn wait(self, attempt: u32, seams: &dyn Seams) -> Duration {
        let mut random = [0; 2];
        seams.random(&mut random);
        let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
        let half = self.first.saturating_mul(doubled).min(self.longest) / 2;
        half + half * u32::from(u16::from_le_bytes(random)) / u32::from(u16::MAX)
    }
}

/// The time that is `told` from `now`, or the last one of the calendar: a wait too long to count never
/// becomes none.
#[must_use]
pub fn asked_until(told: Duration, now: Timestamp) -> Timestamp {
    SignedDuration::try_from(told)
        .ok()
        .and_then(|told| now.checked_add(told).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Reads a Retry-After field: seconds, or an HTTP date (RFC 9110 section 10.2.3) in one of its three
/// forms (section 5.6.7) or in another of RFC 5322's. A date in the past is no time. A number or a date
/// past counting is the longest wait. It is what the service said; [`TRUSTED`] is how much of it is obeyed.
#[must_use]
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = match httpdate::parse_http_date(value) {
        // Past the last time that jiff counts, a day before the last that HTTP can write.
        Ok(date) => Timestamp::try_from(date).ok(),
        Err(_) => Some(jiff::fmt::rfc2822::parse(value).ok()?.timestamp()),
    };
    let wait = |at: Timestamp| at.duration_since(now).max(SignedDuration::ZERO);
    Some(at.map_or(Duration::MAX, |at| wait(at).unsigned_abs()))
}
