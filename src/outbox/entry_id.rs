//! The name of an entry.

use std::fmt;
use std::str::FromStr;

use super::Error;
use crate::seams::Seams;

/// The name of an entry: its time of creation and eight digits of chance, letters and digits alone,
/// so that names sort by age and go through any shell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(String);

/// A text that no entry has for a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no entry of the outbox")]
pub struct InvalidEntryId(String);

impl EntryId {
    /// A new name.
    #[must_use]
    pub fn new(seams: &dyn Seams) -> Self {
        let mut chance = [0; 4];
        seams.random(&mut chance);
        let chance = u32::from_be_bytes(chance);
        let now = seams.now().strftime("%Y%m%dT%H%M%S%3f");
        Self(format!("{now}Z{chance:08x}"))
    }

    /// The error that says why this entry cannot be used, now or later.
    pub(super) fn unreadable(&self, reason: String) -> Error {
        Error::Unreadable {
            id: self.clone(),
            reason,
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EntryId {
    type Err = InvalidEntryId;

    fn from_str(text: &str) -> Result<Self, InvalidEntryId> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain || !(8..=64).contains(&text.len()) {
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
