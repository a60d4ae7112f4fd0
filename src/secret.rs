//! A value that must not be seen: tokens, client secrets, device codes.

use std::fmt;

/// A secret from the moment it is read: no `Display`, no `Deref`, no `Serialize`, a redacted `Debug`.
///
/// [`Secret::expose`] stands only where a header, a form or a store's record is built.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes `text` out of sight.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}
