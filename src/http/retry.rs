//! The retry policy: decides whether a request may be repeated. Pure; the caller waits.
//!
//! | what happened | `Repeatable` | `Verifiable` | `Once` |
//! |---|---|---|---|
//! | 202, with or without Retry-After | done | done | done |
//! | other 2xx | done | done | unknown |
//! | no connection, DNS, TLS: nothing was written | again | again | again |
//! | 423, 425, 429, 509, and 503 with Retry-After: refused before work began | again, as told | again, as told | again, as told |
//! | 401 once, with a token that can be renewed | renew, again | renew, again | renew, again |
//! | 408, 503 without Retry-After, all other 5xx, and every status that ends no request (1xx, from 600): as 500 | again | unknown | unknown |
//! | time-out or reset after the body began | again | unknown | unknown |
//! | a redirect | stop | stop | stop |
//! | other 4xx | stop | stop | stop |
//! | 501, 505, 507: the service cannot do it | stop | stop | stop |
//! | this host's configuration: nothing was written | stop | stop | stop |
//!
//! Microsoft's SDKs repeat a POST after 504, and a `sendMail` was delivered four times. Therefore an unknown
//! outcome is reported here, and the request is not repeated. A repeat waits as Retry-After says. Without
//! one, or if it is zero, the wait is [`Backoff::REQUEST`]. A Retry-After is obeyed for one hour
//! ([`TRUSTED`]): a longer one is an error of the service or of a proxy, and would stop all mail. After the
//! hour one request probes.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Safety;
use crate::seams::Seams;

/// The longest time that a Retry-After is obeyed. Graph usually asks for seconds to minutes ("Throttling
/// guidance": "Retry-After: 10").
pub const TRUSTED: Duration = Duration::from_hours(1);

/// The result of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A response with this status, and the wait of its Retry-After.
    Status(u16, Option<Duration>),
    /// Nothing was written. The next attempt may succeed.
    NotConnected,
    /// Nothing was written. The next attempt would fail too.
    NotConfigured,
    /// The request began, but there was no complete response.
    Interrupted,
}

/// What to do after an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Succeed: the service has processed the request.
    Done,
    /// Repeat the request after this wait.
    Again(Wait),
    /// Repeat the request with a new token.
    Renew,
    /// Stop: the service may have processed the request.
    Unknown,
    /// Stop: the service or this host refused the request.
    Stop,
}

/// How long to wait before the next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// As Retry-After says, at most [`TRUSTED`].
    Told(Duration),
    /// The wait grows with each attempt: [`Backoff::REQUEST`].
    Growing,
}

/// Whether the service says with this status that it is busy: 423 (RFC 4918 section 11.3), 425 (RFC 8470
/// section 5.2), 429 (RFC 6585 section 4), 503 (RFC 9110 section 15.6.4) and 509 (Graph: "Error responses").
#[must_use]
pub const fn is_throttle(status: u16) -> bool {
    matches!(status, 423 | 425 | 429 | 503 | 509)
}

/// Decides what to do after `event`. `renewable`: the token can be renewed and has not been renewed yet.
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
        Event::Status(status, told) if is_throttle(status) && (status != 503 || told.is_some()) => {
            again(told)
        }
        // RFC 9110 sections 15.6.2 and 15.6.6, RFC 4918 section 11.5.
        Event::Status(501 | 505 | 507, _) => Decision::Stop,
        Event::Status(408, told) => doubt(told),
        Event::Status(300..=499, _) => Decision::Stop,
        // RFC 9110 section 15: an unknown 5xx, and a status outside of 100 to 599, is as 500. A 1xx is
        // followed by the answer (section 15.2): that which ends there is not an answer of Graph.
        Event::Status(_, told) => doubt(told),
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
    /// The longest wait.
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

/// The time after `wait` from `now`. If it overflows, the last time that [`Timestamp`] can hold.
#[must_use]
pub fn asked_until(wait: Duration, now: Timestamp) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| now.checked_add(wait).ok())
        .unwrap_or(Timestamp::MAX)
}

/// Parses a Retry-After field: seconds, or an HTTP date (RFC 9110 section 10.2.3) in one of its three
/// forms (section 5.6.7), or a date of RFC 5322. A date in the past gives zero. A number or a date that
/// overflows gives the longest wait. The result is not limited to [`TRUSTED`].
#[must_use]
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = match httpdate::parse_http_date(value) {
        // `None` if the date is later than the last one of jiff.
        Ok(date) => Timestamp::try_from(date).ok(),
        Err(_) => Some(jiff::fmt::rfc2822::parse(value).ok()?.timestamp()),
    };
    let wait = |at: Timestamp| at.duration_since(now).max(SignedDuration::ZERO);
    Some(at.map_or(Duration::MAX, |at| wait(at).unsigned_abs()))
}
