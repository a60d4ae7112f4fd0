//! The order in which messages are tried: mailboxes take turns, each with its oldest message.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};

/// How long the first item of a mailbox is alone at most: as long as a connection may take. If it still has no answer
/// then, the service is slow with that message, which is no reason to keep the others.
const ALONE: SignedDuration = SignedDuration::from_secs(10);

/// Items that wait, by mailbox. Its first item is alone: if there is no connection or no access token, the others
/// need not find out too. As soon as its request is on its way, if its caller tells so, or has had success, a mailbox has
/// as many items in progress as may be, until its items are withdrawn.
#[derive(Debug)]
pub struct Schedule<M, T> {
    /// In the order of their turns.
    mailboxes: VecDeque<Mailbox<M, T>>,
    /// How many items of a mailbox are in progress at most, at least one.
    at_once: usize,
}

#[derive(Debug)]
struct Mailbox<M, T> {
    key: M,
    /// The oldest first.
    waiting: VecDeque<T>,
    in_progress: usize,
    /// Whether the request of an item is on its way, or an item has ended with success.
    is_open: Arc<AtomicBool>,
    /// When its last item began.
    begun: Timestamp,
}

impl<M, T> Mailbox<M, T> {
    /// Whether an item waits and may begin.
    fn is_ready(&self, at_once: usize, now: Timestamp) -> bool {
        let may_have_others = self.is_open() || now.duration_since(self.begun) >= ALONE;
        let at_once = if may_have_others { at_once } else { 1 };
        !self.waiting.is_empty() && self.in_progress < at_once
    }

    fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    /// An item has ended; `opens`: with success.
    fn ended(&self, opens: bool) {
        self.is_open.fetch_or(opens, Ordering::Relaxed);
    }

    fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.in_progress == 0
    }
}

impl<M: PartialEq + Clone, T> Schedule<M, T> {
    /// Without items. At most `at_once` items of a mailbox are in progress at the same time, at least one.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self {
            mailboxes: VecDeque::new(),
            at_once: at_once.max(1),
        }
    }

    /// Adds the newest item of `mailbox`.
    pub fn push(&mut self, mailbox: &M, item: T) {
        match self.known(mailbox) {
            Some(known) => known.waiting.push_back(item),
            None => self.mailboxes.push_back(Mailbox {
                key: mailbox.clone(),
                waiting: VecDeque::from([item]),
                in_progress: 0,
                is_open: Arc::default(),
                begun: Timestamp::UNIX_EPOCH,
            }),
        }
    }

    /// How many items can be in progress at the same time.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        let waiting = self.mailboxes.iter().map(|known| known.waiting.len());
        waiting.map(|count| count.min(self.at_once)).sum()
    }

    /// Whether nothing waits and nothing is in progress.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.mailboxes.iter().all(Mailbox::is_idle)
    }

    /// Begins the oldest item of the next mailbox that may begin one.
    pub fn begin(&mut self, now: Timestamp) -> Option<(M, T)> {
        let mut mailboxes = self.mailboxes.iter();
        let at = mailboxes.position(|known| known.is_ready(self.at_once, now))?;
        let mut mailbox = self.mailboxes.remove(at)?;
        let item = mailbox.waiting.pop_front();
        mailbox.in_progress += 1;
        mailbox.begun = now;
        let key = mailbox.key.clone();
        self.mailboxes.push_back(mailbox);
        Some((key, item?))
    }

    /// To be set when the request of an item of `mailbox` is on its way.
    #[must_use]
    pub fn begun_request(&mut self, mailbox: &M) -> Arc<AtomicBool> {
        let known = self.known(mailbox);
        known.map_or_else(Arc::default, |known| Arc::clone(&known.is_open))
    }

    /// Ends one item of `mailbox`, whose next turn comes after those of the others. `opens`: whether it had success,
    /// so that others may follow at once.
    pub fn end(&mut self, mailbox: &M, opens: bool) {
        let at = self
            .mailboxes
            .iter()
            .position(|known| known.key == *mailbox);
        let Some(mut known) = at.and_then(|at| self.mailboxes.remove(at)) else {
            return;
        };
        known.in_progress = known.in_progress.saturating_sub(1);
        known.ended(opens);
        // An open mailbox stays known: its next item need not be alone.
        if known.is_open() || !known.is_idle() {
            self.mailboxes.push_back(known);
        }
    }

    /// As [`Schedule::end`], and begins the next item of the same mailbox, unless it is another one's turn.
    pub fn end_and_begin(&mut self, mailbox: &M, opens: bool, now: Timestamp) -> Option<T> {
        let at_once = self.at_once;
        let other = |known: &Mailbox<M, T>| known.key != *mailbox && known.is_ready(at_once, now);
        let yields = self.mailboxes.iter().any(other);
        let known = self.known(mailbox).filter(|_| !yields);
        let item = known.and_then(|known| {
            known.ended(opens);
            known.waiting.pop_front()
        });
        if item.is_none() {
            self.end(mailbox, opens);
        }
        item
    }

    /// Removes the waiting items of `mailbox`, whose next item is alone again.
    pub fn withdraw(&mut self, mailbox: &M) -> Vec<T> {
        let items = self.known(mailbox).map_or_else(Vec::new, |known| {
            // Requests that are on their way still have the former one.
            known.is_open = Arc::default();
            known.waiting.drain(..).collect()
        });
        self.mailboxes
            .retain(|known| known.key != *mailbox || !known.is_idle());
        items
    }

    fn known(&mut self, mailbox: &M) -> Option<&mut Mailbox<M, T>> {
        let mut mailboxes = self.mailboxes.iter_mut();
        mailboxes.find(|known| known.key == *mailbox)
    }
}
