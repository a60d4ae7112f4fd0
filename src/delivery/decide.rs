//! Decides what follows an attempt. Pure: [`settle`](super::settle) carries it out.
//!
//! | outcome | never | on-failure | always |
//! |---|---|---|---|
//! | accepted | finish, key sent | finish, key sent | finish, key sent |
//! | deferred | report, free the key | keep, key kept | keep |
//! | interrupted | report, free the key | report, free the key | keep |
//! | rejected | report, free the key | report, free the key | fail |
//! | unknown | report | keep as unknown, key kept | keep as unknown |
//!
//! With `always` the message is an entry before its first attempt, and its key is already recorded as kept.
//! The same applies to each attempt of a flush.

use jiff::Timestamp;

use super::{Error, Outcome};
use crate::outbox::Queue;

/// What follows an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Next {
    /// The step for the message.
    pub message: MessageStep,
    /// The step for its idempotency key.
    pub key: KeyStep,
    /// Whether an error of these steps is only a warning. If a message was sent, or may have been sent, the
    /// exit status must not say otherwise: a script would send it again.
    pub warn_only: bool,
}

/// The step for a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageStep {
    /// It is done. Its entry is removed, if it has one.
    Finish,
    /// It is not queued. The caller gets the error.
    Report,
    /// It is queued, to be tried again.
    Keep(Retry),
    /// It is kept in the outbox as doubtful.
    KeepUnknown,
    /// It is kept in the outbox as failed.
    Fail,
}

/// When a kept message is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// At the time recorded before, because the attempt did not begin.
    AsNoted,
    /// With the next flush.
    NextFlush,
    /// Not before that time, which the service asked for.
    At(Timestamp),
    /// After a wait that grows with the attempts.
    Backoff,
}

/// The step for an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStep {
    /// Nothing.
    Leave,
    /// Makes the key free again, because no message was sent with it.
    Free,
    /// Records that its message is in the outbox.
    NoteKept,
    /// Records that its message was sent.
    NoteSent,
}

/// Decides what follows `outcome`. `has_key`: whether the message has an idempotency key.
#[must_use]
pub fn decide(outcome: &Outcome, queue: Queue, has_key: bool) -> Next {
    let message = message_step(outcome, queue);
    let is_open = matches!(outcome, Outcome::Accepted(_) | Outcome::Unknown(_));
    let key = match message {
        _ if !has_key => KeyStep::Leave,
        MessageStep::Finish => KeyStep::NoteSent,
        MessageStep::Report if !is_open => KeyStep::Free,
        MessageStep::Keep(_) | MessageStep::KeepUnknown if queue == Queue::OnFailure => {
            KeyStep::NoteKept
        }
        _ => KeyStep::Leave,
    };
    Next {
        message,
        key,
        warn_only: is_open,
    }
}

fn message_step(outcome: &Outcome, queue: Queue) -> MessageStep {
    match (outcome, queue) {
        (Outcome::Accepted(_), _) => MessageStep::Finish,
        (_, Queue::Never) => MessageStep::Report,
        (Outcome::Unknown(_), _) => MessageStep::KeepUnknown,
        (Outcome::Rejected(_), Queue::Always) => MessageStep::Fail,
        (Outcome::Rejected(_), Queue::OnFailure) => MessageStep::Report,
        (Outcome::Deferred(_, error), Queue::OnFailure) if error.is_interruption() => {
            MessageStep::Report
        }
        (Outcome::Deferred(until, error), _) => MessageStep::Keep(match (until, error) {
            (_, Error::Exhausted { .. } | Error::NoAnswer) => Retry::AsNoted,
            (_, error) if error.is_interruption() => Retry::NextFlush,
            (Some(until), _) => Retry::At(*until),
            (None, _) => Retry::Backoff,
        }),
    }
}
