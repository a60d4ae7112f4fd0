//! Throttled mailboxes: graphmail sends nothing from them for now, because the service asked for a wait.

use serde_json::{Value, json};

use super::{Context, ledger, stamp};
use crate::budget::{Budget, Hold};
use crate::config::Account;
use crate::graph::Sender;
use crate::outbox::{Listed, State};

/// A throttled mailbox, and its hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    /// Its address. The name of the account if the address of the signed-in user is not known.
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

/// The hold of the mailbox that `sender` sends from.
pub(super) fn of_sender(account: &Account, sender: &Sender, context: &Context<'_>) -> Option<Held> {
    let root = ledger::folder(context)?;
    let key = ledger::mailbox_key(account, sender);
    let hold = Budget::current_hold(&root, key, context.seams.now())?;
    let mailbox = crate::text::field(key.1);
    Some(Held { mailbox, hold })
}

/// The hold of the mailbox that `account` sends from by default.
pub(super) fn of_account(account: &Account, context: &Context<'_>) -> Option<Held> {
    let mailbox = super::session::mailbox(None, Some(account), context).ok()?;
    of_sender(account, &mailbox.into(), context)
}

/// The holds of the mailboxes that the new entries are sent from, each once.
pub(super) fn of_entries(listed: &[Listed], context: &Context<'_>) -> Vec<Held> {
    let mut all = Vec::new();
    let is_new = |one: &&Listed| one.state == State::New;
    let entries = listed.iter().filter(is_new);
    for entry in entries.filter_map(|one| one.entry.as_ref().ok()) {
        let Ok(account) = context.settings.account_named(&entry.account) else {
            continue;
        };
        let sender = Sender::from(entry.mailbox.clone());
        let held = of_sender(&account, &sender, context);
        all.extend(held.filter(|held| !all.contains(held)));
    }
    all
}
