//! A message to deliver, and what became of it.

use jiff::Timestamp;

use crate::config::{Account, Queue};
use crate::delivery::Letter;
use crate::graph::Receipt;
use crate::outbox::EntryId;

/// A message, and what is to be done with it.
pub(in crate::commands) struct Order<'a> {
    pub(in crate::commands) account: &'a Account,
    pub(in crate::commands) letter: Letter<'a>,
    pub(in crate::commands) queue: Queue,
}

/// What was done with a message.
pub(in crate::commands) enum Done {
    /// Graph has accepted it.
    Accepted(Receipt),
    /// It is in the outbox; why it was not sent, if it was tried.
    Kept {
        id: EntryId,
        not_before: Option<Timestamp>,
        why: Option<String>,
        /// How to fix that.
        hint: Option<String>,
    },
    /// A message was sent under its key before.
    Duplicate(Timestamp),
}
