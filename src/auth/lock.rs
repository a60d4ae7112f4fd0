//! One refresh at a time for each account, among all processes of this user.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::files;
pub(super) use crate::files::Lock;
use crate::seams::Seams;

/// How long to wait for another process: longer than a refresh on a slow line takes.
const LIMIT: Duration = Duration::from_secs(30);
/// How long to wait in any case: a normal refresh ends within this time.
pub(super) const SHORT: Duration = Duration::from_secs(5);
/// The pause between two attempts to lock.
const PAUSE: Duration = Duration::from_millis(100);

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another process held it all the time.
    Held { path: PathBuf, waited: Duration },
    /// The file cannot be made or locked.
    Io { path: PathBuf, source: io::Error },
}

/// Locks `<folder>/locks/<account>.lock`; the account's name has been checked. After [`SHORT`],
/// waits only as long as `may_wait` allows.
pub(super) fn acquire(
    folder: &Path,
    account: &str,
    seams: &dyn Seams,
    may_wait: &dyn Fn(Duration) -> bool,
) -> Result<Lock, Failure> {
    let folder = folder.join("locks");
    let path = folder.join(format!("{account}.lock"));
    let may_wait = |waited| waited < LIMIT && (waited < SHORT || may_wait(waited + PAUSE));
    let taken = files::make_folder(&folder)
        .and_then(|()| Lock::wait(&path, &|pause| seams.sleep(pause), &may_wait));
    match taken {
        Ok(Ok(lock)) => Ok(lock),
        Ok(Err(waited)) => Err(Failure::Held { path, waited }),
        Err(source) => Err(Failure::Io { path, source }),
    }
}
