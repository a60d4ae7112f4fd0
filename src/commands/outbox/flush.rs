//! `outbox flush`: sends the due entries, and settles the doubtful ones.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::bounce::{self, Unreadable};
use super::show;
use super::tally::Tally;
use crate::budget::Budget;
use crate::commands::ledger;
use crate::commands::report::{Command, Failure, Result, Run, Situation, WithContext as _};
use crate::commands::rights::AccountPermissions;
use crate::commands::send::log::{Line, Log};
use crate::commands::{Context, deliver, report};
use crate::config::Account;
use crate::delivery::{self, Outcome, Resent, Route, Settled};
use crate::exit::{Class, Status};
use crate::graph::{self, Graph, Sender};
use crate::interrupt;
use crate::outbox::{Entry, EntryId, Error, Keys, Listed, Outbox, State};
use crate::ui::Uploads;

/// Which entries a flush without ids tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selection {
    /// Those that are due.
    Due,
    /// All.
    All,
    /// All, even if their mailbox is throttled.
    Now,
}

pub(super) fn flush(
    outbox: Option<Outbox<'_>>,
    ids: &[EntryId],
    selection: Selection,
    context: &Context<'_>,
) -> Result<Status> {
    let Some(outbox) = outbox else {
        return match ids.first() {
            Some(id) => Err(Error::NotFound(id.clone()).into()),
            None => Tally::default().print(context),
        };
    };
    outbox.sweep()?;
    ledger::remove_abandoned(context);
    // An entry that is not sent now is sent by the next flush.
    context.waits.shorten(context.settings.patience());
    let mut flush = Flush {
        outbox,
        keys: outbox.keys()?,
        context,
        stop: interrupt::flag().context("listening for Ctrl-C")?,
        log: Log::open(context)?,
        tally: Tally::default(),
        unreadable: Vec::new(),
        ignores_throttling: selection == Selection::Now,
    };
    let age = context.settings.file()?.outbox.key_age();
    if let Err(error) = flush.keys.prune(age) {
        // Old keys do not stop the flush.
        let text = format!("graphmail: warning: removing old keys: {error}");
        context.ui.info(&text);
    }
    let due = flush.due(ids, selection != Selection::Due)?;
    for ((account, mailbox), entries) in due {
        flush.mailbox(&account, mailbox, &entries);
    }
    if !flush.stop.load(Ordering::Relaxed) {
        bounce::send_all(&outbox, &flush.unreadable, context)?;
    }
    if flush.stop.load(Ordering::Relaxed) {
        flush.tally.print(context)?;
        return Ok(interrupt::status());
    }
    flush.tally.print(context)
}

/// The name of an account, and the mailbox that sends.
type AccountMailbox = (String, Option<String>);

struct Flush<'f, 'c> {
    outbox: Outbox<'f>,
    keys: Keys<'f>,
    context: &'f Context<'c>,
    /// Set by a signal.
    stop: Arc<AtomicBool>,
    log: Log,
    tally: Tally,
    unreadable: Vec<Unreadable>,
    /// `--now`
    ignores_throttling: bool,
}

impl Flush<'_, '_> {
    /// The entries to be tried, by mailbox, oldest first.
    fn due(
        &mut self,
        ids: &[EntryId],
        all: bool,
    ) -> Result<BTreeMap<AccountMailbox, Vec<(EntryId, Entry)>>> {
        let now = self.context.seams.now();
        let only = self.context.settings.account_name();
        let listed = if ids.is_empty() {
            self.outbox.list()?
        } else {
            let found: Result<Vec<_>, _> = ids.iter().map(|id| self.outbox.find(id)).collect();
            found?
        };
        let named = !ids.is_empty();
        let mut due: BTreeMap<AccountMailbox, Vec<_>> = BTreeMap::new();
        for Listed { id, state, entry } in listed {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.set_aside(&id, state, named, &error);
                    continue;
                }
            };
            if only.is_some_and(|only| only != entry.account) {
                continue;
            }
            match state {
                State::New | State::Doubtful if named || all || entry.is_due(now) => {
                    let mailbox = (entry.account.clone(), entry.mailbox.clone());
                    due.entry(mailbox).or_default().push((id, entry));
                }
                State::Busy if named => {
                    let why = "another process is sending it".to_owned();
                    self.tally.add(&id, "busy", (Class::Later, why));
                }
                State::Failed if named => {
                    let situation = Situation::of_run(Run::Keeps, self.context);
                    let retry = situation.run(Command::OutboxRetry(id.to_string()));
                    let why = format!("to requeue it: {retry}");
                    self.tally.add(&id, "failed", (Class::Usage, why));
                }
                State::New | State::Doubtful | State::Busy | State::Failed => {}
            }
        }
        Ok(due)
    }

    /// Sets an entry aside whose `entry.json` cannot be read. One of a newer version stays: that version
    /// can read it.
    fn set_aside(&mut self, id: &EntryId, state: State, named: bool, why: &Error) {
        let reason = (why.class(), why.to_string());
        if matches!(why, Error::Newer { .. }) {
            if named || matches!(state, State::New | State::Doubtful) {
                self.tally.add(id, state.name(), reason);
            }
            return;
        }
        match self.outbox.set_aside(id) {
            Ok(Some(state)) => {
                self.unreadable.push(Unreadable {
                    id: id.clone(),
                    state,
                    why: show::reason(why),
                });
                self.tally.add(id, state.name(), reason);
            }
            // It was set aside before.
            Ok(None) if named || state == State::Doubtful => {
                self.tally.add(id, state.name(), reason);
            }
            Ok(None) => {}
            Err(error) => self
                .tally
                .add(id, state.name(), (error.class(), error.to_string())),
        }
    }

    /// Tries the due entries of one mailbox.
    fn mailbox(&mut self, account: &str, mailbox: Option<String>, entries: &[(EntryId, Entry)]) {
        let context = self.context;
        let sender = Sender::from(mailbox);
        let done = context
            .settings
            .account_named(account)
            .map_err(Failure::from)
            .and_then(|account| {
                deliver::with_budget(&account, &sender, context, |graph, budget| {
                    if self.ignores_throttling
                        && let Some(budget) = budget
                    {
                        // An unusable ledger does not stop the flush.
                        drop(budget.release());
                    }
                    self.entries(&account, &sender, entries, graph, budget);
                })
            });
        if let Err(error) = done {
            let class = error.class();
            for (id, _) in entries {
                self.tally.add(id, "kept", (class, format!("{error:#}")));
            }
        }
    }

    fn entries(
        &mut self,
        account: &Account,
        sender: &Sender,
        entries: &[(EntryId, Entry)],
        graph: &mut Graph<'_>,
        budget: Option<&Budget<'_>>,
    ) {
        for (id, entry) in entries {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            if entry.graph != account.cloud.graph() {
                let why = format!(
                    "it was queued for {}, but the account uses {}",
                    entry.graph,
                    account.cloud.graph()
                );
                self.tally.add(id, "kept", (Class::Config, why));
                continue;
            }
            match self.entry((id, entry), (account, sender), graph, budget) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    self.tally
                        .add(id, "kept", (error.class(), error.to_string()));
                }
            }
        }
    }

    /// Tries one entry. Returns whether to go on with the other entries of the mailbox.
    fn entry(
        &mut self,
        (id, seen): (&EntryId, &Entry),
        (account, sender): (&Account, &Sender),
        graph: &mut Graph<'_>,
        budget: Option<&Budget<'_>>,
    ) -> Result<bool, Error> {
        let mut route = Route {
            graph,
            sender,
            budget,
            progress: &mut Uploads::new(self.context.ui, Arc::clone(&self.stop)),
            warnings: Vec::new(),
        };
        let resent = delivery::resend(&mut route, &self.outbox, &self.keys, (id, seen));
        let warnings = route.warnings;
        deliver::warn(warnings, (account, sender), self.context);
        match resent? {
            Resent::Skipped => {}
            Resent::Asked {
                settled,
                mut last_error,
            } => {
                if let Settled::Doubtful(Some(inquiry)) = &settled {
                    last_error = format!("{last_error}; {}", show::inquiry_result(inquiry));
                }
                self.settled(id, &settled, (Class::Unknown, last_error));
            }
            Resent::Damaged(error) => {
                self.settled(id, &Settled::Failed, (error.class(), error.to_string()));
            }
            Resent::Tried {
                submission,
                outcome,
                settled,
            } => {
                let line = Line::of_entry(&seen.account, sender, &submission, &outcome);
                self.log.write(&line, self.context);
                let reason = reason(&outcome, seen, self.context);
                self.settled(id, &settled?, reason);
                return Ok(others_may_succeed(&outcome));
            }
        }
        Ok(true)
    }

    fn settled(&mut self, id: &EntryId, settled: &Settled, (class, why): (Class, String)) {
        let (state, class, why) = match settled {
            Settled::Sent => {
                self.tally.sent += 1;
                return;
            }
            Settled::Kept(_) if why.is_empty() || class == Class::Unknown => {
                let why = "it was not sent and will be tried again".to_owned();
                ("kept", Class::Later, why)
            }
            Settled::Kept(_) => ("kept", class, why),
            Settled::Failed => ("failed", class, why),
            Settled::Doubtful(_) => ("doubtful", Class::Unknown, why),
        };
        self.tally.add(id, state, (class, why));
    }
}

/// The class and the text of an outcome, with a hint.
fn reason(outcome: &Outcome, entry: &Entry, context: &Context<'_>) -> (Class, String) {
    let Some(error) = outcome.error() else {
        return (Class::Success, String::new());
    };
    let hint = match context.settings.account_named(&entry.account) {
        Ok(account) => {
            let rights =
                AccountPermissions::of_account(&account, entry.mailbox.as_deref(), context);
            Situation::of_account(&account, context).line(&rights.of_kept(error))
        }
        Err(_) => Situation::named(&entry.account, context).line(&report::of_kept(error)),
    };
    let why = match hint {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    };
    (error.class(), why)
}

/// Whether other entries of the mailbox may succeed: not if there is no connection or no access token, or
/// if the mailbox is throttled.
fn others_may_succeed(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Deferred(_, delivery::Error::Graph(error)) => {
            error.answer().is_some() || matches!(error, graph::Error::Contents(_))
        }
        Outcome::Deferred(_, delivery::Error::Exhausted { .. }) => false,
        Outcome::Accepted(_) | Outcome::Rejected(_) | Outcome::Unknown(_) => true,
    }
}
