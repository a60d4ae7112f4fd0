//! The waits that a service asked for.

use std::cell::Cell;
use std::time::Duration;

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
    /// The wait has ended: takes a place again. If none is free, waits for one of another thread of this process, but no
    /// longer than `pause`.
    ///
    /// # Errors
    /// [`Busy`]: there was no free place.
    fn enter(&self, pause: Duration) -> Result<(), Busy> {
        let _ = pause;
        Ok(())
    }
}

/// Who has the places of a mailbox, if none is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// Another thread of this process had one, and this thread has waited for it. It may be free now.
    Here,
    /// Other processes have all. There was no wait.
    Elsewhere,
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
