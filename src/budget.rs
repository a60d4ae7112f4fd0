//! How much one mailbox may send from this host, all processes of a user together: so many at once,
//! so many a minute, and nothing before the time that the service named.
//!
//! Exchange takes four requests at once of one application and mailbox (Graph: "Throttling limits",
//! Outlook service limits) and 30 messages a minute of one mailbox (Exchange Online limits, "Sending
//! limits"). The ledger is no promise kept over a power cut, so nothing here is synced.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::files::{self, Lock};
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

#[derive(Debug, Default, Serialize, Deserialize)]
struct Ledger {
    /// When it was written: a clock that was set back since makes it worthless.
    written: Timestamp,
    /// The service wants nothing before.
    not_before: Option<Timestamp>,
    /// The last messages, and those that have their turn already, oldest first.
    sent: Vec<Timestamp>,
}

/// The span that messages are counted in.
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// A clock may be behind by this much without having been set back.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);
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
        let hash = Sha256::new()
            .chain_update(graph)
            .chain_update([0])
            .chain_update(mailbox.to_lowercase())
            .finalize();
        let folder = root.join(format!("{hash:x}"));
        if !folder.is_dir() {
            files::make_folder(&folder)?;
        }
        files::check_folder(&folder)?;
        Ok(Self {
            folder,
            limits,
            seams,
        })
    }

    /// Takes the next turn, if the wait for it is within `patience`, which is asked for the pause and
    /// whether the service said so.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn turn(&self, patience: impl Fn(Duration, bool) -> bool) -> io::Result<Turn> {
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
            if !patience(pause, told) {
                return Turn::Later { until, told };
            }
            ledger.sent.push(until);
            let surplus = ledger.sent.len().saturating_sub(window);
            ledger.sent.drain(..surplus);
            Turn::After { pause, told }
        })
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

    /// Lets nobody begin before that time, which the service named.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn hold(&self, until: Timestamp) -> io::Result<()> {
        self.change(|ledger, _| {
            ledger.not_before = Some(ledger.not_before.map_or(until, |known| known.max(until)));
        })
    }

    fn change<T>(&self, change: impl FnOnce(&mut Ledger, Timestamp) -> T) -> io::Result<T> {
        let _lock = self.lock()?;
        let path = self.folder.join("ledger.json");
        let now = self.seams.now();
        // What cannot be read counts as nothing: the service keeps count itself.
        let mut ledger = files::read(&path)
            .ok()
            .and_then(|json| serde_json::from_slice::<Ledger>(&json).ok())
            .filter(|ledger| ledger.written.duration_since(now) <= TOLERANCE)
            .unwrap_or_default();
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
