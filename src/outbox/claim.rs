//! Claimed entries: no other process changes them.

use std::fs::{self, File};
use std::path::Path;

use super::entry_file::{self, Place, Stored};
use super::inline_body::InlineBody;
use super::spool::{Found, Outbox};
use super::{Entry, EntryId, Error, State, contents};
use crate::files::{self, Lock, Octets};
use crate::submission::Submission;

/// An entry that this process alone may change until the claim is dropped.
pub struct Claim<'a> {
    outbox: Outbox<'a>,
    id: EntryId,
    state: State,
    /// What the entry's file says; [`Claim::save`] writes it.
    pub entry: Entry,
    /// Where the next record of `entry` goes.
    place: Place,
    /// The message, if it is in the file of the entry.
    body: Option<InlineBody>,
    /// The file of the entry.
    file: Lock,
}

impl<'a> Outbox<'a> {
    /// Writes a message into the outbox in the given state, durably, and claims the new entry.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Attachment`]; then there is no entry.
    pub fn put(
        &self,
        id: EntryId,
        entry: Entry,
        submission: &Submission,
        state: State,
    ) -> Result<Claim<'a>, Error> {
        let body = contents::inline(submission);
        let save = |folder: &Path| contents::save(folder, submission);
        self.put_files(id, (entry, body), state, save)
    }

    /// Writes the input of `sendmail` into the outbox, durably: as failed if it was refused, as new if the host's
    /// mail service will get it.
    ///
    /// # Errors
    /// [`Error::Io`]; then there is no entry.
    pub fn put_input(
        &self,
        id: EntryId,
        entry: Entry,
        input: &Octets,
        state: State,
    ) -> Result<(), Error> {
        let save = |folder: &Path| contents::save_input(folder, input);
        self.put_files(id, (entry, None), state, save).map(drop)
    }

    fn put_files(
        &self,
        id: EntryId,
        (entry, body): (Entry, Option<InlineBody>),
        state: State,
        save: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<Claim<'a>, Error> {
        let path = self.root.tmp(&id);
        let mut file = Lock::create(&path).map_err(Error::io("writing", path))?;
        let written = self.write((&id, &mut file, state), (&entry, body.as_ref()), save);
        match written {
            Ok(place) => Ok(Claim {
                outbox: *self,
                id,
                state,
                entry,
                place,
                body,
                file,
            }),
            Err(error) => {
                // It may have been moved, and then it was not written to the disk.
                drop(fs::remove_dir_all(self.root.contents(&id)));
                file.remove();
                Err(error)
            }
        }
    }

    /// Writes an entry into its file, and moves it to its state.
    fn write(
        &self,
        (id, file, state): (&EntryId, &mut Lock, State),
        (entry, body): (&Entry, Option<&InlineBody>),
        save: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<Place, Error> {
        self.seams.step("the entry has a file");
        if body.is_none() {
            let folder = self.root.contents(id);
            files::make_folder(&folder).map_err(Error::io("making", &folder))?;
            save(&folder)?;
        }
        self.seams.step("the message is written");
        let end = entry_file::begin(file, entry, body)?;
        self.seams.step("the entry is written");
        self.seams.step("about to move");
        file.rename(self.root.entry(state, id))
            .map_err(Error::io("moving", file.path()))?;
        self.seams.step("moved");
        entry_file::complete(file, end)
    }

    /// Claims an entry. If a process died while it sent it, the entry is first moved to `new` or `doubtful`.
    /// `None` if another process holds the entry, or if it no longer exists.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Unreadable`], [`Error::Newer`].
    pub fn claim(&self, id: &EntryId) -> Result<Option<Claim<'a>>, Error> {
        let Found::Locked(state, file) = self.lock(id)? else {
            return Ok(None);
        };
        let Stored { entry, place, body } = entry_file::read(&file, id)?;
        let mut claim = Claim {
            outbox: *self,
            id: id.clone(),
            state,
            entry,
            place,
            body,
            file,
        };
        claim.recover()?;
        Ok(Some(claim))
    }

    /// Moves an unreadable entry from `new` to `failed`, or from `busy` to `doubtful`, so that no flush
    /// tries it again. Returns its new state. `None` if the entry can be read, if it is of a newer
    /// version, if another process holds it, or if it was set aside before.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn set_aside(&self, id: &EntryId) -> Result<Option<State>, Error> {
        let Found::Locked(state, mut file) = self.lock(id)? else {
            return Ok(None);
        };
        let to = match state {
            State::New => State::Failed,
            State::Busy => State::Doubtful,
            State::Doubtful | State::Failed => return Ok(None),
        };
        match entry_file::read(&file, id) {
            Err(Error::Unreadable { .. }) => {}
            Err(Error::Newer { .. }) | Ok(_) => return Ok(None),
            Err(error) => return Err(error),
        }
        self.move_entry(id, &mut file, (state, to))?;
        Ok(Some(to))
    }

    /// Removes an unreadable entry in any state.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Held`], [`Error::Io`].
    pub fn remove_unreadable(&self, id: &EntryId) -> Result<(), Error> {
        match self.lock(id)? {
            Found::Locked(state, mut file) => {
                self.erase(id, &mut file, true)?;
                self.sync_state(state)
            }
            Found::Held => Err(Error::Held(id.clone())),
            Found::Nothing => Err(Error::NotFound(id.clone())),
        }
    }
}

impl Claim<'_> {
    /// The id of the entry.
    #[must_use]
    pub const fn id(&self) -> &EntryId {
        &self.id
    }

    /// The state of the entry.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// The message. Its attachments are read from the folder of the entry's contents.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if a file is missing or damaged; [`Error::Io`].
    pub fn submission(&self) -> Result<Submission, Error> {
        let folder = self.outbox.root.contents(&self.id);
        let place = (&*folder, self.body.as_ref());
        self.entry.message.load(&self.id, place, &self.entry.to)
    }

    /// The input of `sendmail`, if [`Entry::input`] has its command line.
    ///
    /// # Errors
    /// [`Error::Unreadable`] if the file is missing; [`Error::Io`].
    pub fn input(&self) -> Result<File, Error> {
        contents::open_input(&self.id, &self.outbox.root.contents(&self.id))
    }

    /// Replaces the input of `sendmail` by the requests that were made from it; `entry` describes them.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Attachment`]; then the entry is unchanged.
    pub fn replace_input(&mut self, entry: Entry, submission: &Submission) -> Result<(), Error> {
        let folder = self.outbox.root.contents(&self.id);
        contents::save_beside_input(&folder, submission)?;
        self.entry = entry;
        self.save()?;
        contents::remove_input(&folder);
        Ok(())
    }

    /// Writes [`Claim::entry`], durably.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&mut self) -> Result<(), Error> {
        self.outbox.seams.step("about to note");
        if let Some(error) = self.outbox.seams.disk_error() {
            return Err(Error::io("writing", self.file.path())(error));
        }
        let record = (self.place, self.body.as_ref());
        self.place = entry_file::add(&mut self.file, &self.entry, record)?;
        self.outbox.seams.step("noted");
        Ok(())
    }

    /// Moves the entry to `state`, durably, except from `new` to `busy`: see [`Entry::state_without_process`].
    ///
    /// # Errors
    /// [`Error::Io`]; then the entry was not moved.
    pub fn move_to(&mut self, state: State) -> Result<(), Error> {
        if state != self.state {
            let way = (self.state, state);
            self.outbox.move_entry(&self.id, &mut self.file, way)?;
            self.state = state;
        }
        Ok(())
    }

    /// Removes the entry, since Graph has accepted its message, and records that. [`Outbox::sync_sent`] makes it durable.
    ///
    /// # Errors
    /// As [`Claim::remove`].
    pub fn delivered(&mut self) -> Result<(), Error> {
        self.outbox.record_delivery(&self.id, &self.entry);
        self.erase()
    }

    /// Removes the entry from the outbox, durably. That needs no free disk space.
    ///
    /// # Errors
    /// [`Error::Io`]; then the entry is unchanged.
    pub fn remove(&mut self) -> Result<(), Error> {
        self.erase()?;
        self.outbox.sync_state(self.state)
    }

    fn erase(&mut self) -> Result<(), Error> {
        let has_contents = self.body.is_none();
        self.outbox.erase(&self.id, &mut self.file, has_contents)
    }

    /// Moves an entry that a dead process was sending to `new` or `doubtful`.
    fn recover(&mut self) -> Result<(), Error> {
        let state = self.entry.state_without_process(self.state);
        if state == State::Doubtful && self.state != state {
            let died = "the process that sent it ended before it recorded the outcome";
            self.entry.last_error = Some(died.to_owned());
            self.entry.not_before = None;
            self.save()?;
        }
        self.move_to(state)
    }
}
