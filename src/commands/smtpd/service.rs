//! What all threads of the service use.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::access::check;
use super::log::Log;
use super::peer::Peer;
use super::rate::{Sender, Times};
use super::tls::Tls;
use super::users;
use crate::commands::context::Shared;
use crate::commands::doctor::Facts;
use crate::commands::outbox::tries::Tries;
use crate::commands::outbox::{bounce, decide, housekeeping};
use crate::commands::report::{Failure, Result};
use crate::commands::sendmail::handover;
use crate::commands::session;
use crate::config;
use crate::outbox::{Entry, EntryId, Listed, Outbox, State};

/// How long a wrong password makes the next one of the same address slower.
const REMEMBERED: SignedDuration = SignedDuration::from_mins(10);

/// What all threads of the service use.
pub(super) struct Service<'s, 'c> {
    /// The host's name in greetings.
    pub(super) host: String,
    pub(super) log: Log<'c, 's>,
    /// The messages of the last minute.
    pub(super) messages: Times<Sender>,
    /// The wrong passwords, by the address of a client on the network.
    failures: Times<Option<IpAddr>>,
    tls: Tls,
    outbox: Outbox<'s>,
    tries: &'s Tries<'s>,
    shared: RwLock<Shared<'c>>,
    stops: watch::Sender<bool>,
    since: Timestamp,
    last_sent: &'s Mutex<Option<Timestamp>>,
}

impl<'s, 'c> Service<'s, 'c> {
    /// A service that has not begun yet.
    pub(super) fn new(
        host: String,
        (log, shared): (Log<'c, 's>, Shared<'c>),
        (outbox, tries): (Outbox<'s>, &'s Tries<'s>),
        last_sent: &'s Mutex<Option<Timestamp>>,
        tls: Tls,
    ) -> Self {
        Self {
            host,
            log,
            messages: Times::new(SignedDuration::from_mins(1)),
            failures: Times::new(REMEMBERED),
            since: shared.seams.now(),
            last_sent,
            tls,
            outbox,
            tries,
            shared: RwLock::new(shared),
            stops: watch::Sender::new(false),
        }
    }

    /// What `doctor` says of it.
    pub(super) fn facts(&self) -> Facts {
        let last_sent = self.last_sent.lock();
        Facts {
            since: self.since,
            last_sent: *last_sent.unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// The settings, and what threads share.
    pub(super) fn shared(&self) -> Shared<'c> {
        self.current().clone()
    }

    fn current(&self) -> RwLockReadGuard<'_, Shared<'c>> {
        self.shared.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The entry. One that cannot be read now is found again by the next scan.
    pub(super) fn find(&self, id: &EntryId) -> Option<Entry> {
        self.outbox.find(id).ok()?.entry.ok()
    }

    /// The configuration. A reload replaces it only by a usable one.
    pub(super) fn file(&self) -> Arc<config::File> {
        self.current().settings.file().unwrap_or_default()
    }

    /// Begins TLS. `None` without a certificate.
    pub(super) fn acceptor(&self) -> Option<TlsAcceptor> {
        self.tls.acceptor(&self.file().smtpd, |error| {
            let line = format!("warning: the former certificate is used: {error}");
            self.log.line(&line);
        })
    }

    /// The current time.
    pub(super) fn now(&self) -> Timestamp {
        self.current().seams.now()
    }

    /// Logs a wrong password. Returns how long its reply is delayed.
    pub(super) fn failed_login(&self, peer: Peer, user: &str) -> Duration {
        self.log.failed_login(peer, user);
        let keys = [(peer.network(), usize::MAX)];
        let count = self.failures.add(&keys, self.now());
        users::delay(count.unwrap_or(usize::MAX))
    }

    /// Sends the entry, as soon as a thread is free.
    pub(super) fn send(&self, id: &EntryId, entry: Entry) {
        self.tries.push(id.clone(), entry);
    }

    /// Reads the configuration again. If it is unusable, the former one stays. Warns of `addresses` on which the
    /// service would not listen with the new one.
    pub(super) fn reload(&self, addresses: &[SocketAddr]) {
        let shared = self.shared();
        let line = match shared.settings.read_again() {
            Ok(settings) => {
                let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
                shared.settings = settings;
                shared.tokens = Arc::default();
                "the configuration was read again".to_owned()
            }
            Err(error) => format!("warning: the configuration was not read again: {error}"),
        };
        self.log.line(&line);
        let file = self.file();
        let faults = addresses
            .iter()
            .filter_map(|address| check(*address, &file.smtpd).err());
        faults.for_each(|error| {
            let line = format!("warning: the service would not start with it: {error}");
            self.log.line(&line);
        });
        self.tls.read_again();
        drop(self.acceptor());
    }

    /// Warns if there is no account, or if it cannot sign in: messages wait then, and nobody sees why.
    pub(super) fn check_sign_in(&self) {
        let context = self.shared().context();
        let signed_in = context
            .settings
            .account()
            .map_err(Failure::from)
            .and_then(|account| {
                session::with_graph(context.link(), &account, &context, |graph| {
                    graph.tokens.bearer().map(drop)
                })?
                .map_err(Failure::from)
            });
        if let Err(error) = signed_in {
            let words = error.words();
            self.log
                .line(&format!("warning: nothing can be sent: {words}"));
        }
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

    /// Removes what ended processes left, and old idempotency keys.
    pub(super) fn tidy(&self) -> Result<()> {
        let keys = self.outbox.keys()?;
        housekeeping::tidy(&self.outbox, &keys, &self.shared().context())
    }

    /// Sends what is due, and reports what failed.
    pub(super) fn scan(&self) -> Result<()> {
        let context = self.shared().context();
        let now = context.seams.now();
        let mut unreadable = Vec::new();
        for Listed { id, state, entry } in self.outbox.list()? {
            match (entry, state) {
                // sendmail kept it while no service ran.
                (Ok(entry), state) if handover::is_for_service(&entry, state) => {
                    let accepted = decide::accept(&self.outbox, &id, State::Failed, &context);
                    if let (Ok(()), Some(entry)) = (accepted, self.find(&id)) {
                        self.tries.push(id, entry);
                    }
                }
                (Ok(entry), State::New | State::Doubtful) if entry.is_due(now) => {
                    self.tries.push(id, entry);
                }
                (Ok(_), _) => {}
                (Err(error), _) => {
                    let aside = housekeeping::set_aside(&self.outbox, &id, &error)?;
                    if let Some(bounce::Unreadable { state, why, .. }) = &aside {
                        let state = state.name();
                        self.log.line(&format!("{id}: status={state} ({why})"));
                    }
                    unreadable.extend(aside);
                }
            }
        }
        bounce::send_all(&self.outbox, &unreadable, &context)
    }
}
