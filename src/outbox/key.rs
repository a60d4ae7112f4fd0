//! The journal of idempotency keys: under one key of an account one message is sent.
//!
//! A key that the journal does not know is free. Whoever uses it holds its lock meanwhile, and what
//! is noted before the request that can send the message outlasts a crash: `sending` that nobody
//! holds may have been sent.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{EntryId, Error, Outbox, State};
use crate::files::{self, Lock};

/// How often old keys are looked for.
const PRUNED_EVERY: Duration = Duration::from_hours(24);
/// The file that tells when old keys were looked for.
const PRUNED: &str = "pruned";

/// The journal.
pub struct Keys<'a> {
    outbox: Outbox<'a>,
    folder: PathBuf,
}

/// A key in this process's hands, until it is dropped.
pub struct Key {
    path: PathBuf,
    lock: Lock,
    record: Record,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum KeyState {
    /// The request that can send the message may have been made.
    Sending {
        /// When the attempt began.
        begun: Timestamp,
        /// The Message-ID, with angle brackets, where it is known.
        message_id: Option<String>,
        /// The draft's id, where it went as one.
        draft: Option<String>,
    },
    /// The message is an entry of the outbox, and fares as that does.
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
    #[serde(flatten)]
    state: Option<KeyState>,
}

/// What a key is found to be.
pub enum Begun {
    /// Nothing was sent under it.
    Free(Key),
    /// Another process uses it.
    Held,
    /// A message was sent under it, at about that time.
    Sent(Timestamp),
    /// Its message is in the outbox.
    Kept(EntryId, State),
    /// A message may have been sent under it: this much is known.
    Perhaps(Key, KeyState),
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
    /// Looks a key of that account up, and takes hold of it where something may be done under it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn begin(&self, account: &str, key: &str) -> Result<Begun, Error> {
        let path = self.path(account, key);
        let lock_path = path.with_extension("lock");
        let Some(lock) = Lock::take(&lock_path).map_err(Error::io("locking", lock_path))? else {
            return Ok(Begun::Held);
        };
        let record = self.record(account, key, None);
        let known = read(&path)?;
        let at = known.as_ref().map_or(record.at, |known| known.at);
        let state = match known.and_then(|known| known.state) {
            // The entry's end is noted before it is taken away: what is not to be found was sent,
            // if a second look says so, and never kept otherwise.
            Some(KeyState::Kept { entry }) => match self.kept(&entry)? {
                Some((id, state)) => return Ok(Begun::Kept(id, state)),
                None => read(&path)?
                    .and_then(|known| known.state)
                    .filter(|state| *state == KeyState::Sent),
            },
            state => state,
        };
        let key = Key { path, lock, record };
        Ok(match state {
            None | Some(KeyState::Kept { .. }) => Begun::Free(key),
            Some(KeyState::Sent) => Begun::Sent(at),
            Some(state @ KeyState::Sending { .. }) => Begun::Perhaps(key, state),
        })
    }

    /// The entry of the outbox that stands for a key; a failed one was not sent and binds nothing.
    fn kept(&self, entry: &str) -> Result<Option<(EntryId, State)>, Error> {
        let Ok(id) = entry.parse() else {
            return Ok(None);
        };
        let state = self.outbox.state_for_certain(&id)?;
        let binding = state.filter(|state| *state != State::Failed);
        Ok(binding.map(|state| (id, state)))
    }

    /// Whether that entry may be sent under its key.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Held`] where another process uses the key.
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

    /// Notes what became of an entry's key, which its entry stands for until then.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn note(&self, account: &str, key: &str, state: KeyState) -> Result<(), Error> {
        let record = self.record(account, key, Some(state));
        write(&self.path(account, key), &record)
    }

    fn record(&self, account: &str, key: &str, state: Option<KeyState>) -> Record {
        Record {
            version: super::VERSION,
            account: account.to_owned(),
            key: key.to_owned(),
            at: self.outbox.seams.now(),
            state,
        }
    }

    /// Forgets the keys that were last used longer ago than `age`; looks once a day.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn prune(&self, age: Duration) -> Result<(), Error> {
        let now = self.outbox.seams.now();
        let stamp = self.folder.join(PRUNED);
        let last = files::read(&stamp).ok();
        let last = last.and_then(|text| String::from_utf8(text).ok()?.parse::<Timestamp>().ok());
        let recent = |at: Timestamp, age| now.duration_since(at).unsigned_abs() < age;
        if last.is_some_and(|last| recent(last, PRUNED_EVERY)) {
            return Ok(());
        }
        files::replace_lightly(&stamp, now.to_string().as_bytes())
            .map_err(Error::io("writing", &stamp))?;
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
            if read(&path)?.is_some_and(|known| !recent(known.at, age)) {
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
    /// Notes what becomes of it, durably.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn note(&mut self, state: KeyState) -> Result<(), Error> {
        self.record.state = Some(state);
        write(&self.path, &self.record)
    }

    /// Lets it go: nothing was sent under it.
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
