//! The way of a message to Graph, for the verbs: what [`delivery`] needs, and what it says in words.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;

use super::error::DeliveryError;
use super::rights::Rights;
use super::{Context, hold, report, session};
use crate::budget::{Budget, Limits};
use crate::config::{self, Account, NoFolder, OutboxEntry};
use crate::delivery::{self, Delivered, Policy, Route, Warning};
use crate::graph::{Graph, Receipt, Sender};
use crate::interrupt;
use crate::outbox::{Entry, EntryId, Outbox, Queue, State};
use crate::submission::Submission;
use crate::ui::Uploads;

/// What was done with a message.
pub(super) enum Done {
    /// Graph has accepted it.
    Accepted(Receipt),
    /// It is in the outbox; why it was not sent, if it was tried.
    Kept {
        id: EntryId,
        not_before: Option<Timestamp>,
        why: Option<String>,
        /// How to fix that.
        hint: Option<String>,
    },
    /// A message was sent under its key before.
    Duplicate(Timestamp),
}

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
) -> anyhow::Result<Done> {
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
    done_of(done?, account, &sender, context)
}

/// The folder of the outbox, or why there is none, if the message needs one: neither a user without one nor
/// another user who took its name stops mail.
fn outbox_folder(
    queue: Queue,
    has_key: bool,
    context: &Context<'_>,
) -> anyhow::Result<Option<Result<PathBuf, String>>> {
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
    context.ui.talk(&words);
}

/// Keeps a message for the next flush.
pub(super) fn keep(
    entry: Entry,
    submission: &Submission,
    context: &Context<'_>,
) -> anyhow::Result<Done> {
    // A message that may not be sent at once is refused then; the warning says why.
    if let Some(why) = context.settings.lacking_folder() {
        warn_of_folder(&why, context);
    }
    let (root, seams) = (folder(context)?, context.seams.as_ref());
    let outbox = Outbox::open(&root, seams)?;
    let claim = outbox.put(EntryId::new(seams), entry, submission, State::New)?;
    Ok(Done::Kept {
        id: claim.id().clone(),
        not_before: None,
        why: None,
        hint: None,
    })
}

/// Reports what went wrong without changing the outcome.
pub(super) fn warn(warnings: Vec<Warning>, context: &Context<'_>) {
    for warning in warnings {
        let remedy = match &warning {
            Warning::LeftoverDraft { draft, .. } => format!(": graphmail draft delete {draft}"),
            Warning::NotKept(_) | Warning::NotNoted(_) => String::new(),
        };
        let words = format!("graphmail: warning: {warning}{remedy}");
        context.ui.talk(&words);
    }
}

/// What was done, or the error that says why a message was not sent.
fn done_of(
    delivered: Delivered,
    account: &Account,
    sender: &Sender,
    context: &Context<'_>,
) -> anyhow::Result<Done> {
    let kept = |id: &EntryId| format!("the message ({id} in the outbox)");
    match delivered {
        Delivered::Accepted(receipt) => Ok(Done::Accepted(receipt)),
        Delivered::Duplicate(at) => Ok(Done::Duplicate(at)),
        Delivered::Kept {
            id,
            error: Some(error),
            ..
        } if error.is_interruption() => {
            let remedy = format!(
                "it waits there: graphmail outbox flush sends it, graphmail outbox drop {id} takes it away"
            );
            Err(report::remedied(unsent(&kept(&id), error), remedy))
        }
        Delivered::Kept {
            id,
            not_before,
            error,
        } => Ok(Done::Kept {
            id,
            not_before,
            hint: error
                .as_ref()
                .and_then(|error| kept_hint(error, account, sender, context)),
            why: error.map(|error| error.to_string()),
        }),
        Delivered::Unsent { error, entry } => {
            let what = entry.map_or_else(|| "the message".to_owned(), |id| kept(&id));
            Err(unsent(&what, error))
        }
        Delivered::KeyHeld => Err(DeliveryError::KeyHeld.into()),
        Delivered::KeyInDoubt => Err(DeliveryError::KeyInDoubt.into()),
        Delivered::KeptDoubtful(id) => Err(DeliveryError::KeptDoubtful(id).into()),
    }
}

/// How to fix the error of a message that is kept, for the account of this run.
fn kept_hint(
    error: &delivery::Error,
    account: &Account,
    sender: &Sender,
    context: &Context<'_>,
) -> Option<String> {
    if let delivery::Error::Graph(error) = error {
        let remedy = Rights::of(account, sender.user(), context).remedy(error);
        if remedy.is_some() {
            return remedy;
        }
    }
    let hint = report::of_kept(error)?;
    Some(report::complete(&hint, context))
}

/// The error with what it means for `what`, which was to be sent.
pub(super) fn unsent(what: &str, error: delivery::Error) -> anyhow::Error {
    match error {
        delivery::Error::Graph(error) => report::unsent(what, error),
        error @ delivery::Error::Exhausted { .. } => {
            anyhow::Error::new(error).context(format!("{what} was not sent"))
        }
    }
}

/// Calls `ask` with Graph as `account`, and with what its mailbox may still send.
pub(super) fn with_budget<T>(
    account: &Account,
    sender: &Sender,
    context: &Context<'_>,
    ask: impl FnOnce(&mut Graph<'_>, Option<&Budget<'_>>) -> T,
) -> anyhow::Result<T> {
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
