//! The journal of idempotency keys: an account sends only one message with the same key.
//!
//! A key without a record is free. A process holds the key's lock while it uses the key. It records
//! `sending` before the request that sends the message, so the record survives a crash: if no process
//! holds a key in the state `sending`, the message may have been sent.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{EntryId, Error, Outbox, State};
use crate::files::{self, Lock};

/// How often old keys are removed.
const PRUNED_EVERY: Duration = Duration::from_hours(24);
/// The file of [`Pruned`].
const PRUNED: &str = "pruned";

/// The journal of idempotency keys.
pub struct Keys<'a> {
    outbox: Outbox<'a>,
    folder: PathBuf,
}

/// A key that this process holds until it is dropped.
pub struct Key {
    path: PathBuf,
    lock: Lock,
    record: Record,
}

/// The recorded state of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum KeyState {
    /// The request that sends the message may have been made.
    Sending {
        /// When the attempt began.
        begun: Timestamp,
        /// The Message-ID, with angle brackets, if it is known.
        message_id: Option<String>,
        /// The draft's id, if the message was sent as a draft.
        draft: Option<String>,
    },
    /// The message is an entry of the outbox.
    Kept {
        /// The entry.
        entry: String,
    },
    /// The message was sent.
    Sent,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Record {
    version: u32,
    account: String,
    key: String,
    at: Timestamp,
    /// [`Pruned::in_use`] at that time.
    #[serde(default)]
    in_use: SignedDuration,
    #[serde(flatten)]
    state: Option<KeyState>,
}

/// When old keys were last removed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Pruned {
    at: Timestamp,
    /// How long the journal has been in use. A step of the clock counts for a day at most, since the clock may
    /// have been set: a clock that is set must not make keys old.
    in_use: SignedDuration,
}

impl Pruned {
    fn in_use_at(self, now: Timestamp) -> SignedDuration {
        let day = SignedDuration::try_from(PRUNED_EVERY).unwrap_or(SignedDuration::MAX);
        let step = now.duration_since(self.at).clamp(SignedDuration::ZERO, day);
        self.in_use.saturating_add(step)
    }
}

/// The result of [`Keys::look_up`].
pub enum KeyLookup {
    /// No message was sent with the key. This process holds it now.
    Free(Key),
    /// Another process uses the key.
    Held,
    /// A message was sent with the key, at about that time.
    Sent(Timestamp),
    /// The message with the key is in the outbox.
    Kept(EntryId, State),
    /// A message may have been sent with the key. This process holds it now.
    Uncertain(Key, KeyState),
}

impl<'a> Outbox<'a> {
    /// The journal of idempotency keys.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn keys(&self) -> Result<Keys<'a>, Error> {
        let folder = self.keys_folder();
        files::make_folder(&folder).map_err(Error::io("making", &folder))?;
        Ok(Keys {
            outbox: *self,
            folder,
        })
    }
}

impl Keys<'_> {
    /// Looks up a key of an account, and holds it if it may be used.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn look_up(&self, account: &str, key: &str) -> Result<KeyLookup, Error> {
        let path = self.path(account, key);
        let lock_path = path.with_extension("lock");
        let Some(lock) = Lock::take(&lock_path).map_err(Error::io("locking", lock_path))? else {
            return Ok(KeyLookup::Held);
        };
        let record = self.record(account, key, None);
        let known = read(&path)?;
        let at = known.as_ref().map_or(record.at, |known| known.at);
        let state = match known.and_then(|known| known.state) {
            // `Sent` is recorded before a sent entry is removed. If there is no entry, a second look
            // shows whether it was sent meanwhile; if not, it was dropped or never written.
            Some(KeyState::Kept { entry }) => match self.kept(&entry)? {
                Some((id, state)) => return Ok(KeyLookup::Kept(id, state)),
                None => read(&path)?
                    .and_then(|known| known.state)
                    .filter(|state| *state == KeyState::Sent),
            },
            state => state,
        };
        let key = Key { path, lock, record };
        Ok(match state {
            None | Some(KeyState::Kept { .. }) => KeyLookup::Free(key),
            Some(KeyState::Sent) => KeyLookup::Sent(at),
            Some(state @ KeyState::Sending { .. }) => KeyLookup::Uncertain(key, state),
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
        let path = self.path(account, key).with_extension("lock");
        let lock = Lock::take(&path).map_err(Error::io("locking", path))?;
        let _lock = lock.ok_or_else(|| Error::Held(id.clone()))?;
        let known = read(&self.path(account, key))?.and_then(|known| known.state);
        Ok(match known {
            Some(KeyState::Kept { entry }) => entry == id.as_str(),
            Some(KeyState::Sent | KeyState::Sending { .. }) => false,
            None => true,
        })
    }

    /// Records the state of an entry's key.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn set_state(&self, account: &str, key: &str, state: KeyState) -> Result<(), Error> {
        let record = self.record(account, key, Some(state));
        write(&self.path(account, key), &record)
    }

    fn record(&self, account: &str, key: &str, state: Option<KeyState>) -> Record {
        let now = self.outbox.seams.now();
        Record {
            version: super::VERSION,
            account: account.to_owned(),
            key: key.to_owned(),
            at: now,
            in_use: self.in_use_at(now),
            state,
        }
    }

    /// When old keys were last removed; `None` if that is not known.
    fn pruned(&self) -> Option<Pruned> {
        let json = files::read(&self.folder.join(PRUNED)).ok()?;
        serde_json::from_slice(&json).ok()
    }

    fn in_use_at(&self, now: Timestamp) -> SignedDuration {
        self.pruned()
            .map_or(SignedDuration::ZERO, |pruned| pruned.in_use_at(now))
    }

    /// Removes the keys whose last use is `age` or longer ago, both by the clock and by the days on which this
    /// ran. Does nothing if it ran within a day.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn prune(&self, age: Duration) -> Result<(), Error> {
        let now = self.outbox.seams.now();
        let recent = |at: Timestamp| now.duration_since(at).unsigned_abs() < PRUNED_EVERY;
        if self.pruned().is_some_and(|last| recent(last.at)) {
            return Ok(());
        }
        let in_use = self.in_use_at(now);
        let stamp = self.folder.join(PRUNED);
        serde_json::to_vec(&Pruned { at: now, in_use })
            .map_err(io::Error::from)
            .and_then(|json| files::replace_lightly(&stamp, &json))
            .map_err(Error::io("writing", &stamp))?;
        let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
        let is_old = |known: &Record| {
            now.duration_since(known.at) >= age && in_use.saturating_sub(known.in_use) >= age
        };
        let failed = || Error::io("reading", &self.folder);
        for file in fs::read_dir(&self.folder).map_err(failed())? {
            let path = file.map_err(failed())?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let lock = path.with_extension("lock");
            let Some(lock) = Lock::take(&lock).map_err(Error::io("locking", lock))? else {
                continue;
            };
            if read(&path)?.is_some_and(|known| is_old(&known)) {
                fs::remove_file(&path).map_err(Error::io("removing", &path))?;
                lock.remove();
            }
        }
        Ok(())
    }

    fn path(&self, account: &str, key: &str) -> PathBuf {
        let hash = Sha256::new()
            .chain_update(account)
            .chain_update([0])
            .chain_update(key)
            .finalize();
        self.folder.join(format!("{hash:x}.json"))
    }
}

impl Key {
    /// Records the state of the key, durably.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn set_state(&mut self, state: KeyState) -> Result<(), Error> {
        self.record.state = Some(state);
        write(&self.path, &self.record)
    }

    /// Makes the key free again, because no message was sent with it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn free(self) -> Result<(), Error> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("removing", &self.path)(error));
            }
            _ => {}
        }
        self.lock.remove();
        Ok(())
    }
}

fn write(path: &Path, record: &Record) -> Result<(), Error> {
    serde_json::to_vec(record)
        .map_err(io::Error::from)
        .and_then(|json| files::replace(path, &json))
        .map_err(Error::io("writing", path))
}

fn read(path: &Path) -> Result<Option<Record>, Error> {
    match files::read(path) {
        Ok(json) => serde_json::from_slice(&json)
            .map(Some)
            .map_err(io::Error::from)
            .map_err(Error::io("reading", path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("reading", path)(error)),
    }
}
