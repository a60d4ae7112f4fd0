//! The folders of the outbox: opening, listing, finding, moving.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::entry_file::{Stored, load_entry};
use super::{Entry, EntryId, Error, State, contents};
use crate::files::{self, Lock};
use crate::seams::Seams;

/// The outbox of one user.
#[derive(Clone, Copy)]
pub struct Outbox<'a> {
    pub(super) root: &'a Path,
    pub(super) seams: &'a dyn Seams,
}

/// An entry and its state.
#[derive(Debug)]
pub struct Listed {
    /// The id of the entry.
    pub id: EntryId,
    /// The state. It is busy only if a running process is sending the entry.
    pub state: State,
    /// The contents of `entry.json`, or why it cannot be read.
    pub entry: Result<Entry, Error>,
}

/// [`files::move_folder`], or [`files::move_folder_lightly`].
pub(super) type Rename = fn(&Path, &Path) -> io::Result<()>;

/// The folder for entries that are being written or removed.
const TMP: &str = "tmp";
const LOCKS: &str = "locks";

impl<'a> Outbox<'a> {
    /// Opens the outbox in `root`. Missing folders are created.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Exposed`].
    pub fn open(root: &'a Path, seams: &'a dyn Seams) -> Result<Self, Error> {
        let outbox = Self { root, seams };
        if !root.is_dir() {
            files::make_folder(root)
                .and_then(|()| root.parent().map_or(Ok(()), files::sync_folder))
                .map_err(Error::io("making", root))?;
        }
        if !files::is_own(root).map_err(Error::io("looking at", root))? {
            return Err(Error::Exposed(root.to_owned()));
        }
        let states = State::ALL.map(State::name);
        for name in states.into_iter().chain([TMP, LOCKS]) {
            let folder = root.join(name);
            if !folder.is_dir() {
                files::make_folder(&folder).map_err(Error::io("making", &folder))?;
                files::sync_folder(root).map_err(Error::io("making", &folder))?;
            }
            files::check_subfolder(&folder).map_err(Error::io("using", &folder))?;
        }
        Ok(outbox)
    }

    /// The outbox in `root`, if there is one.
    ///
    /// # Errors
    /// As [`Outbox::open`].
    pub fn existing(root: &'a Path, seams: &'a dyn Seams) -> Result<Option<Self>, Error> {
        match fs::metadata(root) {
            Ok(_) => Self::open(root, seams).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("looking at", root)(error)),
        }
    }

    /// The time, by the clock of its entries.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.seams.now()
    }

    /// All entries, oldest first. A busy entry whose process has ended has the state that the next claim
    /// gives it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        let mut found = BTreeMap::new();
        for state in State::ALL {
            for id in self.ids(state)? {
                // If an entry is moved meanwhile, the last state seen counts.
                let listed = self.read(&id, state);
                found.insert(id, listed);
            }
        }
        Ok(found.into_values().flatten().collect())
    }

    /// The ids of the entries in `state`, oldest first.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn ids(&self, state: State) -> Result<Vec<EntryId>, Error> {
        self.names(state.name())
    }

    fn names(&self, folder: &str) -> Result<Vec<EntryId>, Error> {
        let folder = self.root.join(folder);
        let failed = || Error::io("reading", &folder);
        let mut ids = Vec::new();
        for entry in fs::read_dir(&folder).map_err(failed())? {
            let name = entry.map_err(failed())?.file_name();
            // Other files are ignored.
            ids.extend(name.to_str().and_then(|name| name.parse::<EntryId>().ok()));
        }
        ids.sort();
        Ok(ids)
    }

    /// One entry.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn find(&self, id: &EntryId) -> Result<Listed, Error> {
        self.state_of(id)
            .and_then(|state| self.read(id, state))
            .ok_or_else(|| Error::NotFound(id.clone()))
    }

    /// The state of an entry, read under its lock so that no other process moves it meanwhile. `None` if
    /// there is no such entry.
    pub(super) fn state_under_lock(&self, id: &EntryId) -> Result<Option<State>, Error> {
        let Some(lock) = self.lock(id)? else {
            return Ok(Some(State::Busy));
        };
        Ok(match self.state_of(id) {
            // No other process is sending it, because this one holds its lock.
            Some(state) => Some(without_process(state, self.load(id, state).as_ref().ok())),
            None => {
                lock.remove();
                None
            }
        })
    }

    /// The body of an entry's first request.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Io`].
    pub fn body(&self, id: &EntryId) -> Result<Vec<u8>, Error> {
        let state = self.state_of(id);
        let state = state.ok_or_else(|| Error::NotFound(id.clone()))?;
        contents::body(id, &self.path(state, id))
    }

    /// What `sendmail` read, for an entry that has it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unreadable`], [`Error::Io`].
    pub fn input(&self, id: &EntryId) -> Result<File, Error> {
        let state = self.state_of(id);
        let state = state.ok_or_else(|| Error::NotFound(id.clone()))?;
        contents::open_input(id, &self.path(state, id))
    }

    fn load(&self, id: &EntryId, state: State) -> Result<Entry, Error> {
        load_entry(&self.path(state, id), id).map(|Stored { entry, .. }| entry)
    }

    fn read(&self, id: &EntryId, state: State) -> Option<Listed> {
        let folder = self.path(state, id);
        let entry = self.load(id, state);
        if entry.is_err() && !folder.is_dir() {
            return None;
        }
        let settled = without_process(state, entry.as_ref().ok());
        let state = match settled == state || Lock::is_held(&self.lock_path(id)) {
            true => state,
            false => settled,
        };
        Some(Listed {
            id: id.clone(),
            state,
            entry,
        })
    }

    /// Removes what killed processes left: partly written or partly removed entries, temporary files, and
    /// locks without an entry.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn sweep(&self) -> Result<(), Error> {
        self.sweep_deliveries();
        files::remove_abandoned(&self.keys_folder());
        for state in State::ALL {
            for id in self.ids(state)? {
                files::remove_abandoned(&self.path(state, &id));
            }
        }
        for id in self.names(TMP)? {
            if let Some(lock) = self.lock(&id)? {
                let folder = self.tmp(&id);
                if folder.is_dir() {
                    fs::remove_dir_all(&folder).map_err(Error::io("removing", &folder))?;
                }
                if self.state_of(&id).is_none() {
                    lock.remove();
                }
            }
        }
        for id in self.names(LOCKS)? {
            if self.state_of(&id).is_none()
                && let Some(lock) = self.lock(&id)?
                && self.state_of(&id).is_none()
            {
                lock.remove();
            }
        }
        Ok(())
    }

    /// Makes durable that sent entries are removed. If that fails, a power cut lets them count as doubtful.
    pub fn sync_sent(&self) {
        drop(files::sync_folder(&self.root.join(TMP)));
    }

    /// Removes an entry. The rename makes this atomic.
    pub(super) fn erase(&self, id: &EntryId, state: State, rename: Rename) -> Result<(), Error> {
        let trash = self.tmp(id);
        self.move_folder((&self.path(state, id), &trash), rename)?;
        // If this fails, the next sweep removes the folder.
        drop(fs::remove_dir_all(&trash));
        Ok(())
    }

    /// Moves an entry to another state.
    pub(super) fn move_entry(&self, id: &EntryId, (from, to): (State, State)) -> Result<(), Error> {
        let rename = match to {
            State::New | State::Busy if matches!(from, State::New | State::Busy) => {
                files::move_folder_lightly
            }
            _ => files::move_folder,
        };
        let [from, to] = [from, to].map(|state| self.path(state, id));
        self.move_folder((&from, &to), rename)
    }

    pub(super) fn move_folder(
        &self,
        (from, to): (&Path, &Path),
        rename: Rename,
    ) -> Result<(), Error> {
        self.seams.step("about to move");
        rename(from, to).map_err(Error::io("moving", from))?;
        self.seams.step("moved");
        Ok(())
    }

    pub(super) fn lock(&self, id: &EntryId) -> Result<Option<Lock>, Error> {
        let path = self.lock_path(id);
        Lock::take(&path).map_err(Error::io("locking", path))
    }

    fn lock_path(&self, id: &EntryId) -> PathBuf {
        self.root.join(LOCKS).join(id.as_str())
    }

    pub(super) fn state_of(&self, id: &EntryId) -> Option<State> {
        let at = |state: &State| self.path(*state, id).is_dir();
        // The entry may move while the folders are searched, but not twice in a row.
        let search = || State::ALL.into_iter().find(at);
        search().or_else(search)
    }

    pub(super) fn path(&self, state: State, id: &EntryId) -> PathBuf {
        self.root.join(state.name()).join(id.as_str())
    }

    pub(super) fn tmp(&self, id: &EntryId) -> PathBuf {
        self.root.join(TMP).join(id.as_str())
    }

    /// The journal of idempotency keys.
    pub(super) fn keys_folder(&self) -> PathBuf {
        self.root.join("keys")
    }
}

/// As [`Entry::state_without_process`], also for an entry that cannot be read.
fn without_process(state: State, entry: Option<&Entry>) -> State {
    match entry {
        Some(entry) => entry.state_without_process(state),
        None if state == State::Busy => State::Doubtful,
        None => state,
    }
}
