//! The journal of idempotency keys: an account sends only one message with the same key.
//!
//! A key without a record is free. A process holds the key's lock while it uses the key. It records
//! `sending` before the request that sends the message, so the record survives a crash: if no process
//! holds a key in the state `sending`, the message may have been sent. The file of the lock exists only while a
//! process holds it. If that process is killed, `Keys::compact` removes the file.
//!
//! Older versions wrote a file for each key. It counts until [`Keys::compact`] moves it into the journal.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::key_journal::{Known, Shard};
use super::key_record::{Damaged, KeyId, KeyState, Record, read_old};
use super::{EntryId, Error, Outbox, State};
use crate::files::{self, Lock};

/// How often the journal is compacted.
pub(super) const COMPACTED_EVERY: Duration = Duration::from_hours(24);
/// The file of [`Compacted`].
const COMPACTED: &str = "pruned";

/// The journal of idempotency keys.
#[derive(Clone)]
pub struct Keys<'a> {
    pub(super) outbox: Outbox<'a>,
    pub(super) folder: PathBuf,
}

/// A key that this process holds until it is dropped.
pub struct Key<'a> {
    keys: Keys<'a>,
    id: KeyId,
    /// When it was taken.
    at: (Timestamp, SignedDuration),
    _lock: InUse,
}

impl Key<'_> {
    /// The file of the journal that has the records of this key, if it is damaged: one of them may be lost.
    #[must_use]
    pub fn damaged_journal(&self) -> Option<PathBuf> {
        let shard = Shard::of(&self.keys.folder, &self.id);
        shard.is_damaged().then(|| shard.path().to_owned())
    }
}

/// The lock of a key.
pub(super) struct InUse(Option<Lock>);

impl Drop for InUse {
    fn drop(&mut self) {
        if let Some(lock) = self.0.take() {
            lock.remove();
        }
    }
}

/// When the journal was last compacted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Compacted {
    pub(super) at: Timestamp,
    /// How long the journal has been in use. A step of the clock counts for a day at most, since the clock may
    /// have been set: a clock that is set must not make keys old.
    pub(super) in_use: SignedDuration,
}

impl Compacted {
    fn in_use_at(self, now: Timestamp) -> SignedDuration {
        let day = SignedDuration::try_from(COMPACTED_EVERY).unwrap_or(SignedDuration::MAX);
        let step = now.duration_since(self.at).clamp(SignedDuration::ZERO, day);
        self.in_use.saturating_add(step)
    }
}

/// The result of [`Keys::look_up`].
pub enum KeyLookup<'a> {
    /// No message was sent with the key. This process holds it now.
    Free(Key<'a>),
    /// Another process uses the key.
    Held,
    /// A message was sent with the key, at about that time.
    Sent(Timestamp),
    /// The message with the key is in the outbox.
    Kept(EntryId, State),
    /// A message may have been sent with the key. This process holds it now.
    Uncertain(Key<'a>, KeyState),
}

impl<'a> Outbox<'a> {
    /// The journal of idempotency keys.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn keys(&self) -> Result<Keys<'a>, Error> {
        let folder = self.root.keys();
        files::make_folder(&folder).map_err(Error::io("making", &folder))?;
        Ok(Keys {
            outbox: *self,
            folder,
        })
    }
}

impl<'a> Keys<'a> {
    /// Looks up a key of an account, and holds it if it may be used.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn look_up(&self, account: &str, key: &str) -> Result<KeyLookup<'a>, Error> {
        let id = KeyId::new(account, key);
        let Some(lock) = self.lock(&id)? else {
            return Ok(KeyLookup::Held);
        };
        let now = self.outbox.seams.now();
        let key = || Key {
            keys: self.clone(),
            at: (now, self.in_use_at(now)),
            id: id.clone(),
            _lock: lock,
        };
        Ok(match self.known(&id)? {
            None => KeyLookup::Free(key()),
            Some(Record { state, at, .. }) => match state {
                KeyState::Sent => KeyLookup::Sent(at),
                KeyState::Sending { .. } => KeyLookup::Uncertain(key(), state),
                // `Sent` is recorded before a sent entry is removed. If there is no entry, a second look
                // shows whether it was sent meanwhile; if not, it was dropped or never written.
                KeyState::Kept { entry } => match self.kept(&entry)? {
                    Some((id, state)) => KeyLookup::Kept(id, state),
                    None => match self.known(&id)? {
                        Some(known) if known.state == KeyState::Sent => KeyLookup::Sent(at),
                        _ => KeyLookup::Free(key()),
                    },
                },
            },
        })
    }

    /// The entry that holds a key in use. A failed entry was not sent, so its key is free.
    fn kept(&self, entry: &str) -> Result<Option<(EntryId, State)>, Error> {
        let Ok(id) = entry.parse() else {
            return Ok(None);
        };
        let state = self.outbox.state_under_lock(&id)?;
        let state = state.filter(|state| *state != State::Failed);
        Ok(state.map(|state| (id, state)))
    }

    /// Whether the entry `id` may be sent with `key`.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Held`] if another process uses the key.
    pub fn belongs_to(&self, account: &str, key: &str, id: &EntryId) -> Result<bool, Error> {
        let key = KeyId::new(account, key);
        let lock = self.lock(&key)?;
        let _lock = lock.ok_or_else(|| Error::Held(id.clone()))?;
        Ok(match self.known(&key)?.map(|known| known.state) {
            Some(KeyState::Kept { entry }) => entry == id.as_str(),
            Some(KeyState::Sent | KeyState::Sending { .. }) => false,
            None => true,
        })
    }

    /// Records the state of an entry's key, durably.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn set_state(&self, account: &str, key: &str, state: KeyState) -> Result<(), Error> {
        let now = self.outbox.seams.now();
        let at = (now, self.in_use_at(now));
        self.record(&KeyId::new(account, key), at, state)
    }

    fn record(
        &self,
        id: &KeyId,
        (at, in_use): (Timestamp, SignedDuration),
        state: KeyState,
    ) -> Result<(), Error> {
        let shard = Shard::of(&self.folder, id);
        let record = Record { at, in_use, state };
        shard
            .append(id, &record, &|pause| self.outbox.seams.sleep(pause))
            .map_err(Error::io("writing", shard.path()))
    }

    /// What is known of a key. A damaged record leaves it in doubt.
    fn known(&self, id: &KeyId) -> Result<Option<Record>, Error> {
        let shard = Shard::of(&self.folder, id);
        let known = match shard.find(id).map_err(Error::io("reading", shard.path()))? {
            Ok(None) => self.old(id),
            known => known,
        };
        Ok(known.unwrap_or_else(|Damaged| Some(self.in_doubt())))
    }

    /// What an older version has recorded.
    pub(super) fn old(&self, id: &KeyId) -> Known {
        match files::read(&id.old_file(&self.folder)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            json => json
                .map_err(|_| Damaged)
                .and_then(|json| read_old(&json))
                .map(Some),
        }
    }

    pub(super) fn in_doubt(&self) -> Record {
        let now = self.outbox.seams.now();
        Record {
            at: now,
            in_use: self.in_use_at(now),
            state: KeyState::Sending {
                begun: now,
                message_id: None,
                draft: None,
            },
        }
    }

    pub(super) fn lock(&self, id: &KeyId) -> Result<Option<InUse>, Error> {
        let path = id.lock(&self.folder);
        let lock = Lock::take(&path).map_err(Error::io("locking", path))?;
        Ok(lock.map(|lock| InUse(Some(lock))))
    }

    /// When the journal was last compacted; `None` if that is not known.
    pub(super) fn compacted(&self) -> Option<Compacted> {
        let json = files::read(&self.folder.join(COMPACTED)).ok()?;
        serde_json::from_slice(&json).ok()
    }

    /// How long the journal has been in use; counted from now on if that is not known.
    pub(super) fn in_use_at(&self, now: Timestamp) -> SignedDuration {
        let Some(last) = self.compacted() else {
            let in_use = SignedDuration::ZERO;
            // If this fails, the next use or compaction begins to count.
            drop(self.note_compacted(Compacted { at: now, in_use }));
            return in_use;
        };
        last.in_use_at(now)
    }

    pub(super) fn note_compacted(&self, compacted: Compacted) -> Result<(), Error> {
        let path = self.folder.join(COMPACTED);
        serde_json::to_vec(&compacted)
            .map_err(io::Error::from)
            .and_then(|json| files::replace_lightly(&path, &json))
            .map_err(Error::io("writing", path))
    }
}

impl Key<'_> {
    /// Records the state of the key, durably.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn set_state(&mut self, state: KeyState) -> Result<(), Error> {
        self.keys.record(&self.id, self.at, state)
    }

    /// Makes the key free again, because no message was sent with it. That needs no free disk space.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn free(self) -> Result<(), Error> {
        let Keys { outbox, folder } = &self.keys;
        let old = self.id.old_file(folder);
        match fs::remove_file(&old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("removing", &old)(error));
            }
            _ => {}
        }
        let shard = Shard::of(folder, &self.id);
        shard
            .free(&self.id, &|pause| outbox.seams.sleep(pause))
            .map_err(Error::io("writing", shard.path()))
    }
}
