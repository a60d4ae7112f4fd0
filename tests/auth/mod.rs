//! Signing in and tokens, against a scripted network.

mod assertion;
mod browser;
mod client_credentials;
mod concurrency;
mod credentials;
mod device_code;
mod environment;
#[cfg(unix)]
mod exposure;
mod federated;
mod lifetime;
mod managed_identity;
mod record;
mod refusal;
mod run;
mod token_command;
#[cfg(unix)]
mod token_files;
mod tokens;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graphmail::auth::store::{Access, Record};
use graphmail::auth::{App, CredentialKind};
use graphmail::cloud::Cloud;
use graphmail::secret::Secret;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::support::transport::{self, Answer};

/// The application of these tests.
pub fn app() -> App {
    App {
        client_id: "CLIENT".to_owned(),
        tenant: "contoso.com".to_owned(),
        cloud: Cloud::national("global").unwrap(),
    }
}

/// A time of the tests' day, as in `10:00:00`.
pub fn at(time: &str) -> Timestamp {
    format!("2026-11-20T{time}Z").parse().unwrap()
}

/// A sign-in of Jane's, renewed an hour before its access token ends at `expires_at`.
pub fn signed_in(access: &str, expires_at: &str, refresh: &str) -> Record {
    Record {
        username: Some("jane@contoso.com".to_owned()),
        scopes: words("https://graph.microsoft.com/Mail.Send openid profile email"),
        access: Some(Access {
            token: Secret::new(access),
            expires_at: at(expires_at),
        }),
        refresh_token: Some(Secret::new(refresh)),
        renewed_at: Some(at(expires_at) - jiff::SignedDuration::from_hours(1)),
        ..Record::new(&app(), CredentialKind::DeviceCode)
    }
}

pub fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

/// Entra's reply with an access token of an hour, and these fields beside it or in its place.
pub fn token_reply(access: &str, others: &Value) -> Answer {
    let mut reply = json!({
        "token_type": "Bearer",
        "expires_in": 3600,
        "ext_expires_in": 3600,
        "access_token": access,
    });
    merge(&mut reply, others);
    transport::json(200, &reply)
}

/// Entra's error answer, in its own shape.
pub fn refusal(error: &str, code: u32) -> Answer {
    let description = format!(
        "AADSTS{code}: Said no.\r\nTrace ID: T\r\nCorrelation ID: C\r\nTimestamp: 2026-11-20 10:00:00Z"
    );
    transport::json(
        400,
        &json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": "2026-11-20 10:00:00Z",
            "trace_id": "T",
            "correlation_id": "C",
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        }),
    )
}

/// An ID token of `username`.
pub fn id_token(username: &str) -> String {
    let claims = json!({ "preferred_username": username, "name": "Jäne" }).to_string();
    format!("e30.{}.", URL_SAFE_NO_PAD.encode(claims))
}

fn merge(into: &mut Value, from: &Value) {
    let into = into.as_object_mut().unwrap();
    for (name, value) in from.as_object().unwrap() {
        into.insert(name.clone(), value.clone());
    }
}
