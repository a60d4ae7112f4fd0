//! The way of a message to Graph, for the verbs: what [`delivery`] needs, and what it says in words.

use std::path::PathBuf;
use std::time::Duration;

use super::error::DeliveryError;
use super::{Context, hold, report, session};
use crate::budget::{Budget, Limits};
use crate::commands::report::{Advice, Command, Failure, Result, Run, Situation, WithContext as _};
use crate::config::{self, Account, NoFolder, OutboxEntry};
use crate::delivery::{self, Delivered, Policy, Route, Undelivered, Warning};
use crate::graph::{Graph, Sender};
use crate::interrupt;
use crate::outbox::{Entry, EntryId, Outbox, Queue, State};
use crate::submission::Submission;
use crate::ui::Uploads;

/// Where the outbox of this user is.
pub(super) fn folder(context: &Context<'_>) -> Result<PathBuf, config::Error> {
    Ok(context.settings.state_folder()?.join("outbox"))
}

/// The total wait of a message before it goes to the outbox: a program that sends mail through sendmail waits
/// for the end of it, and so does a web page.
const KEPT_WAIT: Duration = Duration::from_secs(10);

/// Sends a message, or keeps it.
pub(super) fn deliver(
    account: &Account,
    entry: Entry,
    (submission, queue): (&Submission, Queue),
    context: &Context<'_>,
) -> Result<Delivered> {
    if queue != Queue::Never && context.settings.max_wait.is_none() {
        context.waits.shorten(KEPT_WAIT);
    }
    let policy = Policy {
        queue,
        folder: outbox_folder(queue, entry.idempotency_key.is_some(), context)?,
        key_age: context.settings.file()?.outbox.key_age(),
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
    warn(warnings, context);
    match done {
        Ok(Delivered::Kept {
            id,
            error: Some(error),
            ..
        }) if error.is_interruption() => {
            let advice = Advice::from(Command::OutboxFlush).or(Command::OutboxDrop(id.to_string()));
            Err(unsent(&in_outbox(&id), error).advised(advice))
        }
        done => done.map_err(failure),
    }
}

/// The folder of the outbox, or why there is none, if the message needs one: neither a user without one nor
/// another user who took its name stops mail.
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
        // What a key promises needs a folder.
        if !has_key {
            return Ok(Some(Err(why.to_string())));
        }
    }
    Ok(Some(Ok(folder(context)?)))
}

/// Says why this user's mail cannot be kept.
fn warn_of_folder(why: &NoFolder, context: &Context<'_>) {
    let remedy = why.remedy();
    let words = format!("graphmail: warning: {why}; as root: {remedy}");
    context.ui.info(&words);
}

/// Keeps a message for the next flush.
pub(super) fn keep(
    entry: Entry,
    submission: &Submission,
    context: &Context<'_>,
) -> Result<Delivered> {
    // A message that may not be sent at once is refused then; the warning says why.
    if let Some(why) = context.settings.lacking_folder() {
        warn_of_folder(&why, context);
    }
    let (root, seams) = (folder(context)?, context.seams.as_ref());
    let outbox = Outbox::open(&root, seams)?;
    let claim = outbox.put(EntryId::new(seams), entry, submission, State::New)?;
    Ok(Delivered::Kept {
        id: claim.id().clone(),
        not_before: None,
        error: None,
    })
}

/// Reports what went wrong without changing the outcome.
pub(super) fn warn(warnings: Vec<Warning>, context: &Context<'_>) {
    let situation = Situation::of_run(Run::Keeps, context);
    for warning in warnings {
        let remedy = match &warning {
            Warning::LeftoverDraft { draft, .. } => {
                let delete = Command::DraftDelete(draft.clone(), None);
                format!(": {}", situation.run(delete))
            }
            Warning::NotKept(_) | Warning::NotNoted(_) => String::new(),
        };
        let words = format!("graphmail: warning: {warning}{remedy}");
        context.ui.info(&words);
    }
}

fn in_outbox(id: &EntryId) -> String {
    format!("the message ({id} in the outbox)")
}

/// The error that says why a message was not sent.
fn failure(undelivered: Undelivered) -> Failure {
    match undelivered {
        Undelivered::Failed { error, entry } => {
            let what = entry.as_ref().map(in_outbox);
            unsent(what.as_deref().unwrap_or("the message"), error)
        }
        Undelivered::KeyHeld => DeliveryError::KeyHeld.into(),
        Undelivered::KeyInDoubt => DeliveryError::KeyInDoubt.into(),
        Undelivered::KeptDoubtful(id) => DeliveryError::KeptDoubtful(id).into(),
        Undelivered::Outbox(error) => error.into(),
    }
}

/// The error with what it means for `what`, which was to be sent.
pub(super) fn unsent(what: &str, error: delivery::Error) -> Failure {
    match error {
        delivery::Error::Graph(error) => report::unsent(what, error),
        error @ delivery::Error::Exhausted { .. } => {
            Failure::from(error).context(format!("{what} was not sent"))
        }
    }
}

/// Calls `ask` with Graph as `account`, and with what its mailbox may still send.
pub(super) fn with_budget<T>(
    account: &Account,
    sender: &Sender,
    context: &Context<'_>,
    ask: impl FnOnce(&mut Graph<'_>, Option<&Budget<'_>>) -> T,
) -> Result<T> {
    let settings = &context.settings.file()?.outbox;
    let seams = context.seams.as_ref();
    let budget = context.settings.state_folder().ok().and_then(|folder| {
        let mailbox = hold::ledger_of(account, sender);
        let opened = Budget::open(&folder.join(hold::FOLDER), mailbox, limits(settings), seams);
        opened
            .inspect_err(|error| {
                context.ui.detail(&format!(
                    "graphmail: the rate budget of this host cannot be kept: {error}"
                ));
            })
            .ok()
    });
    let mut link = context.link();
    if let Some(budget) = &budget {
        link.throttle = Some(budget);
    }
    let done =
        session::with_graph_over(link, account, context, |graph| ask(graph, budget.as_ref()));
    Ok(done?)
}

fn limits(settings: &OutboxEntry) -> Limits {
    let usual = Limits::default();
    Limits {
        concurrency: settings.concurrency.map_or(usual.concurrency, Into::into),
        per_minute: settings.per_minute.map_or(usual.per_minute, Into::into),
    }
}
