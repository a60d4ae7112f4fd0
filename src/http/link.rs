//! What a request needs besides its contents: the transport, the clock, and how long it may wait.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::{Busy, Failure, Request, Response, Throttle, Transport, WaitBudget};
use crate::seams::Seams;

/// How often a waiting process checks for a free place.
pub const POLL: Duration = Duration::from_millis(100);

/// The time that a request gets at least.
const SHORTEST: Duration = Duration::from_millis(100);

/// What is needed to send requests to a service.
#[derive(Clone, Copy)]
pub struct Link<'a> {
    /// Carries the requests.
    pub transport: &'a dyn Transport,
    /// Clock, waits, identifiers.
    pub seams: &'a dyn Seams,
    /// Receives each step, for `--verbose`.
    pub trace: &'a dyn Trace,
    /// The waits that the service asked for, shared with the other processes.
    pub throttle: Option<&'a dyn Throttle>,
    /// Is set as soon as a request with an access token and a body is on its way.
    pub begun: Option<&'a Arc<AtomicBool>>,
    /// The time limit of one request.
    pub timeout: Duration,
    /// The remaining wait, shared by token requests and the operation itself.
    pub waits: &'a WaitBudget,
}

impl<'a> Link<'a> {
    /// The same link, whose requests obey the waits in `throttle` and add to them.
    #[must_use]
    pub fn with_throttle<T: Throttle>(self, throttle: Option<&'a T>) -> Self {
        let throttle = throttle.map(|throttle| throttle as &dyn Throttle);
        Self { throttle, ..self }
    }

    /// The time limit of a request, or of a program, that may be given up and repeated: `longest`, or less if somebody
    /// waits for the message.
    #[must_use]
    pub fn time_for(&self, longest: Duration) -> Duration {
        let left = self.waits.left().unwrap_or(longest);
        longest.min(self.timeout).min(left.max(SHORTEST))
    }

    /// Waits for `pause` if it is within the limit. Returns false if the wait is not allowed or is
    /// interrupted. `reason` is shown to the user.
    #[must_use]
    pub fn wait(&self, pause: Duration, reason: &str) -> bool {
        if !self.may_wait(pause) {
            return false;
        }
        pause.is_zero() || self.pause(pause, reason)
    }

    /// Waits for `pause` for other processes of this host, after [`WaitBudget::allows_queueing`] has allowed
    /// it. Returns false if it is interrupted.
    #[must_use]
    pub fn wait_for_turn(&self, pause: Duration, reason: Option<&str>) -> bool {
        if self.stops() || pause.is_zero() {
            return !self.stops();
        }
        if let Some(reason) = reason {
            self.trace.waiting(pause, reason);
        }
        self.seams.rest(pause);
        self.waits.spend_queueing(pause);
        !self.stops()
    }

    /// Whether the run was interrupted and the cleanup has not begun. Then all waits end.
    #[must_use]
    pub fn stops(&self) -> bool {
        self.seams.interrupted() && !self.waits.is_cleanup()
    }

    pub(super) fn may_wait(&self, pause: Duration) -> bool {
        !self.stops() && self.waits.allows(pause)
    }

    /// Waits, and leaves the message's place to other processes meanwhile. Returns false if the wait is interrupted,
    /// or if no place is free again in time.
    pub(super) fn pause(&self, pause: Duration, reason: &str) -> bool {
        self.trace.waiting(pause, reason);
        if self.waits.is_cleanup() {
            return self.rest(pause);
        }
        let place = self.throttle;
        if let Some(place) = place {
            place.leave();
        }
        let mut came = self.rest(pause);
        while came && let Some(Err(busy)) = place.map(|place| place.enter(POLL)) {
            came = self.wait_for_place(busy);
        }
        came
    }

    /// Waits until it is time to look for a free place again. Returns false if the wait is not allowed or is
    /// interrupted. A wait for this process's own messages does not count: a later message would not wait at all.
    #[must_use]
    pub fn wait_for_place(&self, busy: Busy) -> bool {
        match busy {
            Busy::Here => !self.stops(),
            Busy::Elsewhere => self.waits.allows_queueing(POLL) && self.wait_for_turn(POLL, None),
        }
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

/// Receives what goes over the network, without tokens and bodies.
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
