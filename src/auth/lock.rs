//! One refresh at a time for each account, among all processes of this user.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::private;
use crate::seams::Seams;

/// How long another process may hold the lock: longer than a refresh over a slow line takes.
const LIMIT: Duration = Duration::from_secs(30);
/// How long it is waited for in any case: a healthy renewal is over by then.
pub(super) const SHORT: Duration = Duration::from_secs(5);
/// The pause between two looks at a lock that another process holds.
const PAUSE: Duration = Duration::from_millis(100);

/// The lock, until it is dropped.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone does not do: a child that another thread is just starting has the file
        // open as well until it becomes its own program. An error leaves it to the closing.
        drop(self.0.unlock());
    }
}

/// No lock.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another process held it all the time.
    Held { path: PathBuf, waited: Duration },
    /// The file cannot be made or locked.
    Io { path: PathBuf, source: io::Error },
}

/// Locks `<folder>/locks/<account>.lock`; the account's name has been checked. Beyond [`SHORT`] it is
/// waited for only as long as `may_wait` allows.
pub(super) fn acquire(
    folder: &Path,
    account: &str,
    seams: &dyn Seams,
    may_wait: &dyn Fn(Duration) -> bool,
) -> Result<Lock, Failure> {
    let folder = folder.join("locks");
    let path = folder.join(format!("{account}.lock"));
    let io = |source| Failure::Io {
        path: path.clone(),
        source,
    };
    private::make_folder(&folder).map_err(io)?;
    let file = open(&path).map_err(io)?;
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock(file)),
            Err(TryLockError::Error(source)) => return Err(io(source)),
            Err(TryLockError::WouldBlock)
                if waited >= LIMIT || (waited >= SHORT && !may_wait(waited + PAUSE)) =>
            {
                return Err(Failure::Held { path, waited });
            }
            Err(TryLockError::WouldBlock) => {
                seams.sleep(PAUSE);
                waited += PAUSE;
            }
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // Never truncated nor removed: a lock on a file that is gone locks nothing.
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
