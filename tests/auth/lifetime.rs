//! How long a credential lasts.

use jiff::Timestamp;

use graphmail::auth::store::{Access, Record};
use graphmail::auth::{App, ClientSecret, Credential, CredentialKind, Lifetime};
use graphmail::cloud::Cloud;
use graphmail::secret::Secret;

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
        ..Record::new(&app, CredentialKind::DeviceCode)
    }
}

#[test]
fn a_persons_sign_in_lasts_ninety_idle_days() {
    let of = |record: &Record| Lifetime::of_credential(&Credential::DeviceCode, Some(record));
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
        let found = Lifetime::of_credential(&credential, Some(&record()));
        assert_eq!(found, lifetime);
        assert!(!found.ends_within(u16::MAX, now));
    }
}
