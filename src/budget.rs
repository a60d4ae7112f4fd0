//! The send budget of a mailbox on this host. It limits all processes of a user together: the number of
//! messages at once, the number per minute, and no message before the time that the service asked for.
//!
//! Exchange accepts four concurrent requests per application and mailbox (Graph: "Throttling limits",
//! Outlook service limits) and 30 messages per minute and mailbox (Exchange Online limits, "Sending
//! limits"). The ledger need not survive a power cut, so it is written in place, and not synced.
//!
//! A hold is obeyed for one hour. If the service asked for a longer one, the first message after the hour
//! probes: the others wait another hour, or until its answer ends the hold or renews it.
//!
//! The token endpoint of an application has a ledger, too. Only its holds are used.

mod ledger;
mod threads;

use std::cell::{Cell, RefCell};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

pub use self::ledger::Hold;
use self::ledger::{Ledger, RequestedWait, longest_hold};
use self::threads::Held;
pub use self::threads::Threads;
use crate::files::{self, Lock, Released};
use crate::http::{Busy, Throttle};
use crate::mutex::locked;
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
    /// When [`Budget::turn`] read the ledger and found no hold, and [`Threads::throttled`] then.
    looked: Cell<Option<(Timestamp, u64)>>,
    /// The slot that this process has taken.
    taken: RefCell<Weak<Place>>,
    /// The ledger, after it was changed here.
    ledger: RefCell<Option<Released>>,
    /// The slots of all threads of this process.
    threads: Arc<Threads>,
}

/// A slot; `None` while its message waits.
type Place = Mutex<Option<Held>>;

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
    _place: Arc<Place>,
}

/// The file with the time of the last attempt that reached nobody.
const UNANSWERED: &str = "unanswered";
/// How long messages that can be queued are not tried after such an attempt. One that connects takes as long at most.
const UNANSWERED_FOR: SignedDuration = SignedDuration::from_secs(10);
/// How long what [`Budget::turn`] has read counts, unless another thread of this process learns more.
const FRESH: SignedDuration = SignedDuration::from_millis(50);
/// The threads of this process take turns here, so that they do not wait for the lock file in steps of its pause. It
/// holds the ledger that one of them wrote last.
static THREADS: Mutex<Option<Written>> = Mutex::new(None);

/// A ledger as it was written.
struct Written {
    path: PathBuf,
    json: Vec<u8>,
    ledger: Ledger,
}

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
            looked: Cell::new(None),
            taken: RefCell::default(),
            ledger: RefCell::default(),
            threads: Arc::default(),
        }
    }

    /// The budget of a process whose threads share it: a slot that one of them frees is taken at once by another.
    #[must_use]
    pub fn with_threads(mut self, threads: &Arc<Threads>) -> Self {
        self.threads = Arc::clone(threads);
        self
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

    fn answered(&self) {
        // Usually there is none.
        drop(fs::remove_file(self.folder.join(UNANSWERED)));
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
        Ledger::look(&folder(root, (graph, mailbox)).join(LEDGER), now)
    }

    /// Takes the next turn if `allows` returns true. It gets the wait and whether the service asked for it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn turn(&self, allows: impl Fn(Duration, bool) -> bool) -> io::Result<Turn> {
        self.change(|ledger, now| {
            let limit = usize::from(self.limits.per_minute);
            let free = ledger.free_at(limit, now);
            let is_held = ledger.hold(now).is_some();
            let looked = (now, self.threads.throttled());
            self.looked.set((!is_held).then_some(looked));
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
            ledger.add_turn(until, limit, now);
            Turn::After { pause, by_service }
        })
    }

    /// Takes a slot. If none is free, waits for one that another thread of this process has, but no longer than
    /// `pause`.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn wait_for_slot(&self, pause: Duration) -> io::Result<Result<Slot, Busy>> {
        let place = self.free_place(pause)?;
        Ok(place.map(|held| {
            let place = Arc::new(Mutex::new(Some(held)));
            self.taken.replace(Arc::downgrade(&place));
            Slot { _place: place }
        }))
    }

    fn free_place(&self, pause: Duration) -> io::Result<Result<Held, Busy>> {
        let slots = (&*self.folder, self.limits.concurrency);
        self.threads.take(slots, pause)
    }

    /// Whether nobody answered a process of this user within the last seconds, so that a message that can be queued
    /// is not tried.
    #[must_use]
    pub fn is_unanswered(&self) -> bool {
        self.unanswered_at().is_some_and(|at| self.is_recent(at))
    }

    /// As [`Budget::is_unanswered`]. If that was longer ago, and nobody has answered since, this process tries, and
    /// the others need not wait for what it finds out.
    #[must_use]
    pub fn may_try(&self) -> bool {
        match self.unanswered_at() {
            None => true,
            Some(at) if self.is_recent(at) => false,
            Some(_) => {
                self.unanswered();
                true
            }
        }
    }

    /// When an attempt last reached nobody, or when the attempt began that finds out.
    fn unanswered_at(&self) -> Option<Timestamp> {
        let text = files::read(&self.folder.join(UNANSWERED)).ok()?;
        Some(str::from_utf8(&text).ok()?.parse().unwrap_or_default())
    }

    fn is_recent(&self, at: Timestamp) -> bool {
        self.seams.now().duration_since(at).abs() < UNANSWERED_FOR
    }

    /// Ends a hold before its time.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn release(&self) -> io::Result<()> {
        self.change(|ledger, _| ledger.release())
    }

    /// Changes the ledger in place, under its own lock.
    fn change<T>(&self, change: impl FnOnce(&mut Ledger, Timestamp) -> T) -> io::Result<T> {
        self.looked.set(None);
        let mut last = locked(&THREADS);
        let sleep = |pause| self.seams.sleep(pause);
        let lock = match self.ledger.take() {
            Some(ledger) => ledger.briefly(&sleep)?,
            None => Lock::briefly(&self.folder.join(LEDGER), &sleep)?,
        };
        let file = lock.file();
        let found = files::read_whole(file)?;
        let now = self.seams.now();
        let is_found = |last: &Written| last.path == lock.path() && last.json == found;
        let mut ledger = match last.take().filter(is_found) {
            Some(last) => last.ledger.adjusted(now),
            None => Ledger::parse(&found, now),
        };
        let done = change(&mut ledger, now);
        ledger.written = now;
        let json = serde_json::to_vec(&ledger)?;
        files::write_at(file, 0, &json)?;
        if json.len() < found.len() {
            file.set_len(json.len() as u64)?;
        }
        *last = Some(Written {
            path: lock.path().to_owned(),
            json,
            ledger,
        });
        self.ledger.replace(Some(lock.release()));
        Ok(done)
    }
}

impl Throttle for Budget<'_> {
    /// The end of the current hold. `None` if there is no hold, if this process probes it, or if the ledger
    /// cannot be read.
    fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        let is_fresh = |(looked, throttled)| {
            now.duration_since(looked).abs() < FRESH && throttled == self.threads.throttled()
        };
        if self.looked.get().is_some_and(is_fresh) {
            return None;
        }
        let hold = Ledger::look(&self.folder.join(LEDGER), now)?;
        Some(hold.until).filter(|until| self.probing.get() != Some(*until))
    }

    /// Holds the mailbox until `until`, for one hour at most. If the ledger cannot be written, the other
    /// processes go on: the service throttles them itself.
    fn throttled(&self, until: Timestamp, status: u16) {
        self.answered();
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
        self.threads.add_throttled();
    }

    /// If this process probed, the hold ends.
    fn admitted(&self) {
        self.answered();
        let Some(probed) = self.probing.take() else {
            return;
        };
        drop(self.change(|ledger, _| {
            if ledger.not_before == Some(probed) {
                ledger.release();
            }
        }));
    }

    /// If it cannot be noted, the others find it out.
    fn unanswered(&self) {
        let now = self.seams.now().to_string();
        drop(files::replace_lightly(
            &self.folder.join(UNANSWERED),
            now.as_bytes(),
        ));
    }

    fn leave(&self) {
        if let Some(place) = self.taken.borrow().upgrade() {
            locked(&place).take();
        }
    }

    /// Without a slot before, there is none to take again.
    fn enter(&self, pause: Duration) -> Result<(), Busy> {
        let Some(place) = self.taken.borrow().upgrade() else {
            return Ok(());
        };
        let mut place = locked(&place);
        if place.is_none() {
            // Unusable slots stop no message.
            *place = self.free_place(pause).ok().transpose()?;
        }
        Ok(())
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
