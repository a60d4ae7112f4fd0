//! The stored sign-in of an account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Error;
use super::access::{Access, exposed_option};
use crate::auth::app::App;
use crate::auth::credential::CredentialKind;
use crate::secret::Secret;

/// The format version of records. A higher one belongs to a later graphmail.
const VERSION: u32 = 1;

/// The sign-in of an account: what it is valid for, and its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The kind of credential that the tokens came from.
    pub origin: CredentialKind,
    /// The URL of the login authority. The refresh token and the client secret are sent only there.
    pub authority: String,
    /// The URL of Graph. The access token is sent only there.
    pub graph: String,
    /// The tenant.
    pub tenant: String,
    /// The client id of the application.
    pub client_id: String,
    /// The user's sign-in name, if the service returned it (`preferred_username`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The scopes that the service granted, or those that were requested.
    pub scopes: Vec<String>,
    /// The last access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// The refresh token.
    #[serde(
        default,
        with = "exposed_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub refresh_token: Option<Secret>,
    /// When the refresh token was issued; old records lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed_at: Option<Timestamp>,
    /// The client secret.
    #[serde(
        default,
        with = "exposed_option",
        skip_serializing_if = "Option::is_none"
    )]
    pub client_secret: Option<Secret>,
}

/// The first difference between a record and the app that would use it.
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
    /// A record of `app` without tokens.
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

    /// The first difference to `app`, if any. Then none of the secrets may be used.
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
        // None of the four is case-sensitive.
        .find(|(_, stored, wanted)| !stored.eq_ignore_ascii_case(wanted))
        .map(|(what, stored, wanted)| Mismatch {
            what,
            stored: stored.to_owned(),
            wanted: wanted.to_owned(),
        })
    }

    /// The access token, if it is fresh and was not `refused`.
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

    /// Reads the JSON of [`Record::to_json`]; `place` is where it was found.
    pub(super) fn from_json(json: &[u8], place: &str) -> Result<Self, Error> {
        // The version is read first: a record of a later version may lack required fields.
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

/// The text of a JSON error may quote a secret; its position does not.
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
