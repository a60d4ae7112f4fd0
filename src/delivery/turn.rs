//! A message's turn within the budget that all processes of this host share.

use std::time::Duration;

use super::Error;
use crate::budget::{Budget, Place, Turn};
use crate::graph;
use crate::http::Link;

/// How often a free place is looked for.
const POLL: Duration = Duration::from_millis(100);

/// Why a message waits.
const WAITING: &str = "no more may be sent from the mailbox for now";

/// Waits until it is this message's turn and a place is free. The place is taken until it is dropped. Without
/// a budget there is no turn to wait for.
///
/// # Errors
/// [`Error::Exhausted`] if the waits allowed for end first; [`graph::Error::Interrupted`].
pub fn take_turn(budget: Option<&Budget<'_>>, link: &Link<'_>) -> Result<Option<Place>, Error> {
    let Some(budget) = budget else {
        return Ok(None);
    };
    let place = wait_for_turn(budget, link);
    match place {
        Err(_) if link.stops() => Err(graph::Error::Interrupted.into()),
        place => place,
    }
}

fn wait_for_turn(budget: &Budget<'_>, link: &Link<'_>) -> Result<Option<Place>, Error> {
    let allowed = |pause, told| match told {
        true => link.waits.allows(pause),
        false => link.waits.allows_queueing(pause),
    };
    let (pause, came) = match budget.turn(allowed) {
        // A ledger that cannot be kept stops nobody: the service keeps count itself.
        Err(_) => return Ok(None),
        Ok(Turn::Later { until, told }) => {
            let until = Some(until);
            return Err(Error::Exhausted { until, told });
        }
        Ok(Turn::After { pause, told: true }) => (pause, link.wait(pause, WAITING)),
        Ok(Turn::After { pause, told: false }) => (pause, link.wait_for_turn(pause, Some(WAITING))),
    };
    if came {
        wait_for_place(budget, link, !pause.is_zero())
    } else {
        Err(NO_TURN)
    }
}

/// Waits for a place. Other processes may have been throttled meanwhile, so the hold is looked at again
/// when there is one, directly before the first request.
fn wait_for_place(
    budget: &Budget<'_>,
    link: &Link<'_>,
    mut has_waited: bool,
) -> Result<Option<Place>, Error> {
    loop {
        let (place, waited) = free_place(budget, link)?;
        has_waited |= waited;
        if !has_waited {
            return Ok(place);
        }
        let now = link.seams.now();
        let Some(until) = budget.held_until(now) else {
            return Ok(place);
        };
        drop(place);
        let pause = until.duration_since(now).unsigned_abs();
        if !link.waits.allows(pause) || !link.wait(pause, WAITING) {
            let until = Some(until);
            return Err(Error::Exhausted { until, told: true });
        }
    }
}

/// A place, and whether it had to be waited for.
fn free_place(budget: &Budget<'_>, link: &Link<'_>) -> Result<(Option<Place>, bool), Error> {
    let mut waited = Duration::ZERO;
    loop {
        match budget.place() {
            Err(_) => return Ok((None, false)),
            Ok(Some(place)) => return Ok((Some(place), !waited.is_zero())),
            Ok(None) => {}
        }
        waited += POLL;
        if !link.waits.allows_queueing(waited) || !link.wait_for_turn(POLL, None) {
            return Err(NO_TURN);
        }
    }
}

/// When the turn comes depends on the other processes.
const NO_TURN: Error = Error::Exhausted {
    until: None,
    told: false,
};
