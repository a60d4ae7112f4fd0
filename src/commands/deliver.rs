//! Sends or queues a message for the commands: prepares [`delivery`], and puts its results into words.

use std::path::PathBuf;
use std::time::Duration;

use super::error::DeliveryError;
use super::{Context, ledger, leftover, report, session};
use crate::budget::Budget;
use crate::commands::report::{Advice, Command, Failure, Result, Situation, WithContext as _};
use crate::config::{self, Account, NoFolder};
use crate::delivery::{self, Delivered, Policy, Route, Undelivered, Warning};
use crate::exit::Class;
use crate::graph::{Graph, Sender};
use crate::http::{Link, Unrecorded};
use crate::interrupt;
use crate::outbox::{Entry, EntryId, KeyLookup, KeyState, Outbox, Queue, State};
use crate::submission::Submission;
use crate::ui::Uploads;

/// The name of an outbox in a state folder.
pub(super) const OUTBOX: &str = "outbox";

/// The path of this user's outbox.
pub(super) fn folder(context: &Context<'_>) -> Result<PathBuf, config::Error> {
    Ok(context.settings.state_folder()?.join(OUTBOX))
}

/// The total wait before a queueable message goes to the outbox. It is short because the program that calls
/// sendmail, such as a web application, waits for it to end.
const QUEUEABLE_WAIT: Duration = Duration::from_secs(10);

/// Sends a message, or queues it. `may_skip_outbox`: whether it is sent without the outbox if it cannot be
/// written there, as by `sendmail`. Then it is queued with success also after a signal: who reads a failure sends it
/// again.
pub(super) fn deliver(
    account: &Account,
    entry: Entry,
    (submission, queue, may_skip_outbox): (&Submission, Queue, bool),
    context: &Context<'_>,
) -> Result<Delivered> {
    if queue != Queue::Never && context.settings.max_wait.is_none() {
        context.waits.be_brief(QUEUEABLE_WAIT);
    }
    let policy = Policy {
        queue,
        folder: outbox_folder(queue, entry.idempotency_key.is_some(), context)?,
        may_skip_outbox,
    };
    let sender = Sender::from(entry.mailbox.clone());
    let stop = interrupt::flag().context("listening for Ctrl-C")?;
    let mut uploads = Uploads::new(context.ui, stop);
    let (done, warnings) = with_budget(account, &sender, context, |graph, budget| {
        let mut route = Route {
            graph,
            sender: &sender,
            budget,
            progress: &mut uploads,
            warnings: Vec::new(),
        };
        let done = delivery::deliver(&mut route, entry, submission, &policy);
        (done, route.warnings)
    })?;
    drop(uploads);
    warn(warnings, (account, &sender), context);
    match done {
        Ok(Delivered::Kept {
            id,
            error: Some(error),
            ..
        }) if error.is_interruption() && !may_skip_outbox => {
            let advice = Advice::from(Command::OutboxFlush).or(Command::OutboxDrop(id.to_string()));
            Err(unsent(&in_outbox(&id), error).in_entry(&id).advised(advice))
        }
        done => done.map_err(failure),
    }
}

/// The folder of the outbox, or why this user has none; `None` if the message needs no outbox. Without a folder
/// the message is still sent, unless it has an idempotency key.
fn outbox_folder(
    queue: Queue,
    has_key: bool,
    context: &Context<'_>,
) -> Result<Option<Result<PathBuf, String>>> {
    if queue == Queue::Never && !has_key {
        return Ok(None);
    }
    if let Some(why) = context.settings.lacking_folder() {
        if has_key || queue == Queue::Always || matches!(why, NoFolder::Taken(_)) {
            warn_of_folder(&why, context);
        }
        // A key needs the folder.
        if !has_key {
            return Ok(Some(Err(why.to_string())));
        }
    }
    Ok(Some(Ok(folder(context)?)))
}

/// Warns why this user's mail cannot be queued.
fn warn_of_folder(why: &NoFolder, context: &Context<'_>) {
    let remedy = why.remedy();
    let text = format!("graphmail: warning: {why}; as root: {remedy}");
    context.ui.info(&text);
}

/// Queues a message for the next flush. With an idempotency key it is queued once.
pub(super) fn keep(
    entry: Entry,
    submission: &Submission,
    context: &Context<'_>,
) -> Result<Delivered> {
    // Without a folder `Outbox::open` fails below; the warning says why.
    if let Some(why) = context.settings.lacking_folder() {
        warn_of_folder(&why, context);
    }
    let (root, seams) = (folder(context)?, context.seams.as_ref());
    let outbox = Outbox::open(&root, seams)?;
    let id = EntryId::new(seams);
    let mut key = None;
    if let Some(text) = &entry.idempotency_key {
        let mut free = match outbox.keys()?.look_up(&entry.account, text)? {
            KeyLookup::Free(key) => key,
            KeyLookup::Held => return Err(DeliveryError::KeyHeld.into()),
            KeyLookup::Sent(at) => return Ok(Delivered::Duplicate(at)),
            KeyLookup::Uncertain(..) => return Err(DeliveryError::KeyInDoubt.into()),
            KeyLookup::Kept(id, _) => {
                return Ok(Delivered::Kept {
                    id,
                    not_before: None,
                    error: None,
                });
            }
        };
        let entry = id.to_string();
        free.set_state(KeyState::Kept { entry })?;
        key = Some(free);
    }
    let claim = outbox.put(id, entry, submission, State::New)?;
    drop(key);
    Ok(Delivered::Kept {
        id: claim.id().clone(),
        not_before: None,
        error: None,
    })
}

/// Prints warnings about messages from the mailbox of `sender`.
pub(super) fn warn(
    warnings: Vec<Warning>,
    (account, sender): (&Account, &Sender),
    context: &Context<'_>,
) {
    for warning in warnings {
        let remedy = match &warning {
            Warning::LeftoverDraft { draft, .. } => {
                let mailbox = leftover::mailbox_option(account, sender);
                let delete = Command::DraftDelete(draft.clone(), mailbox.map(ToOwned::to_owned));
                format!(": {}", Situation::of_account(account, context).run(delete))
            }
            Warning::NotKept(_) | Warning::NotNoted(_) | Warning::DamagedJournal(_) => {
                String::new()
            }
        };
        let text = format!("graphmail: warning: {warning}{remedy}");
        context.ui.info(&text);
    }
}

/// The message, and its entry.
pub(super) fn in_outbox(id: &EntryId) -> String {
    format!("the message ({id} in the outbox)")
}

/// The error of a message that was not sent.
fn failure(undelivered: Undelivered) -> Failure {
    match undelivered {
        Undelivered::Failed { error, entry } => {
            let what = entry.as_ref().map(in_outbox);
            let failure = unsent(what.as_deref().unwrap_or("the message"), error);
            match &entry {
                Some(id) if failure.class() == Class::Unknown => {
                    failure.in_entry(id).advised(settling(id))
                }
                Some(id) => failure.in_entry(id),
                None => failure,
            }
        }
        Undelivered::KeyHeld => DeliveryError::KeyHeld.into(),
        Undelivered::KeyInDoubt => DeliveryError::KeyInDoubt.into(),
        Undelivered::KeptDoubtful(id) => DeliveryError::KeptDoubtful(id).into(),
        Undelivered::Outbox(error) => error.into(),
    }
}

/// What to do about a message that may have been sent and is in the outbox, which sends its draft if that is
/// still there: who sends the message again doubles it.
fn settling(id: &EntryId) -> Advice {
    Advice::from(Command::OutboxFlushEntry(id.to_string()))
        .because("do not send it again; the outbox finds out what became of it")
}

/// Adds to the error what it means for the message `what`.
pub(super) fn unsent(what: &str, error: delivery::Error) -> Failure {
    match error {
        delivery::Error::Graph(error) => report::unsent(what, error),
        error @ (delivery::Error::Exhausted { .. } | delivery::Error::NoAnswer) => {
            Failure::from(error).context(format!("{what} was not sent"))
        }
    }
}

/// Calls `send` with Graph, signed in with `account`, and with the send budget of the mailbox.
pub(super) fn with_budget<T>(
    account: &Account,
    sender: &Sender,
    context: &Context<'_>,
    send: impl FnOnce(&mut Graph<'_>, Option<&Budget<'_>>) -> T,
) -> Result<T> {
    with_link((context.link(), account), sender, context, send)
}

/// As [`with_budget`], over this link.
pub(super) fn with_link<T>(
    (link, account): (Link<'_>, &Account),
    sender: &Sender,
    context: &Context<'_>,
    send: impl FnOnce(&mut Graph<'_>, Option<&Budget<'_>>) -> T,
) -> Result<T> {
    let budget = ledger::budget(account, sender, context)?;
    let unrecorded = Unrecorded::new(context.seams.as_ref());
    let link = match &budget {
        Some(budget) => link.with_throttle(Some(budget)),
        None => link.with_throttle(Some(&unrecorded)),
    };
    let done = session::with_graph(link, account, context, |graph| send(graph, budget.as_ref()));
    Ok(done?)
}
