//! The folders of the outbox: opening, listing, finding, moving.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::entry::load_entry;
use super::{Entry, EntryId, Error, State, contents};
use crate::files::{self, Lock};
use crate::seams::Seams;

/// The outbox of one user.
#[derive(Clone, Copy)]
pub struct Outbox<'a> {
    root: &'a Path,
    pub(super) seams: &'a dyn Seams,
}

/// An entry as it lies.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub id: EntryId,
    /// Its state: busy only where a living process is at it.
    pub state: State,
    /// What it says; or why it cannot be read.
    pub entry: Result<Entry, Error>,
}

/// What is not finished: being written, or being taken away.
const TMP: &str = "tmp";
const LOCKS: &str = "locks";

impl<'a> Outbox<'a> {
    /// The outbox in `root`, whose folders are made where they are missing.
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
            files::check_folder(&folder).map_err(Error::io("using", &folder))?;
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

    /// Everything there is, oldest first. A busy entry whose process is gone is shown as what the
    /// next process to hold it makes of it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn list(&self) -> Result<Vec<Listed>, Error> {
        let mut found = BTreeMap::new();
        for state in State::ALL {
            for id in self.ids(state)? {
                // One that moves on meanwhile counts where it was seen last.
                let listed = self.read(&id, state);
                found.insert(id, listed);
            }
        }
        Ok(found.into_values().flatten().collect())
    }

    /// The names of what lies in that state, oldest first.
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
            // What is none of ours is left alone.
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

    /// The state of an entry, however fast others move it; none where there is no such entry.
    pub(super) fn state_for_certain(&self, id: &EntryId) -> Result<Option<State>, Error> {
        let Some(lock) = self.lock(id)? else {
            return Ok(Some(State::Busy));
        };
        Ok(match self.state_of(id) {
            // Nobody is at it: this process holds its lock.
            Some(State::Busy) => Some(
                load_entry(&self.path(State::Busy, id), id)
                    .map_or(State::Doubtful, |entry| entry.state_without_process()),
            ),
            Some(state) => Some(state),
            None => {
                lock.remove();
                None
            }
        })
    }

    /// The first request's body of an entry, as it goes out.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Io`].
    pub fn body(&self, id: &EntryId) -> Result<Vec<u8>, Error> {
        let state = self.state_of(id);
        let state = state.ok_or_else(|| Error::NotFound(id.clone()))?;
        contents::body(&self.path(state, id))
    }

    fn read(&self, id: &EntryId, state: State) -> Option<Listed> {
        let folder = self.path(state, id);
        let entry = load_entry(&folder, id);
        if entry.is_err() && !folder.is_dir() {
            return None;
        }
        let state = match &entry {
            _ if state != State::Busy || Lock::is_held(&self.lock_path(id)) => state,
            Ok(entry) => entry.state_without_process(),
            Err(_) => State::Doubtful,
        };
        Some(Listed {
            id: id.clone(),
            state,
            entry,
        })
    }

    /// Removes what killed processes left: entries half written or half removed, files half written, and
    /// locks of entries that are gone.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn sweep(&self) -> Result<(), Error> {
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

    /// Takes the entry's folder away: it is gone with one rename.
    pub(super) fn erase(&self, id: &EntryId, state: State) -> Result<(), Error> {
        let grave = self.tmp(id);
        self.move_folder(&self.path(state, id), &grave)?;
        // What cannot be removed now, the next sweep removes.
        drop(fs::remove_dir_all(&grave));
        Ok(())
    }

    pub(super) fn move_folder(&self, from: &Path, to: &Path) -> Result<(), Error> {
        self.seams.step("about to move");
        files::move_folder(from, to).map_err(Error::io("moving", from))?;
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
        // It may move on between two looks; it does not do so twice.
        let look = || State::ALL.into_iter().find(at);
        look().or_else(look)
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
