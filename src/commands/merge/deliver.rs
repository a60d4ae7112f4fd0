//! Sends the messages of the rows, several at the same time.

mod attempt;
mod doubts;
mod others;
mod search;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use self::attempt::Attempts;
use self::search::Doubtful;
use super::check::{CHANGED, Checked};
use super::data::Row;
use super::error::{DataError, MergeError};
use super::journal::{Journal, Known};
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
use crate::exit::Class;
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
    rows: Box<dyn Iterator<Item = Result<Row, DataError>> + Send>,
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
    /// The most messages at the same time.
    at_work: usize,
    stop: Arc<AtomicBool>,
    log: Mutex<Log>,
    tally: Mutex<Tally<'u>>,
    /// Whether the mailbox can be searched.
    may_search: AtomicBool,
    /// The rows that may have been sent by this run, or by one before, and were not looked for yet.
    doubts: Mutex<Vec<Doubtful>>,
    /// Whether the rows are those that a search has shown not to be sent, or that are sent again.
    is_second: AtomicBool,
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
            rows: Box::new(mailing.data.rows()?),
            schedule: Schedule::new(at_work),
            is_over: false,
        }),
        changed: Condvar::new(),
        at_work,
        stop: interrupt::flag().context("listening for Ctrl-C")?,
        log: Mutex::new(Log::open(context)?),
        tally: Mutex::new(tally),
        may_search: AtomicBool::new(may_search(mailing, context)?),
        doubts: Mutex::default(),
        is_second: AtomicBool::new(false),
    };
    delivery.work_at_once(checked.most(), context);
    let again = delivery.settle_doubts(context);
    if !again.is_empty() && !delivery.stop.load(Ordering::Relaxed) {
        delivery.begin_second(&again);
        delivery.work_at_once(again.len() as u64, context);
        delivery.settle_doubts(context);
    }
    delivery.add_left(&again, context);
    delivery.add_others(context);
    if let Err(error) = journal.sync() {
        delivery.stop_for(MergeError::Journal(journal.name().to_owned(), error).into());
    }
    let mut tally = delivery
        .tally
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    tally.interrupted = delivery.stop.load(Ordering::Relaxed);
    tally.is_searched = delivery.may_search.load(Ordering::Relaxed);
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
    /// Sends the rows of the feed, several at the same time, of which at most `messages` need a message.
    fn work_at_once(&self, messages: u64, context: &Context<'_>) {
        let messages = usize::try_from(messages).unwrap_or(usize::MAX);
        let shared = context.shared();
        std::thread::scope(|scope| {
            for _ in 0..self.at_work.min(THREADS).min(messages).max(1) {
                scope.spawn(|| {
                    let mut context = shared.context();
                    if context.settings.max_wait.is_none() {
                        context.waits = WaitBudget::new(PATIENCE).with_queueing(PATIENCE);
                    }
                    self.work(&context);
                });
            }
        });
    }

    /// Makes the feed one of these rows.
    fn begin_second(&self, rows: &[Row]) {
        let mut feed = locked(&self.feed);
        let rows: Vec<_> = rows.iter().map(|row| Ok(row.clone())).collect();
        *feed = Feed {
            rows: Box::new(rows.into_iter()),
            schedule: Schedule::new(self.at_work),
            is_over: locked(&self.tally).stopped.is_some(),
        };
        self.is_second.store(true, Ordering::Relaxed);
    }

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
            Some(Known::Doubtful(_)) if self.is_second.load(Ordering::Relaxed) => None,
            Some(Known::Doubtful(doubt)) => {
                let doubtful = Doubtful {
                    row: row.clone(),
                    key: key.clone(),
                    doubt: *doubt,
                    error: None,
                };
                if !self.doubtful(doubtful, attempts) {
                    return false;
                }
                None
            }
            Some(Known::Unsent(draft)) => draft,
            None => None,
        };
        self.send(row, &rendered, leftover.as_deref(), attempts)
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
        row: &Row,
        rendered: &Rendered,
        leftover: Option<&str>,
        attempts: &mut Attempts<'_, '_, '_>,
    ) -> bool {
        let (number, key) = (row.number, &rendered.key);
        let submission = match self.mailing.submission(rendered, attempts.context) {
            Ok(submission) => submission,
            Err(error) => {
                // A file that is gone since the check can come back.
                let is_gone = error.class() == Class::Input;
                let status = match is_gone {
                    true => RowStatus::Unsent,
                    false => RowStatus::Refused,
                };
                locked(&self.tally).is_input_gone |= is_gone;
                self.end(
                    number,
                    Some(key),
                    (status, RowFault(error).words()),
                    attempts,
                );
                return false;
            }
        };
        let sent = match self.mailing.args.run.draft {
            true => attempts.draft(number, key, &submission),
            false => attempts.send(number, key, (&submission, leftover)),
        };
        if let Some(error) = sent.stop {
            self.stop_for(error);
        }
        if let Some(doubt) = sent.doubt {
            // If the process is killed before the search, the report has the row.
            locked(&self.tally).note(&RowResult {
                message_id: doubt.message_id.clone(),
                ..RowResult::new(number, Some(key), (RowStatus::Doubtful, sent.error.clone()))
            });
            locked(&self.doubts).push(Doubtful {
                row: row.clone(),
                key: key.clone(),
                doubt,
                error: Some(sent.error),
            });
            return false;
        }
        let result = RowResult {
            message_id: submission.message_id().map(ToOwned::to_owned),
            ..RowResult::new(number, Some(key), (sent.status, sent.error))
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
}
