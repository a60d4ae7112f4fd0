//! The lock file that all parts of graphmail use.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Purpose, open_checked};

/// A locked file: one process at a time holds it, and the system releases it when that process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

/// The pause between two attempts to take a lock that another process holds.
const PAUSE: Duration = Duration::from_millis(100);
/// The same for a lock that is held briefly, and how long it is waited for.
const SHORT_PAUSE: Duration = Duration::from_millis(5);
const BRIEFLY: Duration = Duration::from_secs(1);

impl Lock {
    /// Takes the lock at `path`; `None` if another process holds it.
    ///
    /// # Errors
    /// Those of the file system, and [`super::Untrusted`].
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        loop {
            let file = open_checked(path, Purpose::Lock)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // The former holder may have removed the file after it was opened here: then this lock
            // excludes no other process.
            if names(path, &file) {
                let path = path.to_owned();
                return Ok(Some(Self { file, path }));
            }
        }
    }

    /// Takes the lock at `path`. While another process holds it, waits with `sleep`, as long as
    /// `may_wait` returns true for the time waited so far. The inner error is that time.
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn wait(
        path: &Path,
        sleep: &dyn Fn(Duration),
        may_wait: &dyn Fn(Duration) -> bool,
    ) -> io::Result<Result<Self, Duration>> {
        Self::wait_in_steps(path, (PAUSE, sleep), may_wait)
    }

    fn wait_in_steps(
        path: &Path,
        (pause, sleep): (Duration, &dyn Fn(Duration)),
        may_wait: &dyn Fn(Duration) -> bool,
    ) -> io::Result<Result<Self, Duration>> {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(lock) = Self::take(path)? {
                return Ok(Ok(lock));
            }
            if !may_wait(waited) {
                return Ok(Err(waited));
            }
            sleep(pause);
            waited += pause;
        }
    }

    /// Takes the lock at `path`, which every holder keeps only while it reads and writes files. Waits for it [`BRIEFLY`].
    ///
    /// # Errors
    /// As [`Lock::take`]; [`io::ErrorKind::ResourceBusy`] after that time.
    pub fn briefly(path: &Path, sleep: &dyn Fn(Duration)) -> io::Result<Self> {
        let taken = Self::wait_in_steps(path, (SHORT_PAUSE, sleep), &|waited| waited < BRIEFLY)?;
        taken.map_err(|_| io::ErrorKind::ResourceBusy.into())
    }

    /// The locked file, for contents that only the holder of the lock changes.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Whether a process holds the lock at `path`; creates no file.
    #[must_use]
    pub fn is_held(path: &Path) -> bool {
        let file = open_checked(path, Purpose::Look);
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Releases it, then makes what was written to the file durable. Other processes need not wait for that.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn release_and_sync(self) -> io::Result<()> {
        self.file.unlock()?;
        self.file.sync_data()
    }

    /// Releases it, and removes the file.
    pub fn remove(self) {
        // If it stays, it does no harm: the lock is released.
        drop(fs::remove_file(&self.path));
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that another thread has just forked has the file open, too,
        // until it calls exec.
        drop(self.file.unlock());
    }
}

/// Whether `path` still names the open `file`.
fn names(path: &Path, file: &File) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let place = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let (there, here) = (fs::symlink_metadata(path), file.metadata());
        matches!((there.map(place), here.map(place)), (Ok(there), Ok(here)) if there == here)
    }
    #[cfg(not(unix))]
    {
        drop(file);
        path.exists()
    }
}
