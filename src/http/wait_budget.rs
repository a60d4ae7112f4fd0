//! The limits of the waits of a run.

use std::cell::Cell;
use std::time::Duration;

/// The total wait that is left for the cleanup after an interruption.
const CLEANUP: Duration = Duration::from_secs(3);

/// The total time that a run may wait for services, and how much of it is used.
#[derive(Debug)]
pub struct WaitBudget {
    total: Duration,
    total_queueing: Duration,
    limit: Cell<Duration>,
    /// The longest wait for other processes of this host that send first. It is counted separately.
    queueing: Cell<Duration>,
    used: Cell<Duration>,
    /// How much of [`WaitBudget::queueing`] is used.
    queued: Cell<Duration>,
    /// Whether one limit applies to all waits together, also to those for other processes and for a service that
    /// does not answer.
    is_brief: Cell<bool>,
    /// Whether the cleanup after an interruption has begun.
    cleanup: Cell<bool>,
}

impl WaitBudget {
    /// Limits the sum of all waits to `total`. With zero, each request is tried once.
    #[must_use]
    pub const fn new(total: Duration) -> Self {
        Self {
            total,
            total_queueing: total,
            limit: Cell::new(total),
            queueing: Cell::new(total),
            used: Cell::new(Duration::ZERO),
            queued: Cell::new(Duration::ZERO),
            is_brief: Cell::new(false),
            cleanup: Cell::new(false),
        }
    }

    /// Sets a separate limit for the wait for other processes of this host.
    #[must_use]
    pub const fn with_queueing(mut self, limit: Duration) -> Self {
        self.total_queueing = limit;
        self.queueing = Cell::new(limit);
        self
    }

    /// Starts over for another message. The limit of a cleanup stays.
    pub fn renew(&self) {
        if !self.cleanup.get() {
            self.limit.set(self.total);
            self.queueing.set(self.total_queueing);
            self.used.set(Duration::ZERO);
            self.queued.set(Duration::ZERO);
            self.is_brief.set(false);
        }
    }

    /// Whether a wait of `pause` for other processes of this host is allowed.
    #[must_use]
    pub fn allows_queueing(&self, pause: Duration) -> bool {
        let fits = self.queued.get().saturating_add(pause) <= self.queueing.get();
        fits && (!self.is_brief.get() || self.allows(pause))
    }

    /// Limits the time that the message may take from now on to `limit`, for a caller that waits for it. The time
    /// of an answer that comes is not counted.
    pub fn be_brief(&self, limit: Duration) {
        self.shorten(limit);
        self.is_brief.set(true);
    }

    /// Whether [`WaitBudget::be_brief`] applies.
    #[must_use]
    pub const fn is_brief(&self) -> bool {
        self.is_brief.get()
    }

    /// The time that is left for a caller that waits, see [`WaitBudget::be_brief`]; `None` if nobody does.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        let left = self.limit.get().saturating_sub(self.used.get());
        self.is_brief.get().then_some(left)
    }

    /// Limits the sum of all waits from now on to `limit`.
    pub fn shorten(&self, limit: Duration) {
        let queueing = self.queued.get().saturating_add(limit);
        self.queueing.set(queueing.min(self.queueing.get()));
        let limit = self.used.get().saturating_add(limit);
        self.limit.set(limit.min(self.limit.get()));
    }

    /// Undoes [`WaitBudget::shorten`], for a wait that decides whether a message was sent. The limit of a
    /// cleanup stays.
    pub fn reset(&self) {
        if !self.cleanup.get() {
            self.limit.set(self.total);
            self.is_brief.set(false);
        }
    }

    /// Whether `pause` is within the limit.
    #[must_use]
    pub fn allows(&self, pause: Duration) -> bool {
        self.used.get().saturating_add(pause) <= self.limit.get()
    }

    /// Begins the cleanup after an interruption: the next requests only delete what the run has left. Their
    /// waits are limited to three seconds, or to the remaining wait if that is shorter.
    pub fn begin_cleanup(&self) {
        if !self.cleanup.replace(true) {
            self.shorten(CLEANUP);
        }
    }

    /// Whether the cleanup after an interruption has begun.
    pub(super) const fn is_cleanup(&self) -> bool {
        self.cleanup.get()
    }

    /// Counts a wait for other processes of this host.
    pub(super) fn spend_queueing(&self, pause: Duration) {
        self.queued.set(self.queued.get().saturating_add(pause));
        if self.is_brief.get() {
            self.spend(pause);
        }
    }

    /// Counts the time of an attempt that got no answer.
    pub(super) fn spend_attempt(&self, time: Duration) {
        if self.is_brief.get() {
            self.spend(time);
        }
    }

    pub(super) fn spend(&self, pause: Duration) {
        self.used.set(self.used.get().saturating_add(pause));
    }
}
