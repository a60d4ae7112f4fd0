//! What all threads of the service use.

use std::sync::{PoisonError, RwLock};

use tokio::sync::watch;

use super::log::Log;
use crate::commands::context::Shared;
use crate::commands::outbox::bounce;
use crate::commands::outbox::tries::Tries;
use crate::commands::report::Result;
use crate::outbox::{Entry, EntryId, Outbox, State};

/// What all threads of the service use.
pub(super) struct Service<'s, 'c> {
    /// The host's name in greetings.
    pub(super) host: String,
    pub(super) log: Log<'c, 's>,
    outbox: Outbox<'s>,
    tries: &'s Tries<'s, 'c>,
    shared: RwLock<Shared<'c>>,
    stops: watch::Sender<bool>,
}

impl<'s, 'c> Service<'s, 'c> {
    /// A service that has not begun yet.
    pub(super) fn new(
        host: String,
        (log, shared): (Log<'c, 's>, Shared<'c>),
        (outbox, tries): (Outbox<'s>, &'s Tries<'s, 'c>),
    ) -> Self {
        Self {
            host,
            log,
            outbox,
            tries,
            shared: RwLock::new(shared),
            stops: watch::Sender::new(false),
        }
    }

    /// The settings, and what threads share.
    pub(super) fn shared(&self) -> Shared<'c> {
        let shared = self.shared.read().unwrap_or_else(PoisonError::into_inner);
        shared.clone()
    }

    /// The entry. One that cannot be read now is found again by the next scan.
    pub(super) fn find(&self, id: &EntryId) -> Option<Entry> {
        self.outbox.find(id).ok()?.entry.ok()
    }

    /// Sends the entry, as soon as a thread is free.
    pub(super) fn send(&self, id: &EntryId, entry: Entry) {
        self.tries.push(id.clone(), entry);
    }

    /// Reads the configuration again. If it is unusable, the former one stays.
    pub(super) fn reload(&self) {
        let shared = self.shared();
        let line = match shared.settings.read_again() {
            Ok(settings) => {
                let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
                shared.settings = settings;
                "the configuration was read again".to_owned()
            }
            Err(error) => format!("warning: the configuration was not read again: {error}"),
        };
        self.log.line(&line);
    }

    /// Tells all connections that the service ends.
    pub(super) fn stop(&self) {
        self.stops.send_replace(true);
    }

    /// Waits until the service ends.
    pub(super) async fn stopped(&self) {
        // The sender lives as long as the service.
        drop(self.stops.subscribe().wait_for(|stops| *stops).await);
    }

    /// Sends what is due, and reports what failed.
    pub(super) fn scan(&self) -> Result<()> {
        let context = self.shared().context();
        let now = context.seams.now();
        for listed in self.outbox.list()? {
            if let (Ok(entry), State::New | State::Doubtful) = (listed.entry, listed.state)
                && entry.is_due(now)
            {
                self.tries.push(listed.id, entry);
            }
        }
        bounce::send_all(&self.outbox, &[], &context)
    }
}
