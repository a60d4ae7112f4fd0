//! One request to an endpoint of the platform until its end, and what it answers.
//!
//! | status | what follows |
//! |---|---|
//! | 404: the endpoint is updated, or the identity was assigned just now | again, three times |
//! | 410: it is updated, for at most 70 seconds | again, seven times, ten seconds apart |
//! | 408, 429, 5xx | again, five times, or as long as Retry-After says |
//! | no connection at first | nothing: it is not there |
//! | no answer in time | as 5xx, but twice in all: about 20 seconds where one listens and is silent |
//! | no whole answer, or no connection after an answer | as 5xx |
//! | anything else | it has said what it says |
//!
//! Source: "How to use managed identities for Azure resources on an Azure VM to acquire an access
//! token", error handling and retry guidance; the counts are those of Microsoft's own libraries.
//! All of it within the patience of the run, for which the time without an answer counts as well.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::Failure;
use crate::auth::store::Access;
use crate::auth::{expiry, token_command};
use crate::http::retry::{Backoff, parse_retry_after};
use crate::http::{self, Cause, Link, Method, Reason, Request, Response, Target};
use crate::secret::Secret;
use crate::text;

/// The longest of a refusal's words that are shown, in bytes.
const MAX_TEXT: usize = 500;
/// The longest that one request may take. The endpoint is on this host, or one hop away, and mostly
/// has the token there: where one listens that never answers, a send is not to wait for minutes.
/// No page names a limit; Microsoft's own libraries look for the endpoint for one second.
const LIMIT: Duration = Duration::from_secs(10);
/// How many requests may go without an answer in time: one may be lost, and who is silent twice
/// mostly is no such endpoint.
const MAX_LATE: u32 = 2;
/// Between two attempts while the endpoint is updated.
const UPDATE_PAUSE: Duration = Duration::from_secs(10);

/// A GET of `url`, which `key` opens; `metadata` marks it as meant for the metadata service.
pub(super) fn get(
    link: &Link<'_>,
    url: Url,
    key: Option<(&'static str, Secret)>,
    metadata: bool,
) -> Result<Response, Failure> {
    let mut headers = vec![("accept", "application/json".to_owned())];
    if metadata {
        headers.push(("metadata", "true".to_owned()));
    }
    let request = Request {
        method: Method::Get,
        url: Target::platform(url, key),
        headers,
        bearer: None,
        body: Bytes::new(),
        timeout: link.timeout.min(LIMIT),
        stoppable: false,
    };
    let mut attempt = 1;
    let mut late = 0;
    loop {
        let happened = once(link, &request);
        if is_late(&happened) {
            late += 1;
        }
        let lost = request.timeout.saturating_mul(late);
        let pause = pause(link, &happened, attempt).filter(|_| late < MAX_LATE);
        // To wait for an answer in vain is waiting too.
        let pause = pause.filter(|pause| link.waits.allows(lost.saturating_add(*pause)));
        if !pause.is_some_and(|pause| link.wait(pause, &reason(&happened))) {
            return settled(happened, attempt, &request);
        }
        attempt += 1;
    }
}

/// Whether no answer came in time.
fn is_late(happened: &Happened) -> bool {
    happened
        .as_ref()
        .is_err_and(|failure| failure.cause().reason == Reason::TimedOut)
}

type Happened = Result<Response, http::Failure>;

fn once(link: &Link<'_>, request: &Request) -> Happened {
    link.trace.sending(request);
    let happened = link.transport.execute(request);
    match &happened {
        Ok(response) => link.trace.received(response),
        Err(failure) => link.trace.failed(failure),
    }
    happened
}

/// How long to wait before the next attempt, if there is to be one.
fn pause(link: &Link<'_>, happened: &Happened, attempt: u32) -> Option<Duration> {
    let growing = |most| (attempt <= most).then(|| Backoff::REQUEST.wait(attempt, link.seams));
    match happened {
        Ok(response) => match response.status {
            404 => growing(3),
            410 => (attempt <= 7).then_some(UPDATE_PAUSE),
            408 | 429 | 500..=599 => {
                let told = response
                    .header("retry-after")
                    .and_then(|value| parse_retry_after(value, link.seams.now()))
                    .filter(|told| !told.is_zero());
                growing(5).map(|growing| told.unwrap_or(growing))
            }
            _ => None,
        },
        Err(http::Failure::NotConnected(_)) if attempt == 1 => None,
        Err(http::Failure::NotConnected(_) | http::Failure::Interrupted(_)) => growing(5),
        Err(http::Failure::NotConfigured(_)) => None,
    }
}

/// In a few words, why an attempt did not do.
fn reason(happened: &Happened) -> String {
    match happened {
        Ok(response) => format!("HTTP status {}", response.status),
        Err(failure) => failure.to_string(),
    }
}

fn settled(happened: Happened, attempt: u32, request: &Request) -> Result<Response, Failure> {
    match happened {
        Ok(response) => match response.status {
            status @ (408 | 410 | 429 | 500..=599) => {
                Err(Failure::Unavailable(Cause::from(format!(
                    "{} is not available: HTTP status {status}",
                    request.url.host()
                ))))
            }
            _ => Ok(response),
        },
        Err(http::Failure::NotConnected(cause)) if attempt == 1 => Err(Failure::NotHere(cause)),
        Err(http::Failure::NotConfigured(cause)) => Err(Failure::NotConfigured(cause)),
        Err(failure) => Err(Failure::Unavailable(failure.cause().clone())),
    }
}

/// The token in the answer of `host` to what was asked at `asked_at`.
pub(super) fn token(
    response: &Response,
    asked_at: Timestamp,
    host: &'static str,
) -> Result<Access, Failure> {
    /// Numbers come as strings from most hosts.
    #[derive(Deserialize)]
    struct Token {
        access_token: String,
        #[serde(default)]
        expires_on: Value,
        #[serde(default)]
        expires_in: Value,
    }
    let status = response.status;
    if !(200..300).contains(&status) {
        let text = words(&response.body).unwrap_or_else(|| format!("HTTP status {status}"));
        return Err(Failure::Refused { host, text, status });
    }
    let unintelligible = || Failure::Unintelligible { host, status };
    let reply: Token = serde_json::from_slice(&response.body).map_err(|_| unintelligible())?;
    let token = token_command::token(&reply.access_token).map_err(|_| unintelligible())?;
    let end = expiry::moment(&reply.expires_on);
    match end.or_else(|| expiry::after(asked_at, &reply.expires_in)) {
        Some(ended) if ended <= asked_at => Err(Failure::Expired { host, ended }),
        Some(expires_at) => Ok(Access { token, expires_at }),
        None => Ok(Access::lasting(token)),
    }
}

/// What a refusal says: each platform puts it elsewhere.
fn words(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    ["/error_description", "/error/message", "/message", "/error"]
        .into_iter()
        .filter_map(|place| body.pointer(place)?.as_str())
        .map(|text| text::sentence(text.lines().next().unwrap_or_default(), MAX_TEXT))
        .find(|text| !text.is_empty())
}
