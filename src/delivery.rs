//! Sends a message through Graph, and keeps it in the outbox if it cannot be sent.
//!
//! ```text
//! deliver     a new message             resend      an entry of the outbox
//! ├─ key      was it sent already?      │
//! ├─ begin    write-ahead record        │
//! ├─ attempt  sign-in, turn in the send budget, graph::submit
//! ├─ decide   pure: outcome × queue × key → Next
//! └─ settle   carries out Next on the disk
//! ```

mod attempt;
mod decide;
mod deliver;
mod key;
mod resend;
mod schedule;
mod settle;
mod turn;

pub use attempt::{Attempt, Journal, send_draft, send_recorded};
pub use decide::{KeyStep, MessageStep, Next, Retry, decide};
pub use deliver::{Policy, deliver};
pub use resend::{Resent, resend};
pub use schedule::Schedule;
pub use settle::{Settled, given_up, search_of};
pub use turn::take_turn;

use std::path::PathBuf;

use jiff::Timestamp;

use crate::budget::Budget;
use crate::exit::Class;
use crate::graph::{self, Graph, Progress, Receipt, Sender};
use crate::http::RequestOutcome;
use crate::outbox::{self, EntryId};
use crate::text;

/// What is needed to send a message through Graph.
pub struct Route<'r, 'g> {
    /// Graph, signed in with the account that sends.
    pub graph: &'r mut Graph<'g>,
    /// The mailbox that sends.
    pub sender: &'r Sender,
    /// The send budget of the mailbox; `None` if its ledger cannot be used.
    pub budget: Option<&'r Budget<'r>>,
    /// Shows the progress of the upload.
    pub progress: &'r mut dyn Progress,
    /// Errors that did not change the outcome.
    pub warnings: Vec<Warning>,
}

/// An error that does not change the outcome of a message.
#[derive(Debug, thiserror::Error)]
pub enum Warning {
    /// A message that failed could not be queued, for this reason.
    #[error("the message cannot be queued: {0}")]
    NotKept(String),
    /// The outcome of the attempt could not be written to the outbox.
    #[error("the outcome of the message could not be recorded: {0}")]
    NotNoted(outbox::Error),
    /// This file of the journal of idempotency keys is damaged.
    #[error(
        "{} is damaged: if a message was sent with this key before, it is sent again",
        .0.display()
    )]
    DamagedJournal(PathBuf),
    /// A draft of a former attempt could not be deleted.
    #[error("{entry}: an interrupted attempt has left a draft in the mailbox")]
    LeftoverDraft {
        /// The entry that the attempt was for.
        entry: EntryId,
        /// The draft's id.
        draft: String,
    },
}

/// The result of sending a new message.
#[derive(Debug)]
pub enum Delivered {
    /// Graph has accepted it.
    Accepted(Receipt),
    /// It is queued in the outbox.
    Kept {
        /// Its entry.
        id: EntryId,
        /// The earliest time of the next attempt.
        not_before: Option<Timestamp>,
        /// Why it was not sent, if it was tried.
        error: Option<Error>,
    },
    /// A message with the same key was sent before, at about that time.
    Duplicate(Timestamp),
}

/// Why a new message was neither sent nor queued, or may have been sent.
#[derive(Debug)]
pub enum Undelivered {
    /// The attempt failed.
    Failed {
        /// Why.
        error: Error,
        /// Its entry in the outbox, if it has one: failed, or doubtful.
        entry: Option<EntryId>,
    },
    /// Another process is sending a message with the same key.
    KeyHeld,
    /// A message with the same key may have been sent, and searching the mailbox did not settle it.
    KeyInDoubt,
    /// The message with the same key is this doubtful entry of the outbox.
    KeptDoubtful(EntryId),
    /// The outbox could not be used; the message was not sent.
    Outbox(outbox::Error),
}

impl From<outbox::Error> for Undelivered {
    fn from(error: outbox::Error) -> Self {
        Self::Outbox(error)
    }
}

/// The outcome of one attempt.
#[derive(Debug)]
pub enum Outcome {
    /// Graph has accepted the message.
    Accepted(Receipt),
    /// It was not sent. It may be tried again, not before that time.
    Deferred(Option<Timestamp>, Error),
    /// It was not sent, and trying again would fail too.
    Rejected(Error),
    /// It may have been sent.
    Unknown(Error),
}

/// Why a message was not sent, or may not have been sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An error of Graph, the sign-in or the network.
    #[error(transparent)]
    Graph(#[from] graph::Error),
    /// The mailbox is throttled, or its send budget on this host is used up for now.
    #[error("{}", exhausted(*.until, *.by_service))]
    Exhausted {
        /// When the message may be sent.
        until: Option<Timestamp>,
        /// Whether the service asked for the wait.
        by_service: bool,
    },
    /// Nobody answered another process of this host within the last seconds, so the message was not tried.
    #[error("the service did not answer a few seconds ago")]
    NoAnswer,
}

impl Error {
    /// The class of this error, which gives the exit status.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Graph(error) => error.class(),
            Self::Exhausted { .. } | Self::NoAnswer => Class::Later,
        }
    }

    /// Whether nothing was sent because a step could not be recorded.
    #[must_use]
    pub fn is_unrecorded(&self) -> bool {
        matches!(self, Self::Graph(error) if error.is_unrecorded())
    }

    /// Whether a signal interrupted the attempt.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Graph(error) if error.is_interruption())
    }
}

impl Outcome {
    /// Why the message was not sent, or may not have been sent.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match self {
            Self::Accepted(_) => None,
            Self::Deferred(_, error) | Self::Rejected(error) | Self::Unknown(error) => Some(error),
        }
    }

    /// The receipt.
    ///
    /// # Errors
    /// Why there is none.
    pub fn into_result(self) -> Result<Receipt, Error> {
        match self {
            Self::Accepted(receipt) => Ok(receipt),
            Self::Deferred(_, error) | Self::Rejected(error) | Self::Unknown(error) => Err(error),
        }
    }
}

impl From<Result<Receipt, Error>> for Outcome {
    fn from(result: Result<Receipt, Error>) -> Self {
        let error = match result {
            Ok(receipt) => return Self::Accepted(receipt),
            Err(Error::Exhausted { until, by_service }) => {
                return Self::Deferred(until, Error::Exhausted { until, by_service });
            }
            Err(Error::NoAnswer) => return Self::Deferred(None, Error::NoAnswer),
            Err(Error::Graph(error)) => error,
        };
        match error.request_outcome() {
            RequestOutcome::Unknown => Self::Unknown(error.into()),
            RequestOutcome::Later(until) => Self::Deferred(until, error.into()),
            _ if error.is_of_account() => Self::Deferred(None, error.into()),
            _ => Self::Rejected(error.into()),
        }
    }
}

fn exhausted(until: Option<Timestamp>, by_service: bool) -> String {
    match (by_service, until) {
        (true, Some(until)) => {
            format!("the mailbox is throttled until {}", text::time(until))
        }
        (true, None) => "the mailbox is throttled".to_owned(),
        (false, _) => "the send limit of this host for the mailbox is reached for now".to_owned(),
    }
}
