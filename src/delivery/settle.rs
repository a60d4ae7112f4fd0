//! What an attempt comes to on the disk.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Error, Outcome};
use crate::graph::{self, Doubt, Graph, Remains, Sender, Trail, Verdict};
use crate::http::retry::Backoff;
use crate::outbox::{self, Answer, Claim, Entry, EntryId, Inquiry, KeyState, Keys, Phase, State};
use crate::seams::Seams;

/// How long a message is tried, as sendmail has it (`Timeout.queuereturn`).
pub const GIVEN_UP: SignedDuration = SignedDuration::from_hours(5 * 24);
/// The waits between two attempts, unless the service names one.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_mins(1),
    longest: outbox::LONGEST_WAIT,
};

/// Where an entry is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Nowhere: it was sent.
    Sent,
    /// It is tried again, at the earliest then.
    Kept(EntryId, Option<Timestamp>),
    /// It was refused for good, or given up.
    Failed(EntryId),
    /// It may have been sent.
    Doubtful(EntryId),
}

/// Puts the entry where the outcome of its attempt belongs.
///
/// # Errors
/// [`outbox::Error`]; then it is in `busy` still, and what was noted before the attempt counts.
pub fn settle(
    mut claim: Claim<'_>,
    keys: &Keys<'_>,
    outcome: &Outcome,
    seams: &dyn Seams,
) -> Result<Settled, outbox::Error> {
    let (until, error) = match outcome {
        Outcome::Accepted(_) => return sent(claim, keys),
        Outcome::Deferred(until, error) => (*until, error),
        Outcome::Rejected(error) => return failed(claim, error.to_string()),
        Outcome::Unknown(error) => {
            claim.entry.last_error = Some(error.to_string());
            return doubtful(claim, seams);
        }
    };
    if matches!(error, Error::Exhausted { .. }) {
        // It was not its turn, which says nothing of the message.
        return keep(claim);
    }
    let now = seams.now();
    let next = match until {
        _ if error.is_interruption() => None,
        Some(until) => Some(until),
        None => now
            .checked_add(BACKOFF.wait(claim.entry.attempts, seams))
            .ok(),
    };
    if next.unwrap_or(now).duration_since(claim.entry.created) > GIVEN_UP {
        return failed(claim, format!("given up after 5 days: {error}"));
    }
    claim.entry.phase = after(error);
    claim.entry.last_error = Some(error.to_string());
    claim.entry.not_before = next;
    keep(claim)
}

/// Asks the mailbox what became of a doubtful entry, and puts it where that belongs.
///
/// # Errors
/// [`outbox::Error`]; then it is doubtful still.
pub fn settle_doubt(
    mut claim: Claim<'_>,
    keys: &Keys<'_>,
    graph: &mut Graph<'_>,
    sender: &Sender,
) -> Result<Settled, outbox::Error> {
    let seams = graph.link.seams;
    let entry = &claim.entry;
    let draft = match &entry.phase {
        Phase::Sending { draft: Some(draft) } => draft.parse().ok(),
        _ => None,
    };
    let doubt = Doubt {
        trail: trail_of(entry),
        draft: draft.as_ref(),
    };
    match graph::settle(graph, sender, doubt) {
        Verdict::Sent => sent(claim, keys),
        Verdict::Unseen => asked(claim, Answer::NotInSentItems, seams),
        Verdict::Unclear if doubt.trail.is_none() && draft.is_none() => {
            asked(claim, Answer::Nameless, seams)
        }
        Verdict::Unclear => asked(claim, Answer::NotAsked, seams),
        Verdict::Unsent => {
            claim.entry.phase = Phase::Untouched;
            claim.entry.not_before = None;
            keep(claim)
        }
    }
}

/// What an entry's message is known by in the mailbox, where it has a Message-ID that is known.
pub(super) fn trail_of(entry: &Entry) -> Option<Trail<'_>> {
    Some(Trail {
        message_id: entry.message.message_id.as_deref()?,
        recipients: &entry.to,
        begun: entry.begun.unwrap_or(entry.created),
    })
}

/// Gives an entry up that is not whole any more.
///
/// # Errors
/// [`outbox::Error`]; then it is where it was.
pub fn give_up(claim: Claim<'_>, why: &outbox::Error) -> Result<Settled, outbox::Error> {
    failed(claim, why.to_string())
}

fn sent(claim: Claim<'_>, keys: &Keys<'_>) -> Result<Settled, outbox::Error> {
    if let Some(key) = &claim.entry.idempotency_key {
        // Before the entry goes: a key without its entry would be free.
        keys.note(&claim.entry.account, key, KeyState::Sent)?;
    }
    claim.remove()?;
    Ok(Settled::Sent)
}

fn keep(mut claim: Claim<'_>) -> Result<Settled, outbox::Error> {
    claim.save()?;
    claim.move_to(State::New)?;
    Ok(Settled::Kept(claim.id().clone(), claim.entry.not_before))
}

fn failed(mut claim: Claim<'_>, why: String) -> Result<Settled, outbox::Error> {
    if let Phase::Sending { .. } = claim.entry.phase {
        claim.entry.phase = Phase::Untouched;
    }
    claim.entry.last_error = Some(why);
    claim.entry.not_before = None;
    claim.save()?;
    claim.move_to(State::Failed)?;
    Ok(Settled::Failed(claim.id().clone()))
}

fn asked(
    mut claim: Claim<'_>,
    answer: Answer,
    seams: &dyn Seams,
) -> Result<Settled, outbox::Error> {
    let at = seams.now();
    claim.entry.inquiry = Some(Inquiry { at, answer });
    doubtful(claim, seams)
}

/// The older the doubt, the rarer it is asked for.
fn doubtful(mut claim: Claim<'_>, seams: &dyn Seams) -> Result<Settled, outbox::Error> {
    let now = seams.now();
    let age = now.duration_since(claim.entry.begun.unwrap_or(claim.entry.created));
    let pause = age.unsigned_abs().clamp(BACKOFF.first, BACKOFF.longest);
    claim.entry.not_before = now.checked_add(pause).ok();
    claim.save()?;
    claim.move_to(State::Doubtful)?;
    Ok(Settled::Doubtful(claim.id().clone()))
}

/// What an attempt has left behind, unsent.
fn after(error: &Error) -> Phase {
    let Error::Graph(error) = error else {
        return Phase::Untouched;
    };
    match error.staged().map(|staged| &staged.remains) {
        Some(Remains::Draft(id)) => Phase::Draft {
            draft: id.to_string(),
        },
        Some(Remains::Perhaps) => Phase::Creating,
        Some(Remains::Nothing) | None => Phase::Untouched,
    }
}
