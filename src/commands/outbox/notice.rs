//! A notice to the owner of a message that the outbox has to give up.

use crate::commands::deliver::{Order, deliver};
use crate::commands::{Context, stamp};
use crate::compose::{self, Choice, Limits};
use crate::config::Queue;
use crate::delivery::{Letter, Outcome};
use crate::graph::Sender;
use crate::message::{Body, Mail, Mailbox, Message};
use crate::outbox::{Claim, Entry, EntryId};

/// What there is to tell of a message.
pub(super) struct Notice {
    id: EntryId,
    entry: Entry,
    why: String,
}

impl Notice {
    /// That of an attempt; nobody is told of the failure of a notice.
    pub(super) fn of(claim: &Claim<'_>, outcome: &Outcome) -> Option<Self> {
        let error = outcome.error().filter(|_| !claim.entry.is_report)?;
        Some(Self {
            id: claim.id().clone(),
            entry: claim.entry.clone(),
            why: error.to_string(),
        })
    }

    fn text(&self) -> String {
        let entry = &self.entry;
        format!(
            "This message could not be sent. It is kept as failed in the outbox of the host that\n\
             sent it, as {id}.\n\n\
             Subject: {}\nTo: {}\nMessage-ID: {}\nKept: {}\nAttempts: {}\nReason: {}\n\n\
             graphmail outbox show {id}\ngraphmail outbox retry {id}\ngraphmail outbox drop {id}\n",
            entry.subject,
            entry.to.join(", "),
            entry.message.message_id.as_deref().unwrap_or("-"),
            stamp(entry.created),
            entry.attempts,
            self.why,
            id = self.id,
        )
    }
}

/// Sends them to whom `report_to` names, through the outbox; a notice that cannot be sent is told of.
pub(super) fn send_all(notices: &[Notice], context: &Context<'_>) {
    for notice in notices {
        if let Err(error) = send(notice, context) {
            context.ui.talk(&format!(
                "graphmail: warning: the notice about {} could not be sent: {error:#}",
                notice.id
            ));
        }
    }
}

fn send(notice: &Notice, context: &Context<'_>) -> anyhow::Result<()> {
    let Some(to) = context.settings.file()?.outbox.report_to else {
        return Ok(());
    };
    let account = context.settings.account_named(&notice.entry.account)?;
    let sender = notice
        .entry
        .mailbox
        .clone()
        .map_or(Sender::Me, Sender::User);
    let own = notice
        .entry
        .mailbox
        .as_deref()
        .or(account.username.as_deref());
    let subject = format!("Not sent: {}", notice.entry.subject);
    let mail = Mail::Composed(Box::new(Message {
        to: Mailbox::parse_list(&to)?,
        mailbox: own.and_then(|own| Mailbox::parse(own).ok()),
        subject,
        body: Body {
            text: Some(notice.text()),
            html: None,
        },
        save: true,
        ..Message::default()
    }));
    let limits = Limits::of(&account.cloud);
    let plan = compose::plan(&mail, Choice::Auto, &limits)?;
    let submission = compose::render(&mail, &plan, context.seams.as_ref(), &limits)?;
    let letter = Letter {
        account: &account.name,
        sender: &sender,
        graph: account.cloud.graph(),
        submission: &submission,
        subject: &mail.subject(),
        to: &mail.addresses(),
        idempotency_key: None,
        is_report: true,
    };
    let order = Order {
        account: &account,
        letter,
        queue: Queue::Always,
    };
    deliver(&order, context).map(drop)
}
