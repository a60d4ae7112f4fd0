//! How much one mailbox may send from this host, all processes of a user together: so many at once,
//! so many a minute, and nothing before the time that the service named.
//!
//! Exchange takes four requests at once of one application and mailbox (Graph: "Throttling limits",
//! Outlook service limits) and 30 messages a minute of one mailbox (Exchange Online limits, "Sending
//! limits"). The ledger is no promise kept over a power cut, so nothing here is synced.
//!
//! A hold is trusted for one hour. If the service named a longer one, the first message after the hour
//! probes: the others wait another hour, or until its answer ends the hold or renews it.

mod ledger;

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

pub use self::ledger::Hold;
use self::ledger::{Asked, Ledger, trusted};
use crate::files::{self, Lock};
use crate::http::Throttle;
use crate::seams::Seams;

/// How much may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Messages at once, at least 1.
    pub concurrency: u16,
    /// Messages in any minute, at least 1.
    pub per_minute: u16,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrency: 4,
            per_minute: 30,
        }
    }
}

/// What is left of it is kept here.
pub struct Budget<'a> {
    folder: PathBuf,
    limits: Limits,
    seams: &'a dyn Seams,
    /// While this one probes: until when the others wait for it.
    probing: Cell<Option<Timestamp>>,
}

/// A message's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// After that pause; it is taken.
    After {
        /// How long.
        pause: Duration,
        /// Whether the service said so.
        told: bool,
    },
    /// Not before that time, which is too late; it is not taken.
    Later {
        /// When.
        until: Timestamp,
        /// Whether the service said so.
        told: bool,
    },
}

/// A place among those who send at once, until it is dropped.
pub struct Place {
    _lock: Lock,
}

/// The span that messages are counted in.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// How often the ledger is tried, a moment apart, while others write in it.
const TRIES: u32 = 200;

impl<'a> Budget<'a> {
    /// That of `mailbox` at the service `graph`, kept below `root`.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(
        root: &Path,
        (graph, mailbox): (&str, &str),
        limits: Limits,
        seams: &'a dyn Seams,
    ) -> io::Result<Self> {
        let folder = folder(root, (graph, mailbox));
        if !folder.is_dir() {
            files::make_folder(&folder)?;
        }
        files::check_folder(&folder)?;
        Ok(Self {
            folder,
            limits,
            seams,
            probing: Cell::new(None),
        })
    }

    /// What holds `mailbox` at the service `graph` now, if anything does. Looking makes no folders.
    #[must_use]
    pub fn look(root: &Path, (graph, mailbox): (&str, &str), now: Timestamp) -> Option<Hold> {
        Ledger::read(&folder(root, (graph, mailbox)).join(LEDGER), now).hold(now)
    }

    /// Takes the next turn if `allows` says that it may be waited for, given the wait and whether the service
    /// asked for it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn turn(&self, allows: impl Fn(Duration, bool) -> bool) -> io::Result<Turn> {
        self.change(|ledger, now| {
            let window = usize::from(self.limits.per_minute);
            let full = ledger.sent.len().checked_sub(window);
            let free = full
                .and_then(|first| ledger.sent.get(first))
                .and_then(|at| at.checked_add(MINUTE).ok());
            let free = free.unwrap_or(now).max(now);
            let until = ledger.not_before.unwrap_or(now).max(free);
            let pause = until.duration_since(now).unsigned_abs();
            let told = until > free;
            if !allows(pause, told) {
                return Turn::Later { until, told };
            }
            // A hold that was cut short: this message asks whether it still counts.
            if ledger.asked.is_some_and(|asked| asked.until > until) {
                let others = trusted(until);
                ledger.not_before = Some(others);
                self.probing.set(Some(others));
            }
            ledger.sent.push(until);
            let surplus = ledger.sent.len().saturating_sub(window);
            ledger.sent.drain(..surplus);
            Turn::After { pause, told }
        })
    }

    /// Until when the mailbox is held, if it is; the hold that this process probes does not count. What
    /// cannot be read holds nothing.
    #[must_use]
    pub fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        let hold = Ledger::read(&self.folder.join(LEDGER), now).hold(now)?;
        Some(hold.until).filter(|until| self.probing.get() != Some(*until))
    }

    /// A place among those who send at once, if one is free.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn place(&self) -> io::Result<Option<Place>> {
        for number in 1..=self.limits.concurrency.max(1) {
            if let Some(lock) = Lock::take(&self.folder.join(format!("place-{number}")))? {
                return Ok(Some(Place { _lock: lock }));
            }
        }
        Ok(None)
    }

    /// Ends a hold, whatever the service said.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn release(&self) -> io::Result<()> {
        self.change(|ledger, _| ledger.release())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Ledger, Timestamp) -> T) -> io::Result<T> {
        let _lock = self.lock()?;
        let path = self.folder.join(LEDGER);
        let now = self.seams.now();
        let mut ledger = Ledger::read(&path, now);
        let done = change(&mut ledger, now);
        ledger.written = now;
        files::replace_lightly(&path, &serde_json::to_vec(&ledger)?)?;
        Ok(done)
    }

    fn lock(&self) -> io::Result<Lock> {
        let path = self.folder.join("lock");
        for _ in 0..TRIES {
            if let Some(lock) = Lock::take(&path)? {
                return Ok(lock);
            }
            self.seams.sleep(Duration::from_millis(5));
        }
        Err(io::ErrorKind::ResourceBusy.into())
    }
}

impl Throttle for Budget<'_> {
    /// Nobody begins before `until`, and the wait is trusted for an hour. A ledger that cannot be written
    /// stops nobody: the service tells the other processes itself.
    fn throttled(&self, until: Timestamp, status: u16) {
        let probed = self.probing.take();
        drop(self.change(|ledger, now| {
            if probed.is_some() && ledger.not_before == probed {
                // The new answer replaces the one of an hour ago.
                ledger.release();
            }
            ledger.add(Asked { until, status }, now);
        }));
    }

    /// If this was a probe, the hold is over.
    fn admitted(&self) {
        let Some(probed) = self.probing.take() else {
            return;
        };
        drop(self.change(|ledger, _| {
            if ledger.not_before == Some(probed) {
                ledger.release();
            }
        }));
    }
}

impl Drop for Budget<'_> {
    /// A probe without an answer proves nothing: the next message probes.
    fn drop(&mut self) {
        if let Some(probed) = self.probing.take() {
            // If that fails, the next one probes after the hour.
            drop(self.change(|ledger, now| {
                if ledger.not_before == Some(probed) {
                    ledger.not_before = Some(now);
                }
            }));
        }
    }
}

/// The name of the ledger in a mailbox's folder.
const LEDGER: &str = "ledger.json";

/// The folder of `mailbox` at the service `graph`.
fn folder(root: &Path, (graph, mailbox): (&str, &str)) -> PathBuf {
    let hash = Sha256::new()
        .chain_update(graph)
        .chain_update([0])
        .chain_update(mailbox.to_lowercase())
        .finalize();
    root.join(format!("{hash:x}"))
}
