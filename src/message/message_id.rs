//! Message identifiers (RFC 5322 section 3.6.4).

use std::fmt;

use super::address::is_dot_atom;
use crate::exit::Class;

/// The longest identifier that fits on a line of 998 octets together with the field's name.
const LONGEST: usize = 900;

/// A message identifier. Displayed with its angle brackets: `<id-left@id-right>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// Parses one identifier, with or without angle brackets.
    ///
    /// # Errors
    /// [`MessageIdError`] if the text is not RFC 5322's `msg-id`.
    pub fn parse(text: &str) -> Result<Self, MessageIdError> {
        let text = text.trim_matches([' ', '\t']);
        let refuse = || MessageIdError(text.to_owned());
        let inside = match text.strip_prefix('<') {
            Some(rest) => rest.strip_suffix('>').ok_or_else(refuse)?,
            None => text,
        };
        let (left, right) = inside.rsplit_once('@').ok_or_else(refuse)?;
        if is_dot_atom(left) && is_right(right) && inside.len() <= LONGEST {
            Ok(Self(inside.to_owned()))
        } else {
            Err(refuse())
        }
    }

    /// Parses identifiers as in References: separated by white space or only by their brackets.
    ///
    /// # Errors
    /// [`MessageIdError`] with the first invalid identifier, or with the text if there is no identifier.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, MessageIdError> {
        let ids = text
            .replace("><", "> <")
            .split_ascii_whitespace()
            .map(Self::parse)
            .collect::<Result<Vec<_>, _>>()?;
        if ids.is_empty() {
            Err(MessageIdError(text.to_owned()))
        } else {
            Ok(ids)
        }
    }

    /// The identifier `<uuid@domain>`. `domain` is A-labels, or a literal in brackets.
    #[must_use]
    pub fn unique(uuid: uuid::Uuid, domain: &str) -> Self {
        Self(format!("{uuid}@{domain}"))
    }

    /// The identifier without its brackets.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "<{}>", self.0)
    }
}

/// A dot-atom-text or a no-fold-literal.
fn is_right(text: &str) -> bool {
    match text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        Some(literal) => literal
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'[' | b']' | b'\\')),
        None => is_dot_atom(text),
    }
}

/// Text that is not a message identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a Message-ID of the form <left@right>")]
pub struct MessageIdError(pub String);

impl MessageIdError {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        Class::Message
    }
}
