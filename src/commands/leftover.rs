//! The draft that a message has left in the mailbox, and the command that takes it away.

use super::report::{Command, Failure};
use crate::config::Account;
use crate::graph::{self, Remains, Sender};
use crate::http::Fate;

/// `error` with that command before what mends it, where a draft is left of a message that was not
/// sent. One that may have been sent is looked for first.
pub(super) fn explain(error: Failure, account: &Account, sender: &Sender) -> Failure {
    let failure = error.downcast_ref::<graph::Error>();
    let Some(staged) = failure.and_then(graph::Error::staged) else {
        return error;
    };
    let named = sender
        .user()
        .filter(|user| account.mailbox.as_deref() != Some(*user))
        .map(ToOwned::to_owned);
    let command = match &staged.remains {
        Remains::Nothing => return error,
        Remains::Draft(_) if failure.is_some_and(|error| error.fate() == Fate::Unknown) => {
            return error;
        }
        Remains::Draft(id) => Command::DraftDelete(id.to_string(), named),
        Remains::Perhaps => Command::DraftList(named),
    };
    let advice = error.advice().clone().after(command.into());
    error.advised(advice)
}
