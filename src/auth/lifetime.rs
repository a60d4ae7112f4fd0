//! When a credential ends, and how sure that is.

use jiff::{SignedDuration, Timestamp};

use super::app::Credential;
use super::certificate;
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
        match credential {
            Credential::DeviceCode | Credential::Browser => {
                record.map_or(Self::Unknown, Self::of_person)
            }
            // Entra tells the end of a secret to whoever manages the registration, and nobody else.
            Credential::ClientSecret(_) => Self::Unknown,
            Credential::Certificate(files) => certificate::read(files)
                .map_or(Self::Unknown, |certificate| {
                    Self::Fixed(certificate.not_after)
                }),
            Credential::TokenCommand(_)
            | Credential::ManagedIdentity(_)
            | Credential::AzureCli
            | Credential::FederatedTokenFile(_)
            | Credential::GitHubActions(_)
            | Credential::AccessToken(_) => Self::Foreign,
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::Lifetime;
    use crate::auth::app::{App, Credential};
    use crate::auth::client_secret::ClientSecret;
    use crate::auth::store::{Access, Origin, Record};
    use crate::cloud::Cloud;
    use crate::secret::Secret;

    fn at(time: &str) -> Timestamp {
        time.parse().expect("a time")
    }

    fn record() -> Record {
        let app = App {
            client_id: "id".to_owned(),
            tenant: "t".to_owned(),
            cloud: Cloud::national("global").expect("global"),
        };
        Record {
            access: Some(Access {
                token: Secret::new("ACCESS"),
                expires_at: at("2026-11-20T11:00:00Z"),
            }),
            refresh_token: Some(Secret::new("REFRESH")),
            renewed_at: Some(at("2026-11-20T10:00:00Z")),
            ..Record::new(&app, Origin::DeviceCode)
        }
    }

    #[test]
    fn a_persons_sign_in_lasts_ninety_idle_days() {
        let of = |record: &Record| Lifetime::of(&Credential::DeviceCode, Some(record));
        let idle = of(&record());
        assert_eq!(idle, Lifetime::Idle(at("2027-02-18T10:00:00Z")));
        let old = Record {
            renewed_at: None,
            ..record()
        };
        assert_eq!(of(&old), Lifetime::Idle(at("2027-02-17T07:00:00Z")));
        let bare = Record {
            access: None,
            ..old
        };
        assert_eq!(of(&bare), Lifetime::Unknown);
        let never_renewed = Record {
            refresh_token: None,
            ..record()
        };
        assert_eq!(
            of(&never_renewed),
            Lifetime::Fixed(at("2026-11-20T11:00:00Z"))
        );
        for (now, within) in [
            ("2027-01-19T09:59:59Z", false),
            ("2027-01-19T10:00:00Z", true),
            ("2027-03-01T00:00:00Z", true),
        ] {
            assert_eq!(idle.ends_within(30, at(now)), within, "{now}");
        }
    }

    #[test]
    fn of_others_no_end_is_known() {
        let now = at("2026-11-20T10:00:00Z");
        for (credential, lifetime) in [
            (
                Credential::ClientSecret(ClientSecret::Stored),
                Lifetime::Unknown,
            ),
            (
                Credential::TokenCommand("true".to_owned()),
                Lifetime::Foreign,
            ),
            (
                Credential::AccessToken(Secret::new("TOKEN")),
                Lifetime::Foreign,
            ),
        ] {
            let found = Lifetime::of(&credential, Some(&record()));
            assert_eq!(found, lifetime);
            assert!(!found.ends_within(u16::MAX, now));
        }
    }
}
