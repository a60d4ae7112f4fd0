//! Carries out on the disk what [`decide`](super::decide) says.

use std::fmt::Display;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Error, MessageStep, Outcome, Retry};
use crate::graph::{self, Graph, Remains, Sender, SentSearch, UncertainSend, Verdict};
use crate::http::retry::Backoff;
use crate::outbox::{self, Answer, Claim, Entry, Inquiry, KeyState, Keys, Phase, State};
use crate::seams::Seams;

/// How long a message is retried ([`Entry::tried_for`]), as in sendmail (`Timeout.queuereturn`).
const RETRY_PERIOD: SignedDuration = SignedDuration::from_hours(5 * 24);
/// The waits between two attempts, unless the service asks for one.
const BACKOFF: Backoff = Backoff {
    first: Duration::from_mins(1),
    longest: outbox::LONGEST_WAIT,
};

/// The state of an entry after an attempt or a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// It was sent, and its entry is removed.
    Sent,
    /// To be tried again, not before that time.
    Kept(Option<Timestamp>),
    /// Rejected permanently.
    Failed,
    /// Given up: it was retried for [`RETRY_PERIOD`].
    GivenUp,
    /// It may have been sent. Holds the last search for it.
    Doubtful(Option<Inquiry>),
}

/// Moves an entry to the state that follows from the outcome of its attempt.
///
/// # Errors
/// [`outbox::Error`]; then it stays in `busy` with what was recorded before the attempt.
pub(super) fn settle(
    claim: &mut Claim<'_>,
    keys: &Keys<'_>,
    step: MessageStep,
    outcome: &Outcome,
    seams: &dyn Seams,
) -> Result<Settled, outbox::Error> {
    let Some(error) = outcome.error() else {
        return sent(claim, keys);
    };
    match step {
        MessageStep::Keep(retry) => defer(claim, retry, error, seams),
        MessageStep::KeepUnknown => {
            claim.entry.last_error = Some(error.to_string());
            doubtful(claim, seams)
        }
        MessageStep::Fail | MessageStep::Finish | MessageStep::Report => {
            fail(claim, error.to_string())
        }
    }
}

fn defer(
    claim: &mut Claim<'_>,
    retry: Retry,
    error: &Error,
    seams: &dyn Seams,
) -> Result<Settled, outbox::Error> {
    let now = seams.now();
    claim.entry.add_time(now);
    let next = match retry {
        Retry::AsNoted => {
            // The error of an attempt says more.
            if claim.entry.attempts == 0 {
                claim.entry.last_error = Some(error.to_string());
            }
            return keep(claim);
        }
        Retry::NextFlush => None,
        Retry::At(until) => Some(until),
        Retry::Backoff => {
            let wait = BACKOFF.wait(claim.entry.attempts, seams);
            now.checked_add(wait).ok()
        }
    };
    let pause = next.map_or(SignedDuration::ZERO, |next| next.duration_since(now));
    if claim.entry.tried_for.saturating_add(pause) > RETRY_PERIOD {
        fail(claim, given_up(error))?;
        return Ok(Settled::GivenUp);
    }
    let phase = std::mem::replace(&mut claim.entry.phase, Phase::Untouched);
    claim.entry.phase = phase_after(error, phase);
    claim.entry.last_error = Some(error.to_string());
    claim.entry.not_before = next;
    keep(claim)
}

/// The text of a message that was given up for this reason.
pub fn given_up(why: impl Display) -> String {
    format!("given up after 5 days: {why}")
}

/// Searches the mailbox for the message of a doubtful entry, and moves the entry accordingly.
///
/// # Errors
/// [`outbox::Error`]; then it stays doubtful.
pub(super) fn settle_doubt(
    claim: &mut Claim<'_>,
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
    let uncertain = UncertainSend {
        search: search_of(entry),
        draft: draft.as_ref(),
    };
    let (answer, error) = match graph::settle(graph, sender, uncertain) {
        Verdict::Sent => return sent(claim, keys),
        Verdict::Unsent => {
            claim.entry.phase = Phase::Untouched;
            claim.entry.not_before = None;
            return keep(claim);
        }
        Verdict::Unseen => (Answer::NotInSentItems, None),
        Verdict::Unclear(_) if uncertain.search.is_none() && draft.is_none() => {
            (Answer::Nameless, None)
        }
        Verdict::Unclear(Some(error)) if error.is_denied() => (Answer::Denied, None),
        Verdict::Unclear(error) => (Answer::NotAsked, error),
    };
    let at = seams.now();
    claim.entry.inquiry = Some(Inquiry {
        at,
        answer,
        reason: error.map(|error| match error.is_denied() {
            true => format!("this requires Mail.ReadWrite: {error}"),
            false => error.to_string(),
        }),
    });
    doubtful(claim, seams)
}

/// The search for an entry's message in the mailbox; `None` without a Message-ID.
pub fn search_of(entry: &Entry) -> Option<SentSearch<'_>> {
    Some(SentSearch {
        message_id: entry.message.message_id.as_deref()?,
        recipients: &entry.to,
        begun: entry.begun.unwrap_or(entry.created),
    })
}

fn sent(claim: &mut Claim<'_>, keys: &Keys<'_>) -> Result<Settled, outbox::Error> {
    if let Some(key) = &claim.entry.idempotency_key {
        // The key is written before the entry is removed: a key without its entry would be free.
        keys.set_state(&claim.entry.account, key, KeyState::Sent)?;
    }
    claim.delivered()?;
    Ok(Settled::Sent)
}

fn keep(claim: &mut Claim<'_>) -> Result<Settled, outbox::Error> {
    claim.save()?;
    claim.move_to(State::New)?;
    Ok(Settled::Kept(claim.entry.not_before))
}

pub(super) fn fail(claim: &mut Claim<'_>, why: String) -> Result<Settled, outbox::Error> {
    if let Phase::Sending { .. } = claim.entry.phase {
        claim.entry.phase = Phase::Untouched;
    }
    claim.entry.last_error = Some(why);
    claim.entry.not_before = None;
    claim.save()?;
    claim.move_to(State::Failed)?;
    Ok(Settled::Failed)
}

/// Marks an entry as doubtful. The pause until the next search grows with the age of the attempt.
fn doubtful(claim: &mut Claim<'_>, seams: &dyn Seams) -> Result<Settled, outbox::Error> {
    let now = seams.now();
    let age = now.duration_since(claim.entry.begun.unwrap_or(claim.entry.created));
    let pause = age.unsigned_abs().clamp(BACKOFF.first, BACKOFF.longest);
    claim.entry.not_before = now.checked_add(pause).ok();
    claim.save()?;
    claim.move_to(State::Doubtful)?;
    Ok(Settled::Doubtful(claim.entry.inquiry.clone()))
}

/// The phase that records what a failed attempt has left in the mailbox, if it had reached `phase`.
fn phase_after(error: &Error, phase: Phase) -> Phase {
    let remains = match error {
        Error::Graph(error) => error.staged().map(|staged| &staged.remains),
        Error::Exhausted { .. } | Error::NoAnswer => None,
    };
    match (remains, phase) {
        (Some(Remains::Draft(id)), _) => Phase::Draft {
            draft: id.to_string(),
        },
        (Some(Remains::Perhaps), _) => Phase::Creating,
        (Some(Remains::Nothing), _) | (None, Phase::Sending { .. }) => Phase::Untouched,
        // The attempt ended before it changed anything, for example without an access token.
        (None, phase) => phase,
    }
}
