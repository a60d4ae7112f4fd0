//! One request until its end: attempts, waits, a renewed token, as [`retry`](super::retry) allows.

use std::time::Duration;

use jiff::Timestamp;

use super::retry::{self, Decision, Event, Wait};
use super::{Cause, Challenge, Failure, Request, Response, Safety, Transport, WaitBudget};
use crate::seams::Seams;
use crate::secret::Secret;

/// More attempts than this are a service that says "again" without end.
const MAX_ATTEMPTS: u32 = 20;

/// What it takes to talk to a service.
#[derive(Clone, Copy)]
pub struct Link<'a> {
    /// Carries the requests.
    pub transport: &'a dyn Transport,
    /// Clock, waits, identifiers.
    pub seams: &'a dyn Seams,
    /// Is told of each step.
    pub trace: &'a dyn Trace,
    /// Learns whether the service throttles these requests.
    pub throttle: Option<&'a dyn Throttle>,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// The wait that is left, for a token and for the operation itself together.
    pub waits: &'a WaitBudget,
}

impl Link<'_> {
    /// Waits for `pause`, for that reason, if it is within the limit. Returns whether the wait came to its
    /// end: it does not if it is not allowed or interrupted.
    #[must_use]
    pub fn wait(&self, pause: Duration, reason: &str) -> bool {
        if !self.may_wait(pause) {
            return false;
        }
        pause.is_zero() || self.pause(pause, reason)
    }

    /// Waits for `pause` for other processes of this host, which [`WaitBudget::allows_queueing`] allowed.
    /// Returns whether nobody interrupted it.
    #[must_use]
    pub fn wait_for_turn(&self, pause: Duration, reason: Option<&str>) -> bool {
        if self.stops() || pause.is_zero() {
            return !self.stops();
        }
        if let Some(reason) = reason {
            self.trace.waiting(pause, reason);
        }
        self.seams.rest(pause);
        !self.stops()
    }

    /// Whether an interruption ends all waits. It does until the cleanup begins.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.seams.interrupted() && !self.waits.is_cleanup()
    }

    fn may_wait(&self, pause: Duration) -> bool {
        !self.stops() && self.waits.allows(pause)
    }

    /// Whether the pause came to its end.
    fn pause(&self, pause: Duration, reason: &str) -> bool {
        self.trace.waiting(pause, reason);
        self.rest(pause)
    }

    fn rest(&self, pause: Duration) -> bool {
        if self.waits.is_cleanup() {
            self.seams.sleep(pause);
        } else {
            self.seams.rest(pause);
        }
        self.waits.spend(pause);
        !self.stops()
    }
}

/// Is told what goes over the network, never with a token or a body.
pub trait Trace {
    /// An attempt begins.
    fn sending(&self, request: &Request);
    /// An attempt was answered.
    fn received(&self, response: &Response);
    /// An attempt failed without an answer.
    fn failed(&self, failure: &Failure);
    /// The next attempt comes after this pause, for this reason.
    fn waiting(&self, pause: Duration, reason: &str);
}

/// Learns from the answers whether the service throttles its caller.
pub trait Throttle {
    /// The service answered that it is busy, with this `status`, and asked for no request before `until`.
    fn throttled(&self, until: Timestamp, status: u16);
    /// The service answered a request with a token, and does not throttle.
    fn admitted(&self);
}

/// Gives a new token after a 401, if one can be had.
pub trait Renew {
    /// Whether [`Renew::renew`] may give another token than the refused one.
    fn renewable(&self) -> bool;
    /// A token other than the refused one, with the claims that the service demands of it, if it
    /// does. The text of an error is the caller's to keep: an exchange that cannot renew ends with
    /// the 401 itself.
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

/// The last thing that happened to a request.
#[derive(Debug, Clone)]
pub enum Happened {
    /// It was answered.
    Answered(Response),
    /// It was not.
    Failed(Failure),
}

/// How an exchange ended, with what it ended on.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The fate of the request.
    pub fate: Fate,
    /// The last thing that happened.
    pub last: Happened,
    /// The `client-request-id` of the last attempt.
    pub client_request_id: String,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The service did it.
    Done,
    /// The service, or this host, refused it: it was not done, and repeating it changes nothing.
    Refused,
    /// It may be asked again, at the earliest then: it was not done, or doing it twice does no harm.
    Later(Option<Timestamp>),
    /// The service may have done it.
    Unknown,
}

impl Ended {
    /// The successful answer; if there is none, an error names `host`.
    ///
    /// # Errors
    /// [`NoAnswer`]
    pub fn answer(self, host: &str) -> Result<Response, NoAnswer> {
        let until = match self.fate {
            Fate::Later(until) => until,
            Fate::Done | Fate::Refused | Fate::Unknown => None,
        };
        match (self.fate, self.last) {
            (Fate::Done, Happened::Answered(response)) => Ok(response),
            (Fate::Refused, Happened::Answered(response)) => Err(NoAnswer::Refused(response)),
            (_, Happened::Answered(response)) => Err(NoAnswer::Unavailable {
                cause: Cause::unavailable(host, response.status),
                until,
            }),
            (_, Happened::Failed(Failure::NotConfigured(cause))) => {
                Err(NoAnswer::NotConfigured(cause))
            }
            (_, Happened::Failed(failure)) => Err(NoAnswer::Unavailable {
                cause: failure.cause().clone(),
                until,
            }),
        }
    }
}

/// Why an exchange has no successful answer.
#[derive(Debug)]
pub enum NoAnswer {
    /// The service answered that it refuses.
    Refused(Response),
    /// The service cannot be reached, or is too busy.
    Unavailable {
        /// What happened last.
        cause: Cause,
        /// The time that the service named for the next attempt.
        until: Option<Timestamp>,
    },
    /// This host's network settings do not let the request out.
    NotConfigured(Cause),
}

/// Carries `request` to its end. A request without a token is not given one.
pub fn exchange(
    link: &Link<'_>,
    request: Request,
    safety: Safety,
    renewal: &mut dyn Renew,
) -> Ended {
    exchange_by(link, request, renewal, &mut |happened, renewable| {
        retry::decide(safety, happened.event(link.seams.now()), renewable)
    })
}

/// As [`exchange`], for a service with a policy of its own: `decide` says what may follow what happened to
/// an attempt, and learns whether the token can be renewed.
pub fn exchange_by(
    link: &Link<'_>,
    mut request: Request,
    renewal: &mut dyn Renew,
    decide: &mut dyn FnMut(&Happened, bool) -> Decision,
) -> Ended {
    let mut renewed = false;
    let mut attempt = 1;
    loop {
        let (last, client_request_id) = once(link, &request);
        let event = last.event(link.seams.now());
        report_throttling(link, event, request.bearer.is_some());
        let renewable = !renewed && request.bearer.is_some() && renewal.renewable();
        let step = match decide(&last, renewable) {
            Decision::Done => Err(Fate::Done),
            Decision::Stop => Err(Fate::Refused),
            Decision::Unknown => Err(Fate::Unknown),
            Decision::Renew => {
                renewed = true;
                request.bearer = renewal.renew(last.challenge().as_ref());
                request
                    .bearer
                    .as_ref()
                    .map(|_| Duration::ZERO)
                    .ok_or(Fate::Refused)
            }
            Decision::Again(wait) => allowed_pause(link, wait, attempt),
        };
        match step {
            Err(fate) => {
                return Ended {
                    fate,
                    last,
                    client_request_id,
                };
            }
            Ok(Duration::ZERO) => {}
            Ok(pause) if link.pause(pause, &last.reason()) => {}
            Ok(_) => {
                return Ended {
                    fate: Fate::Later(None),
                    last,
                    client_request_id,
                };
            }
        }
        attempt += 1;
    }
}

/// A 429 or 503 without a time says nothing new. An answer without a token in its request, as of an upload,
/// does not show that the mailbox is admitted again.
fn report_throttling(link: &Link<'_>, event: Event, with_token: bool) {
    let Some(throttle) = link.throttle else {
        return;
    };
    match event {
        Event::Status(status @ (423 | 425 | 429 | 503 | 509), Some(wait)) => {
            throttle.throttled(retry::asked_until(wait, link.seams.now()), status);
        }
        Event::Status(423 | 425 | 429 | 503 | 509, None) => {}
        Event::Status(..) if with_token => throttle.admitted(),
        _ => {}
    }
}

/// The pause before the next attempt, or [`Fate::Later`] if the waits or the attempts are used up.
fn allowed_pause(link: &Link<'_>, wait: Wait, attempt: u32) -> Result<Duration, Fate> {
    let (pause, until) = match wait {
        Wait::Told(told) => (told, Some(retry::asked_until(told, link.seams.now()))),
        Wait::Growing => (retry::Backoff::REQUEST.wait(attempt, link.seams), None),
    };
    if attempt >= MAX_ATTEMPTS || !link.may_wait(pause) {
        return Err(Fate::Later(until));
    }
    Ok(pause)
}

/// One attempt, under a fresh `client-request-id` (Graph: "Best practices", reliability and support).
fn once(link: &Link<'_>, request: &Request) -> (Happened, String) {
    let id = link.seams.uuid().to_string();
    let mut request = request.clone();
    // The endpoint of a platform keeps no such log.
    if !request.url.is_platform() {
        request.headers.push(("client-request-id", id.clone()));
    }
    link.trace.sending(&request);
    let answer = link.transport.execute_unless(&request, &|| link.stops());
    let happened = match answer {
        Ok(response) => {
            link.trace.received(&response);
            Happened::Answered(response)
        }
        Err(failure) => {
            link.trace.failed(&failure);
            Happened::Failed(failure)
        }
    };
    (happened, id)
}

impl Happened {
    /// The event that the table knows it as.
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

    /// What the service demands of the next token, if it does.
    fn challenge(&self) -> Option<Challenge> {
        match self {
            Self::Answered(response) => Challenge::of(response),
            Self::Failed(_) => None,
        }
    }

    /// In a few words, why an attempt did not do.
    fn reason(&self) -> String {
        match self {
            Self::Answered(response) => format!("HTTP status {}", response.status),
            Self::Failed(failure) => failure.to_string(),
        }
    }
}
