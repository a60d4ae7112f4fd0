//! Answers of Graph and Entra, as documented.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, DATE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use jiff::Timestamp;
use serde_json::json;

use crate::seams::Seams;

/// The header field in which a client names its attempt (Graph: "Best practices").
pub(super) const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// Why Graph refuses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: String,
    pub(super) message: String,
    /// What the client did wrong, if no correct client makes such a request.
    pub(super) complaint: Option<&'static str>,
    /// The claims, as JSON, that the next access token must be requested with.
    pub(super) claims: Option<String>,
}

impl Refusal {
    /// A refusal with this status, code and message.
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            code: code.to_owned(),
            message: message.into(),
            complaint: None,
            claims: None,
        }
    }

    /// The refusal of a token without these claims (Entra: "Claims challenges, claims requests, and client
    /// capabilities").
    pub(super) fn insufficient_claims(claims: &str) -> Self {
        let message = "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenCreatedWithOutdatedPolicies";
        Self {
            claims: Some(claims.to_owned()),
            ..Self::new(401, "InvalidAuthenticationToken", message)
        }
    }

    /// Adds a complaint to the refusal.
    pub(super) fn complained(self, reason: &'static str) -> Self {
        Self {
            complaint: Some(reason),
            ..self
        }
    }
}

/// Why Entra refuses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignInError {
    pub(super) status: u16,
    /// The OAuth error: `invalid_grant`.
    pub(super) error: String,
    /// The AADSTS number.
    pub(super) number: u32,
    /// The description after the number.
    pub(super) text: String,
}

impl SignInError {
    /// A refusal with status 400.
    pub(super) fn new(error: &str, number: u32, text: impl Into<String>) -> Self {
        Self {
            status: 400,
            error: error.to_owned(),
            number,
            text: text.into(),
        }
    }

    /// A refusal of the client, with status 401 (RFC 6749 section 5.2).
    pub(super) fn client(number: u32, text: impl Into<String>) -> Self {
        Self {
            status: 401,
            ..Self::new("invalid_client", number, text)
        }
    }
}

/// An answer with this status and no body.
pub(super) fn empty(status: u16) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    response
}

/// An answer with a body of this type.
pub(super) fn with_body(
    status: u16,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = empty(status);
    *response.body_mut() = body.into();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A Graph answer with a JSON body.
pub(super) fn graph(status: u16, body: &serde_json::Value) -> Response<Bytes> {
    with_body(
        status,
        "application/json; odata.metadata=minimal; odata.streaming=true; IEEE754Compatible=false; charset=utf-8",
        body.to_string(),
    )
}

/// An Entra answer with a JSON body. It must not be cached.
pub(super) fn entra(status: u16, body: &serde_json::Value) -> Response<Bytes> {
    let mut response = with_body(status, "application/json; charset=utf-8", body.to_string());
    response.headers_mut().insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-cache"),
    );
    response
}

/// Adds the header field, if the value can be one.
pub(super) fn set(response: &mut Response<Bytes>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// The clock and the ids of one exchange.
pub(super) struct Exchange<'a> {
    pub(super) seams: &'a dyn Seams,
    /// Scheme, host and port of the sandbox.
    pub(super) origin: &'a str,
    /// The service's id of the request.
    pub(super) request_id: String,
    /// The client's id of the request; the service's if the client sent none.
    pub(super) client_request_id: String,
}

impl Exchange<'_> {
    /// Graph's error answer (Graph: "Microsoft Graph error responses").
    pub(super) fn refuse(&self, refusal: &Refusal) -> Response<Bytes> {
        let date = self.seams.now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let mut response = graph(
            refusal.status,
            &json!({"error": {
                "code": refusal.code,
                "message": refusal.message,
                "innerError": {
                    "date": date,
                    "request-id": self.request_id,
                    "client-request-id": self.client_request_id,
                },
            }}),
        );
        if refusal.status == 401 {
            let mut challenge = format!(
                "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"",
                self.origin
            );
            if let Some(claims) = &refusal.claims {
                let claims = STANDARD.encode(claims);
                challenge += &format!(", error=\"insufficient_claims\", claims=\"{claims}\"");
            }
            set(&mut response, WWW_AUTHENTICATE, &challenge);
        }
        response
    }

    /// Entra's error answer (Entra: "Microsoft Entra authentication and authorization error codes").
    pub(super) fn refuse_sign_in(&self, error: &SignInError) -> Response<Bytes> {
        let (number, text) = (error.number, &error.text);
        let timestamp = self.seams.now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let (trace, correlation) = (&self.request_id, &self.client_request_id);
        entra(
            error.status,
            &json!({
                "error": error.error,
                "error_description": format!(
                    "AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
                ),
                "error_codes": [number],
                "timestamp": timestamp,
                "trace_id": trace,
                "correlation_id": correlation,
                "error_uri": format!("{}/error?code={number}", self.origin),
            }),
        )
    }

    /// Adds the header fields that every answer has.
    pub(super) fn finish(&self, response: &mut Response<Bytes>, entra: bool) {
        set(response, CLIENT_REQUEST_ID, &self.client_request_id);
        if entra {
            let name = HeaderName::from_static("x-ms-request-id");
            set(response, name, &self.request_id);
        } else {
            set(response, REQUEST_ID, &self.request_id);
        }
        set_date(response, self.seams.now());
    }
}

/// Sets Date (RFC 9110 section 6.6.1) to the sandbox's clock.
pub(super) fn set_date(response: &mut Response<Bytes>, now: Timestamp) {
    let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
    if let Ok(date) = printer.timestamp_to_rfc9110_string(&now) {
        set(response, DATE, &date);
    }
}
