//! The locked file that all parts of graphmail use. The lock is on the file itself, which may have contents.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Purpose, open_checked, put, sync_parent};

/// A locked file: one process at a time holds it, and the system releases it when that process ends.
#[derive(Debug)]
pub struct Lock {
    file: Arc<File>,
    path: PathBuf,
}

/// A lock that was released and whose file is still open: to take it again is less work. Nobody moves its file.
#[derive(Debug)]
pub struct Released {
    file: Arc<File>,
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
        Self::open(path, Purpose::Lock)
    }

    /// As [`Lock::take`], of a file that exists.
    ///
    /// # Errors
    /// As [`Lock::take`]; [`io::ErrorKind::NotFound`].
    pub fn take_existing(path: &Path) -> io::Result<Option<Self>> {
        Self::open(path, Purpose::Look)
    }

    /// Creates the file `path` with mode 0600, and takes its lock. No file may be there before.
    ///
    /// # Errors
    /// As [`Lock::take`]; [`io::ErrorKind::AlreadyExists`].
    pub fn create(path: &Path) -> io::Result<Self> {
        loop {
            let file = open_checked(path, Purpose::New)?;
            // Another process may look at it before, and then removes it.
            file.lock()?;
            let lock = Self::of_file(Arc::new(file), path);
            if lock.excludes_others() {
                return Ok(lock);
            }
        }
    }

    fn open(path: &Path, purpose: Purpose) -> io::Result<Option<Self>> {
        loop {
            let file = Arc::new(open_checked(path, purpose)?);
            if !try_lock(&file)? {
                return Ok(None);
            }
            let lock = Self::of_file(file, path);
            if lock.excludes_others() {
                return Ok(Some(lock));
            }
        }
    }

    fn of_file(file: Arc<File>, path: &Path) -> Self {
        Self {
            file,
            path: path.to_owned(),
        }
    }

    /// Whether the path still names the file: its former holder may have moved or removed it after it was opened here.
    fn excludes_others(&self) -> bool {
        names(&self.path, &self.file)
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
        wait_in_steps(&|| Self::take(path), (PAUSE, sleep), may_wait)
    }

    /// Takes the lock at `path`, which every holder keeps only while it reads and writes files. Waits for it [`BRIEFLY`].
    ///
    /// # Errors
    /// As [`Lock::take`]; [`io::ErrorKind::ResourceBusy`] after that time.
    pub fn briefly(path: &Path, sleep: &dyn Fn(Duration)) -> io::Result<Self> {
        briefly(&|| Self::take(path), sleep)
    }

    /// The locked file, for contents that only the holder of the lock changes.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a process holds the lock at `path`; creates no file.
    #[must_use]
    pub fn is_held(path: &Path) -> bool {
        let file = open_checked(path, Purpose::Look);
        file.and_then(|file| try_lock(&file))
            .is_ok_and(|is_free| !is_free)
    }

    /// Releases it, then makes what was written to the file durable. Other processes need not wait for that.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn release_and_sync(self) -> io::Result<()> {
        self.file.unlock()?;
        self.file.sync_data()
    }

    /// Replaces the file atomically by one with these `bytes`, which is locked, too; durable on return.
    ///
    /// # Errors
    /// Those of the file system; then the old file is unchanged, unless its folder could not be synced.
    pub fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = put(&self.path, bytes, |file| {
            file.try_lock()?;
            file.sync_all()
        })?;
        drop(self.file.unlock());
        self.file = Arc::new(file);
        sync_parent(&self.path)
    }

    /// Moves the file to `to`, in a folder that was checked. Not durable.
    ///
    /// # Errors
    /// Those of the file system; then it was not moved. [`io::ErrorKind::AlreadyExists`] if another file is there.
    pub fn rename(&mut self, to: PathBuf) -> io::Result<()> {
        match rename(&self.path, &to) {
            // After a power cut, a file system without a journal may have both names.
            Err(error)
                if error.kind() == io::ErrorKind::AlreadyExists && names(&to, &self.file) =>
            {
                self.unlink()?;
            }
            renamed => renamed?,
        }
        self.path = to;
        Ok(())
    }

    /// Removes the file, whose lock is still held. Not durable.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn unlink(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// Releases it. Its file stays open.
    #[must_use]
    pub fn release(self) -> Released {
        Released {
            file: Arc::clone(&self.file),
            path: self.path.clone(),
        }
    }

    /// Releases it, and removes the file.
    pub fn remove(self) {
        // If it stays, it does no harm: the lock is released.
        drop(self.unlink());
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that another thread has just forked has the file open, too,
        // until it calls exec.
        drop(self.file.unlock());
    }
}

impl Released {
    /// As [`Lock::take`].
    ///
    /// # Errors
    /// As [`Lock::take`].
    pub fn take(&self) -> io::Result<Option<Lock>> {
        if !try_lock(&self.file)? {
            return Ok(None);
        }
        let lock = Lock::of_file(Arc::clone(&self.file), &self.path);
        match is_named(&self.file) {
            true => Ok(Some(lock)),
            false => Lock::take(&self.path),
        }
    }

    /// As [`Lock::briefly`].
    ///
    /// # Errors
    /// As [`Lock::briefly`].
    pub fn briefly(&self, sleep: &dyn Fn(Duration)) -> io::Result<Lock> {
        briefly(&|| self.take(), sleep)
    }
}

/// Renames a file, unless there is one of the new name.
fn rename(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // The file system cannot do that.
            Err(Errno::INVAL | Errno::NOSYS) => {}
            renamed => return Ok(renamed?),
        }
    }
    if to.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the file is not written: the rename is the whole change"
    )]
    fs::rename(from, to)
}

/// Whether the file could be locked: no other process has.
fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn briefly(
    take: &dyn Fn() -> io::Result<Option<Lock>>,
    sleep: &dyn Fn(Duration),
) -> io::Result<Lock> {
    let taken = wait_in_steps(take, (SHORT_PAUSE, sleep), &|waited| waited < BRIEFLY)?;
    taken.map_err(|_| io::ErrorKind::ResourceBusy.into())
}

fn wait_in_steps(
    take: &dyn Fn() -> io::Result<Option<Lock>>,
    (pause, sleep): (Duration, &dyn Fn(Duration)),
    may_wait: &dyn Fn(Duration) -> bool,
) -> io::Result<Result<Lock, Duration>> {
    let mut waited = Duration::ZERO;
    loop {
        if let Some(lock) = take()? {
            return Ok(Ok(lock));
        }
        if !may_wait(waited) {
            return Ok(Err(waited));
        }
        sleep(pause);
        waited += pause;
    }
}

/// Whether the open `file` has a name: it was not removed.
fn is_named(file: &File) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        file.metadata().is_ok_and(|found| found.nlink() > 0)
    }
    #[cfg(not(unix))]
    {
        // A file that is open cannot be removed.
        drop(file);
        true
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
