//! Checks the sending mailbox, if the permissions allow to read it.

use super::check::Check;
use super::trial;
use crate::access::{self, Access, Grant};
use crate::commands::Context;
use crate::commands::report::Result;
use crate::commands::session;
use crate::config::Account;
use crate::graph::{self, Graph, Sender};
use crate::http::RequestOutcome;

const NAME: &str = "mailbox";

/// The mailbox that a send without further flags uses.
pub(super) fn sender(account: &Account, context: &Context<'_>) -> Result<Sender> {
    let mailbox = session::mailbox(None, Some(account), context)?;
    Ok(Sender::from(mailbox))
}

/// Reads the Drafts folder, if a permission allows it. Mail.Send does not allow to read.
pub(super) fn check(
    graph: &mut Graph<'_>,
    sender: &Sender,
    access: &Access,
    account: &Account,
) -> Check {
    let may_read = access.grant_of_any(&access::LOOKUPS);
    if may_read == Grant::Missing {
        let message = "cannot check without read permission; send a test message";
        return Check::skip(NAME, message).advised(trial(account));
    }
    match graph::check_readable(graph, sender) {
        Ok(()) => Check::pass(NAME, format!("{} exists", shown(sender))),
        Err(error) if may_read != Grant::Granted && error.is_denied() => {
            let message = "cannot check without read permission; send a test message";
            Check::skip(NAME, message).advised(trial(account))
        }
        Err(error) if matches!(error.request_outcome(), RequestOutcome::Later(Some(_))) => {
            Check::skip(NAME, format!("not checked: {error}"))
        }
        Err(error) => Check::of_error(NAME, error),
    }
}

fn shown(sender: &Sender) -> &str {
    match sender {
        Sender::Me => "the signed-in user's",
        Sender::User(user) => user,
    }
}
