//! Message identifiers (RFC 5322 section 3.6.4).

use std::fmt;

use super::address::is_dot_atom;
use crate::exit::Class;

/// The longest identifier that a field can hold on one line of 998 octets beside its name.
const LONGEST: usize = 900;

/// A message's identifier, `<id-left@id-right>`: shown with its angle brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageId(String);

impl MessageId {
    /// One identifier; its angle brackets may be left out.
    ///
    /// # Errors
    /// [`MessageIdError`] where the text is not RFC 5322's `msg-id`.
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

    /// Identifiers as in References: separated by white space, or by their brackets alone.
    ///
    /// # Errors
    /// [`MessageIdError`] with the first that is none, or with the text where there is none at all.
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

    /// The identifier that `uuid` gives a message from `domain` (A-labels, or a literal in brackets).
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

/// Text that is no message identifier.
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
