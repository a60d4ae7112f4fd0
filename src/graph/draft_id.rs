//! The id of a draft.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// Graph's id of a draft: letters, digits, `-`, `_` and `=`. It stays the same when the draft is moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct DraftId(String);

/// A text that cannot be a draft's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a draft id")]
pub struct InvalidDraftId(String);

impl DraftId {
    /// Reads an id that a user typed: only the characters of Graph's ids are allowed.
    ///
    /// # Errors
    /// [`InvalidDraftId`] if the text has other characters.
    pub fn typed(text: &str) -> Result<Self, InvalidDraftId> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=');
        if !text.bytes().all(known) {
            return Err(InvalidDraftId(text.to_owned()));
        }
        text.parse()
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DraftId {
    type Error = InvalidDraftId;

    /// Visible ASCII without spaces that is one segment of a URL.
    fn try_from(text: String) -> Result<Self, InvalidDraftId> {
        let dots = matches!(text.as_str(), "" | "." | "..");
        if dots || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidDraftId(text));
        }
        Ok(Self(text))
    }
}

impl FromStr for DraftId {
    type Err = InvalidDraftId;

    fn from_str(text: &str) -> Result<Self, InvalidDraftId> {
        Self::try_from(text.to_owned())
    }
}

impl fmt::Display for DraftId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
