//! Tries an entry of the outbox again, or settles a doubtful one.

use super::attempt::{Record, attempt};
use super::settle::{fail, settle, settle_doubt};
use super::{Outcome, Route, Settled, decide};
use crate::outbox::{Entry, EntryId, Error, Keys, Outbox, Queue, State};
use crate::submission::Submission;

/// The result of [`resend`].
pub enum Resent {
    /// Nothing was done: another process holds the entry, or has tried it meanwhile.
    Skipped,
    /// The entry was doubtful, and the mailbox was searched.
    Asked {
        /// The new state of the entry.
        settled: Settled,
        /// Why the message may have been sent.
        last_error: String,
    },
    /// A file of the entry is missing or damaged, so it was moved to `failed`.
    Damaged(Error),
    /// The message was tried.
    Tried {
        /// The message.
        submission: Box<Submission>,
        /// The outcome of the attempt.
        outcome: Outcome,
        /// The new state of the entry.
        settled: Result<Settled, Error>,
    },
}

/// Tries the entry `id`, or settles it if it is doubtful. Skips it if it has changed since `seen` was read.
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
    // Another process has tried it meanwhile, so it is no longer due.
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
