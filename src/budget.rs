//! The send budget of a mailbox on this host. It limits all processes of a user together: the number of
//! messages at once, the number per minute, and no message before the time that the service asked for.
//!
//! Exchange accepts four concurrent requests per application and mailbox (Graph: "Throttling limits",
//! Outlook service limits) and 30 messages per minute and mailbox (Exchange Online limits, "Sending
//! limits"). The ledger need not survive a power cut, so it is not synced.
//!
//! A hold is obeyed for one hour. If the service asked for a longer one, the first message after the hour
//! probes: the others wait another hour, or until its answer ends the hold or renews it.
//!
//! The token endpoint of an application has a ledger, too. Only its holds are used.

mod ledger;

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

pub use self::ledger::Hold;
use self::ledger::{Ledger, RequestedWait, longest_hold};
use crate::files::{self, Lock};
use crate::http::Throttle;
use crate::seams::Seams;

/// The limits of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Messages at the same time, at least 1.
    pub concurrency: u16,
    /// Messages per minute, at least 1.
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

/// The send budget of a mailbox.
pub struct Budget<'a> {
    folder: PathBuf,
    limits: Limits,
    seams: &'a dyn Seams,
    /// While this process probes: the time until which the others wait.
    probing: Cell<Option<Timestamp>>,
}

/// A message's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// The turn is taken. It comes after this pause.
    After {
        /// The pause.
        pause: Duration,
        /// Whether the service asked for the pause.
        by_service: bool,
    },
    /// The turn is not taken, because the wait would be too long.
    Later {
        /// When the turn would come.
        until: Timestamp,
        /// Whether the service asked for the wait.
        by_service: bool,
    },
}

/// One of the [`Limits::concurrency`] slots. It is free again when this is dropped.
pub struct Slot {
    _lock: Lock,
}

/// The period of [`Limits::per_minute`].
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// The threads of this process take turns here, so that they do not wait for the lock file in steps of its pause.
static THREADS: Mutex<()> = Mutex::new(());

impl<'a> Budget<'a> {
    /// The budget of `mailbox` at the service `graph`, whose ledger is below `root`. Creates no folders.
    #[must_use]
    pub fn new(
        root: &Path,
        (graph, mailbox): (&str, &str),
        limits: Limits,
        seams: &'a dyn Seams,
    ) -> Self {
        Self {
            folder: folder(root, (graph, mailbox)),
            limits,
            seams,
            probing: Cell::new(None),
        }
    }

    /// As [`Budget::new`], and creates the folder of the ledger.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn open(
        root: &Path,
        key: (&str, &str),
        limits: Limits,
        seams: &'a dyn Seams,
    ) -> io::Result<Self> {
        let budget = Self::new(root, key, limits, seams);
        budget.make_folder()?;
        Ok(budget)
    }

    fn make_folder(&self) -> io::Result<()> {
        if !self.folder.is_dir() {
            files::make_folder(&self.folder)?;
        }
        files::check_folder(&self.folder)
    }

    /// The current hold of `mailbox` at the service `graph`, if there is one. Creates no folders.
    #[must_use]
    pub fn current_hold(
        root: &Path,
        (graph, mailbox): (&str, &str),
        now: Timestamp,
    ) -> Option<Hold> {
        Ledger::read(&folder(root, (graph, mailbox)).join(LEDGER), now).hold(now)
    }

    /// Takes the next turn if `allows` returns true. It gets the wait and whether the service asked for it.
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
            let by_service = until > free;
            if !allows(pause, by_service) {
                return Turn::Later { until, by_service };
            }
            // The service asked for a longer hold, so this message probes whether the hold still applies.
            if ledger.asked.is_some_and(|asked| asked.until > until) {
                let others = longest_hold(until);
                ledger.not_before = Some(others);
                self.probing.set(Some(others));
            }
            ledger.sent.push(until);
            let surplus = ledger.sent.len().saturating_sub(window);
            ledger.sent.drain(..surplus);
            Turn::After { pause, by_service }
        })
    }

    /// Takes a slot, if one is free.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn take_slot(&self) -> io::Result<Option<Slot>> {
        for number in 1..=self.limits.concurrency.max(1) {
            if let Some(lock) = Lock::take(&self.folder.join(format!("place-{number}")))? {
                return Ok(Some(Slot { _lock: lock }));
            }
        }
        Ok(None)
    }

    /// Ends a hold before its time.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn release(&self) -> io::Result<()> {
        self.change(|ledger, _| ledger.release())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Ledger, Timestamp) -> T) -> io::Result<T> {
        let _here = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = self.folder.join("lock");
        let _lock = Lock::briefly(&lock, &|pause| self.seams.sleep(pause))?;
        let path = self.folder.join(LEDGER);
        let now = self.seams.now();
        let mut ledger = Ledger::read(&path, now);
        let done = change(&mut ledger, now);
        ledger.written = now;
        files::replace_lightly(&path, &serde_json::to_vec(&ledger)?)?;
        Ok(done)
    }
}

impl Throttle for Budget<'_> {
    /// The end of the current hold. `None` if there is no hold, if this process probes it, or if the ledger
    /// cannot be read.
    fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        let hold = Ledger::read(&self.folder.join(LEDGER), now).hold(now)?;
        Some(hold.until).filter(|until| self.probing.get() != Some(*until))
    }

    /// Holds the mailbox until `until`, for one hour at most. If the ledger cannot be written, the other
    /// processes go on: the service throttles them itself.
    fn throttled(&self, until: Timestamp, status: u16) {
        let probed = self.probing.take();
        let noted = self.make_folder().and_then(|()| {
            self.change(|ledger, now| {
                if probed.is_some() && ledger.not_before == probed {
                    // The answer to the probe replaces the former one.
                    ledger.release();
                }
                ledger.add(RequestedWait { until, status }, now);
            })
        });
        drop(noted);
    }

    /// If this process probed, the hold ends.
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
    /// If a probe got no answer, the next message probes.
    fn drop(&mut self) {
        if let Some(probed) = self.probing.take() {
            // If this fails, the next message probes after the hour.
            drop(self.change(|ledger, now| {
                if ledger.not_before == Some(probed) {
                    ledger.not_before = Some(now);
                }
            }));
        }
    }
}

/// The file name of the ledger in a mailbox's folder.
const LEDGER: &str = "ledger.json";

/// The folder of `mailbox` at the service `graph`, below `root`.
fn folder(root: &Path, (graph, mailbox): (&str, &str)) -> PathBuf {
    let hash = Sha256::new()
        .chain_update(graph)
        .chain_update([0])
        .chain_update(mailbox.to_lowercase())
        .finalize();
    root.join(format!("{hash:x}"))
}
