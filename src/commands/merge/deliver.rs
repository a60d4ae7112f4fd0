//! Sends the messages of the rows, several at the same time.

mod attempt;
mod others;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use self::attempt::{Attempts, Search};
use super::check::{CHANGED, Checked};
use super::data::{Row, Rows};
use super::error::MergeError;
use super::journal::{Doubt, Journal, Known};
use super::mailing::Mailing;
use super::status::{RowResult, RowStatus};
use super::tally::Tally;
use super::template::{Rendered, RowFault, RowKey};
use crate::access::{Access, Grant, LOOKUPS};
use crate::commands::outbox::tries::{STOP_POLL, THREADS};
use crate::commands::report::{Failure, Result, WithContext as _};
use crate::commands::send::log::Log;
use crate::commands::{Context, deliver, ledger, rights};
use crate::delivery::Schedule;
use crate::http::WaitBudget;
use crate::interrupt;
use crate::mutex::locked;

/// How long one message waits for a throttled mailbox, unless --max-wait is given. Nobody waits for the end of a
/// large merge, and the rest of it waits for the same.
const PATIENCE: Duration = Duration::from_hours(1);

/// Why --limit leaves a row to the next run.
const LIMIT: &str = "--limit";

/// The rows that are still to be sent.
struct Feed {
    rows: Rows,
    schedule: Schedule<(), Row>,
    is_over: bool,
}

/// The delivery of one run. Threads share it.
pub(super) struct Delivery<'d, 'm, 'u> {
    mailing: &'d Mailing<'m>,
    journal: &'d Journal,
    checked: &'d Checked,
    feed: Mutex<Feed>,
    changed: Condvar,
    stop: Arc<AtomicBool>,
    log: Mutex<Log>,
    tally: Mutex<Tally<'u>>,
    /// Whether the mailbox can be searched.
    may_search: AtomicBool,
    /// The rows that may have been sent by this run.
    doubts: Mutex<Vec<(u64, RowKey, Doubt, String)>>,
}

/// Sends the message of each row that needs one.
pub(super) fn deliver<'u>(
    mailing: &Mailing<'_>,
    (journal, checked): (&Journal, &Checked),
    tally: Tally<'u>,
    context: &Context<'_>,
) -> Result<Tally<'u>> {
    let at_work = ledger::at_work(&context.settings.file()?.outbox);
    let delivery = Delivery {
        mailing,
        journal,
        checked,
        feed: Mutex::new(Feed {
            rows: mailing.data.rows()?,
            schedule: Schedule::new(at_work),
            is_over: false,
        }),
        changed: Condvar::new(),
        stop: interrupt::flag().context("listening for Ctrl-C")?,
        log: Mutex::new(Log::open(context)?),
        tally: Mutex::new(tally),
        may_search: AtomicBool::new(may_search(mailing, context)?),
        doubts: Mutex::default(),
    };
    let messages = usize::try_from(checked.most()).unwrap_or(usize::MAX);
    let shared = context.shared();
    std::thread::scope(|scope| {
        for _ in 0..at_work.min(THREADS).min(messages).max(1) {
            scope.spawn(|| {
                let mut context = shared.context();
                if context.settings.max_wait.is_none() {
                    context.waits = WaitBudget::new(PATIENCE).with_queueing(PATIENCE);
                }
                delivery.work(&context);
            });
        }
    });
    delivery.settle_doubts(context);
    delivery.add_others(context);
    if let Err(error) = journal.sync() {
        delivery.stop_for(MergeError::Journal(journal.name().to_owned(), error).into());
    }
    let mut tally = delivery
        .tally
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    tally.interrupted = delivery.stop.load(Ordering::Relaxed);
    Ok(tally)
}

/// Whether the account may search Sent Items, as far as that is known.
fn may_search(mailing: &Mailing<'_>, context: &Context<'_>) -> Result<bool> {
    let account = mailing.target.account()?;
    let held = rights::held(account, context);
    let access = Access::new(account, mailing.target.sender.user(), held);
    Ok(access.grant_of_any(&LOOKUPS) != Grant::Missing)
}

impl Delivery<'_, '_, '_> {
    /// Sends rows until there are no more.
    fn work(&self, context: &Context<'_>) {
        let done = self.with_graph(context, |attempts| {
            while let Some(row) = self.next(context) {
                let is_open = self.row(&row, attempts);
                locked(&self.feed).schedule.end(&(), is_open);
                self.changed.notify_all();
            }
        });
        if let Err(error) = done {
            self.stop_for(error);
        }
    }

    fn with_graph(
        &self,
        context: &Context<'_>,
        work: impl FnOnce(&mut Attempts<'_, '_, '_>),
    ) -> Result<()> {
        let target = &self.mailing.target;
        let account = target.account()?;
        deliver::with_budget(account, &target.sender, context, |graph, budget| {
            work(&mut Attempts {
                graph,
                budget,
                account,
                sender: &target.sender,
                log: &self.log,
                stop: &self.stop,
                journal: self.journal,
                context,
            });
        })
    }

    /// Begins a row. Waits for one while the first message is alone; `None` at the end.
    fn next(&self, context: &Context<'_>) -> Option<Row> {
        let mut feed = locked(&self.feed);
        loop {
            if self.stop.load(Ordering::Relaxed) {
                feed.is_over = true;
            }
            if !feed.is_over && feed.schedule.most_at_once() == 0 {
                match feed.rows.next() {
                    // The rows are taken in their order, so that --limit takes the first ones.
                    Some(Ok(row)) if self.is_within_limit(row.number) => {
                        feed.schedule.push(&(), row);
                    }
                    Some(Ok(_)) => feed.is_over = true,
                    // The check has seen all rows.
                    Some(Err(_)) | None => feed.is_over = true,
                }
            }
            if feed.is_over {
                feed.schedule.withdraw(&());
            }
            if let Some(((), row)) = feed.schedule.begin(context.seams.now()) {
                return Some(row);
            }
            if feed.is_over {
                return None;
            }
            let waited = self.changed.wait_timeout(feed, STOP_POLL);
            (feed, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether --limit lets this run come to the row.
    fn is_within_limit(&self, row: u64) -> bool {
        self.checked.end.is_none_or(|end| row < end)
    }

    /// Ends the run: what is in flight ends first. The first reason counts.
    fn stop_for(&self, error: Failure) {
        locked(&self.feed).is_over = true;
        locked(&self.tally).stopped.get_or_insert(error);
        self.changed.notify_all();
    }

    /// Takes care of one row. Returns whether a message was sent, so that others may follow at once.
    fn row(&self, row: &Row, attempts: &mut Attempts<'_, '_, '_>) -> bool {
        let number = row.number;
        let rendered = match self.rendered(row) {
            Ok(rendered) => rendered,
            Err((status, error)) => {
                self.end(number, None, (status, error), attempts);
                return false;
            }
        };
        let key = &rendered.key;
        if self.checked.changed.contains(&number) {
            let why = CHANGED.to_owned();
            self.end(number, Some(key), (RowStatus::Changed, why), attempts);
            return false;
        }
        let leftover = match self.journal.known(key).map(|(known, _)| known) {
            Some(Known::Sent(message_id)) => {
                let result = RowResult {
                    message_id: message_id.map(Into::into),
                    ..RowResult::new(number, Some(key), (RowStatus::SentBefore, String::new()))
                };
                locked(&self.tally).add(&result, attempts.context);
                return false;
            }
            Some(Known::Doubtful(doubt)) => {
                if let Some(result) = self.doubtful(number, key, doubt, attempts) {
                    locked(&self.tally).add(&result, attempts.context);
                    return false;
                }
                None
            }
            Some(Known::Unsent(draft)) => draft,
            None => None,
        };
        self.send(number, &rendered, leftover.as_deref(), attempts)
    }

    /// What became of a row that may have been sent before; `None` if it is to be sent.
    fn doubtful(
        &self,
        row: u64,
        key: &RowKey,
        doubt: Box<Doubt>,
        attempts: &mut Attempts<'_, '_, '_>,
    ) -> Option<RowResult> {
        let data = &self.mailing.args.data;
        let resends = self.mailing.args.run.resend_doubtful;
        locked(&self.tally).add_search();
        let found = self.search(row, key, &doubt, attempts);
        let result = match found.status {
            // It is not among the rows from which --limit has chosen.
            RowStatus::Unsent if data.limit.is_some() && !resends => {
                (RowStatus::NotTried, LIMIT.to_owned())
            }
            RowStatus::Unsent => return None,
            // The user has looked, and this search finds nothing, or may not search.
            _ if resends && (found.is_unseen || found.is_denied) => return None,
            status if found.why.is_empty() => (status, found.why),
            status => {
                let why = format!("it may have been sent before; {}", found.why);
                (status, why)
            }
        };
        Some(RowResult {
            message_id: doubt.message_id,
            ..RowResult::new(row, Some(key), result)
        })
    }

    /// The message of a row, or why it has none.
    fn rendered(&self, row: &Row) -> Result<Rendered, (RowStatus, String)> {
        let templates = &self.mailing.templates;
        let refused = |fault: RowFault| (RowStatus::Refused, fault.words());
        match row.is_empty() || !templates.includes(row).map_err(refused)? {
            true if row.is_empty() => Err((RowStatus::Empty, String::new())),
            true => Err((RowStatus::LeftOut, String::new())),
            false => templates.message(row).map_err(refused),
        }
    }

    /// Sends the message of a row.
    fn send(
        &self,
        row: u64,
        rendered: &Rendered,
        leftover: Option<&str>,
        attempts: &mut Attempts<'_, '_, '_>,
    ) -> bool {
        let key = &rendered.key;
        let submission = match self.mailing.submission(rendered, attempts.context) {
            Ok(submission) => submission,
            Err(error) => {
                let refused = (RowStatus::Refused, RowFault(error).words());
                self.end(row, Some(key), refused, attempts);
                return false;
            }
        };
        let sent = match self.mailing.args.run.draft {
            true => attempts.draft(row, key, &submission),
            false => attempts.send(row, key, (&submission, leftover)),
        };
        if let Some(error) = sent.stop {
            self.stop_for(error);
        }
        if let Some(doubt) = sent.doubt {
            // If the process is killed before the search, the report has the row.
            locked(&self.tally).note(&RowResult {
                message_id: doubt.message_id.clone(),
                ..RowResult::new(row, Some(key), (RowStatus::Doubtful, sent.error.clone()))
            });
            locked(&self.doubts).push((row, key.clone(), doubt, sent.error));
            return false;
        }
        let result = RowResult {
            message_id: submission.message_id().map(ToOwned::to_owned),
            ..RowResult::new(row, Some(key), (sent.status, sent.error))
        };
        locked(&self.tally).add(&result, attempts.context);
        sent.status == RowStatus::Sent
    }

    fn end(
        &self,
        row: u64,
        key: Option<&RowKey>,
        result: (RowStatus, String),
        attempts: &Attempts<'_, '_, '_>,
    ) {
        let result = RowResult::new(row, key, result);
        locked(&self.tally).add(&result, attempts.context);
    }

    /// Searches the mailbox for a message that may have been sent. Returns what became of it, or why that is not
    /// known.
    fn search(
        &self,
        row: u64,
        key: &RowKey,
        doubt: &Doubt,
        attempts: &mut Attempts<'_, '_, '_>,
    ) -> Search {
        let found = match self.may_search.load(Ordering::Relaxed) {
            true => attempts.search(row, key, doubt, self.mailing.args.run.draft),
            false => Search::denied(),
        };
        if found.is_denied {
            self.may_search.store(false, Ordering::Relaxed);
        }
        found
    }

    /// Searches the mailbox for the messages of this run that may have been sent. Their copies have had the time
    /// of the others to appear.
    fn settle_doubts(&self, context: &Context<'_>) {
        let doubts = std::mem::take(&mut *locked(&self.doubts));
        if doubts.is_empty() {
            return;
        }
        let is_stopped = self.stop.load(Ordering::Relaxed);
        let done = self.with_graph(context, |attempts| {
            for (row, key, doubt, error) in doubts {
                let (status, why) = match is_stopped {
                    true => (RowStatus::Doubtful, String::new()),
                    false => {
                        let found = self.search(row, &key, &doubt, attempts);
                        (found.status, found.why)
                    }
                };
                let error = match (status, why.is_empty()) {
                    (RowStatus::Sent, _) => String::new(),
                    (_, true) => error,
                    (_, false) => format!("{error}; {why}"),
                };
                let result = RowResult {
                    message_id: doubt.message_id,
                    ..RowResult::new(row, Some(&key), (status, error))
                };
                locked(&self.tally).add(&result, context);
            }
        });
        if let Err(error) = done {
            self.stop_for(error);
        }
    }
}
