//! `outbox flush`: what is due, sent or settled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::notice::{self, Broken};
use super::show;
use super::tally::Tally;
use crate::budget::Budget;
use crate::commands::report::{Command, Failure, Result, Run, Situation, WithContext as _};
use crate::commands::send::log::{Line, Log};
use crate::commands::{Context, deliver, report};
use crate::config::Account;
use crate::delivery::{self, Journal, Outcome, Settled};
use crate::exit::{Class, Status};
use crate::graph::{self, Graph, Sender};
use crate::interrupt;
use crate::outbox::{Claim, Entry, EntryId, Error, Keys, Listed, Outbox, State};
use crate::submission::Submission;
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
    // What is left over has its time: nobody waits for it.
    context.patience.shorten(context.settings.patience());
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
        return Ok(Status::INTERRUPTED);
    }
    flush.tally.tell(context)
}

/// An account's name, and whose mailbox.
type Place = (String, Option<String>);

struct Flush<'f, 'c> {
    outbox: Outbox<'f>,
    keys: Keys<'f>,
    context: &'f Context<'c>,
    /// Ctrl-C.
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
        match self.outbox.condemn(id) {
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
        let sender = mailbox.map_or(Sender::Me, Sender::User);
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
            match self.entry(id, entry, sender, graph, budget) {
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
        id: &EntryId,
        seen: &Entry,
        sender: &Sender,
        graph: &mut Graph<'_>,
        budget: Option<&Budget<'_>>,
    ) -> Result<bool, Error> {
        let Some(mut claim) = self.outbox.claim(id)? else {
            return Ok(true);
        };
        // Another process was quicker, and it is not due any more.
        if claim.entry.not_before != seen.not_before || claim.entry.attempts != seen.attempts {
            return Ok(true);
        }
        match claim.state() {
            State::New => {}
            State::Doubtful => {
                let mut why = claim.entry.last_error.clone().unwrap_or_default();
                let settled = delivery::settle_doubt(claim, &self.keys, graph, sender)?;
                if let Settled::Doubtful(id) = &settled
                    && let Ok(entry) = self.outbox.find(id)?.entry
                    && let Some(inquiry) = entry.inquiry
                {
                    why = format!("{why}; {}", show::asked(inquiry));
                }
                self.settled(settled, (Class::Unknown, why));
                return Ok(true);
            }
            State::Busy | State::Failed => return Ok(true),
        }
        claim.shift(State::Busy)?;
        let submission = match claim.submission() {
            Ok(submission) => submission,
            Err(error @ Error::Unreadable { .. }) => {
                let settled = delivery::give_up(claim, &error)?;
                self.settled(settled, (error.class(), error.to_string()));
                return Ok(true);
            }
            Err(error) => {
                claim.shift(State::New)?;
                return Err(error);
            }
        };
        let outcome = self.attempt(&mut claim, &submission, sender, graph, budget);
        deliver::tell_leftovers(&claim, self.context);
        let line = Line::of_entry(&seen.account, sender, &submission, &outcome);
        self.log.write(&line, self.context);
        let settled = delivery::settle(claim, &self.keys, &outcome, self.context.seams.as_ref())?;
        let error = outcome.error();
        let class = error.map_or(Class::Success, delivery::Error::class);
        let situation = Situation::of_run(Run::Keeps, self.context);
        let why = error.map_or_else(String::new, |error| {
            match situation.line(&report::of_kept(error)) {
                Some(hint) => format!("{error} ({hint})"),
                None => error.to_string(),
            }
        });
        self.settled(settled, (class, why));
        Ok(is_answered(&outcome))
    }

    fn attempt(
        &self,
        claim: &mut Claim<'_>,
        submission: &Submission,
        sender: &Sender,
        graph: &mut Graph<'_>,
        budget: Option<&Budget<'_>>,
    ) -> Outcome {
        let journal = Journal::Entry(claim);
        let mut uploads = Uploads::new(self.context.ui, Arc::clone(&self.stop));
        delivery::attempt(graph, sender, submission, &mut uploads, journal, budget)
    }

    fn settled(&mut self, settled: Settled, (class, why): (Class, String)) {
        match settled {
            Settled::Sent => self.tally.sent += 1,
            Settled::Kept(id, _) if why.is_empty() || class == Class::Unknown => {
                let why = "it was not sent, and is tried again".to_owned();
                self.tally.add(&id, "kept", (Class::Later, why));
            }
            Settled::Kept(id, _) => self.tally.add(&id, "kept", (class, why)),
            Settled::Failed(id) => self.tally.add(&id, "failed", (class, why)),
            Settled::Doubtful(id) => {
                self.tally.add(&id, "doubtful", (Class::Unknown, why));
            }
        }
    }
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
