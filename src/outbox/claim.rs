//! An entry in this process's hands: nobody else changes it.

use super::entry::save_entry;
use super::spool::Outbox;
use super::{Entry, EntryId, Error, Phase, State};
use crate::files::Lock;
use crate::submission::Submission;

/// An entry in this process's hands, until it is dropped.
pub struct Claim<'a> {
    outbox: Outbox<'a>,
    id: EntryId,
    state: State,
    /// What it says; [`Claim::save`] writes it.
    pub entry: Entry,
    lock: Lock,
}

/// What becomes of a busy entry whose process is gone.
pub(super) const fn orphaned(entry: &Entry) -> State {
    match entry.phase {
        Phase::Untouched | Phase::Creating | Phase::Draft { .. } => State::New,
        Phase::Sending { .. } => State::Doubtful,
    }
}

impl<'a> Claim<'a> {
    pub(super) const fn new(
        outbox: Outbox<'a>,
        id: EntryId,
        state: State,
        entry: Entry,
        lock: Lock,
    ) -> Self {
        Self {
            outbox,
            id,
            state,
            entry,
            lock,
        }
    }

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
        let loaded = self.entry.message.load(&folder, &self.entry.to);
        loaded.map_err(|fault| fault.into_error(&self.id))
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
    pub fn shift(&mut self, state: State) -> Result<(), Error> {
        if state != self.state {
            let [from, to] = [self.state, state].map(|state| self.outbox.path(state, &self.id));
            self.outbox.shift(&from, &to)?;
            self.state = state;
        }
        Ok(())
    }

    /// Takes it out of the outbox.
    ///
    /// # Errors
    /// [`Error::Io`]; then it is where it was.
    pub fn remove(self) -> Result<(), Error> {
        self.outbox.erase(&self.id, self.state)?;
        self.lock.remove();
        Ok(())
    }

    /// Puts what a dead process left in `busy` where it belongs.
    pub(super) fn recover(&mut self) -> Result<(), Error> {
        if orphaned(&self.entry) == State::Doubtful {
            let died = "the process that sent it ended before it could note the outcome";
            self.entry.last_error = Some(died.to_owned());
            self.entry.not_before = None;
            self.save()?;
        }
        self.shift(orphaned(&self.entry))
    }
}
