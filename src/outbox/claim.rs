//! An entry in this process's hands: nobody else changes it.

use std::fs;
use std::path::Path;

use super::entry::{load_entry, save_entry};
use super::spool::Outbox;
use super::{Entry, EntryId, Error, State, contents};
use crate::files::{self, Lock};
use crate::submission::Submission;

/// An entry in this process's hands, until it is dropped.
pub struct Claim<'a> {
    outbox: Outbox<'a>,
    id: EntryId,
    state: State,
    /// What it says; [`Claim::save`] writes it.
    pub entry: Entry,
    /// None after the entry is removed.
    lock: Option<Lock>,
}

impl<'a> Outbox<'a> {
    /// Keeps a message in that state, held by this process; durable on return.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Attachment`]; then nothing is kept.
    pub fn put(
        &self,
        id: EntryId,
        entry: Entry,
        submission: &Submission,
        state: State,
    ) -> Result<Claim<'a>, Error> {
        let lock = self.lock(&id)?.ok_or_else(|| Error::Held(id.clone()))?;
        let folder = self.tmp(&id);
        let made = files::make_folder(&folder)
            .map_err(Error::io("making", &folder))
            .and_then(|()| self.write(&folder, &entry, submission))
            .and_then(|()| self.move_folder(&folder, &self.path(state, &id)));
        if let Err(error) = made {
            drop(fs::remove_dir_all(&folder));
            lock.remove();
            return Err(error);
        }
        Ok(Claim {
            outbox: *self,
            id,
            state,
            entry,
            lock: Some(lock),
        })
    }

    fn write(&self, folder: &Path, entry: &Entry, submission: &Submission) -> Result<(), Error> {
        self.seams.step("the entry has a folder");
        contents::save(folder, submission)?;
        self.seams.step("the message is written");
        save_entry(folder, entry)?;
        self.seams.step("the entry is written");
        Ok(())
    }

    /// Takes hold of an entry. One that a dead process left in `busy` is put where it belongs first.
    /// Nothing where another process holds it, or it is there no more.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Unreadable`], [`Error::Newer`].
    pub fn claim(&self, id: &EntryId) -> Result<Option<Claim<'a>>, Error> {
        if self.state_of(id).is_none() {
            return Ok(None);
        }
        let Some(lock) = self.lock(id)? else {
            return Ok(None);
        };
        // Only now it stays where it is.
        let Some(state) = self.state_of(id) else {
            lock.remove();
            return Ok(None);
        };
        let entry = load_entry(&self.path(state, id), id)?;
        let mut claim = Claim {
            outbox: *self,
            id: id.clone(),
            state,
            entry,
            lock: Some(lock),
        };
        if state == State::Busy {
            claim.recover()?;
        }
        Ok(Some(claim))
    }

    /// Puts an entry that cannot be read, and never will be, where a person decides: what was new is
    /// failed, what a dead process left in `busy` may have been sent. Its new state; nothing where
    /// it can be read, here or by a newer version, or another process holds it, or it lies there
    /// already.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn mark_for_removal(&self, id: &EntryId) -> Result<Option<State>, Error> {
        let Some(lock) = self.lock(id)? else {
            return Ok(None);
        };
        let Some(state) = self.state_of(id) else {
            lock.remove();
            return Ok(None);
        };
        let to = match state {
            State::New => State::Failed,
            State::Busy => State::Doubtful,
            State::Doubtful | State::Failed => return Ok(None),
        };
        match load_entry(&self.path(state, id), id) {
            Err(Error::Unreadable { .. }) => {}
            Err(Error::Newer { .. }) | Ok(_) => return Ok(None),
            Err(error) => return Err(error),
        }
        self.move_folder(&self.path(state, id), &self.path(to, id))?;
        Ok(Some(to))
    }

    /// Takes an entry away that cannot be read, whatever its state.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Held`], [`Error::Io`].
    pub fn drop_unread(&self, id: &EntryId) -> Result<(), Error> {
        let lock = self.lock(id)?.ok_or_else(|| Error::Held(id.clone()))?;
        let done = match self.state_of(id) {
            Some(state) => self.erase(id, state),
            None => Err(Error::NotFound(id.clone())),
        };
        lock.remove();
        done
    }
}

impl Claim<'_> {
    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &EntryId {
        &self.id
    }

    /// Its state.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The message, whose attachments are read from where the entry lies now.
    ///
    /// # Errors
    /// [`Error::Unreadable`] where a file is missing or damaged; [`Error::Io`].
    pub fn submission(&self) -> Result<Submission, Error> {
        let folder = self.outbox.path(self.state, &self.id);
        self.entry.message.load(&self.id, &folder, &self.entry.to)
    }

    /// Writes [`Claim::entry`], durably.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self) -> Result<(), Error> {
        let folder = self.outbox.path(self.state, &self.id);
        self.outbox.seams.step("about to note");
        save_entry(&folder, &self.entry)?;
        self.outbox.seams.step("noted");
        Ok(())
    }

    /// Moves it to that state, durably.
    ///
    /// # Errors
    /// [`Error::Io`]; then it is where it was.
    pub fn move_to(&mut self, state: State) -> Result<(), Error> {
        if state != self.state {
            let [from, to] = [self.state, state].map(|state| self.outbox.path(state, &self.id));
            self.outbox.move_folder(&from, &to)?;
            self.state = state;
        }
        Ok(())
    }

    /// Removes it from the outbox. That needs no free space.
    ///
    /// # Errors
    /// [`Error::Io`]; then it is unchanged.
    pub fn remove(&mut self) -> Result<(), Error> {
        self.outbox.erase(&self.id, self.state)?;
        if let Some(lock) = self.lock.take() {
            lock.remove();
        }
        Ok(())
    }

    /// Puts what a dead process left in `busy` where it belongs.
    fn recover(&mut self) -> Result<(), Error> {
        let state = self.entry.state_without_process();
        if state == State::Doubtful {
            let died = "the process that sent it ended before it could note the outcome";
            self.entry.last_error = Some(died.to_owned());
            self.entry.not_before = None;
            self.save()?;
        }
        self.move_to(state)
    }
}
