//! Checks that the account's mailbox exists, before the sign-in is stored.

use super::plan::Plan;
use crate::access::{self, Permissions};
use crate::auth::{App, Credential, Tokens};
use crate::commands::Context;
use crate::commands::report::{Failure, Result};
use crate::exit::Class;
use crate::graph::{self, Graph, Sender};
use crate::secret::Secret;

/// Looks into the mailbox with the new token, if its permissions, or else these scopes, allow to read it.
///
/// # Errors
/// There is no such mailbox. Any other answer leaves the question open: a message will tell.
pub(super) fn check(
    plan: &Plan,
    token: &Secret,
    scopes: &[String],
    context: &Context<'_>,
) -> Result<()> {
    let Some(mailbox) = plan.entry.mailbox.clone() else {
        return Ok(());
    };
    let permissions = match Permissions::of_token(token.expose()) {
        Permissions::Unknown => Permissions::All(scopes.to_vec()),
        known => known,
    };
    let reads = |name: &String| {
        let name = name.rsplit('/').next().unwrap_or(name);
        let name = name.strip_suffix(".Shared").unwrap_or(name);
        access::LOOKUPS.contains(&name)
    };
    if !permissions.names().iter().any(reads) {
        return Ok(());
    }
    let app = App {
        client_id: String::new(),
        tenant: String::new(),
        cloud: plan.cloud.clone(),
    };
    let link = context.link();
    let ready = Credential::AccessToken(token.clone());
    let mut graph = Graph {
        cloud: &plan.cloud,
        link,
        tokens: Tokens::new(app, ready, link, None),
    };
    match graph::check_readable(&mut graph, &Sender::User(mailbox.clone())) {
        Err(error) if error.class() == Class::Recipient => {
            Err(Failure::from(error).context(format!("looking into the mailbox {mailbox}")))
        }
        _ => Ok(()),
    }
}
