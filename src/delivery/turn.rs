//! Waits for a message's turn in the send budget, which all processes of this host share.

use std::time::Duration;

use super::Error;
use crate::budget::{Budget, Slot, Turn};
use crate::graph;
use crate::http::Link;

/// How often a waiting process checks for a free slot.
const POLL: Duration = Duration::from_millis(100);

/// Why a message waits.
const WAITING: &str = "no more may be sent from the mailbox for now";

/// Waits until it is this message's turn and a slot is free. The slot is taken until it is dropped. Without
/// a budget there is no wait.
///
/// # Errors
/// [`Error::Exhausted`] if the wait would be longer than allowed; [`graph::Error::Interrupted`].
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
    let waited = match budget.turn(allowed) {
        // An unusable ledger stops no message: the service enforces its limits itself.
        Err(_) => return Ok(None),
        Ok(Turn::Later { until, by_service }) => {
            let until = Some(until);
            return Err(Error::Exhausted { until, by_service });
        }
        Ok(Turn::After {
            pause,
            by_service: true,
        }) => link.wait(pause, WAITING),
        Ok(Turn::After {
            pause,
            by_service: false,
        }) => link.wait_for_turn(pause, Some(WAITING)),
    };
    if waited {
        wait_for_slot(budget, link)
    } else {
        Err(NO_TURN)
    }
}

/// Waits for a slot. Other processes may have been throttled meanwhile, so the hold is checked again
/// directly before the first request.
fn wait_for_slot(budget: &Budget<'_>, link: &Link<'_>) -> Result<Option<Slot>, Error> {
    loop {
        let slot = free_slot(budget, link)?;
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

fn free_slot(budget: &Budget<'_>, link: &Link<'_>) -> Result<Option<Slot>, Error> {
    let mut waited = Duration::ZERO;
    loop {
        match budget.take_slot() {
            Err(_) => return Ok(None),
            Ok(Some(slot)) => return Ok(Some(slot)),
            Ok(None) => {}
        }
        waited += POLL;
        if !link.waits.allows_queueing(waited) || !link.wait_for_turn(POLL, None) {
            return Err(NO_TURN);
        }
    }
}

/// The time of the turn is not known: it depends on the other processes.
const NO_TURN: Error = Error::Exhausted {
    until: None,
    by_service: false,
};
