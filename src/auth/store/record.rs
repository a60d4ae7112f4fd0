//! What is kept of one account's sign-in.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Error;
use super::access::{Access, exposed_option};
use crate::auth::app::App;
use crate::auth::credential::CredentialKind;
use crate::secret::Secret;

/// The form in which records are written; a higher one is a later program's.
const VERSION: u32 = 1;

/// One account's sign-in: for whom and where it holds, and the secrets that prove it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The credential that the tokens came from.
    pub origin: CredentialKind,
    /// The login authority's root; the refresh token and the client secret go nowhere else.
    pub authority: String,
    /// Graph's root; the access token goes nowhere else.
    pub graph: String,
    /// The tenant that was asked.
    pub tenant: String,
    /// The application that asked.
    pub client_id: String,
    /// The user's sign-in name, where the service told it (`preferred_username`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// What the tokens allow, as the service told it, or else as it was asked.
    pub scopes: Vec<String>,
    /// The last access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Gives the next access token.
    #[serde(
        default,
        with = "exposed_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub refresh_token: Option<Secret>,
    /// When the refresh token was given; records of old do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed_at: Option<Timestamp>,
    /// The application's own secret.
    #[serde(
        default,
        with = "exposed_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub client_secret: Option<Secret>,
}

/// The first thing in which a record differs from the app that would use it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stored sign-in is for {what} {stored}, not {wanted}")]
pub struct Mismatch {
    /// What differs: "login authority", "Graph", "tenant", "client id".
    pub what: &'static str,
    /// The record's.
    pub stored: String,
    /// The app's.
    pub wanted: String,
}

impl Record {
    /// A record of `app` without any token yet.
    #[must_use]
    pub fn new(app: &App, origin: CredentialKind) -> Self {
        Self {
            origin,
            authority: app.cloud.login().to_owned(),
            graph: app.cloud.graph().to_owned(),
            tenant: app.tenant.clone(),
            client_id: app.client_id.clone(),
            username: None,
            scopes: Vec::new(),
            access: None,
            refresh_token: None,
            renewed_at: None,
            client_secret: None,
        }
    }

    /// In what the record is another app's, if it is: then none of its secrets may be used.
    #[must_use]
    pub fn mismatch(&self, app: &App) -> Option<Mismatch> {
        [
            (
                "login authority",
                self.authority.as_str(),
                app.cloud.login(),
            ),
            ("Graph", self.graph.as_str(), app.cloud.graph()),
            ("tenant", self.tenant.as_str(), app.tenant.as_str()),
            ("client id", self.client_id.as_str(), app.client_id.as_str()),
        ]
        .into_iter()
        // None of the four tells upper from lower case.
        .find(|(_, stored, wanted)| !stored.eq_ignore_ascii_case(wanted))
        .map(|(what, stored, wanted)| Mismatch {
            what,
            stored: stored.to_owned(),
            wanted: wanted.to_owned(),
        })
    }

    /// The access token, if it is fresh and not the one that was `refused`.
    #[must_use]
    pub fn usable(&self, now: Timestamp, refused: Option<&Secret>) -> Option<&Access> {
        self.access
            .as_ref()
            .filter(|access| access.is_fresh(now) && Some(&access.token) != refused)
    }

    /// The record as JSON.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, Error> {
        #[derive(Serialize)]
        struct Whole<'a> {
            version: u32,
            #[serde(flatten)]
            record: &'a Record,
        }
        let whole = Whole {
            version: VERSION,
            record: self,
        };
        serde_json::to_vec_pretty(&whole).map_err(|error| unreadable("memory", &error))
    }

    /// The record that [`Record::to_json`] wrote; `place` is where it was found.
    pub(super) fn from_json(json: &[u8], place: &str) -> Result<Self, Error> {
        // The version is read first: a later program's record may lack what this one needs.
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let head: Head = serde_json::from_slice(json).map_err(|error| unreadable(place, &error))?;
        if head.version != VERSION {
            return Err(Error::Unreadable {
                place: place.to_owned(),
                reason: format!("it has version {}, not {VERSION}", head.version),
            });
        }
        serde_json::from_slice(json).map_err(|error| unreadable(place, &error))
    }
}

/// The text of a JSON error may quote the secret that it stumbled on; its position does not.
fn unreadable(place: &str, error: &serde_json::Error) -> Error {
    Error::Unreadable {
        place: place.to_owned(),
        reason: format!(
            "not a record at line {}, column {}",
            error.line(),
            error.column()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, CredentialKind, Error, Mismatch, Record};
    use crate::auth::app::App;
    use crate::cloud::Cloud;
    use crate::secret::Secret;

    fn app() -> App {
        App {
            client_id: "0000-aa".to_owned(),
            tenant: "contoso.com".to_owned(),
            cloud: Cloud::national("global").expect("global"),
        }
    }

    fn record() -> Record {
        Record {
            username: Some("jane@contoso.com".to_owned()),
            scopes: vec!["https://graph.microsoft.com/Mail.Send".to_owned()],
            access: Some(Access {
                token: Secret::new("ACCESS"),
                expires_at: "2026-11-20T10:00:00Z".parse().expect("a time"),
            }),
            refresh_token: Some(Secret::new("REFRESH")),
            ..Record::new(&app(), CredentialKind::DeviceCode)
        }
    }

    #[test]
    fn a_record_is_written_and_read_whole() {
        let json = record().to_json().expect("JSON");
        assert_eq!(
            std::str::from_utf8(&json).expect("UTF-8"),
            r#"{
  "version": 1,
  "origin": "device-code",
  "authority": "https://login.microsoftonline.com",
  "graph": "https://graph.microsoft.com",
  "tenant": "contoso.com",
  "client_id": "0000-aa",
  "username": "jane@contoso.com",
  "scopes": [
    "https://graph.microsoft.com/Mail.Send"
  ],
  "access": {
    "token": "ACCESS",
    "expires_at": "2026-11-20T10:00:00Z"
  },
  "refresh_token": "REFRESH"
}"#
        );
        assert_eq!(Record::from_json(&json, "x").expect("a record"), record());
    }

    #[test]
    fn an_unreadable_record_is_named_without_its_content() {
        let cases = [
            (
                r#"{"version":1,"origin":"TOPSECRET"}"#,
                "not a record at line 1, column 33",
            ),
            ("TOPSECRET", "not a record at line 1, column 1"),
            (
                r#"{"version":2,"vault":"TOPSECRET"}"#,
                "it has version 2, not 1",
            ),
        ];
        for (json, expected) in cases {
            match Record::from_json(json.as_bytes(), "the keyring") {
                Err(Error::Unreadable { place, reason }) => {
                    assert_eq!((place.as_str(), reason.as_str()), ("the keyring", expected));
                }
                other => panic!("{json}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_record_serves_its_own_app_alone() {
        let record = record();
        let upper = App {
            tenant: "CONTOSO.com".to_owned(),
            client_id: "0000-AA".to_owned(),
            ..app()
        };
        assert_eq!(record.mismatch(&upper), None);
        let other = |change: fn(&mut App)| {
            let mut app = app();
            change(&mut app);
            record.mismatch(&app).map(|Mismatch { what, .. }| what)
        };
        let cloud = |graph, login| Cloud::new("x", graph, login).expect("a cloud");
        assert_eq!(other(|app| app.tenant.push('x')), Some("tenant"));
        assert_eq!(other(|app| app.client_id.push('x')), Some("client id"));
        let mut evil = app();
        evil.cloud = cloud("https://graph.microsoft.com", "https://evil.example");
        assert_eq!(
            record.mismatch(&evil).map(|m| m.to_string()).as_deref(),
            Some(
                "the stored sign-in is for login authority https://login.microsoftonline.com, not https://evil.example"
            )
        );
        evil.cloud = cloud("https://evil.example", "https://login.microsoftonline.com");
        assert_eq!(record.mismatch(&evil).map(|m| m.what), Some("Graph"));
    }

    #[test]
    fn an_access_token_ends_five_minutes_early() {
        let record = record();
        let usable = |now: &str, refused: Option<&str>| {
            record
                .usable(
                    now.parse().expect("a time"),
                    refused.map(Secret::new).as_ref(),
                )
                .is_some()
        };
        assert!(usable("2026-11-20T09:54:59Z", None));
        assert!(!usable("2026-11-20T09:55:00Z", None));
        assert!(!usable("2026-11-20T10:00:01Z", None));
        assert!(!usable("2026-11-20T09:00:00Z", Some("ACCESS")));
        assert!(usable("2026-11-20T09:00:00Z", Some("OTHER")));
    }
}
