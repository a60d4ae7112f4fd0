//! Where Graph meets the outbox: begin, attempt, settle.

mod attempt;
mod begin;
mod settle;

pub use attempt::{Journal, attempt, take_turn};
pub use begin::{Letter, begin, hold};
pub use settle::{GIVEN_UP, Settled, give_up, settle, settle_doubt};

use jiff::Timestamp;

use crate::exit::Class;
use crate::graph::{self, Receipt};
use crate::http::Fate;

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

impl From<Result<Receipt, graph::Error>> for Outcome {
    fn from(result: Result<Receipt, graph::Error>) -> Self {
        let error = match result {
            Ok(receipt) => return Self::Accepted(receipt),
            Err(error) => error,
        };
        match (error.fate(), error.class()) {
            (Fate::Unknown, _) => Self::Unknown(error.into()),
            (Fate::Later(until), _) => Self::Deferred(until, error.into()),
            // A person mends these, and the message can go then: a sign-in, a permission, a root.
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
