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
use crate::http::retry::{Backoff, Decision, Event, Wait};
use crate::http::{
    self, Cause, Happened, Link, Method, NoRenewal, Reason, Request, Response, Target, exchange_by,
};
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
    let host = request.url.host().to_owned();
    let (mut attempt, mut late) = (0, 0);
    let limit = request.timeout;
    let ended = exchange_by(link, request, &mut NoRenewal, &mut |happened, _| {
        attempt += 1;
        late += u32::from(is_late(happened));
        // To wait for an answer in vain is waiting too.
        let lost = limit.saturating_mul(late);
        pause(link, happened, attempt)
            .filter(|_| late < MAX_LATE)
            .filter(|pause| link.waits.allows(lost.saturating_add(*pause)))
            .map_or(Decision::Stop, |pause| Decision::Again(Wait::Told(pause)))
    });
    settled(ended.last, attempt, &host)
}

/// Whether no answer came in time.
fn is_late(happened: &Happened) -> bool {
    matches!(happened, Happened::Failed(failure) if failure.cause().reason == Reason::TimedOut)
}

/// How long to wait before the next attempt, if there is to be one.
fn pause(link: &Link<'_>, happened: &Happened, attempt: u32) -> Option<Duration> {
    let growing = |most| (attempt <= most).then(|| Backoff::REQUEST.wait(attempt, link.seams));
    match happened.event(link.seams.now()) {
        Event::Status(404, _) => growing(3),
        Event::Status(410, _) => (attempt <= 7).then_some(UPDATE_PAUSE),
        Event::Status(408 | 429 | 500..=599, told) => {
            let told = told.filter(|told| !told.is_zero());
            growing(5).map(|growing| told.unwrap_or(growing))
        }
        Event::NotConnected if attempt == 1 => None,
        Event::NotConnected | Event::Interrupted => growing(5),
        Event::Status(..) | Event::NotConfigured => None,
    }
}

fn settled(happened: Happened, attempt: u32, host: &str) -> Result<Response, Failure> {
    match happened {
        Happened::Answered(response) => match response.status {
            status @ (408 | 410 | 429 | 500..=599) => {
                Err(Failure::Unavailable(Cause::unavailable(host, status)))
            }
            _ => Ok(response),
        },
        Happened::Failed(http::Failure::NotConnected(cause)) if attempt == 1 => {
            Err(Failure::NotHere(cause))
        }
        Happened::Failed(http::Failure::NotConfigured(cause)) => Err(Failure::NotConfigured(cause)),
        Happened::Failed(failure) => Err(Failure::Unavailable(failure.cause().clone())),
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
