//! The slots that the threads of one process hold. Who waits for one of them learns at once that it is free.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::files::{Lock, Released};
use crate::http::Busy;
use crate::mutex::locked;

/// The slots of the mailboxes for which a thread of the process holds one, by the folders of their ledgers.
#[derive(Debug, Default)]
pub struct Threads {
    mailboxes: Mutex<BTreeMap<PathBuf, Slots>>,
    /// How often the service asked one of the threads for a wait.
    throttled: AtomicU64,
}

/// The slots of a mailbox.
#[derive(Debug, Default)]
struct Slots {
    places: Vec<Place>,
    /// Wakes a thread that waits for one of them.
    freed: Arc<Condvar>,
}

impl Slots {
    fn has_one(&self) -> bool {
        self.places.iter().any(Place::is_held)
    }
}

/// A slot of a mailbox.
#[derive(Debug, Default)]
enum Place {
    /// It is not known here.
    #[default]
    Elsewhere,
    /// A thread of this process had it before.
    Free(Released),
    /// A thread of this process has it.
    Held,
}

impl Place {
    /// Takes the slot at `path`, unless it is taken.
    fn take(&mut self, path: impl FnOnce() -> PathBuf) -> io::Result<Option<Lock>> {
        let taken = match self {
            Self::Held => None,
            Self::Free(released) => released.take()?,
            Self::Elsewhere => Lock::take(&path())?,
        };
        if taken.is_some() {
            *self = Self::Held;
        }
        Ok(taken)
    }

    const fn is_held(&self) -> bool {
        matches!(self, Self::Held)
    }
}

/// A locked slot. It is free again when this is dropped.
pub(super) struct Held {
    lock: Option<Lock>,
    folder: PathBuf,
    /// From 1.
    number: usize,
    threads: Arc<Threads>,
}

impl Threads {
    /// A number that changes when the service asks one of the threads for a wait.
    pub(super) fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// The service has asked this thread for a wait.
    pub(super) fn add_throttled(&self) {
        self.throttled.fetch_add(1, Ordering::Relaxed);
    }

    fn mailboxes(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Slots>> {
        locked(&self.mailboxes)
    }

    /// Takes one of the `number` slots in `folder`. If none is free, and another thread of this process has one, waits
    /// until a thread frees one, but no longer than `pause`.
    pub(super) fn take(
        self: &Arc<Self>,
        (folder, number): (&Path, u16),
        pause: Duration,
    ) -> io::Result<Result<Held, Busy>> {
        let mut mailboxes = self.mailboxes();
        let slots = mailboxes.entry(folder.to_owned()).or_default();
        let number = usize::from(number.max(1));
        if slots.places.len() < number {
            slots.places.resize_with(number, Place::default);
        }
        let mut numbered = slots.places.iter_mut().take(number).zip(1..);
        let taken = numbered.find_map(|(place, number)| {
            let path = || folder.join(format!("place-{number}"));
            let taken = place.take(path).transpose()?;
            Some(taken.map(|lock| (lock, number)))
        });
        let (has_one, freed) = (slots.has_one(), Arc::clone(&slots.freed));
        if !has_one {
            mailboxes.remove(folder);
        }
        if let Some((lock, number)) = taken.transpose()? {
            return Ok(Ok(Held {
                lock: Some(lock),
                folder: folder.to_owned(),
                number,
                threads: Arc::clone(self),
            }));
        }
        if !has_one {
            return Ok(Err(Busy::Elsewhere));
        }
        if !pause.is_zero() {
            drop(freed.wait_timeout(mailboxes, pause));
        }
        Ok(Err(Busy::Here))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A thread that has just found no slot waits before this notifies.
        let mut mailboxes = self.threads.mailboxes();
        let Some(slots) = mailboxes.get_mut(&self.folder) else {
            return;
        };
        if let Some(place) = slots.places.get_mut(self.number - 1) {
            let released = self.lock.take().map(Lock::release);
            *place = released.map_or(Place::Elsewhere, Place::Free);
        }
        if slots.has_one() {
            slots.freed.notify_one();
        } else {
            slots.freed.notify_all();
            mailboxes.remove(&self.folder);
        }
    }
}
