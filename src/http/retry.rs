//! The one table of what a request may do after what happened to it. Pure: it decides, others wait.
//!
//! | what happened | `Repeatable` | `Once` |
//! |---|---|---|
//! | 202, with or without Retry-After | done | done |
//! | other 2xx | done | unknown |
//! | no connection, DNS, TLS: nothing was written | again | again |
//! | 429, and 503 with Retry-After: refused before work began | again, as told | again, as told |
//! | 401 once, with a token that can be renewed | renew, again | renew, again |
//! | 408, 500, 502, 504, 503 without Retry-After | again | unknown |
//! | time-out or reset after the body began | again | unknown |
//! | a redirect | stop | stop |
//! | other 4xx | stop | stop |
//!
//! Where Microsoft's own SDKs repeat a POST after 504, a `sendMail` was delivered four times; so
//! doubt is reported here, not repeated. Any other status is doubt too.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Safety;

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
    /// As the service said.
    Told(Duration),
    /// Longer with each attempt, see [`growing`].
    Growing,
}

/// Decides what may follow `event`. `renewable`: the token can be renewed and has not been yet.
#[must_use]
pub const fn decide(safety: Safety, event: Event, renewable: bool) -> Decision {
    let doubt = match safety {
        Safety::Repeatable => Decision::Again(Wait::Growing),
        Safety::Once => Decision::Unknown,
    };
    match event {
        Event::NotConnected => Decision::Again(Wait::Growing),
        Event::NotConfigured => Decision::Stop,
        Event::Interrupted => doubt,
        Event::Status(202, _) => Decision::Done,
        Event::Status(200..=299, _) => match safety {
            Safety::Repeatable => Decision::Done,
            Safety::Once => Decision::Unknown,
        },
        Event::Status(429 | 503, Some(told)) => Decision::Again(Wait::Told(told)),
        Event::Status(429, None) => Decision::Again(Wait::Growing),
        Event::Status(401, _) if renewable => Decision::Renew,
        Event::Status(408 | 500 | 502 | 503 | 504, _) => doubt,
        Event::Status(300..=499, _) => Decision::Stop,
        Event::Status(..) => match safety {
            Safety::Repeatable => Decision::Stop,
            Safety::Once => Decision::Unknown,
        },
    }
}

/// The first growing wait.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest growing wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The wait after attempt number `attempt` (from 1): doubling from one second to thirty, of which
/// the upper half is left to chance (`random`), so that hosts which failed together do not return together.
#[must_use]
pub fn growing(attempt: u32, random: u16) -> Duration {
    let doubled = 2u32.saturating_pow(attempt.saturating_sub(1));
    let full = FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT);
    let half = full / 2;
    half + half * u32::from(random) / u32::from(u16::MAX)
}

/// Reads a Retry-After field: seconds, or an HTTP date (RFC 9110 section 10.2.3).
#[must_use]
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    Some(
        at.duration_since(now)
            .max(SignedDuration::ZERO)
            .unsigned_abs(),
    )
}
