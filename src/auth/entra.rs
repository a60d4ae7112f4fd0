//! Requests of the oauth2 crate over graphmail's transport, and Entra's answers.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthType, ClientId, ClientSecret, DeviceAuthorizationUrl, EndpointNotSet, EndpointSet,
    ErrorResponse, ExtraTokenFields, HttpRequest, HttpResponse, RequestTokenError, Scope,
    StandardRevocableToken, StandardTokenResponse, SyncHttpClient, TokenResponse as _, TokenUrl,
};
use serde::{Deserialize, Deserializer, Serialize};
use url::Url;

use super::app::App;
use super::claims::Claims;
use super::error::Error;
use super::refusal::Refusal;
use super::store::{Access, Record};
use crate::http::{Link, Method, NoAnswer, NoRenewal, Request, Response, Safety, exchange};
use crate::secret::Secret;

/// The time limit of a request for a token, which may be repeated.
const LIMIT: Duration = Duration::from_secs(30);

/// The crate's client with Entra's token and device endpoints.
pub(super) type Client = oauth2::Client<
    BasicErrorResponse,
    Reply,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Entra's token response (RFC 6749 section 5.1, OpenID Connect Core 1.0 section 3.1.3.3).
pub(super) type Reply = StandardTokenResponse<IdToken, BasicTokenType>;

/// What graphmail reads from the ID token of a response.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct IdToken {
    #[serde(
        rename = "id_token",
        default,
        skip_serializing,
        deserialize_with = "username"
    )]
    username: Option<String>,
}

impl ExtraTokenFields for IdToken {}

/// The name with which the user signed in. The signature is not checked: the token came straight
/// from its issuer over TLS (OpenID Connect Core 1.0 section 3.1.3.7, item 6), and the name is only
/// a hint.
fn username<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let token = Option::<Cow<'de, str>>::deserialize(from)?;
    Ok(token.and_then(|token| Claims::of_token(&token)?.username()))
}

/// A client for `app`; a confidential one if it has a `secret`.
pub(super) fn client(app: &App, secret: Option<&Secret>) -> Client {
    let client = oauth2::Client::new(ClientId::new(app.client_id.clone()))
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(TokenUrl::from_url(
            app.cloud.login_url(&app.tenant, "token"),
        ))
        .set_device_authorization_url(DeviceAuthorizationUrl::from_url(
            app.cloud.login_url(&app.tenant, "devicecode"),
        ));
    match secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.expose().to_owned())),
        None => client,
    }
}

/// The form field with the claims that a service requires in the token (OpenID Connect Core 1.0
/// section 5.5; Entra: "Claims challenges, claims requests, and client capabilities").
pub(super) const CLAIMS: &str = "claims";

/// The scopes in the crate's type.
pub(super) fn scopes(scopes: &[String]) -> impl Iterator<Item = Scope> {
    scopes.iter().cloned().map(Scope::new)
}

/// One of Entra's endpoints. Requests are retried until the wait budget is used up.
pub(super) struct Endpoint<'a> {
    /// The HTTP transport.
    pub(super) link: Link<'a>,
    /// The URL.
    pub(super) url: Url,
}

impl<'a> Endpoint<'a> {
    /// The token endpoint of `app`'s tenant.
    pub(super) fn token(app: &App, link: &Link<'a>) -> Self {
        Self {
            link: *link,
            url: app.cloud.login_url(&app.tenant, "token"),
        }
    }

    /// The host, for errors.
    pub(super) fn authority(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }

    /// Posts the form.
    pub(super) fn post(&self, form: HttpRequest, safety: Safety) -> Result<Response, Error> {
        let request = Request {
            method: Method::Post,
            url: self.url.clone().into(),
            headers: vec![
                ("accept", "application/json".to_owned()),
                (
                    "content-type",
                    "application/x-www-form-urlencoded".to_owned(),
                ),
            ],
            bearer: None,
            body: Bytes::from(form.into_body()),
            timeout: self.link.time_for(LIMIT),
            stoppable: true,
            begun: None,
        };
        let ended = exchange(&self.link, request, safety, &mut NoRenewal);
        ended.answer(&self.authority()).map_err(|none| match none {
            NoAnswer::Refused(response) => self.refused(&response),
            NoAnswer::Unavailable { .. } if self.link.stops() => Error::Interrupted,
            NoAnswer::Unavailable { cause, until } => Error::Unavailable { cause, until },
            NoAnswer::NotConfigured(cause) => Error::NotConfigured(cause),
        })
    }

    /// The crate drops Entra's additional fields, so the body is read here.
    fn refused(&self, response: &Response) -> Error {
        match Refusal::parse(&response.body) {
            Some(refusal) => Error::Refused {
                authority: self.authority(),
                refusal: Box::new(refusal),
            },
            None => self.unintelligible(response.status),
        }
    }

    /// The error for an answer that such an endpoint does not give.
    pub(super) fn unintelligible(&self, status: u16) -> Error {
        Error::Unintelligible {
            authority: self.authority(),
            status,
        }
    }

    /// The error inside the crate's error. Refusals ended in [`Endpoint::post`], so the crate failed to
    /// read a successful answer. Nothing of the answer is shown, because it may contain a token.
    pub(super) fn error<T: ErrorResponse>(&self, error: RequestTokenError<Error, T>) -> Error {
        match error {
            RequestTokenError::Request(error) => error,
            RequestTokenError::ServerResponse(_)
            | RequestTokenError::Parse(..)
            | RequestTokenError::Other(_) => self.unintelligible(200),
        }
    }
}

impl SyncHttpClient for Endpoint<'_> {
    type Error = Error;

    /// The form may be sent twice: Entra does not revoke a refresh token when it is used, and a second
    /// access token does no harm.
    fn call(&self, form: HttpRequest) -> Result<HttpResponse, Error> {
        self.post(form, Safety::Repeatable)
            .map(|response| answer(http::StatusCode::OK, &response.body))
    }
}

/// The answer in the crate's type.
pub(super) fn answer(status: http::StatusCode, body: &[u8]) -> HttpResponse {
    let mut response = HttpResponse::new(with_numeric_lifetime(body).into_owned());
    *response.status_mut() = status;
    response
}

/// The body with `expires_in` as a number, as RFC 6749 section 5.1 has it. Some authorities send a string.
fn with_numeric_lifetime(body: &[u8]) -> Cow<'_, [u8]> {
    const LIFETIME: &str = "expires_in";
    let numeric = || {
        let mut json: serde_json::Map<_, _> = serde_json::from_slice(body).ok()?;
        let seconds: u64 = json.get(LIFETIME)?.as_str()?.trim().parse().ok()?;
        json.insert(LIFETIME.to_owned(), seconds.into());
        serde_json::to_vec(&json).ok()
    };
    numeric().map_or(Cow::Borrowed(body), Cow::Owned)
}

/// Updates `record` from `reply`. The request was made at `asked_at`, for the scopes `asked`.
///
/// Values that the reply omits are kept: Entra may omit the granted scopes (RFC 6749 section 5.1) and
/// a new refresh token (section 6).
pub(super) fn accept(
    record: &mut Record,
    reply: &Reply,
    asked: &[String],
    asked_at: Timestamp,
) -> Access {
    let lifetime = reply.expires_in().unwrap_or_default();
    let access = Access {
        token: Secret::new(reply.access_token().secret()),
        expires_at: SignedDuration::try_from(lifetime)
            .ok()
            .and_then(|lifetime| asked_at.checked_add(lifetime).ok())
            .unwrap_or(asked_at),
    };
    record.access = Some(access.clone());
    if let Some(token) = reply.refresh_token() {
        record.refresh_token = Some(Secret::new(token.secret()));
        record.renewed_at = Some(asked_at);
    }
    if let Some(username) = &reply.extra_fields().username {
        record.username = Some(username.clone());
    }
    record.scopes = reply.scopes().map_or_else(
        || asked.to_vec(),
        |scopes| scopes.iter().map(|scope| scope.to_string()).collect(),
    );
    access
}
