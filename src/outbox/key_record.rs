//! What is recorded of an idempotency key.
//!
//! A record is a line: the key's id, a checksum, and JSON.
//!
//! ```text
//! 0123456789abcdef01234567 89abcdef [1763632800,86400,"sent"]
//! ```
//!
//! The last record of a key counts. `null` in place of the JSON means that the key is free.

use std::path::{Path, PathBuf};
use std::str;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The recorded state of a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// The request that sends the message may have been made.
    // 100,000 keys take at most 20 MB, therefore the names are short.
    Sending {
        /// When the attempt began.
        #[serde(
            rename = "b",
            with = "jiff::fmt::serde::timestamp::millisecond::required"
        )]
        begun: Timestamp,
        /// The Message-ID, with angle brackets, if it is known.
        #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
        /// The draft's id, if the message was sent as a draft.
        #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
        draft: Option<String>,
    },
    /// The message is an entry of the outbox.
    Kept {
        /// The entry.
        #[serde(rename = "e")]
        entry: String,
    },
    /// The message was sent.
    Sent,
}

/// When a key was used last, how long the journal had been in use at that time, and the state of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub(super) struct Record {
    pub(super) at: Timestamp,
    pub(super) in_use: SignedDuration,
    pub(super) state: KeyState,
}

/// A [`Record`] as JSON: two numbers of seconds, and the state.
#[derive(Serialize, Deserialize)]
struct Stored(i64, i64, KeyState);

impl From<Stored> for Record {
    fn from(Stored(at, in_use, state): Stored) -> Self {
        Self {
            at: Timestamp::from_second(at).unwrap_or_default(),
            in_use: SignedDuration::from_secs(in_use),
            state,
        }
    }
}

impl From<Record> for Stored {
    fn from(record: Record) -> Self {
        Self(record.at.as_second(), record.in_use.as_secs(), record.state)
    }
}

/// A record whose checksum is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damaged;

/// The file of a key that an older version has written.
#[derive(Deserialize)]
struct Old {
    at: Timestamp,
    #[serde(default)]
    in_use: SignedDuration,
    #[serde(flatten)]
    state: OldState,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
enum OldState {
    Sending {
        begun: Timestamp,
        message_id: Option<String>,
        draft: Option<String>,
    },
    Kept {
        entry: String,
    },
    Sent,
}

/// Reads the file of a key that an older version has written.
pub(super) fn read_old(json: &[u8]) -> Result<Record, Damaged> {
    let Old { at, in_use, state } = serde_json::from_slice(json).map_err(|_| Damaged)?;
    let state = match state {
        OldState::Sending {
            begun,
            message_id,
            draft,
        } => KeyState::Sending {
            begun,
            message_id,
            draft,
        },
        OldState::Kept { entry } => KeyState::Kept { entry },
        OldState::Sent => KeyState::Sent,
    };
    Ok(Record { at, in_use, state })
}

/// A key of an account: SHA-256 of both, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyId(String);

/// The digits of the hash that a record has: 96 bits.
const DIGITS: usize = 24;
/// The digits of a checksum: 32 bits.
const CHECKSUM: usize = 8;

impl KeyId {
    pub(super) fn new(account: &str, key: &str) -> Self {
        let hash = Sha256::new()
            .chain_update(account)
            .chain_update([0])
            .chain_update(key)
            .finalize();
        Self(format!("{hash:x}"))
    }

    /// The id in the name of a file of an older version, `HASH.json`.
    pub(super) fn of_file(path: &Path) -> Option<Self> {
        let hash = path.file_stem()?.to_str()?;
        (hash.len() == Sha256::output_size() * 2 && is_hexadecimal(hash.as_bytes()))
            .then(|| Self(hash.to_owned()))
    }

    /// The lock of the key in `folder`. Older versions use the same one.
    pub(super) fn lock(&self, folder: &Path) -> PathBuf {
        folder.join(&self.0).with_extension("lock")
    }

    /// The file of the key that an older version has written.
    pub(super) fn old_file(&self, folder: &Path) -> PathBuf {
        folder.join(&self.0).with_extension("json")
    }

    /// How the records of the key begin.
    pub(super) fn digits(&self) -> &str {
        self.0.get(..DIGITS).unwrap_or(&self.0)
    }
}

/// The line of a record, with its line break; `None` makes the key free. With `length`, spaces make the line that long.
pub(super) fn line(id: &str, record: Option<&Record>, length: usize) -> serde_json::Result<String> {
    let json = serde_json::to_string(&record)?;
    let fixed = id.len() + CHECKSUM + 3;
    let json = format!("{json:width$}", width = length.saturating_sub(fixed));
    Ok(format!("{id} {} {json}\n", checksum(id, json.as_bytes())))
}

/// The id in a line, and its record; `None` if the line does not begin with an id.
pub(super) fn parse(line: &[u8]) -> Option<(&str, Result<Option<Record>, Damaged>)> {
    let (id, rest) = line.split_at_checked(DIGITS)?;
    let id = str::from_utf8(id).ok().filter(|_| is_hexadecimal(id))?;
    let record = rest
        .strip_prefix(b" ")
        .and_then(|rest| rest.split_at_checked(CHECKSUM))
        .and_then(|(sum, rest)| {
            let json = rest.strip_prefix(b" ")?;
            (checksum(id, json).as_bytes() == sum).then_some(json)
        });
    let record = record.and_then(|json| serde_json::from_slice(json).ok());
    Some((id, record.ok_or(Damaged)))
}

fn checksum(id: &str, json: &[u8]) -> String {
    let hash = Sha256::new().chain_update(id).chain_update(json).finalize();
    let mut text = format!("{hash:x}");
    text.truncate(CHECKSUM);
    text
}

fn is_hexadecimal(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_hexdigit)
}
