//! Tries entries of the outbox, several at the same time.

pub(in crate::commands) mod outcome;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::outcome::{others_may_succeed, reason, settled_as};
use super::show;
use crate::budget::Budget;
use crate::commands::context::Shared;
use crate::commands::report::Failure;
use crate::commands::send::log::{Line, Log};
use crate::commands::{Context, deliver};
use crate::config::Account;
use crate::delivery::{self, Resent, Route, Schedule, Settled};
use crate::exit::Class;
use crate::graph::{Graph, Sender};
use crate::http::Link;
use crate::mutex::locked;
use crate::outbox::{Entry, EntryId, Keys, Outbox};
use crate::ui::Uploads;

/// The name of an account, and the mailbox that sends.
type AccountMailbox = (String, Option<String>);

/// The most messages that are worked on at the same time: those of several mailboxes.
pub(in crate::commands) const THREADS: usize = 24;

/// How often a thread that waits for an entry checks for interruption.
pub(in crate::commands) const STOP_POLL: Duration = Duration::from_millis(50);

/// What became of an entry that was tried.
pub(in crate::commands) struct Tried<'a> {
    pub(in crate::commands) id: &'a EntryId,
    /// The entry before the attempt.
    pub(in crate::commands) entry: &'a Entry,
    /// `sent`, `kept`, `failed` or `doubtful`.
    pub(in crate::commands) state: &'static str,
    pub(in crate::commands) class: Class,
    /// Why it was not sent.
    pub(in crate::commands) why: String,
    /// The attempt, if there was one.
    pub(in crate::commands) attempt: Option<&'a Line<'a>>,
}

/// The entries that wait.
struct Queue {
    schedule: Schedule<AccountMailbox, (EntryId, Entry)>,
    /// Those that wait and those that are being tried.
    known: HashSet<EntryId>,
}

/// Tries entries. Threads share it.
pub(in crate::commands) struct Tries<'t> {
    outbox: Outbox<'t>,
    keys: Keys<'t>,
    stop: Arc<AtomicBool>,
    log: Mutex<Log>,
    queue: Mutex<Queue>,
    /// Wakes threads that wait for an entry.
    changed: Condvar,
    /// Whether threads wait for entries that come later.
    is_service: bool,
    /// Whether `--now` was given: the hold of a mailbox ends.
    ignores_throttling: bool,
    /// Gets the result of each entry.
    done: &'t (dyn Fn(&Tried<'_>) + Sync),
}

impl<'t> Tries<'t> {
    /// Nothing is tried before the first [`Tries::push`]. `at_work`: how many entries of a mailbox are worked on at the
    /// same time.
    pub(in crate::commands) fn new(
        (outbox, keys): (Outbox<'t>, Keys<'t>),
        (log, at_work): (Log, usize),
        stop: Arc<AtomicBool>,
        done: &'t (dyn Fn(&Tried<'_>) + Sync),
    ) -> Self {
        Self {
            outbox,
            keys,
            stop,
            log: Mutex::new(log),
            queue: Mutex::new(Queue {
                schedule: Schedule::new(at_work),
                known: HashSet::new(),
            }),
            changed: Condvar::new(),
            is_service: false,
            ignores_throttling: false,
            done,
        }
    }

    /// Ends the hold of each mailbox.
    pub(super) fn ignoring_throttling(self, ignores_throttling: bool) -> Self {
        Self {
            ignores_throttling,
            ..self
        }
    }

    /// For a service: [`Tries::work`] waits for entries until the flag to stop is set.
    pub(in crate::commands) fn of_service(self) -> Self {
        Self {
            is_service: true,
            ..self
        }
    }

    /// Adds an entry to those that are tried, unless it is one of them.
    pub(in crate::commands) fn push(&self, id: EntryId, entry: Entry) {
        let mailbox = (entry.account.clone(), entry.mailbox.clone());
        let mut queue = self.queue();
        if queue.known.insert(id.clone()) {
            queue.schedule.push(&mailbox, (id, entry));
            drop(queue);
            self.changed.notify_one();
        }
    }

    /// Tries all entries. Several are tried in threads, one is tried in this thread.
    pub(super) fn run(&self, context: &Context<'_>) {
        let threads = self.queue().schedule.most_at_once().min(THREADS);
        if threads < 2 {
            while let Some((mailbox, entry)) = self.next() {
                self.mailbox(&mailbox, entry, (context, true));
            }
            return;
        }
        let shared = context.shared();
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| self.work(|| shared.clone()));
            }
        });
    }

    /// Tries entries until all are done, or, in a service, until it stops. `shared` is asked before each mailbox.
    pub(in crate::commands) fn work<'c>(&self, shared: impl Fn() -> Shared<'c>) {
        while let Some((mailbox, entry)) = self.next() {
            self.mailbox(&mailbox, entry, (&shared().context(), false));
        }
    }

    /// Wakes all threads after the flag to stop was set.
    pub(in crate::commands) fn wake(&self) {
        // A thread that has just read the flag waits before this notifies.
        drop(self.queue());
        self.changed.notify_all();
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        locked(&self.queue)
    }

    /// Begins an entry. Waits for one while others are in progress; `None` if all are done or a signal has come.
    fn next(&self) -> Option<(AccountMailbox, (EntryId, Entry))> {
        let mut queue = self.queue();
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return None;
            }
            let begun = queue.schedule.begin(self.outbox.now());
            if begun.is_some() || queue.schedule.is_done() && !self.is_service {
                return begun;
            }
            if queue.schedule.is_done() {
                // A service is idle until an entry comes, or it stops.
                let waited = self.changed.wait(queue);
                queue = waited.unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let waited = self.changed.wait_timeout(queue, STOP_POLL);
            (queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Tries an entry of one mailbox, and then the next ones, until another mailbox waits. `shows_progress`:
    /// whether no other thread sends.
    fn mailbox(
        &self,
        mailbox: &AccountMailbox,
        first: (EntryId, Entry),
        (context, shows_progress): (&Context<'_>, bool),
    ) {
        let sender = Sender::from(mailbox.1.clone());
        let mut next = Some(first);
        let begun = self.queue().schedule.begun_request(mailbox);
        let link = Link {
            begun: Some(&begun),
            ..context.link()
        };
        let done = context
            .settings
            .account_named(&mailbox.0)
            .map_err(Failure::from)
            .and_then(|account| {
                deliver::with_link((link, &account), &sender, context, |graph, budget| {
                    if self.ignores_throttling
                        && let Some(budget) = budget
                    {
                        // An unusable ledger does not stop the flush.
                        drop(budget.release());
                    }
                    while let Some(entry) = next.take() {
                        context.waits.renew();
                        context.waits.shorten(context.settings.patience());
                        let route = (&account, &sender, shows_progress);
                        let others_may = self.entry(&entry, route, (graph, budget), context);
                        next = self.end(mailbox, &entry.0, others_may);
                    }
                })
            });
        if let (Err(error), Some((id, entry))) = (done, next) {
            let reason = || (error.class(), format!("{error:#}"));
            self.kept(&id, &entry, reason());
            let rest = self.queue().schedule.withdraw(mailbox);
            for (id, entry) in rest {
                self.kept(&id, &entry, reason());
                self.queue().known.remove(&id);
            }
            self.end(mailbox, &id, false);
        }
    }

    /// Ends the entry `id`, and begins another one of the same mailbox if it is its turn and others may succeed.
    fn end(
        &self,
        mailbox: &AccountMailbox,
        id: &EntryId,
        others_may: bool,
    ) -> Option<(EntryId, Entry)> {
        let mut queue = self.queue();
        queue.known.remove(id);
        if !others_may {
            for (id, _) in queue.schedule.withdraw(mailbox) {
                queue.known.remove(&id);
            }
        }
        let stops = self.stop.load(Ordering::Relaxed);
        let next = match others_may && !stops {
            true => queue
                .schedule
                .end_and_begin(mailbox, true, self.outbox.now()),
            false => {
                queue.schedule.end(mailbox, false);
                None
            }
        };
        let is_done = queue.schedule.is_done();
        drop(queue);
        self.changed.notify_all();
        if is_done {
            self.outbox.sync_sent();
        }
        next
    }

    fn kept(&self, id: &EntryId, entry: &Entry, reason: (Class, String)) {
        self.report((id, entry), "kept", reason, None);
    }

    fn report(
        &self,
        (id, entry): (&EntryId, &Entry),
        state: &'static str,
        (class, why): (Class, String),
        attempt: Option<&Line<'_>>,
    ) {
        (self.done)(&Tried {
            id,
            entry,
            state,
            class,
            why,
            attempt,
        });
    }

    /// Tries one entry. Returns whether to go on with the other entries of the mailbox.
    fn entry(
        &self,
        (id, entry): &(EntryId, Entry),
        (account, sender, shows_progress): (&Account, &Sender, bool),
        (graph, budget): (&mut Graph<'_>, Option<&Budget<'_>>),
        context: &Context<'_>,
    ) -> bool {
        if entry.graph != account.cloud.graph() {
            let (queued, used) = (&entry.graph, account.cloud.graph());
            let why = format!("it was queued for {queued}, but the account uses {used}");
            self.kept(id, entry, (Class::Config, why));
            return true;
        }
        let stop = Arc::clone(&self.stop);
        let mut uploads = match shows_progress {
            true => Uploads::new(context.ui, stop),
            false => Uploads::hidden(context.ui, stop),
        };
        let mut route = Route {
            graph,
            sender,
            budget,
            progress: &mut uploads,
            warnings: Vec::new(),
        };
        let resent = delivery::resend(&mut route, &self.outbox, &self.keys, (id, entry));
        let warnings = route.warnings;
        deliver::warn(warnings, (account, sender), context);
        match resent {
            Ok(resent) => self.resent((id, entry), resent, sender, context),
            Err(error) => {
                self.kept(id, entry, (error.class(), error.to_string()));
                true
            }
        }
    }

    /// Reports the result of one entry. Returns whether to go on with the other entries of the mailbox.
    fn resent(
        &self,
        (id, seen): (&EntryId, &Entry),
        resent: Resent,
        sender: &Sender,
        context: &Context<'_>,
    ) -> bool {
        match resent {
            Resent::Skipped => {}
            Resent::Asked {
                settled,
                mut last_error,
            } => {
                if let Settled::Doubtful(Some(inquiry)) = &settled {
                    last_error = format!("{last_error}; {}", show::inquiry_result(inquiry));
                }
                let (state, reason) = settled_as(&settled, (Class::Unknown, last_error));
                self.report((id, seen), state, reason, None);
            }
            Resent::Damaged(error) => {
                let reason = (error.class(), error.to_string());
                self.report((id, seen), "failed", reason, None);
            }
            Resent::Tried {
                submission,
                outcome,
                settled,
            } => {
                let line = Line::of_entry(&seen.account, sender, &submission, &outcome);
                let mut log = locked(&self.log);
                log.write(&line, context);
                drop(log);
                let (state, reason) = match settled {
                    Ok(settled) => {
                        let sender = (&*seen.account, seen.mailbox.as_deref());
                        settled_as(&settled, reason(&outcome, sender, context))
                    }
                    Err(error) => ("kept", (error.class(), error.to_string())),
                };
                self.report((id, seen), state, reason, Some(&line));
                return others_may_succeed(&outcome);
            }
        }
        true
    }
}
