//! `outbox flush`: what is due, sent or settled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::notice::{self, Broken};
use super::show;
use super::tally::Tally;
use crate::budget::Budget;
use crate::commands::hold;
use crate::commands::report::{Command, Failure, Result, Run, Situation, WithContext as _};
use crate::commands::send::log::{Line, Log};
use crate::commands::{Context, deliver, report};
use crate::config::Account;
use crate::delivery::{self, Outcome, Resent, Route, Settled};
use crate::exit::{Class, Status};
use crate::graph::{self, Graph, Sender};
use crate::interrupt;
use crate::outbox::{Entry, EntryId, Error, Keys, Listed, Outbox, State};
use crate::ui::Uploads;

/// Which entries are tried, of those that are not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those whose time has come.
    Due,
    /// All of them.
    All,
    /// All of them, whatever the service asked for.
    Now,
}

pub(super) fn flush(
    outbox: Option<Outbox<'_>>,
    ids: &[EntryId],
    which: Which,
    context: &Context<'_>,
) -> Result<Status> {
    let Some(outbox) = outbox else {
        return match ids.first() {
            Some(id) => Err(Error::NotFound(id.clone()).into()),
            None => Tally::default().tell(context),
        };
    };
    outbox.sweep()?;
    hold::remove_abandoned(context);
    // What is left over has its time: nobody waits for it.
    context.waits.shorten(context.settings.patience());
    let mut flush = Flush {
        outbox,
        keys: outbox.keys()?,
        context,
        stop: interrupt::flag().context("listening for Ctrl-C")?,
        log: Log::open(context)?,
        tally: Tally::default(),
        broken: Vec::new(),
        ignores_holds: which == Which::Now,
    };
    let age = context.settings.file()?.outbox.key_age();
    if let Err(error) = flush.keys.prune(age) {
        // Old keys are in nobody's way.
        let words = format!("graphmail: warning: looking for old keys: {error}");
        context.ui.info(&words);
    }
    let due = flush.due(ids, which != Which::Due)?;
    for ((account, mailbox), entries) in due {
        flush.mailbox(&account, mailbox, &entries);
    }
    if !flush.stop.load(Ordering::Relaxed) {
        notice::send_all(&outbox, &flush.broken, context)?;
    }
    if flush.stop.load(Ordering::Relaxed) {
        flush.tally.tell(context)?;
        return Ok(interrupt::status());
    }
    flush.tally.tell(context)
}

/// An account's name, and whose mailbox.
type Place = (String, Option<String>);

struct Flush<'f, 'c> {
    outbox: Outbox<'f>,
    keys: Keys<'f>,
    context: &'f Context<'c>,
    /// A signal asks to stop.
    stop: Arc<AtomicBool>,
    log: Log,
    tally: Tally,
    broken: Vec<Broken>,
    /// `--now`
    ignores_holds: bool,
}

impl Flush<'_, '_> {
    /// What is to be done, by mailbox, the oldest first.
    fn due(
        &mut self,
        ids: &[EntryId],
        all: bool,
    ) -> Result<BTreeMap<Place, Vec<(EntryId, Entry)>>> {
        let now = self.context.seams.now();
        let only = self.context.settings.account_name();
        let listed = if ids.is_empty() {
            self.outbox.list()?
        } else {
            let found: Result<Vec<_>, _> = ids.iter().map(|id| self.outbox.find(id)).collect();
            found?
        };
        let named = !ids.is_empty();
        let mut due: BTreeMap<Place, Vec<_>> = BTreeMap::new();
        for Listed { id, state, entry } in listed {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    self.unreadable(&id, state, named, &error);
                    continue;
                }
            };
            if only.is_some_and(|only| only != entry.account) {
                continue;
            }
            match state {
                State::New | State::Doubtful if named || all || entry.is_due(now) => {
                    let place = (entry.account.clone(), entry.mailbox.clone());
                    due.entry(place).or_default().push((id, entry));
                }
                State::Busy if named => {
                    let why = "another process is sending it".to_owned();
                    self.tally.add(&id, "busy", (Class::Later, why));
                }
                State::Failed if named => {
                    let situation = Situation::of_run(Run::Keeps, self.context);
                    let retry = situation.run(Command::OutboxRetry(id.to_string()));
                    let why = format!("it is sent again after: {retry}");
                    self.tally.add(&id, "failed", (Class::Usage, why));
                }
                State::New | State::Doubtful | State::Busy | State::Failed => {}
            }
        }
        Ok(due)
    }

    /// An entry whose `entry.json` cannot be used goes where a person decides; a newer version's stays,
    /// for that version can use it.
    fn unreadable(&mut self, id: &EntryId, state: State, named: bool, why: &Error) {
        let why_not = (why.class(), why.to_string());
        if matches!(why, Error::Newer { .. }) {
            if named || matches!(state, State::New | State::Doubtful) {
                self.tally.add(id, state.name(), why_not);
            }
            return;
        }
        match self.outbox.mark_for_removal(id) {
            Ok(Some(state)) => {
                self.broken.push(Broken {
                    id: id.clone(),
                    state,
                    why: show::reason(why),
                });
                self.tally.add(id, state.name(), why_not);
            }
            // Already where it belongs.
            Ok(None) if named || state == State::Doubtful => {
                self.tally.add(id, state.name(), why_not);
            }
            Ok(None) => {}
            Err(error) => self
                .tally
                .add(id, state.name(), (error.class(), error.to_string())),
        }
    }

    /// What is due of one mailbox.
    fn mailbox(&mut self, account: &str, mailbox: Option<String>, entries: &[(EntryId, Entry)]) {
        let context = self.context;
        let sender = Sender::from(mailbox);
        let done = context
            .settings
            .account_named(account)
            .map_err(Failure::from)
            .and_then(|account| {
                deliver::with_budget(&account, &sender, context, |graph, budget| {
                    if self.ignores_holds
                        && let Some(budget) = budget
                    {
                        // A ledger that cannot be kept stops nobody.
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
                    "it was kept for {}, and the account is at {}",
                    entry.graph,
                    account.cloud.graph()
                );
                self.tally.add(id, "kept", (Class::Config, why));
                continue;
            }
            match self.entry((id, entry), sender, graph, budget) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    // The next one may fare better.
                    self.tally
                        .add(id, "kept", (error.class(), error.to_string()));
                }
            }
        }
    }

    /// One entry; whether there is sense in going on with the others of the mailbox.
    fn entry(
        &mut self,
        (id, seen): (&EntryId, &Entry),
        sender: &Sender,
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
        deliver::warn(warnings, self.context);
        match resent? {
            Resent::Skipped => {}
            Resent::Asked {
                settled,
                mut last_error,
            } => {
                if let Settled::Doubtful(Some(inquiry)) = settled {
                    last_error = format!("{last_error}; {}", show::asked(inquiry));
                }
                self.settled(id, settled, (Class::Unknown, last_error));
            }
            Resent::Damaged(error) => {
                self.settled(id, Settled::Failed, (error.class(), error.to_string()));
            }
            Resent::Tried {
                submission,
                outcome,
                settled,
            } => {
                let line = Line::of_entry(&seen.account, sender, &submission, &outcome);
                self.log.write(&line, self.context);
                let account = self.context.settings.account_named(&seen.account);
                let situation = account.map_or_else(
                    |_| Situation::named(&seen.account, self.context),
                    |account| Situation::of_account(&account, self.context),
                );
                self.settled(id, settled?, reason(&outcome, &situation));
                return Ok(is_answered(&outcome));
            }
        }
        Ok(true)
    }

    fn settled(&mut self, id: &EntryId, settled: Settled, (class, why): (Class, String)) {
        let (state, class, why) = match settled {
            Settled::Sent => {
                self.tally.sent += 1;
                return;
            }
            Settled::Kept(_) if why.is_empty() || class == Class::Unknown => {
                let why = "it was not sent, and is tried again".to_owned();
                ("kept", Class::Later, why)
            }
            Settled::Kept(_) => ("kept", class, why),
            Settled::Failed => ("failed", class, why),
            Settled::Doubtful(_) => ("doubtful", Class::Unknown, why),
        };
        self.tally.add(id, state, (class, why));
    }
}

/// The class and the words of an outcome, with a hint.
fn reason(outcome: &Outcome, situation: &Situation<'_>) -> (Class, String) {
    let Some(error) = outcome.error() else {
        return (Class::Success, String::new());
    };
    let why = match situation.line(&report::of_kept(error)) {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    };
    (error.class(), why)
}

/// Whether the others of the mailbox may fare better: not where nobody answers, there is no token,
/// or it is nobody's turn.
fn is_answered(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Deferred(_, delivery::Error::Graph(error)) => {
            error.answer().is_some() || matches!(error, graph::Error::Contents(_))
        }
        Outcome::Deferred(_, delivery::Error::Exhausted { .. }) => false,
        Outcome::Accepted(_) | Outcome::Rejected(_) | Outcome::Unknown(_) => true,
    }
}
