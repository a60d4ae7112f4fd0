//! Entries of former versions: an entry was a folder with the file `entry.json`, and its lock a file in `locks`.

use std::fs;
use std::io;
use std::path::Path;

use super::layout::{Root, TMP, ids};
use super::{EntryId, Error, State};
use crate::files::{self, Lock};

/// The folder of the locks, which only former versions have.
const LOCKS: &str = "locks";
/// The file of an entry in its folder.
const ENTRY: &str = "entry.json";

/// Makes entries of this version of those that no process of a former version holds.
pub(super) fn adopt(root: Root<'_>) -> Result<(), Error> {
    let locks = root.0.join(LOCKS);
    match locks.is_dir().then(|| adopt_all(root, &locks)) {
        // Another process has ended the same.
        Some(Err(_)) if !locks.is_dir() => Ok(()),
        adopted => adopted.unwrap_or(Ok(())),
    }
}

fn adopt_all(root: Root<'_>, locks: &Path) -> Result<(), Error> {
    let lock = |id: &EntryId| {
        let path = locks.join(id.as_str());
        Lock::take(&path).map_err(Error::io("locking", path))
    };
    for state in State::ALL {
        for id in ids(&root.state(state), "")? {
            let folder = root.state(state).join(id.as_str());
            // Another process may have moved it before this one took its lock.
            if folder.is_dir()
                && let Some(_held) = lock(&id)?
                && folder.is_dir()
            {
                match adopt_entry(root, state, &id) {
                    // Of two entries with one id, as from a backup, the one of this version counts. The other one stays
                    // under a name that is no id, so that it is never sent.
                    Err(error) if is_occupied(&error) => {
                        files::move_folder(&folder, &folder.with_extension("former"))
                    }
                    adopted => adopted,
                }
                .map_err(Error::io("moving", folder))?;
            }
        }
    }
    let tmp = root.0.join(TMP);
    for id in ids(&tmp, "")? {
        if let Some(_held) = lock(&id)? {
            drop(fs::remove_dir_all(tmp.join(id.as_str())));
        }
    }
    for id in ids(locks, "")? {
        if let Some(lock) = lock(&id)? {
            lock.remove();
        }
    }
    // A process of a former version may still need it.
    if files::is_abandoned(locks) {
        drop(fs::remove_dir(locks));
    }
    Ok(())
}

fn is_occupied(error: &io::Error) -> bool {
    use io::ErrorKind::{AlreadyExists, DirectoryNotEmpty};
    matches!(error.kind(), AlreadyExists | DirectoryNotEmpty)
}

fn adopt_entry(root: Root<'_>, state: State, id: &EntryId) -> io::Result<()> {
    let folder = root.state(state).join(id.as_str());
    let path = root.entry(state, id);
    // The lock keeps others from the entry while its contents are not where they belong.
    let held = match Lock::take_existing(&folder.join(ENTRY)) {
        Ok(Some(mut file)) => file.rename(path).map(|()| Some(file)),
        Ok(None) => Ok(None),
        // A process was killed here before, or the entry is damaged.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Lock::take(&path),
        Err(error) => Err(error),
    };
    let Some(_file) = held? else {
        return Ok(());
    };
    // A short message has no contents.
    if fs::remove_dir(&folder).is_ok() {
        return Ok(());
    }
    files::move_folder(&folder, &root.contents(id))
}
