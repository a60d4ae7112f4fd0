//! The ledgers of this user's processes: what they send from a mailbox, and the waits that services asked for.

use std::path::PathBuf;

use super::context::Context;
use crate::auth::{App, CredentialKind};
use crate::budget::{Budget, Limits};
use crate::config::{self, Account, OutboxEntry};
use crate::files;
use crate::graph::Sender;

/// The folder of the ledgers, in the state folder.
pub(super) fn folder(context: &Context<'_>) -> Option<PathBuf> {
    Some(context.settings.state_folder().ok()?.join("rate"))
}

/// Removes what killed processes left in the folders of the ledgers.
pub(super) fn remove_abandoned(context: &Context<'_>) {
    let ledgers = folder(context).map(std::fs::read_dir);
    for ledger in ledgers.into_iter().flatten().flatten().flatten() {
        files::remove_abandoned(&ledger.path());
    }
}

/// The send budget of the mailbox of `sender`; `None` if its ledger cannot be used.
pub(super) fn budget<'a>(
    account: &Account,
    sender: &Sender,
    context: &'a Context<'_>,
) -> Result<Option<Budget<'a>>, config::Error> {
    let limits = limits(&context.settings.file()?.outbox);
    let Some(root) = folder(context) else {
        return Ok(None);
    };
    let (key, seams) = (mailbox_key(account, sender), context.seams.as_ref());
    let opened = Budget::open(&root, key, limits, seams);
    Ok(opened
        .map(|budget| budget.with_threads(&context.slots))
        .inspect_err(|error| {
            context.ui.detail(&format!(
                "graphmail: the send budget of this host cannot be used: {error}"
            ));
        })
        .ok())
}

/// The limits of each mailbox.
pub(super) fn limits(settings: &OutboxEntry) -> Limits {
    let default = Limits::default();
    Limits {
        concurrency: settings.concurrency.map_or(default.concurrency, Into::into),
        per_minute: settings.per_minute.map_or(default.per_minute, Into::into),
    }
}

/// How many messages of a mailbox are worked on at the same time: more than are sent at the same time, because others
/// are written to the disk meanwhile. One at a time stays one at a time, in order.
pub(super) fn at_work(settings: &OutboxEntry) -> usize {
    let sent = usize::from(limits(settings).concurrency);
    sent + sent / 2
}

/// The waits that Graph asked for with the mailbox of `sender`, for requests that send nothing; `None` without
/// a state folder.
pub(super) fn mailbox<'a>(
    account: &Account,
    sender: &Sender,
    context: &'a Context<'_>,
) -> Option<Budget<'a>> {
    waits(mailbox_key(account, sender), context)
}

/// The waits that the token endpoint of `app` asked for; `None` without a state folder. A platform's
/// endpoint limits all applications of this host together (Azure: "Rate limiting" of the instance metadata
/// service).
pub(super) fn token_endpoint<'a>(
    app: &App,
    kind: CredentialKind,
    context: &'a Context<'_>,
) -> Option<Budget<'a>> {
    let endpoint = match kind.is_external() {
        true => kind.name().to_owned(),
        false => app.cloud.login_url(&app.tenant, "token").to_string(),
    };
    waits((&endpoint, &app.client_id), context)
}

fn waits<'a>(key: (&str, &str), context: &'a Context<'_>) -> Option<Budget<'a>> {
    let (root, seams) = (folder(context)?, context.seams.as_ref());
    Some(Budget::new(&root, key, Limits::default(), seams))
}

/// The key of the ledger of `sender`: the Graph root and the mailbox.
pub(super) fn mailbox_key<'a>(account: &'a Account, sender: &'a Sender) -> (&'a str, &'a str) {
    let signed_in = account.username.as_ref().unwrap_or(&account.name);
    let mailbox = sender.user().unwrap_or(signed_in);
    (account.cloud.graph(), mailbox)
}
