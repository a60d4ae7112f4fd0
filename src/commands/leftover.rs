//! Advises the command that deletes a draft that a failed send left in the mailbox.

use super::report::{Command, Failure};
use crate::config::Account;
use crate::graph::{self, Remains, Sender};
use crate::http::RequestOutcome;

/// If the message was not sent and a draft is left: `error` with that command before its other advice.
/// If the message may have been sent, the advice is unchanged: the user must look for it first.
pub(super) fn explain(error: Failure, account: &Account, sender: &Sender) -> Failure {
    let failure = error.downcast_ref::<graph::Error>();
    let Some(staged) = failure.and_then(graph::Error::staged) else {
        return error;
    };
    let named = mailbox_option(account, sender).map(ToOwned::to_owned);
    let command = match &staged.remains {
        Remains::Nothing => return error,
        Remains::Draft(_)
            if failure.is_some_and(|error| error.request_outcome() == RequestOutcome::Unknown) =>
        {
            return error;
        }
        Remains::Draft(id) => Command::DraftDelete(id.to_string(), named),
        Remains::Perhaps => Command::DraftList(named),
    };
    let advice = error.advice().clone().after(command.into());
    error.advised(advice)
}

/// The mailbox that a command for the same mailbox must name; `None` if the account names it.
pub(super) fn mailbox_option<'a>(account: &'a Account, sender: &'a Sender) -> Option<&'a str> {
    match (sender.user(), account.mailbox.as_deref()) {
        (None, None) => None,
        // The account names another mailbox than the signed-in user's.
        (None, Some(_)) => account.username.as_deref(),
        (Some(user), own) => Some(user).filter(|_| own != Some(user)),
    }
}
