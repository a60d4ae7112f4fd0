//! The waits that a service asked for.

use std::cell::Cell;

use jiff::Timestamp;

use super::retry::{TRUSTED, asked_until};
use crate::seams::Seams;

/// The waits that a service asked for. They apply to all processes of a user.
pub trait Throttle {
    /// The time before which no request may be made, if it is later than `now`.
    fn held_until(&self, now: Timestamp) -> Option<Timestamp>;
    /// The service answered with the throttling status `status` and asked for no request before `until`.
    fn throttled(&self, until: Timestamp, status: u16);
    /// The service answered a request that has a token, and does not throttle.
    fn admitted(&self);
    /// The service could not be reached, by more than one attempt or by a long one.
    fn unanswered(&self) {}
    /// A wait begins: gives the message's place to other processes.
    fn leave(&self) {}
    /// The wait has ended: takes a place again. Returns false if none is free.
    fn enter(&self) -> bool {
        true
    }
}

/// The waits of this process alone, if there is no place to record them for the others.
pub struct Unrecorded<'a> {
    until: Cell<Option<Timestamp>>,
    seams: &'a dyn Seams,
}

impl<'a> Unrecorded<'a> {
    /// No wait.
    #[must_use]
    pub const fn new(seams: &'a dyn Seams) -> Self {
        Self {
            until: Cell::new(None),
            seams,
        }
    }
}

impl Throttle for Unrecorded<'_> {
    fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.get().filter(|until| *until > now)
    }

    fn throttled(&self, until: Timestamp, _: u16) {
        let until = until.min(asked_until(TRUSTED, self.seams.now()));
        self.until.set(self.until.get().max(Some(until)));
    }

    fn admitted(&self) {}
}
