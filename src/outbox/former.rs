//! Entries of former versions: an entry was a folder with the file `entry.json`, and its lock a file in `locks`.

use std::fs;
use std::io;

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
    if !locks.is_dir() {
        return Ok(());
    }
    let lock = |id: &EntryId| {
        let path = locks.join(id.as_str());
        Lock::take(&path).map_err(Error::io("locking", path))
    };
    for state in State::ALL {
        for id in ids(&root.state(state), "")? {
            if root.state(state).join(id.as_str()).is_dir()
                && let Some(_held) = lock(&id)?
            {
                match adopt_entry(root, state, &id) {
                    // Of two entries with one id, as from a backup, the one of this version counts.
                    Err(error) if is_occupied(&error) => {}
                    adopted => adopted.map_err(Error::io("moving", root.state(state)))?,
                }
            }
        }
    }
    let tmp = root.0.join(TMP);
    for id in ids(&tmp, "")? {
        if let Some(_held) = lock(&id)? {
            drop(fs::remove_dir_all(tmp.join(id.as_str())));
        }
    }
    for id in ids(&locks, "")? {
        if let Some(lock) = lock(&id)? {
            lock.remove();
        }
    }
    // It stays as long as a process of a former version holds a lock.
    drop(fs::remove_dir(locks));
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
