//! When a credential ends, and how sure that is.

use jiff::{SignedDuration, Timestamp};

use super::certificate;
use super::credential::{Credential, Expiry};
use super::store::Record;

/// A refresh token dies after so long without use; each use gives another one (Entra: "Refresh
/// tokens in the Microsoft identity platform").
pub const IDLE: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The longest life of an access token (Entra: "Configurable token lifetimes", with continuous
/// access evaluation).
const LONGEST_ACCESS: SignedDuration = SignedDuration::from_hours(28);

/// When a credential ends. Whoever may revoke it can end each of them before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// Then, if it is not used before: each use begins it anew.
    Idle(Timestamp),
    /// Then.
    Fixed(Timestamp),
    /// Only the service knows.
    Unknown,
    /// It comes from outside for each run, or for this one: there is nothing here to end.
    Foreign,
}

impl Lifetime {
    /// The lifetime of `credential`, of which `record` is what is kept.
    #[must_use]
    pub fn of(credential: &Credential, record: Option<&Record>) -> Self {
        match credential.kind().facts().expiry {
            Expiry::Idle => record.map_or(Self::Unknown, Self::of_person),
            Expiry::Certificate => match credential {
                Credential::Certificate(files) => certificate::read(files)
                    .map_or(Self::Unknown, |found| Self::Fixed(found.not_after)),
                _ => Self::Unknown,
            },
            // Entra tells the end of a secret to whoever manages the registration, and nobody else.
            Expiry::Unknown => Self::Unknown,
            Expiry::Foreign => Self::Foreign,
        }
    }

    /// The lifetime of a person's sign-in.
    fn of_person(record: &Record) -> Self {
        let access_ends = record.access.as_ref().map(|access| access.expires_at);
        if record.refresh_token.is_none() {
            return access_ends.map_or(Self::Unknown, Self::Fixed);
        }
        // A record of old does not say when; its access token was given together with it.
        let renewed = record
            .renewed_at
            .or_else(|| access_ends?.checked_sub(LONGEST_ACCESS).ok());
        renewed
            .and_then(|renewed| renewed.checked_add(IDLE).ok())
            .map_or(Self::Unknown, Self::Idle)
    }

    /// The end, where it is known.
    #[must_use]
    pub const fn end(self) -> Option<Timestamp> {
        match self {
            Self::Idle(end) | Self::Fixed(end) => Some(end),
            Self::Unknown | Self::Foreign => None,
        }
    }

    /// Whether the end is known and `days` or fewer away.
    #[must_use]
    pub fn ends_within(self, days: u16, now: Timestamp) -> bool {
        let ahead = SignedDuration::from_hours(i64::from(days) * 24);
        self.end()
            .is_some_and(|end| end.duration_since(now) <= ahead)
    }

    /// The name under which `status --json` knows how sure the end is.
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
