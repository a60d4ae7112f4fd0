//! The one way of a message to Graph: through the outbox where that is asked for, within the host's
//! budget, once for each idempotency key.

mod key;
mod order;

use std::path::PathBuf;
use std::time::Duration;

use self::key::{Taken, take};
pub(super) use self::order::{Done, Order};
use super::report::{Advice, Command, Run, Situation};
use super::rights::Rights;
use super::{Context, hold, report, session};
use crate::budget::{Budget, Limits};
use crate::commands::report::{Failure, Result, WithContext as _};
use crate::config::{self, Account, NoFolder, OutboxEntry, Queue};
use crate::delivery::{self, Journal, Letter, Outcome, Settled, Watch};
use crate::graph::{self, Graph, Sender};
use crate::interrupt;
use crate::outbox::{Claim, Key, KeyState, Keys, Outbox, Phase, State};
use crate::ui::Uploads;

/// Where the outbox of this user is.
pub(super) fn folder(context: &Context<'_>) -> Result<PathBuf, config::Error> {
    Ok(context.settings.state_folder()?.join("outbox"))
}

/// How long all waits of a message may take together that can wait in the outbox: who mails through
/// sendmail waits for its end, a web page as well.
const KEPT_WAIT: Duration = Duration::from_secs(10);

/// Sends a message, or keeps it.
pub(super) fn deliver(order: &Order<'_>, context: &Context<'_>) -> Result<Done> {
    if order.queue != Queue::Never && context.settings.max_wait.is_none() {
        context.patience.shorten(KEPT_WAIT);
    }
    let key = order.letter.idempotency_key;
    if order.queue == Queue::Never && key.is_none() {
        let outcome = attempt(order, Journal::Nothing, context)?;
        return accepted(outcome, "the message");
    }
    let seams = context.seams.as_ref();
    match (context.settings.lacking_folder(), key) {
        (Some(why), None) => return homeless(order, &why, context),
        // What a key promises needs a folder.
        (Some(why), Some(_)) => warn_of_folder(&why, context),
        (None, _) => {}
    }
    let root = folder(context)?;
    let opened = Outbox::open(&root, seams).and_then(|outbox| Ok((outbox, outbox.keys()?)));
    let (outbox, keys) = match opened {
        Ok(opened) => opened,
        // Another user must not be able to stop all mail.
        Err(error)
            if key.is_none() && (order.queue == Queue::OnFailure || error.is_untrusted()) =>
        {
            return unkept(order, &error, context);
        }
        Err(error) => return Err(error.into()),
    };
    let mut key = match key {
        None => None,
        Some(text) => match take(text, &keys, order, context)? {
            Taken::Free(key) => Some(key),
            Taken::Done(done) => return Ok(done),
        },
    };
    if order.queue == Queue::Always {
        let claim = delivery::begin(outbox, &order.letter, key.as_mut(), seams)?;
        return kept_first(claim, &keys, order, context);
    }
    let begun = seams.now();
    let journal = key.as_mut().map_or(Journal::Nothing, Journal::Key);
    let outcome = attempt(order, journal, context)?;
    settle_key(&outcome, order, &mut key)
        .or_else(|error| warn_of_outcome(&outcome, error, context))?;
    let (Outcome::Deferred(..) | Outcome::Unknown(_), Queue::OnFailure) = (&outcome, order.queue)
    else {
        free(outcome.error().is_some_and(|_| !is_unknown(&outcome)), key)?;
        return accepted(outcome, "the message");
    };
    let error = outcome.error();
    if error.is_some_and(delivery::Error::is_interruption) {
        free(true, key)?;
        return accepted(outcome, "the message");
    }
    let phase = phase_of(&outcome);
    match delivery::hold(outbox, &order.letter, key.as_mut(), (phase, begun), seams) {
        Ok(claim) => settled(claim, &keys, outcome, order, context),
        Err(error) => {
            warn_of_outcome(&outcome, error, context)?;
            accepted(outcome, "the message")
        }
    }
}

/// Sends a message directly if there is no folder for the outbox: neither a user without one nor another
/// user who took its name stops mail.
fn homeless(order: &Order<'_>, why: &NoFolder, context: &Context<'_>) -> Result<Done> {
    let is_taken = matches!(why, NoFolder::Taken(_));
    if is_taken || order.queue == Queue::Always {
        warn_of_folder(why, context);
    }
    unkept(order, why, context)
}

/// Says why this user's mail cannot be kept.
fn warn_of_folder(why: &NoFolder, context: &Context<'_>) {
    let remedy = why.remedy();
    let words = format!("graphmail: warning: {why}; as root: {remedy}");
    context.ui.info(&words);
}

/// How far a message came that is kept after its first attempt.
fn phase_of(outcome: &Outcome) -> Phase {
    match outcome {
        Outcome::Unknown(error) => Phase::Sending {
            draft: draft_of(error),
        },
        _ => Phase::Untouched,
    }
}

/// Tries a message that could only be kept if that failed, where nothing can be kept.
fn unkept(order: &Order<'_>, why: &dyn std::fmt::Display, context: &Context<'_>) -> Result<Done> {
    let outcome = attempt(order, Journal::Nothing, context)?;
    if outcome.error().is_some() {
        let words = format!("graphmail: warning: the message cannot be kept: {why}");
        context.ui.info(&words);
    }
    accepted(outcome, "the message")
}

/// Keeps a message for the next flush.
pub(super) fn keep(order: &Order<'_>, context: &Context<'_>) -> Result<Done> {
    // A message that may not be sent at once is refused then; the warning says why.
    if let Some(why) = context.settings.lacking_folder() {
        warn_of_folder(&why, context);
    }
    let root = folder(context)?;
    let outbox = Outbox::open(&root, context.seams.as_ref())?;
    let mut claim = delivery::begin(outbox, &order.letter, None, context.seams.as_ref())?;
    let id = claim.id().clone();
    claim.shift(State::New)?;
    Ok(Done::Kept {
        id,
        not_before: None,
        why: None,
        hint: None,
    })
}

/// Lets a key go under which nothing was sent.
fn free(unsent: bool, key: Option<Key>) -> Result<()> {
    match key {
        Some(key) if unsent => Ok(key.free()?),
        _ => Ok(()),
    }
}

const fn is_unknown(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Unknown(_))
}

/// The draft that may have been sent.
fn draft_of(error: &delivery::Error) -> Option<String> {
    let delivery::Error::Graph(error) = error else {
        return None;
    };
    match &error.staged()?.remains {
        graph::Remains::Draft(id) => Some(id.to_string()),
        graph::Remains::Nothing | graph::Remains::Perhaps => None,
    }
}

/// Notes under the key that its message was sent.
fn settle_key(
    outcome: &Outcome,
    order: &Order<'_>,
    key: &mut Option<Key>,
) -> Result<(), crate::outbox::Error> {
    debug_assert_eq!(key.is_some(), order.letter.idempotency_key.is_some());
    match (outcome, key) {
        (Outcome::Accepted(_), Some(key)) => key.note(KeyState::Sent),
        _ => Ok(()),
    }
}

/// Of a message that was sent, or may have been, what fails afterwards is told and no more: any
/// other status would have a script send it again.
fn warn_of_outcome(
    outcome: &Outcome,
    error: crate::outbox::Error,
    context: &Context<'_>,
) -> Result<(), crate::outbox::Error> {
    match outcome {
        Outcome::Accepted(_) | Outcome::Unknown(_) => {
            context.ui.info(&format!(
                "graphmail: warning: what became of the message could not be noted: {error}"
            ));
            Ok(())
        }
        Outcome::Deferred(..) | Outcome::Rejected(_) => Err(error),
    }
}

/// Tries what is kept already.
fn kept_first(
    mut claim: Claim<'_>,
    keys: &Keys<'_>,
    order: &Order<'_>,
    context: &Context<'_>,
) -> Result<Done> {
    match attempt(order, Journal::Entry(&mut claim), context) {
        Ok(outcome) => {
            tell_leftovers(&claim, context);
            settled(claim, keys, outcome, order, context)
        }
        // It has not come to an attempt.
        Err(error) => {
            claim.shift(State::New)?;
            Ok(Done::Kept {
                id: claim.id().clone(),
                not_before: None,
                why: Some(format!("{error:#}")),
                hint: None,
            })
        }
    }
}

/// Names the drafts of former attempts that could not be deleted: the entry may be gone soon.
pub(super) fn tell_leftovers(claim: &Claim<'_>, context: &Context<'_>) {
    for draft in &claim.entry.leftovers {
        let delete = Command::DraftDelete(draft.clone(), claim.entry.mailbox.clone());
        let delete = Situation::named(&claim.entry.account, context).run(delete);
        context.ui.info(&format!(
            "graphmail: warning: {}: a draft of an attempt that was cut off is left in the mailbox: {delete}",
            claim.id()
        ));
    }
}

/// Puts an entry where its outcome belongs, and says so.
fn settled(
    claim: Claim<'_>,
    keys: &Keys<'_>,
    outcome: Outcome,
    order: &Order<'_>,
    context: &Context<'_>,
) -> Result<Done> {
    let name = format!("the message ({} in the outbox)", claim.id());
    let settled = delivery::settle(claim, keys, &outcome, context.seams.as_ref());
    match settled {
        Ok(Settled::Kept(id, _))
            if outcome
                .error()
                .is_some_and(delivery::Error::is_interruption) =>
        {
            let advice = Advice::from(Command::OutboxFlush).or(Command::OutboxDrop(id.to_string()));
            accepted(outcome, &name).map_err(|error| error.advised(advice))
        }
        Ok(Settled::Kept(id, not_before)) => Ok(Done::Kept {
            id,
            not_before,
            why: outcome.error().map(ToString::to_string),
            hint: kept_hint(&outcome, order, context),
        }),
        Ok(_) => accepted(outcome, &name),
        Err(error) => {
            warn_of_outcome(&outcome, error, context)?;
            accepted(outcome, &name)
        }
    }
}

/// What mends the error of a message that is kept, for the account of this run.
fn kept_hint(outcome: &Outcome, order: &Order<'_>, context: &Context<'_>) -> Option<String> {
    let situation = Situation::of_run(Run::Uses, context);
    if let Some(delivery::Error::Graph(error)) = outcome.error() {
        let mailbox = match order.letter.sender {
            Sender::Me => None,
            Sender::User(user) => Some(user.as_str()),
        };
        let rights = Rights::of(order.account, mailbox, context);
        if let Some(advice) = rights.of_error(error) {
            return situation.line(&advice);
        }
    }
    situation.line(&report::of_kept(outcome.error()?))
}

/// The receipt, or why there is none of `what`.
fn accepted(outcome: Outcome, what: &str) -> Result<Done> {
    let unknown = is_unknown(&outcome);
    match outcome.into_result() {
        Ok(receipt) => Ok(Done::Accepted(receipt)),
        Err(delivery::Error::Graph(error)) => Err(report::unsent(what, error)),
        Err(error) => {
            debug_assert!(!unknown, "only Graph leaves a doubt");
            Err(Failure::from(error).context(format!("{what} was not sent")))
        }
    }
}

/// Signs in and tries once.
fn attempt(order: &Order<'_>, journal: Journal<'_, '_>, context: &Context<'_>) -> Result<Outcome> {
    let Letter {
        sender, submission, ..
    } = order.letter;
    let stop = interrupt::flag().context("listening for Ctrl-C")?;
    let mut uploads = Uploads::new(context.ui, stop);
    with_budget(order.account, sender, context, |graph, budget| {
        delivery::attempt(graph, sender, submission, &mut uploads, journal, budget)
    })
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
    let opened = context.settings.state_folder().ok().map(|folder| {
        Budget::open(
            &folder.join(hold::FOLDER),
            hold::ledger_of(account, sender),
            limits(settings),
            seams,
        )
    });
    let budget = match opened {
        Some(Ok(budget)) => Some(budget),
        Some(Err(error)) => {
            context.ui.detail(&format!(
                "graphmail: the rate budget of this host cannot be kept: {error}"
            ));
            None
        }
        None => None,
    };
    let Some(budget) = &budget else {
        let done = session::with_graph(account, context, |graph| ask(graph, None));
        return Ok(done?);
    };
    let mut link = context.link();
    let watch = Watch {
        trace: link.trace,
        budget,
        seams,
        of_graph: std::cell::Cell::new(false),
    };
    link.trace = &watch;
    let done = session::with_graph_over(link, account, context, |graph| ask(graph, Some(budget)));
    Ok(done?)
}

fn limits(settings: &OutboxEntry) -> Limits {
    let usual = Limits::default();
    Limits {
        concurrency: settings.concurrency.map_or(usual.concurrency, Into::into),
        per_minute: settings.per_minute.map_or(usual.per_minute, Into::into),
    }
}
