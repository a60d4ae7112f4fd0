//! When a credential expires, and how certain that is.

use jiff::{SignedDuration, Timestamp};

use super::certificate;
use super::claims::Claims;
use super::credential::{Credential, Expiry};
use super::store::Record;

/// A refresh token expires after this time without use. Each use returns another one (Entra: "Refresh
/// tokens in the Microsoft identity platform").
pub const IDLE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The longest lifetime of an access token (Entra: "Configurable token lifetimes", with continuous
/// access evaluation).
const LONGEST_ACCESS: SignedDuration = SignedDuration::from_hours(28);

/// When a credential expires. It can be revoked at any time before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// At this time, unless it is used before: each use extends it.
    Idle(Timestamp),
    /// At this time.
    Fixed(Timestamp),
    /// Only the service knows.
    Unknown,
    /// Each run obtains it from its source, so there is no expiry.
    Foreign,
}

impl Lifetime {
    /// The lifetime of `credential`; `record` is its stored part.
    #[must_use]
    pub fn of_credential(credential: &Credential, record: Option<&Record>) -> Self {
        match credential.kind().facts().expiry {
            Expiry::Idle => record.map_or(Self::Unknown, Self::of_user),
            Expiry::Certificate => match credential {
                Credential::Certificate(files) => certificate::read(files)
                    .map_or(Self::Unknown, |found| Self::Fixed(found.not_after)),
                _ => Self::Unknown,
            },
            // Entra shows the expiry of a secret only to those who manage the registration.
            Expiry::Unknown => Self::Unknown,
            Expiry::Foreign => match credential {
                Credential::AccessToken(token) => Claims::of_token(token.expose())
                    .and_then(|claims| claims.expires_at())
                    .map_or(Self::Foreign, Self::Fixed),
                _ => Self::Foreign,
            },
        }
    }

    /// The lifetime of a user's sign-in.
    fn of_user(record: &Record) -> Self {
        let access_ends = record.access.as_ref().map(|access| access.expires_at);
        if record.refresh_token.is_none() {
            return access_ends.map_or(Self::Unknown, Self::Fixed);
        }
        // Old records lack this time; the access token was issued together with the refresh token.
        let renewed = record
            .renewed_at
            .or_else(|| access_ends?.checked_sub(LONGEST_ACCESS).ok());
        renewed
            .and_then(|renewed| renewed.checked_add(IDLE).ok())
            .map_or(Self::Unknown, Self::Idle)
    }

    /// The expiry, if it is known.
    #[must_use]
    pub const fn end(self) -> Option<Timestamp> {
        match self {
            Self::Idle(end) | Self::Fixed(end) => Some(end),
            Self::Unknown | Self::Foreign => None,
        }
    }

    /// Whether the expiry is known and at most `days` away.
    #[must_use]
    pub fn ends_within(self, days: u16, now: Timestamp) -> bool {
        let ahead = SignedDuration::from_hours(i64::from(days) * 24);
        self.end()
            .is_some_and(|end| end.duration_since(now) <= ahead)
    }

    /// The value in `status --json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle(_) => "idle",
            Self::Fixed(_) => "fixed",
            Self::Unknown => "unknown",
            Self::Foreign => "foreign",
        }
    }
}
