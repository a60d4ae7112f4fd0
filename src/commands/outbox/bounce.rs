//! A report on each message that needs a person, to whom `report_to` names: one that failed, whoever
//! tried it, and one that may have been sent and that the mailbox could not settle.

use super::show::asked;
use crate::commands::deliver::deliver;
use crate::commands::report::{Command, Failure, Result, Run, Situation};
use crate::commands::{Context, stamp};
use crate::compose::{self, Choice, Limits};
use crate::config::Account;
use crate::exit::Class;
use crate::message::{Body, Header, Mail, Mailbox, Message};
use crate::outbox::{Entry, EntryId, Error, Outbox, Queue, State};
use crate::text::{self, Visible};

/// An entry that cannot be read, which this run has given up.
pub(super) struct Broken {
    pub(super) id: EntryId,
    pub(super) state: State,
    pub(super) why: String,
}

/// What a report is about.
struct Subject<'a> {
    id: &'a EntryId,
    state: State,
    /// Nothing where it cannot be read.
    entry: Option<&'a Entry>,
    why: String,
}

impl Subject<'_> {
    fn title(&self) -> String {
        let what = match self.state {
            State::Doubtful => "Perhaps not sent",
            State::New | State::Busy | State::Failed => "Not sent",
        };
        match self.entry {
            Some(entry) => format!("{what}: {}", text::field(&entry.subject)),
            None => format!("{what}: {} in the outbox", self.id),
        }
    }

    fn text(&self, host: &str, account: &str, situation: &Situation<'_>) -> String {
        let id = self.id;
        // Of a damaged entry only the message can be shown.
        let show = match self.entry {
            Some(_) => Command::OutboxShow(id.to_string()),
            None => Command::OutboxShowMessage(id.to_string()),
        };
        let drop = situation.run(Command::OutboxDrop(id.to_string()));
        let (what, advice) = match self.state {
            State::Doubtful => (
                "This message may have been sent, and the mailbox could not tell.",
                format!(
                    "Look in Sent Items. If it is there:\n    {drop}\nIf not:\n    {}",
                    situation.run(Command::OutboxRetryYes(id.to_string()))
                ),
            ),
            State::New | State::Busy | State::Failed => (
                "This message could not be sent.",
                format!(
                    "To see it:\n    {}\n\
                     To send it again, when the reason is fixed:\n    {}\n\
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

/// Sends a report, once, on each entry that needs a person; one that cannot be sent is told of.
///
/// # Errors
/// Of the configuration and of listing: a report that fails is no failure of the run.
pub(super) fn send_all(
    outbox: &Outbox<'_>,
    broken: &[Broken],
    context: &Context<'_>,
) -> Result<()> {
    let Some(to) = context.settings.file()?.outbox.report_to.clone() else {
        return Ok(());
    };
    let warn = |id: &EntryId, error: &Failure| {
        context.ui.info(&format!(
            "graphmail: warning: the report on {id} could not be sent: {error:#}"
        ));
    };
    for Broken { id, state, why } in broken {
        let subject = Subject {
            id,
            state: *state,
            entry: None,
            why: why.clone(),
        };
        let account = context.settings.account().map_err(Failure::from);
        if let Err(error) = account.and_then(|account| send(&subject, &account, &to, context)) {
            warn(id, &error);
        }
    }
    for state in [State::Failed, State::Doubtful] {
        for id in outbox.ids(state)? {
            if let Err(error) = report_on(outbox, &id, &to, context) {
                warn(&id, &error);
            }
        }
    }
    Ok(())
}

/// The entry is held meanwhile, so that no other process reports on it too.
fn report_on(
    outbox: &Outbox<'_>,
    id: &EntryId,
    to: &[Mailbox],
    context: &Context<'_>,
) -> Result<()> {
    let mut claim = match outbox.claim(id) {
        Ok(Some(claim)) => claim,
        // Somebody else's; or told of when it was given up.
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
    // Nobody is told of the failure of a report.
    if !due || entry.reported || entry.is_report || only.is_some_and(|only| only != entry.account) {
        return Ok(());
    }
    let why = entry.last_error.iter().cloned();
    let why: Vec<_> = why.chain(entry.inquiry.map(asked)).collect();
    let subject = Subject {
        id,
        state,
        entry: Some(entry),
        why: why.join("; "),
    };
    let account = context.settings.account_named(&entry.account)?;
    let sent = send(&subject, &account, to, context);
    // A report that was refused lies in the outbox itself; only one that could not be kept is due.
    if !matches!(&sent, Err(error) if matches!(error.class(), Class::Outbox | Class::Config)) {
        claim.entry.reported = true;
        claim.save()?;
    }
    sent
}

fn send(
    subject: &Subject<'_>,
    account: &Account,
    to: &[Mailbox],
    context: &Context<'_>,
) -> Result<()> {
    let mailbox = match subject.entry {
        Some(entry) => entry.mailbox.clone(),
        None => account.mailbox.clone(),
    };
    let own = mailbox.as_deref().or(account.username.as_deref());
    let own = own.and_then(|own| Mailbox::parse(own).ok());
    let limits = Limits::of(&account.cloud);
    let (choice, headers) = marks(own.is_some(), &limits)?;
    let mail = Mail::Composed(Box::new(Message {
        to: to.to_vec(),
        mailbox: own,
        subject: subject.title(),
        body: Body {
            text: Some(subject.text(
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
        is_report: true,
        ..Entry::new(&account.name, place, &submission, context.seams.now())
    };
    deliver(account, entry, (&submission, Queue::Always), context).map(drop)
}

/// The fields that keep answers off (RFC 3834 section 5; MS-OXCMAIL section 2.2.3.2.14), and the
/// format that carries them. MIME takes a From: of a mailbox whose address is not known only JSON
/// can be sent, which takes no field but of the second kind.
fn marks(own: bool, limits: &Limits) -> Result<(Choice, Vec<Header>)> {
    let suppress = Header::parse("X-Auto-Response-Suppress: All")?;
    Ok(if own {
        let generated = Header::parse("Auto-Submitted: auto-generated")?;
        (Choice::Mime, vec![generated, suppress])
    } else if limits.json_headers > 0 {
        (Choice::Json, vec![suppress])
    } else {
        (Choice::Json, Vec::new())
    })
}
