//! A value that must not be printed: a token, client secret or device code.

use std::fmt;

/// A secret: no `Display`, no `Deref`, no `Serialize`, a redacted `Debug`.
///
/// [`Secret::expose`] is called only to build a header field, a form or a record of a token store.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
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
