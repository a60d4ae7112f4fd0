//! Sends a request, and repeats it with waits and renewed tokens as [`retry`](super::retry) allows.

use std::time::Duration;

use jiff::Timestamp;

use super::link::Link;
use super::retry::{self, Decision, Event, Wait};
use super::{Cause, Challenge, Failure, Request, Response, Safety};
use crate::secret::Secret;
use crate::text;

/// The limit for a service that keeps asking for another attempt.
const MAX_ATTEMPTS: u32 = 20;

/// Gets a new access token after a 401.
pub trait Renew {
    /// Whether [`Renew::renew`] may return a token other than the refused one.
    fn renewable(&self) -> bool;
    /// Returns a token other than the refused one, with the claims that the service demands. If it returns
    /// `None`, the exchange ends with the 401; the implementation keeps the error.
    fn renew(&mut self, challenge: Option<&Challenge>) -> Option<Secret>;
}

/// No token to renew.
#[derive(Debug, Clone, Copy)]
pub struct NoRenewal;

impl Renew for NoRenewal {
    fn renewable(&self) -> bool {
        false
    }
    fn renew(&mut self, _: Option<&Challenge>) -> Option<Secret> {
        None
    }
}

/// The result of one attempt.
#[derive(Debug, Clone)]
pub enum AttemptResult {
    /// The service answered.
    Answered(Response),
    /// No complete response was received.
    Failed(Failure),
}

/// The result of an exchange.
#[derive(Debug, Clone)]
pub struct ExchangeResult {
    /// What became of the request.
    pub request_outcome: RequestOutcome,
    /// The result of the last attempt.
    pub last: AttemptResult,
    /// The `client-request-id` of the last attempt; empty if there was none.
    pub client_request_id: String,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestOutcome {
    /// The service has processed the request.
    Done,
    /// The service or this host refused it. It was not processed, and a repeat would be refused too.
    Refused,
    /// It may be repeated, not before that time: it was not processed, or may safely be processed twice.
    Later(Option<Timestamp>),
    /// The service may have processed it.
    Unknown,
}

impl ExchangeResult {
    /// The request was not made: the service asked for a longer wait than the run may wait.
    fn held(request: &Request, until: Timestamp) -> Self {
        let host = request.url.host();
        let text = format!(
            "requests to {host} are throttled until {}",
            text::time(until)
        );
        Self {
            request_outcome: RequestOutcome::Later(Some(until)),
            last: AttemptResult::Failed(Failure::NotConnected(text.into())),
            client_request_id: String::new(),
        }
    }

    /// The successful response. `host` appears in the text of an error.
    ///
    /// # Errors
    /// [`NoAnswer`]
    pub fn answer(self, host: &str) -> Result<Response, NoAnswer> {
        let until = match self.request_outcome {
            RequestOutcome::Later(until) => until,
            RequestOutcome::Done | RequestOutcome::Refused | RequestOutcome::Unknown => None,
        };
        match (self.request_outcome, self.last) {
            (RequestOutcome::Done, AttemptResult::Answered(response)) => Ok(response),
            (RequestOutcome::Refused, AttemptResult::Answered(response)) => {
                Err(NoAnswer::Refused(response))
            }
            (_, AttemptResult::Answered(response)) => Err(NoAnswer::Unavailable {
                cause: Cause::unavailable(host, response.status),
                until,
            }),
            (_, AttemptResult::Failed(Failure::NotConfigured(cause))) => {
                Err(NoAnswer::NotConfigured(cause))
            }
            (_, AttemptResult::Failed(failure)) => Err(NoAnswer::Unavailable {
                cause: failure.cause().clone(),
                until,
            }),
        }
    }
}

/// Why an exchange has no successful response.
#[derive(Debug)]
pub enum NoAnswer {
    /// The service refused the request.
    Refused(Response),
    /// The service cannot be reached, or is too busy.
    Unavailable {
        /// Why the last attempt failed.
        cause: Cause,
        /// The earliest time of the next attempt, if the service asked for one.
        until: Option<Timestamp>,
    },
    /// The network settings of this host are wrong.
    NotConfigured(Cause),
}

/// Sends `request`, and repeats it as `safety` allows. A request without a token stays without one.
pub fn exchange(
    link: &Link<'_>,
    request: Request,
    safety: Safety,
    renewal: &mut dyn Renew,
) -> ExchangeResult {
    exchange_by(link, request, renewal, &mut |happened, renewable| {
        retry::decide(safety, happened.event(link.seams.now()), renewable)
    })
}

/// As [`exchange`], with another retry policy: `decide` gets the result of an attempt, and whether the token
/// can be renewed.
pub fn exchange_by(
    link: &Link<'_>,
    mut request: Request,
    renewal: &mut dyn Renew,
    decide: &mut dyn FnMut(&AttemptResult, bool) -> Decision,
) -> ExchangeResult {
    let mut renewed = false;
    let mut attempt = 1;
    loop {
        if let Err(until) = obey_throttle(link) {
            return ExchangeResult::held(&request, until);
        }
        let begun = link.seams.now();
        let (last, client_request_id) = attempt_once(link, &request);
        let now = link.seams.now();
        let event = last.event(now);
        if matches!(event, Event::NotConnected | Event::Interrupted) {
            link.waits
                .spend_attempt(now.duration_since(begun).unsigned_abs());
        }
        report_throttling(link, event, request.bearer.is_some());
        let renewable = !renewed && request.bearer.is_some() && renewal.renewable();
        let step = match decide(&last, renewable) {
            Decision::Done => Err(RequestOutcome::Done),
            Decision::Stop => Err(RequestOutcome::Refused),
            Decision::Unknown => Err(RequestOutcome::Unknown),
            Decision::Renew => {
                renewed = true;
                request.bearer = renewal.renew(last.challenge().as_ref());
                request
                    .bearer
                    .as_ref()
                    .map(|_| Duration::ZERO)
                    .ok_or(RequestOutcome::Refused)
            }
            Decision::Again(wait) => allowed_pause(link, wait, attempt),
        };
        if event == Event::NotConnected
            && (attempt > 1 || step.is_err())
            && request.bearer.is_some()
            && let Some(throttle) = link.throttle
        {
            throttle.unanswered();
        }
        match step {
            Err(request_outcome) => {
                return ExchangeResult {
                    request_outcome,
                    last,
                    client_request_id,
                };
            }
            Ok(Duration::ZERO) => {}
            Ok(pause) if link.pause(pause, &last.reason()) => {}
            Ok(_) => {
                return ExchangeResult {
                    request_outcome: RequestOutcome::Later(None),
                    last,
                    client_request_id,
                };
            }
        }
        attempt += 1;
    }
}

/// Waits until the end of the wait that the service asked for, in this or another process. Returns its end if
/// the wait is not allowed. After an interruption the run makes its last requests at once, each of them once.
fn obey_throttle(link: &Link<'_>) -> Result<(), Timestamp> {
    let held = |now| link.throttle?.held_until(now);
    let is_ending = link.seams.interrupted() || link.waits.is_cleanup();
    loop {
        let now = link.seams.now();
        let Some(until) = held(now).filter(|_| !is_ending) else {
            return Ok(());
        };
        if !link.wait(until.duration_since(now).unsigned_abs(), "throttled") {
            return Err(until);
        }
    }
}

/// Notifies [`Link::throttle`]. A 429 or 503 without Retry-After changes nothing. The response to a request
/// without a token, as in an upload session, does not show that the mailbox is no longer throttled.
fn report_throttling(link: &Link<'_>, event: Event, with_token: bool) {
    let Some(throttle) = link.throttle else {
        return;
    };
    match event {
        Event::Status(status, Some(wait)) if retry::is_throttle(status) => {
            throttle.throttled(retry::asked_until(wait, link.seams.now()), status);
        }
        Event::Status(status, None) if retry::is_throttle(status) => {}
        Event::Status(..) if with_token => throttle.admitted(),
        _ => {}
    }
}

/// The pause before the next attempt, or [`RequestOutcome::Later`] if the wait budget or the attempts are used up.
fn allowed_pause(link: &Link<'_>, wait: Wait, attempt: u32) -> Result<Duration, RequestOutcome> {
    let (pause, until) = match wait {
        Wait::Told(wait) => (wait, Some(retry::asked_until(wait, link.seams.now()))),
        Wait::Growing => (retry::Backoff::REQUEST.wait(attempt, link.seams), None),
    };
    if attempt >= MAX_ATTEMPTS || !link.may_wait(pause) {
        return Err(RequestOutcome::Later(until));
    }
    Ok(pause)
}

/// One attempt, with a new `client-request-id` (Graph: "Best practices", reliability and support).
fn attempt_once(link: &Link<'_>, request: &Request) -> (AttemptResult, String) {
    let id = link.seams.uuid().to_string();
    let mut request = request.clone();
    // An endpoint of the platform does not use it.
    if !request.url.is_platform() {
        request.headers.push(("client-request-id", id.clone()));
    }
    link.trace.sending(&request);
    let answer = link.transport.execute_unless(&request, &|| link.stops());
    let happened = match answer {
        Ok(response) => {
            link.trace.received(&response);
            AttemptResult::Answered(response)
        }
        Err(failure) => {
            link.trace.failed(&failure);
            AttemptResult::Failed(failure)
        }
    };
    (happened, id)
}

impl AttemptResult {
    /// The event for [`retry::decide`].
    #[must_use]
    pub fn event(&self, now: Timestamp) -> Event {
        match self {
            Self::Answered(response) => Event::Status(
                response.status,
                response
                    .header("retry-after")
                    .and_then(|value| retry::parse_retry_after(value, now)),
            ),
            Self::Failed(Failure::NotConnected(_)) => Event::NotConnected,
            Self::Failed(Failure::NotConfigured(_)) => Event::NotConfigured,
            Self::Failed(Failure::Interrupted(_)) => Event::Interrupted,
        }
    }

    /// The claims that the service demands of the next token.
    fn challenge(&self) -> Option<Challenge> {
        match self {
            Self::Answered(response) => Challenge::from_response(response),
            Self::Failed(_) => None,
        }
    }

    /// Why the attempt failed, in a few words.
    fn reason(&self) -> String {
        match self {
            Self::Answered(response) => format!("HTTP status {}", response.status),
            Self::Failed(failure) => failure.to_string(),
        }
    }
}
