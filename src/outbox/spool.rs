//! The folders of the outbox: opening, listing, finding, moving.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use jiff::Timestamp;

use super::entry_file::{self, Stored};
use super::layout::{CONTENTS, Root, TMP};
use super::{Entry, EntryId, Error, State, contents, former};
use crate::files::{self, Lock};
use crate::seams::Seams;

/// The outbox of one user.
#[derive(Clone, Copy)]
pub struct Outbox<'a> {
    pub(super) root: Root<'a>,
    pub(super) seams: &'a dyn Seams,
}

/// An entry and its state.
#[derive(Debug)]
pub struct Listed {
    /// The id of the entry.
    pub id: EntryId,
    /// The state. It is busy only if a running process is sending the entry.
    pub state: State,
    /// What its file says, or why it cannot be read.
    pub entry: Result<Entry, Error>,
}

/// What the search for an entry to be locked has found.
pub(super) enum Found {
    /// The state of the entry, and its file, which is locked.
    Locked(State, Lock),
    /// Another process holds it.
    Held,
    Nothing,
}

impl<'a> Outbox<'a> {
    /// Opens the outbox in `root`. Missing folders are created.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Exposed`].
    pub fn open(root: &'a Path, seams: &'a dyn Seams) -> Result<Self, Error> {
        let outbox = Self {
            root: Root(root),
            seams,
        };
        if !root.is_dir() {
            files::make_folder(root)
                .and_then(|()| files::sync_parent(root))
                .map_err(Error::io("making", root))?;
        }
        if !files::is_own(root).map_err(Error::io("looking at", root))? {
            return Err(Error::Exposed(root.to_owned()));
        }
        let states = State::ALL.map(State::name);
        for name in states.into_iter().chain([TMP, CONTENTS]) {
            let folder = root.join(name);
            if !folder.is_dir() {
                files::make_folder(&folder).map_err(Error::io("making", &folder))?;
                files::sync_folder(root).map_err(Error::io("making", &folder))?;
            }
            files::check_subfolder(&folder).map_err(Error::io("using", &folder))?;
        }
        former::adopt(outbox.root)?;
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
        self.root.ids(state.name())
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
        Ok(match self.lock(id)? {
            Found::Held => Some(State::Busy),
            // No other process is sending it, because this one holds its lock.
            Found::Locked(state, file) => {
                let stored = entry_file::read(&file, id).ok();
                Some(without_process(
                    state,
                    stored.map(|stored| stored.entry).as_ref(),
                ))
            }
            Found::Nothing => None,
        })
    }

    /// The body of an entry's first request.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Io`].
    pub fn body(&self, id: &EntryId) -> Result<Vec<u8>, Error> {
        let state = self.state_of(id);
        let state = state.ok_or_else(|| Error::NotFound(id.clone()))?;
        contents::body(id, (&self.root.entry(state, id), &self.root.contents(id)))
    }

    /// What `sendmail` read, for an entry that has it.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Unreadable`], [`Error::Io`].
    pub fn input(&self, id: &EntryId) -> Result<File, Error> {
        let state = self.state_of(id);
        state.ok_or_else(|| Error::NotFound(id.clone()))?;
        contents::open_input(id, &self.root.contents(id))
    }

    fn read(&self, id: &EntryId, mut state: State) -> Option<Listed> {
        loop {
            let path = self.root.entry(state, id);
            let entry = entry_file::look(&path, id)?.map(|Stored { entry, .. }| entry);
            let settled = without_process(state, entry.as_ref().ok());
            let is_held = settled != state && Lock::is_held(&path);
            if settled == state || is_held || path.exists() {
                return Some(Listed {
                    id: id.clone(),
                    state: if is_held { state } else { settled },
                    entry,
                });
            }
            // Its process has moved it meanwhile, or has sent it.
            state = self.state_of(id)?;
        }
    }

    /// Removes what killed processes left: partly written or partly removed entries, and temporary files.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn sweep(&self) -> Result<(), Error> {
        self.sweep_deliveries();
        files::remove_abandoned(&self.root.keys());
        for state in State::ALL {
            files::remove_abandoned(&self.root.state(state));
        }
        for id in self.root.ids(TMP)? {
            let path = self.root.tmp(&id);
            if let Ok(Some(file)) = Lock::take_existing(&path) {
                // After a power cut, a file system without a journal may have both names of a file that was moved.
                if !self.is_gone(&id) || self.remove_contents(&id).is_ok() {
                    file.remove();
                }
            }
        }
        for id in self.root.ids_with_contents()? {
            // After a power cut the entry may be gone. One that moves is found by one of the searches.
            let is_tmp = self.root.tmp(&id).symlink_metadata().is_ok();
            if !is_tmp && (0..3).all(|_| self.is_gone(&id)) {
                // What cannot be removed is in nobody's way.
                drop(self.remove_contents(&id));
            }
        }
        Ok(())
    }

    /// Whether the entry has no state. A folder that cannot be searched may have it.
    fn is_gone(&self, id: &EntryId) -> bool {
        let is_missing = |error: io::Error| error.kind() == io::ErrorKind::NotFound;
        State::ALL.into_iter().all(|state| {
            let path = self.root.entry(state, id);
            path.symlink_metadata().is_err_and(is_missing)
        })
    }

    fn remove_contents(&self, id: &EntryId) -> Result<(), Error> {
        let folder = self.root.contents(id);
        match fs::remove_dir_all(&folder).or_else(|_| fs::remove_file(&folder)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("removing", folder)(error))
            }
            _ => Ok(()),
        }
    }

    /// Makes durable that sent entries are removed. If that fails, a power cut lets them count as doubtful.
    pub fn sync_sent(&self) {
        drop(self.sync_state(State::Busy));
    }

    /// Makes durable which entries are in this state.
    pub(super) fn sync_state(&self, state: State) -> Result<(), Error> {
        let folder = self.root.state(state);
        files::sync_folder(&folder).map_err(Error::io("writing", folder))
    }

    /// Removes an entry from its state: at once, whatever happens then. `has_contents`: whether it has more than its
    /// file. Not durable.
    pub(super) fn erase(
        &self,
        id: &EntryId,
        file: &mut Lock,
        has_contents: bool,
    ) -> Result<(), Error> {
        self.seams.step("about to remove");
        if has_contents {
            let tmp = self.root.tmp(id);
            file.rename(tmp)
                .map_err(Error::io("removing", file.path()))?;
            self.seams.step("removed from its state");
            // What remains, the next sweep removes.
            if self.remove_contents(id).is_ok() {
                drop(file.unlink());
            }
        } else {
            file.unlink().map_err(Error::io("removing", file.path()))?;
        }
        self.seams.step("removed");
        Ok(())
    }

    /// Moves an entry to another state.
    pub(super) fn move_entry(
        &self,
        id: &EntryId,
        file: &mut Lock,
        (from, to): (State, State),
    ) -> Result<(), Error> {
        let path = self.root.entry(to, id);
        self.seams.step("about to move");
        file.rename(path)
            .map_err(Error::io("moving", file.path()))?;
        self.seams.step("moved");
        match (from, to) {
            (State::New, State::Busy) => Ok(()),
            _ => files::sync_parent(file.path()).map_err(Error::io("moving", file.path())),
        }
    }

    /// Finds an entry and takes its lock.
    pub(super) fn lock(&self, id: &EntryId) -> Result<Found, Error> {
        // The entry may move while the folders are searched, but not twice in a row.
        for state in State::ALL.into_iter().chain(State::ALL) {
            let path = self.root.entry(state, id);
            match Lock::take_existing(&path) {
                Ok(Some(file)) => return Ok(Found::Locked(state, file)),
                Ok(None) => return Ok(Found::Held),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::io("locking", path)(error)),
            }
        }
        Ok(Found::Nothing)
    }

    pub(super) fn state_of(&self, id: &EntryId) -> Option<State> {
        let at = |state: &State| self.root.entry(*state, id).is_file();
        let search = || State::ALL.into_iter().find(at);
        // As in [`Outbox::lock`].
        search().or_else(search)
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
