//! Waits for a message's turn in the send budget, which all processes of this host share.

use super::Error;
use crate::budget::{Budget, Slot, Turn};
use crate::graph;
use crate::http::{Link, POLL, Throttle as _};

/// Why a message waits.
const WAITING: &str = "no more may be sent from the mailbox for now";

/// Waits until it is this message's turn and a slot is free. The slot is taken until it is dropped. Without
/// a budget there is no wait.
///
/// # Errors
/// [`Error::Exhausted`] if the wait would be longer than allowed; [`Error::NoAnswer`]; [`graph::Error::Interrupted`].
pub fn take_turn(budget: Option<&Budget<'_>>, link: &Link<'_>) -> Result<Option<Slot>, Error> {
    let Some(budget) = budget else {
        return Ok(None);
    };
    match wait_for_turn(budget, link) {
        Err(_) if link.stops() => Err(graph::Error::Interrupted.into()),
        slot => slot,
    }
}

fn wait_for_turn(budget: &Budget<'_>, link: &Link<'_>) -> Result<Option<Slot>, Error> {
    let allowed = |pause, by_service| match by_service {
        true => link.waits.allows(pause),
        false => link.waits.allows_queueing(pause),
    };
    let (pause, came) = match budget.turn(allowed) {
        // An unusable ledger stops no message: the service enforces its limits itself.
        Err(_) => return Ok(None),
        Ok(Turn::Later { until, by_service }) => {
            let until = Some(until);
            return Err(Error::Exhausted { until, by_service });
        }
        Ok(Turn::After {
            pause,
            by_service: true,
        }) => (pause, link.wait(pause, WAITING)),
        Ok(Turn::After {
            pause,
            by_service: false,
        }) => (pause, link.wait_for_turn(pause, Some(WAITING))),
    };
    if came {
        wait_for_slot(budget, link, !pause.is_zero())
    } else {
        Err(NO_TURN)
    }
}

/// Waits for a slot. After a wait, the hold is checked again directly before the first request: other
/// processes may have been throttled meanwhile.
fn wait_for_slot(
    budget: &Budget<'_>,
    link: &Link<'_>,
    mut has_waited: bool,
) -> Result<Option<Slot>, Error> {
    loop {
        let (slot, waited) = free_slot(budget, link)?;
        has_waited |= waited;
        if !has_waited {
            return Ok(slot);
        }
        let now = link.seams.now();
        let Some(until) = budget.held_until(now) else {
            return Ok(slot);
        };
        drop(slot);
        let pause = until.duration_since(now).unsigned_abs();
        if !link.waits.allows(pause) || !link.wait(pause, WAITING) {
            let until = Some(until);
            return Err(Error::Exhausted {
                until,
                by_service: true,
            });
        }
    }
}

/// A slot, and whether this thread waited for it.
fn free_slot(budget: &Budget<'_>, link: &Link<'_>) -> Result<(Option<Slot>, bool), Error> {
    let mut has_waited = false;
    loop {
        if has_waited && link.waits.is_brief() && budget.is_unanswered() {
            return Err(Error::NoAnswer);
        }
        let busy = match budget.wait_for_slot(POLL) {
            Err(_) => return Ok((None, false)),
            Ok(Ok(slot)) => return Ok((Some(slot), has_waited)),
            Ok(Err(busy)) => busy,
        };
        has_waited = true;
        if !link.wait_for_place(busy) {
            if link.waits.is_brief() && !link.stops() {
                // All places are taken. The next caller does not wait for one.
                budget.unanswered();
            }
            return Err(NO_TURN);
        }
    }
}

/// The time of the turn is not known: it depends on the other processes.
const NO_TURN: Error = Error::Exhausted {
    until: None,
    by_service: false,
};
