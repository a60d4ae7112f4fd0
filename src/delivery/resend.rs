//! An entry of the outbox, tried again or settled.

use super::attempt::{Record, attempt};
use super::settle::{fail, settle, settle_doubt};
use super::{Outcome, Route, Settled, decide};
use crate::outbox::{Entry, EntryId, Error, Keys, Outbox, Queue, State};
use crate::submission::Submission;

/// What was done with an entry.
pub enum Resent {
    /// Nothing: another process has it or was quicker.
    Skipped,
    /// It may have been sent, and the mailbox was asked.
    Asked {
        /// Where it is now.
        settled: Settled,
        /// Why it may have been sent.
        last_error: String,
    },
    /// One of its files is missing or damaged, so it has failed.
    Damaged(Error),
    /// It was tried.
    Tried {
        /// The message.
        submission: Box<Submission>,
        /// What became of the attempt.
        outcome: Outcome,
        /// Where the entry is now.
        settled: Result<Settled, Error>,
    },
}

/// Tries the entry `id`, or settles it if it may have been sent, unless it has changed since `seen` was read.
///
/// # Errors
/// [`Error`]: the entry could not be claimed, read or moved; nothing was sent.
pub fn resend(
    route: &mut Route<'_, '_>,
    outbox: &Outbox<'_>,
    keys: &Keys<'_>,
    (id, seen): (&EntryId, &Entry),
) -> Result<Resent, Error> {
    let Some(mut claim) = outbox.claim(id)? else {
        return Ok(Resent::Skipped);
    };
    // Another process was quicker, and it is not due any more.
    if claim.entry.not_before != seen.not_before || claim.entry.attempts != seen.attempts {
        return Ok(Resent::Skipped);
    }
    match claim.state() {
        State::New => {}
        State::Doubtful => {
            let last_error = claim.entry.last_error.clone().unwrap_or_default();
            let settled = settle_doubt(&mut claim, keys, route.graph, route.sender)?;
            return Ok(Resent::Asked {
                settled,
                last_error,
            });
        }
        State::Busy | State::Failed => return Ok(Resent::Skipped),
    }
    claim.move_to(State::Busy)?;
    let submission = match claim.submission() {
        Ok(submission) => submission,
        Err(error @ Error::Unreadable { .. }) => {
            fail(&mut claim, error.to_string())?;
            return Ok(Resent::Damaged(error));
        }
        Err(error) => {
            claim.move_to(State::New)?;
            return Err(error);
        }
    };
    let outcome = attempt(route, &submission, Record::Entry(&mut claim));
    let next = decide(
        &outcome,
        Queue::Always,
        claim.entry.idempotency_key.is_some(),
    );
    let seams = route.graph.link.seams;
    let settled = settle(&mut claim, keys, next.message, &outcome, seams);
    Ok(Resent::Tried {
        submission: Box::new(submission),
        outcome,
        settled,
    })
}
