//! Where Graph meets the outbox.
//!
//! ```text
//! deliver     a new message             resend      an entry of the outbox
//! ├─ key      is it sent already?       │
//! ├─ begin    written ahead             │
//! ├─ attempt  sign-in, its turn in the budget, graph::submit
//! ├─ decide   pure: outcome × queue × key → Next
//! └─ settle   Next on the disk
//! ```

mod attempt;
mod decide;
mod deliver;
mod key;
mod resend;
mod settle;
mod turn;

pub use attempt::send_draft;
pub use decide::{KeyStep, MessageStep, Next, Retry, decide};
pub use deliver::{Policy, deliver};
pub use resend::{Resent, resend};
pub use settle::Settled;
pub use turn::take_turn;

use jiff::Timestamp;

use crate::budget::Budget;
use crate::exit::Class;
use crate::graph::{self, Graph, Progress, Receipt, Sender};
use crate::http::Fate;
use crate::outbox::{self, EntryId};

/// What carries a message to Graph.
pub struct Route<'r, 'g> {
    /// Graph, under the account that sends.
    pub graph: &'r mut Graph<'g>,
    /// The mailbox that sends.
    pub sender: &'r Sender,
    /// How much the mailbox may still send from this host; none if that cannot be kept.
    pub budget: Option<&'r Budget<'r>>,
    /// Shows how far the message is.
    pub progress: &'r mut dyn Progress,
    /// What went wrong without changing the outcome.
    pub warnings: Vec<Warning>,
}

/// What went wrong without changing the outcome of a message.
#[derive(Debug, thiserror::Error)]
pub enum Warning {
    /// A message that failed is not in the outbox, for this reason.
    #[error("the message cannot be kept: {0}")]
    NotKept(String),
    /// The outcome of a message that was sent, or may have been.
    #[error("what became of the message could not be noted: {0}")]
    NotNoted(outbox::Error),
    /// A draft of a former attempt could not be deleted.
    #[error("{entry}: a draft of an attempt that was cut off is left in the mailbox")]
    LeftoverDraft {
        /// The entry that the attempt was for.
        entry: EntryId,
        /// The draft's id.
        draft: String,
    },
}

/// What became of a new message.
#[derive(Debug)]
pub enum Delivered {
    /// Graph has accepted it.
    Accepted(Receipt),
    /// It is in the outbox, to be tried again.
    Kept {
        /// Its entry.
        id: EntryId,
        /// When it is tried again at the earliest.
        not_before: Option<Timestamp>,
        /// Why it was not sent, if it was tried now.
        error: Option<Error>,
    },
    /// A message was sent under its key before, at about that time.
    Duplicate(Timestamp),
}

/// Why a new message was not sent or kept, or may have been sent.
#[derive(Debug)]
pub enum Undelivered {
    /// The attempt failed.
    Failed {
        /// Why.
        error: Error,
        /// Its entry in the outbox, if it has one: failed, or doubtful.
        entry: Option<EntryId>,
    },
    /// Another process sends a message under its key.
    KeyHeld,
    /// A message may have been sent under its key, and the mailbox could not tell.
    KeyInDoubt,
    /// The message of its key is that entry of the outbox, and may have been sent.
    KeptDoubtful(EntryId),
    /// It could not be kept or noted, and was not sent.
    Outbox(outbox::Error),
}

impl From<outbox::Error> for Undelivered {
    fn from(error: outbox::Error) -> Self {
        Self::Outbox(error)
    }
}

/// What became of one attempt.
#[derive(Debug)]
pub enum Outcome {
    /// Graph has accepted the message.
    Accepted(Receipt),
    /// It was not sent, and may be tried again, at the earliest then.
    Deferred(Option<Timestamp>, Error),
    /// It was not sent, and trying again changes nothing.
    Rejected(Error),
    /// It may have been sent.
    Unknown(Error),
}

/// Why a message was not sent, or may not have been.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Graph, or what is on the way there.
    #[error(transparent)]
    Graph(#[from] graph::Error),
    /// The processes of this host have sent as much from this mailbox as they may for now.
    #[error("{}", exhausted(*.until, *.told))]
    Exhausted {
        /// When it is this message's turn.
        until: Option<Timestamp>,
        /// Whether that is the service's wish.
        told: bool,
    },
}

impl Error {
    /// How a run ends that stops at this.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Graph(error) => error.class(),
            Self::Exhausted { .. } => Class::Later,
        }
    }

    /// Whether somebody stopped it.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        matches!(self, Self::Graph(error) if error.is_interruption())
    }
}

impl Outcome {
    /// Why it was not sent, or may not have been.
    #[must_use]
    pub const fn error(&self) -> Option<&Error> {
        match self {
            Self::Accepted(_) => None,
            Self::Deferred(_, error) | Self::Rejected(error) | Self::Unknown(error) => Some(error),
        }
    }

    /// The receipt, or why there is none.
    ///
    /// # Errors
    /// That reason.
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
            Err(Error::Exhausted { until, told }) => {
                return Self::Deferred(until, Error::Exhausted { until, told });
            }
            Err(Error::Graph(error)) => error,
        };
        match (error.fate(), error.class()) {
            (Fate::Unknown, _) => Self::Unknown(error.into()),
            (Fate::Later(until), _) => Self::Deferred(until, error.into()),
            // A person fixes these, and the message can go then: a sign-in, a permission, a root.
            (_, Class::SignIn | Class::Config | Class::Outbox) => {
                Self::Deferred(None, error.into())
            }
            _ => Self::Rejected(error.into()),
        }
    }
}

fn exhausted(until: Option<Timestamp>, told: bool) -> String {
    match (told, until) {
        (true, Some(until)) => {
            let until = until.strftime("%Y-%m-%dT%H:%M:%SZ");
            format!("the mailbox is throttled until {until}")
        }
        (true, None) => "the mailbox is throttled".to_owned(),
        (false, _) => "this host sends as much from the mailbox as it may for now".to_owned(),
    }
}
