//! A bounce message to `report_to` for each entry that failed, and for each doubtful entry that could
//! not be settled by searching the mailbox.

use super::show::inquiry_result;
use crate::commands::deliver::deliver;
use crate::commands::report::{Command, Failure, Result, Run, Situation};
use crate::commands::{Context, stamp};
use crate::compose::{self, Choice, Limits};
use crate::config::Account;
use crate::exit::Class;
use crate::message::{Body, Header, Mail, Mailbox, Message};
use crate::outbox::{Entry, EntryId, Error, Outbox, Queue, State};
use crate::text::{self, Visible};

/// An unreadable entry that this run has set aside.
pub(in crate::commands) struct Unreadable {
    pub(super) id: EntryId,
    pub(in crate::commands) state: State,
    pub(in crate::commands) why: String,
}

/// A bounce message, and the entry that it is about.
struct Bounce<'a> {
    id: &'a EntryId,
    state: State,
    /// `None` if it cannot be read.
    entry: Option<&'a Entry>,
    why: String,
}

impl Bounce<'_> {
    fn subject(&self) -> String {
        let what = match self.state {
            State::Doubtful => "Perhaps not sent",
            State::New | State::Busy | State::Failed => "Not sent",
        };
        match self.entry {
            Some(entry) => format!("{what}: {}", text::field(&entry.subject)),
            None => format!("{what}: {} in the outbox", self.id),
        }
    }

    /// The idempotency key. With it, a process that was killed does not send the bounce twice. An entry that a user
    /// retries has another key.
    fn key(&self) -> String {
        let created = self.entry.map(|entry| entry.created.to_string());
        format!("bounce {} {}", self.id, created.unwrap_or_default())
    }

    fn text(&self, host: &str, account: &str, situation: &Situation<'_>) -> String {
        let id = self.id;
        // If the record is damaged, only the message can be shown.
        let show = match self.entry {
            Some(_) => Command::OutboxShow(id.to_string()),
            None => Command::OutboxShowMessage(id.to_string()),
        };
        let drop = situation.run(Command::OutboxDrop(id.to_string()));
        let (what, advice) = match self.state {
            State::Doubtful => (
                "This message may have been sent. graphmail could not find out whether it was.",
                format!(
                    "Look in Sent Items. If it is there:\n    {drop}\nIf not:\n    {}",
                    situation.run(Command::OutboxRetryYes(id.to_string()))
                ),
            ),
            State::New | State::Busy | State::Failed => (
                "This message could not be sent.",
                format!(
                    "To see it:\n    {}\n\
                     To send it again, once the cause is fixed:\n    {}\n\
                     To remove it:\n    {drop}",
                    situation.run(show),
                    situation.run(Command::OutboxRetry(id.to_string()))
                ),
            ),
        };
        let message = self.entry.map_or_else(String::new, |entry| {
            format!(
                "Subject: {}\nTo: {}\nMessage-ID: {}\nKept: {}\nAttempts: {}\n",
                Visible::line(&entry.subject),
                Visible::line(&entry.to.join(", ")),
                text::field(entry.message.message_id.as_deref().unwrap_or("-")),
                stamp(entry.created),
                entry.attempts,
            )
        });
        let (host, account) = (text::field(host), text::field(account));
        format!(
            "{what} It is kept as {} in the outbox of {host}.\n\n\
             Host: {host}\nAccount: {account}\nEntry: {id}\n{message}Reason: {}\n\n{advice}\n",
            self.state.name(),
            Visible::line(&self.why),
        )
    }
}

/// Sends one bounce message for each entry that needs it. A bounce that cannot be sent is only a warning.
///
/// # Errors
/// If the configuration or the outbox cannot be read.
pub(in crate::commands) fn send_all(
    outbox: &Outbox<'_>,
    unreadable: &[Unreadable],
    context: &Context<'_>,
) -> Result<()> {
    let Some(to) = context.settings.file()?.outbox.report_to.clone() else {
        return Ok(());
    };
    let warn = |id: &EntryId, error: &Failure| {
        context.ui.info(&format!(
            "graphmail: warning: the bounce for {id} could not be sent: {error:#}"
        ));
    };
    for Unreadable { id, state, why } in unreadable {
        let bounce = Bounce {
            id,
            state: *state,
            entry: None,
            why: why.clone(),
        };
        let account = context.settings.account().map_err(Failure::from);
        if let Err(error) = account.and_then(|account| send(&bounce, &account, &to, context)) {
            warn(id, &error);
        }
    }
    for state in [State::Failed, State::Doubtful] {
        for id in outbox.ids(state)? {
            if let Err(error) = bounce_if_due(outbox, &id, &to, context) {
                warn(&id, &error);
            }
        }
    }
    Ok(())
}

/// Claims the entry while the bounce is sent, so that no other process sends one too.
fn bounce_if_due(
    outbox: &Outbox<'_>,
    id: &EntryId,
    to: &[Mailbox],
    context: &Context<'_>,
) -> Result<()> {
    let mut claim = match outbox.claim(id) {
        Ok(Some(claim)) => claim,
        // Another process has the entry; the bounce for an unreadable one was sent when it was set aside.
        Ok(None) | Err(Error::Unreadable { .. } | Error::Newer { .. }) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let (state, entry) = (claim.state(), &claim.entry);
    let only = context.settings.account_name();
    let due = match state {
        State::Failed => true,
        State::Doubtful => entry.inquiry.is_some(),
        State::New | State::Busy => false,
    };
    // A bounce that fails is never bounced (RFC 5321 section 6.1).
    if !due || entry.bounced || entry.is_bounce || only.is_some_and(|only| only != entry.account) {
        return Ok(());
    }
    let why = entry.last_error.iter().cloned();
    let why: Vec<_> = why
        .chain(entry.inquiry.as_ref().map(inquiry_result))
        .collect();
    let bounce = Bounce {
        id,
        state,
        entry: Some(entry),
        why: why.join("; "),
    };
    let account = match entry.account.as_str() {
        "" => context.settings.account(),
        name => context.settings.account_named(name),
    }?;
    let sent = send(&bounce, &account, to, context);
    // A bounce that was refused is an entry of the outbox now. Only one that could not be kept is sent again.
    if !matches!(&sent, Err(error) if matches!(error.class(), Class::Outbox | Class::Config)) {
        claim.entry.bounced = true;
        claim.save()?;
    }
    sent
}

fn send(
    bounce: &Bounce<'_>,
    account: &Account,
    to: &[Mailbox],
    context: &Context<'_>,
) -> Result<()> {
    let mailbox = match bounce.entry {
        Some(entry) => entry.mailbox.clone(),
        None => account.mailbox.clone(),
    };
    let from = mailbox.as_deref().or(account.username.as_deref());
    let from = from.and_then(|from| Mailbox::parse(from).ok());
    let limits = Limits::of_cloud(&account.cloud);
    let (choice, headers) = format_and_headers(from.is_some(), &limits)?;
    let mail = Mail::Composed(Box::new(Message {
        to: to.to_vec(),
        mailbox: from,
        subject: bounce.subject(),
        body: Body {
            text: Some(bounce.text(
                &context.seams.host_name(),
                &account.name,
                &Situation::of_run(Run::Keeps, context),
            )),
            html: None,
        },
        headers,
        save: true,
        ..Message::default()
    }));
    let plan = compose::plan(&mail, choice, &limits)?;
    let submission = compose::render(&mail, &plan, context.seams.as_ref(), &limits)?;
    let place = (mailbox.as_deref(), account.cloud.graph());
    let entry = Entry {
        subject: mail.subject(),
        is_bounce: true,
        idempotency_key: Some(bounce.key()),
        ..Entry::new(&account.name, place, &submission, context.seams.now())
    };
    deliver(account, entry, (&submission, Queue::Always, false), context).map(drop)
}

/// The header fields that suppress automatic replies (RFC 3834 section 5; MS-OXCMAIL section
/// 2.2.3.2.14), and the format that carries them. MIME needs a From address. If the mailbox's address is
/// not known, the bounce goes as JSON, which takes only fields whose names begin with `X-`.
fn format_and_headers(has_from: bool, limits: &Limits) -> Result<(Choice, Vec<Header>)> {
    let suppress = Header::parse("X-Auto-Response-Suppress: All")?;
    Ok(if has_from {
        let generated = Header::parse("Auto-Submitted: auto-generated")?;
        (Choice::Mime, vec![generated, suppress])
    } else if limits.json_headers > 0 {
        (Choice::Json, vec![suppress])
    } else {
        (Choice::Json, Vec::new())
    })
}
