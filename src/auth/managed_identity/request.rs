//! A request to the platform's endpoint with its retries, and the answer.
//!
//! | outcome | what graphmail does |
//! |---|---|
//! | 404: the endpoint is being updated, or the identity was just assigned | three retries |
//! | 410: the endpoint is being updated, for at most 70 seconds | seven retries, ten seconds apart |
//! | 408, 429, 5xx | five retries, or as Retry-After says |
//! | no connection at first | fails: there is no endpoint |
//! | no answer in time | as 5xx, but one retry: about 20 seconds in total |
//! | an incomplete answer, or no connection after an answer | as 5xx |
//! | anything else | no retry |
//!
//! Source: "How to use managed identities for Azure resources on an Azure VM to acquire an access
//! token", error handling and retry guidance; the counts are those of Microsoft's own libraries.
//! All of it counts against the wait budget of the run, and so does the time without an answer.

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
    self, AttemptResult, Cause, Link, Method, NoRenewal, Reason, Request, Response, Target,
    exchange_by,
};
use crate::secret::Secret;
use crate::text;

/// The longest error text that is shown, in bytes.
const MAX_TEXT: usize = 500;
/// The longest time for one request. The endpoint is on this host or one hop away, and usually has the
/// token ready. If it never answers, the send must not wait for minutes. No page names a limit;
/// Microsoft's libraries probe the endpoint for one second.
const LIMIT: Duration = Duration::from_secs(10);
/// How many requests may time out. One answer may be lost; after two, there is probably no endpoint.
const MAX_LATE: u32 = 2;
/// The pause between two attempts while the endpoint is being updated.
const UPDATE_PAUSE: Duration = Duration::from_secs(10);

/// A GET request for `url`, authenticated with `key`. `metadata` marks it for the metadata service.
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
        timeout: link.time_for(LIMIT),
        stoppable: false,
        begun: None,
    };
    let host = request.url.host().to_owned();
    let (mut attempt, mut late) = (0, 0);
    let limit = request.timeout;
    let ended = exchange_by(link, request, &mut NoRenewal, &mut |happened, _| {
        attempt += 1;
        late += u32::from(is_late(happened));
        // The time without an answer counts as waiting, too.
        let lost = limit.saturating_mul(late);
        pause(link, happened, attempt)
            .filter(|_| late < MAX_LATE)
            .filter(|pause| link.waits.allows(lost.saturating_add(*pause)))
            .map_or(Decision::Stop, |pause| Decision::Again(Wait::Told(pause)))
    });
    settled(ended.last, attempt, &host)
}

/// Whether the request timed out.
fn is_late(happened: &AttemptResult) -> bool {
    matches!(happened, AttemptResult::Failed(failure) if failure.cause().reason == Reason::TimedOut)
}

/// The pause before the next attempt; `None` if there is none.
fn pause(link: &Link<'_>, happened: &AttemptResult, attempt: u32) -> Option<Duration> {
    let growing = |most| (attempt <= most).then(|| Backoff::REQUEST.wait(attempt, link.seams));
    match happened.event(link.seams.now()) {
        Event::Status(404, _) => growing(3),
        Event::Status(410, _) => (attempt <= 7).then_some(UPDATE_PAUSE),
        Event::Status(408 | 429 | 500..=599, retry_after) => {
            let retry_after = retry_after.filter(|pause| !pause.is_zero());
            growing(5).map(|growing| retry_after.unwrap_or(growing))
        }
        Event::NotConnected if attempt == 1 => None,
        Event::NotConnected | Event::Interrupted => growing(5),
        Event::Status(..) | Event::NotConfigured => None,
    }
}

fn settled(happened: AttemptResult, attempt: u32, host: &str) -> Result<Response, Failure> {
    match happened {
        AttemptResult::Answered(response) => match response.status {
            status @ (408 | 410 | 429 | 500..=599) => {
                Err(Failure::Unavailable(Cause::unavailable(host, status)))
            }
            _ => Ok(response),
        },
        AttemptResult::Failed(http::Failure::NotConnected(cause)) if attempt == 1 => {
            Err(Failure::NotHere(cause))
        }
        AttemptResult::Failed(http::Failure::NotConfigured(cause)) => {
            Err(Failure::NotConfigured(cause))
        }
        AttemptResult::Failed(failure) => Err(Failure::Unavailable(failure.cause().clone())),
    }
}

/// The token in the answer of `host`; the request was made at `asked_at`.
pub(super) fn token(
    response: &Response,
    asked_at: Timestamp,
    host: &'static str,
) -> Result<Access, Failure> {
    /// Most hosts send numbers as strings.
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
        let text = error_text(&response.body).unwrap_or_else(|| format!("HTTP status {status}"));
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

/// The error text of a refusal; each platform uses another field.
fn error_text(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    ["/error_description", "/error/message", "/message", "/error"]
        .into_iter()
        .filter_map(|place| body.pointer(place)?.as_str())
        .map(|text| text::sentence(text.lines().next().unwrap_or_default(), MAX_TEXT))
        .find(|text| !text.is_empty())
}
