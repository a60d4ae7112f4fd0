//! One request until its end: attempts, waits, a renewed token, as [`retry`](super::retry) allows.

use std::cell::Cell;
use std::time::Duration;

use jiff::Timestamp;

use super::retry::{self, Decision, Event, Wait};
use super::{Challenge, Failure, Request, Response, Safety, Transport};
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
    /// How long may still be waited: for a token and for the operation itself together.
    pub patience: &'a Patience,
}

impl Link<'_> {
    /// Waits for `pause`, for that reason, if the patience of the run allows it and nobody
    /// interrupts it; whether it was waited to its end.
    #[must_use]
    pub fn wait(&self, pause: Duration, reason: &str) -> bool {
        if !self.may_wait(pause) {
            return false;
        }
        pause.is_zero() || self.pause(pause, reason)
    }

    /// Waits for `pause` until other processes of this host make room, which the patience of the run
    /// allowed; whether nobody interrupted it.
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

    /// Whether an interruption ends all waits: until what is left is tidied up.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.seams.interrupted() && !self.patience.tidies.get()
    }

    fn may_wait(&self, pause: Duration) -> bool {
        !self.stops() && self.patience.allows(pause)
    }

    /// Whether the pause came to its end.
    fn pause(&self, pause: Duration, reason: &str) -> bool {
        self.trace.waiting(pause, reason);
        self.rest(pause)
    }

    fn rest(&self, pause: Duration) -> bool {
        if self.patience.tidies.get() {
            self.seams.sleep(pause);
        } else {
            self.seams.rest(pause);
        }
        self.patience.spend(pause);
        !self.stops()
    }
}

/// How long all waits may still take together after an interruption.
const TIDYING: Duration = Duration::from_secs(3);

/// How long all waits of a run may take together, and how much of that is spent.
#[derive(Debug)]
pub struct Patience {
    whole: Duration,
    /// The turn that there is before anything shortens it.
    whole_turn: Duration,
    limit: Cell<Duration>,
    /// The longest wait until other processes of this host make room, which counts for itself.
    turn: Cell<Duration>,
    spent: Cell<Duration>,
    /// Whether what is left after an interruption is being tidied up.
    tidies: Cell<bool>,
}

impl Patience {
    /// Patience for waits of `limit` together; with zero there is one attempt and no other.
    #[must_use]
    pub const fn new(limit: Duration) -> Self {
        Self {
            whole: limit,
            whole_turn: limit,
            limit: Cell::new(limit),
            turn: Cell::new(limit),
            spent: Cell::new(Duration::ZERO),
            tidies: Cell::new(false),
        }
    }

    /// The same, which waits that long until other processes of this host make room.
    #[must_use]
    pub const fn with_turn(mut self, turn: Duration) -> Self {
        self.whole_turn = turn;
        self.turn = Cell::new(turn);
        self
    }

    /// Begins again for another message: nothing is spent, and nothing is shortened but by an interruption.
    pub fn renew(&self) {
        if !self.tidies.get() {
            self.limit.set(self.whole);
            self.turn.set(self.whole_turn);
            self.spent.set(Duration::ZERO);
        }
    }

    /// Whether a turn that comes after `pause` is waited for.
    #[must_use]
    pub fn allows_turn(&self, pause: Duration) -> bool {
        pause <= self.turn.get()
    }

    /// Waits together take no more than that from now on.
    pub fn shorten(&self, limit: Duration) {
        self.turn.set(limit.min(self.turn.get()));
        let limit = self.spent.get().saturating_add(limit);
        self.limit.set(limit.min(self.limit.get()));
    }

    /// Takes back what [`Patience::shorten`] did, for what is worth a wait.
    pub fn restore(&self) {
        if !self.tidies.get() {
            self.limit.set(self.whole);
        }
    }

    /// Whether `pause` is still within the limit.
    #[must_use]
    pub fn allows(&self, pause: Duration) -> bool {
        self.spent.get().saturating_add(pause) <= self.limit.get()
    }

    /// The run was interrupted, and what comes now is no part of it: what is left is tidied up, for
    /// which there are waits of three seconds together, if there was still so much patience.
    pub fn tidy(&self) {
        if !self.tidies.replace(true) {
            self.shorten(TIDYING);
        }
    }

    fn spend(&self, pause: Duration) {
        self.spent.set(self.spent.get().saturating_add(pause));
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
    /// The service answered with `status`, 429 or 503, and asked for no request before `until`.
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

/// Carries `request` to its end. A request without a token is not given one.
pub fn exchange(
    link: &Link<'_>,
    mut request: Request,
    safety: Safety,
    renewal: &mut dyn Renew,
) -> Ended {
    let mut renewed = false;
    let mut attempt = 1;
    loop {
        let (last, client_request_id) = once(link, &request);
        let event = last.event(link.seams.now());
        report_throttling(link, event, request.bearer.is_some());
        let renewable = !renewed && request.bearer.is_some() && renewal.renewable();
        let step = match retry::decide(safety, event, renewable) {
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
        Event::Status(status @ (429 | 503), Some(wait)) => {
            throttle.throttled(retry::asked_until(wait, link.seams.now()), status);
        }
        Event::Status(429 | 503, None) => {}
        Event::Status(..) if with_token => throttle.admitted(),
        _ => {}
    }
}

/// The pause before the next attempt, or [`Fate::Later`] where patience or attempts are used up.
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
    request.headers.push(("client-request-id", id.clone()));
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
    fn event(&self, now: Timestamp) -> Event {
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
