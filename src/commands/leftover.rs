//! The draft that a message has left in the mailbox, and the command that takes it away.

use anyhow::Error;

use super::{Context, report};
use crate::config::Account;
use crate::graph::{self, Remains, Sender};
use crate::http::Fate;
use crate::shell;

/// `error` with that command before what mends it, where a draft is left of a message that was not
/// sent. One that may have been sent is looked for first.
pub(super) fn explain(
    error: Error,
    account: &Account,
    sender: &Sender,
    context: &Context<'_>,
) -> Error {
    let failure = error.downcast_ref::<graph::Error>();
    let Some(staged) = failure.and_then(graph::Error::staged) else {
        return error;
    };
    let verb = match &staged.remains {
        Remains::Nothing => return error,
        Remains::Draft(_) if failure.is_some_and(|error| error.fate() == Fate::Unknown) => {
            return error;
        }
        Remains::Draft(id) => format!("delete {}", shell::word(id.as_str())),
        Remains::Perhaps => "list".to_owned(),
    };
    let command = format!("graphmail draft {verb}{}", place(account, sender, context));
    let (_, hint) = report::explained(&error);
    let remedy = match hint {
        Some(hint) => format!("{command}; {hint}"),
        None => command,
    };
    report::remedied(error, remedy)
}

/// The flags that lead to the same mailbox, where it takes any.
fn place(account: &Account, sender: &Sender, context: &Context<'_>) -> String {
    let named = context.settings.account_name();
    let user = sender
        .user()
        .filter(|user| account.mailbox.as_deref() != Some(*user));
    let flag = |(name, value): (&str, Option<&str>)| {
        let value = value?;
        Some(format!(" --{name} {}", shell::word(value)))
    };
    let flags = [("account", named), ("mailbox", user)].into_iter();
    flags.filter_map(flag).collect()
}
