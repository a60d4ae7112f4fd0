//! Entra's error answers.

use crate::text;
use serde::Deserialize;

/// The longest description that is kept, in bytes.
const MAX_DESCRIPTION: usize = 500;

/// The longest identifier or word that is kept, in bytes. Identifiers are UUIDs of 36.
const MAX_WORD: usize = 100;

/// The most AADSTS numbers that are kept. Entra sends one or two.
const MAX_CODES: usize = 10;

/// Entra's error answer (RFC 6749 section 5.2, with Entra's additional fields).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", if description.is_empty() { error } else { description })]
pub struct Refusal {
    /// The OAuth error, as in `invalid_grant`. Programs use it.
    pub error: String,
    /// The details, as in `consent_required`.
    pub suberror: Option<String>,
    /// The AADSTS numbers; the first one is the cause.
    pub codes: Vec<u32>,
    /// The description's first line.
    pub description: String,
    /// Identifies the request in the tenant's sign-in log.
    pub correlation_id: Option<String>,
    /// Identifies the answer in the service's log.
    pub trace_id: Option<String>,
    /// Whether the answer requires claims (`claims`), so that the user has to sign in again.
    pub claims: bool,
}

#[derive(Deserialize)]
struct Wire {
    error: String,
    suberror: Option<String>,
    #[serde(default)]
    error_codes: Vec<u32>,
    #[serde(default)]
    error_description: String,
    correlation_id: Option<String>,
    trace_id: Option<String>,
    claims: Option<serde_json::Value>,
}

impl Refusal {
    /// Reads the body of an error answer; `None` if it is not Entra's.
    #[must_use]
    pub fn parse(body: &[u8]) -> Option<Self> {
        let wire: Wire = serde_json::from_slice(body).ok()?;
        Some(Self {
            error: text::sentence(&wire.error, MAX_DESCRIPTION),
            suberror: wire.suberror.map(short).filter(|text| !text.is_empty()),
            codes: wire.error_codes.into_iter().take(MAX_CODES).collect(),
            description: first_line(&wire.error_description),
            correlation_id: wire.correlation_id.map(short),
            trace_id: wire.trace_id.map(short),
            claims: wire.claims.is_some(),
        })
    }

    /// The error that an authorization endpoint sends through the browser instead of a code (RFC 6749
    /// section 4.1.2.1). Only the description contains the AADSTS number.
    pub(super) fn from_redirect(error: &str, description: &str) -> Self {
        let number = description
            .strip_prefix("AADSTS")
            .and_then(|rest| rest.split(':').next())
            .and_then(|number| number.parse().ok());
        Self {
            error: text::sentence(error, MAX_DESCRIPTION),
            suberror: None,
            codes: number.into_iter().collect(),
            description: first_line(description),
            correlation_id: None,
            trace_id: None,
            claims: false,
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        // RFC 6749 section 4.1.2.1 names both; AADSTS90033 is "a transient error has occurred".
        matches!(
            self.error.as_str(),
            "temporarily_unavailable" | "server_error"
        ) || self.codes.first() == Some(&90033)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is given to map, which passes values"
)]
fn short(text: String) -> String {
    text::sentence(&text, MAX_WORD)
}

/// The first line of the description, without the ids and the time.
fn first_line(description: &str) -> String {
    let line = description.lines().next().unwrap_or_default();
    let line = line.split(" Trace ID:").next().unwrap_or_default();
    text::sentence(line, MAX_DESCRIPTION)
}
