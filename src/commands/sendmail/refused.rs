//! Keeps a message that is refused: cron and PHP read neither the exit status nor standard error.

use crate::commands::report::{self, Command, Failure, Result};
use crate::commands::{Context, deliver, send, session};
use crate::config::Aliases;
use crate::exit::{Class, Status};
use crate::files::Octets;
use crate::message::{SendmailError, SendmailInput};
use crate::outbox::{CommandLine, Entry, EntryId, Outbox, Queue, State};

/// What happened to a message that cannot be read whole.
pub(super) const NOT_KEPT: &str = "the message was neither sent nor kept";

/// Keeps the message in the outbox as failed, unless it is empty or there already, or the configuration
/// forbids it. Returns the error, which says if the outbox cannot be written.
pub(in crate::commands) fn keep(
    error: Failure,
    octets: &Octets,
    line: CommandLine,
    context: &Context<'_>,
) -> Failure {
    match put(&error, octets, (line, State::Failed), context) {
        Ok(Some(id)) => kept(error, &id),
        Ok(None) => error,
        Err(cause) => not_kept(error, &cause),
    }
}

/// The recipients that do not get a message. Other recipients get it.
pub(in crate::commands) struct Refused {
    error: Failure,
    /// As written; only those that can be named on a command line.
    recipients: Vec<String>,
}

impl Refused {
    pub(super) fn new(error: &SendmailError, aliases: &Aliases) -> Self {
        Self {
            recipients: error.written(),
            error: report::of_aliases(error.clone(), aliases),
        }
    }

    /// Keeps the message in the outbox as failed, for these recipients only. Returns the error.
    pub(in crate::commands) fn keep(
        self,
        octets: &Octets,
        line: CommandLine,
        context: &Context<'_>,
    ) -> Failure {
        let line = CommandLine {
            recipients: self.recipients,
            fields: false,
            ..line
        };
        if line.recipients.is_empty() {
            return self.error;
        }
        match put(&self.error, octets, (line, State::Failed), context) {
            Ok(Some(id)) => {
                let what = format!("{id} in the outbox is for the others");
                retriable(self.error, &id).context(what)
            }
            Ok(None) => self.error,
            Err(cause) => not_kept(self.error, &cause),
        }
    }
}

/// The error of a message that its caller keeps.
impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

/// The error of a message that is kept.
fn kept(error: Failure, id: &EntryId) -> Failure {
    let what = format!("{} was not sent", deliver::in_outbox(id));
    retriable(error, id).context(what)
}

/// The error of a message that could not be kept.
pub(super) fn not_kept(error: Failure, cause: &Failure) -> Failure {
    if error.class() == Class::Later {
        // The warning before the attempt to send it directly has said so.
        return error;
    }
    let cause = cause.words();
    error.context(format!("{NOT_KEPT} ({cause})"))
}

/// The error of a message that is kept, with the command to retry it. After a change of the configuration or of
/// the aliases, the message may be accepted; its own text does not change.
fn retriable(error: Failure, id: &EntryId) -> Failure {
    let is_retriable = match error.downcast_ref::<SendmailError>() {
        Some(error) => error.is_of_settings(),
        None => error.class() != Class::Message,
    };
    let advice = error.advice().clone();
    let advice = match is_retriable {
        true => advice.then(Command::OutboxRetry(id.to_string())),
        false => advice,
    };
    error.in_entry(id).advised(advice)
}

/// Whether the message was not sent, and the caller would have to send it again.
fn is_final(error: &Failure) -> bool {
    let is_interruption = error.status() != Status::from(error.class());
    !is_interruption && !matches!(error.class(), Class::Unknown | Class::Outbox | Class::Usage)
}

/// Keeps the message, if the configuration permits it: as failed, or as new until the mail service takes it.
///
/// # Errors
/// If the outbox cannot be written.
pub(super) fn put(
    error: &Failure,
    octets: &Octets,
    (line, state): (CommandLine, State),
    context: &Context<'_>,
) -> Result<Option<EntryId>> {
    // If the configuration cannot be read, it forbids nothing.
    let queue = send::queue(None, Queue::Always, context).unwrap_or(Queue::Always);
    let may_keep = queue != Queue::Never && is_final(error);
    if octets.is_empty() || error.entry().is_some() || !may_keep {
        return Ok(None);
    }
    write(error, octets, (line, state), context).map(Some)
}

fn write(
    error: &Failure,
    octets: &Octets,
    (line, state): (CommandLine, State),
    context: &Context<'_>,
) -> Result<EntryId> {
    let (settings, seams) = (&context.settings, context.seams.as_ref());
    let account = settings.account().ok();
    // A message without a mailbox is kept as well: a retry reads the configuration again.
    let mailbox = session::mailbox(None, account.as_ref(), context);
    let mailbox = mailbox.ok().flatten();
    let name = account.as_ref().map(|account| account.name.as_str());
    let name = name.or(settings.account_name()).unwrap_or_default();
    let graph = account.as_ref().map(|account| account.cloud.graph());
    let place = (mailbox.as_deref(), graph.unwrap_or_default());
    let size = octets.len() as u64;
    let input = SendmailInput::new(octets.clone())?;
    let to = match line.fields {
        true => [input.recipient_fields(), line.recipients.clone()].concat(),
        false => line.recipients.clone(),
    };
    let entry = Entry {
        subject: input.subject(),
        to,
        last_error: Some(error.words()),
        ..Entry::of_input(name, place, (line, size), seams.now())
    };
    let root = deliver::folder(context)?;
    let id = EntryId::new(seams);
    Outbox::open(&root, seams)?.put_input(id.clone(), entry, octets, state)?;
    Ok(id)
}

/// Removes the failed entry of a message that the client of SMTP keeps. Returns whether it did; if that fails, the
/// message is kept twice.
pub(super) fn drop_entry(error: &Failure, context: &Context<'_>) -> bool {
    let Some(id) = error.entry() else {
        return false;
    };
    let remove = || -> Result<bool> {
        let (root, seams) = (deliver::folder(context)?, context.seams.as_ref());
        if let Some(mut claim) = Outbox::open(&root, seams)?.claim(id)?
            && claim.state() == State::Failed
        {
            claim.remove()?;
            return Ok(true);
        }
        Ok(false)
    };
    remove().unwrap_or(false)
}
