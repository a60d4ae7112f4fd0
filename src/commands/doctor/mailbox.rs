//! The mailbox that sends: looked at where the rights allow a look.

use super::check::Check;
use super::rights::Rights;
use super::trial;
use crate::access;
use crate::commands::Context;
use crate::commands::report::Result;
use crate::commands::session;
use crate::config::Account;
use crate::graph::{self, Graph, Sender};

const NAME: &str = "mailbox";

/// Whose mailbox a send without further flags goes out of.
pub(super) fn sender(account: &Account, context: &Context<'_>) -> Result<Sender> {
    let mailbox = session::mailbox(None, Some(account), context)?;
    Ok(Sender::from(mailbox))
}

/// Looks at Drafts, where the right to make drafts allows it. To send is no right to read anything.
pub(super) fn check(
    graph: &mut Graph<'_>,
    sender: &Sender,
    rights: &Rights,
    account: &Account,
) -> Check {
    let may_read = rights.hold(access::DRAFTS, account);
    if may_read == Some(false) {
        let message = "the rights are to send, not to read: only a message proves the mailbox";
        return Check::skip(NAME, message).advised(trial(account));
    }
    match graph::check_readable(graph, sender) {
        Ok(()) => Check::pass(NAME, format!("{} is there", shown(sender))),
        Err(error) if may_read.is_none() && is_denied(&error) => {
            let message = "it may not be read, and perhaps need not be: only a message proves it";
            Check::skip(NAME, message).advised(trial(account))
        }
        Err(error) => Check::of_error(NAME, error),
    }
}

fn is_denied(error: &graph::Error) -> bool {
    error.answer().is_some_and(|answer| answer.status == 403)
}

fn shown(sender: &Sender) -> &str {
    match sender {
        Sender::Me => "the signed-in user's",
        Sender::User(user) => user,
    }
}
