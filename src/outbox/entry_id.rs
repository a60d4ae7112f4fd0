//! The ids of entries.

use std::fmt;
use std::str::FromStr;

use super::Error;
use crate::seams::Seams;

/// The id of an entry: its time of creation and eight random hexadecimal digits. Ids sort by age, and need
/// no quoting in a shell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(String);

/// A text that is not the id of an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the id of an outbox entry")]
pub struct InvalidEntryId(String);

impl EntryId {
    /// A new id.
    #[must_use]
    pub fn new(seams: &dyn Seams) -> Self {
        let mut random = [0; 4];
        seams.random(&mut random);
        let random = u32::from_be_bytes(random);
        let now = seams.now().strftime("%Y%m%dT%H%M%S%3f");
        Self(format!("{now}Z{random:08x}"))
    }

    /// The error for an entry that is damaged.
    pub(super) fn unreadable(&self, reason: String) -> Error {
        Error::Unreadable {
            id: self.clone(),
            reason,
        }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EntryId {
    type Err = InvalidEntryId;

    fn from_str(text: &str) -> Result<Self, InvalidEntryId> {
        let is_alphanumeric = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_alphanumeric || !(8..=64).contains(&text.len()) {
            return Err(InvalidEntryId(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
