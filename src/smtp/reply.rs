//! Replies (RFC 5321 section 4.2) with enhanced status codes (RFC 2034).

use std::fmt::Write as _;

use crate::text;

/// A reply of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    /// Class, subject and detail; three zeros mean none.
    status: [u8; 3],
    words: String,
}

/// The longest text of a reply, in characters. A reply line has at most 512 octets (RFC 5321 section
/// 4.5.3.1.5).
const MAX_WORDS: usize = 400;

impl Reply {
    /// A reply with an enhanced status code.
    #[must_use]
    pub fn new(code: u16, status: [u8; 3], words: &str) -> Self {
        let words = text::filter(words, MAX_WORDS).replace(|c: char| !c.is_ascii(), "?");
        Self {
            code,
            status,
            words,
        }
    }

    /// A reply without an enhanced status code, as for EHLO and DATA.
    #[must_use]
    pub fn plain(code: u16, words: &str) -> Self {
        Self::new(code, [0; 3], words)
    }

    /// The same codes with another text.
    #[must_use]
    pub fn with_words(&self, words: &str) -> Self {
        Self::new(self.code, self.status, words)
    }

    /// The reply code.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// Whether it refuses the command, for now or for good.
    pub(super) const fn is_refusal(&self) -> bool {
        self.code >= 400
    }

    /// The text.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }

    /// The line, with its line end.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.code.to_string();
        let [class, subject, detail] = self.status;
        if class != 0 {
            // Writing to a string cannot fail.
            let _ = write!(line, " {class}.{subject}.{detail}");
        }
        line + " " + &self.words + "\r\n"
    }
}
