//! Mailboxes that nobody sends from for now, because the service asked for that.

use serde_json::{Value, json};

use super::{Context, stamp};
use crate::budget::{Budget, Hold};
use crate::config::Account;
use crate::files;
use crate::graph::Sender;
use crate::outbox::{Listed, State};

/// The folder of the ledgers in that of the state.
pub(super) const FOLDER: &str = "rate";

/// A mailbox, and what holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// Its address, or the account's name for the signed-in user's without a known one.
    mailbox: String,
    hold: Hold,
}

impl Held {
    /// `mailbox ops@contoso.com is throttled until 2026-11-20T11:00:00Z: HTTP 429`
    pub(super) fn as_text(&self) -> String {
        format!("mailbox {} is {}", self.mailbox, self.hold)
    }

    pub(super) fn as_json(&self) -> Value {
        json!({
            "mailbox": self.mailbox,
            "until": stamp(self.hold.until),
            "asked_until": self.hold.asked_until.map(stamp),
            "http_status": self.hold.status,
        })
    }
}

/// Removes what killed processes left in the folders of the ledgers.
pub(super) fn remove_abandoned(context: &Context<'_>) {
    let Ok(folder) = context.settings.state_folder() else {
        return;
    };
    for ledger in std::fs::read_dir(folder.join(FOLDER))
        .into_iter()
        .flatten()
        .flatten()
    {
        files::remove_abandoned(&ledger.path());
    }
}

/// What the ledger of `sender` goes by: Graph's root and the mailbox.
pub(super) fn ledger_of<'a>(account: &'a Account, sender: &'a Sender) -> (&'a str, &'a str) {
    let own = account.username.as_ref().unwrap_or(&account.name);
    let mailbox = sender.user().unwrap_or(own);
    (account.cloud.graph(), mailbox)
}

/// What holds the mailbox that `sender` sends from.
pub(super) fn of(account: &Account, sender: &Sender, context: &Context<'_>) -> Option<Held> {
    let root = context.settings.state_folder().ok()?.join(FOLDER);
    let ledger = ledger_of(account, sender);
    let hold = Budget::look(&root, ledger, context.seams.now())?;
    let mailbox = crate::text::field(ledger.1);
    Some(Held { mailbox, hold })
}

/// What holds the mailbox that `account` sends from without further options.
pub(super) fn of_account(account: &Account, context: &Context<'_>) -> Option<Held> {
    let mailbox = super::session::mailbox(None, Some(account), context).ok()?;
    of(account, &mailbox.into(), context)
}

/// What holds the mailboxes that these entries are to be sent from, each once.
pub(super) fn of_entries(listed: &[Listed], context: &Context<'_>) -> Vec<Held> {
    let mut all = Vec::new();
    let waiting = |one: &&Listed| one.state == State::New;
    let entries = listed.iter().filter(waiting);
    for entry in entries.filter_map(|one| one.entry.as_ref().ok()) {
        let Ok(account) = context.settings.account_named(&entry.account) else {
            continue;
        };
        let sender = Sender::from(entry.mailbox.clone());
        let held = of(&account, &sender, context);
        all.extend(held.filter(|held| !all.contains(held)));
    }
    all
}
