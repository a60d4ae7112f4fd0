//! The slots that the threads of one process hold. Who waits for one of them learns at once that it is free.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::files::Lock;
use crate::http::Busy;
use crate::mutex::locked;

/// The slots that the threads of one process hold, by the folders of their ledgers.
#[derive(Debug, Default)]
pub struct Threads {
    held: Mutex<BTreeMap<PathBuf, usize>>,
    freed: Condvar,
}

/// A locked slot. It is free again when this is dropped.
pub(super) struct Held {
    lock: Option<Lock>,
    folder: PathBuf,
    threads: Arc<Threads>,
}

impl Threads {
    fn held(&self) -> MutexGuard<'_, BTreeMap<PathBuf, usize>> {
        locked(&self.held)
    }

    /// Takes one of the `number` slots in `folder`. If none is free, and another thread of this process has one, waits
    /// until a thread frees one, but no longer than `pause`.
    pub(super) fn take(
        self: &Arc<Self>,
        (folder, number): (&Path, u16),
        pause: Duration,
    ) -> io::Result<Result<Held, Busy>> {
        let mut held = self.held();
        for number in 1..=number.max(1) {
            let Some(lock) = Lock::take(&folder.join(format!("place-{number}")))? else {
                continue;
            };
            *held.entry(folder.to_owned()).or_default() += 1;
            return Ok(Ok(Held {
                lock: Some(lock),
                folder: folder.to_owned(),
                threads: Arc::clone(self),
            }));
        }
        if !held.contains_key(folder) {
            return Ok(Err(Busy::Elsewhere));
        }
        if !pause.is_zero() {
            drop(self.freed.wait_timeout(held, pause));
        }
        Ok(Err(Busy::Here))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // A thread that has just found no slot waits before this notifies.
        let mut held = self.threads.held();
        drop(self.lock.take());
        if let Some(count) = held.get_mut(&self.folder) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.folder);
            }
        }
        drop(held);
        self.threads.freed.notify_all();
    }
}
