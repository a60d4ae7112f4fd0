//! Why a ready message is refused.

use crate::exit::Class;
use crate::message::AddressError;
use crate::message::limits::Excess;

/// Why a ready message is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmlError {
    /// No bytes at all.
    #[error("the message is empty")]
    Empty,
    /// UTF-16, as some editors and shells save text.
    #[error("the message is UTF-16 text; save it as UTF-8 or ASCII")]
    Utf16,
    /// A byte order mark, which would become a part of the first field's name.
    #[error("the message begins with a byte order mark; save it without one")]
    ByteOrderMark,
    /// A line of the header section that is neither a field nor its continuation.
    #[error("line {line} is not a header field: this is not an RFC 5322 message")]
    NotAField {
        /// The line, from 1, counted after a leading mbox line.
        line: usize,
    },
    /// A NUL among the header fields.
    #[error("the field {0} has a NUL byte in it")]
    Nul(String),
    /// A CR that is not a part of a line end.
    #[error("line {line} has a carriage return that is not a part of a line end")]
    BareCr {
        /// The line, from 1, counted after a leading mbox line.
        line: usize,
    },
    /// More than one message.
    #[error("the file is an mbox of several messages; give one message")]
    Mailbox,
    /// A message that was sent on.
    #[error("the message has the field {0}, and Graph delivers to To, Cc and Bcc alone")]
    Resent(&'static str),
    /// A field that may stand once.
    #[error("the message has more than one {0} field")]
    Repeated(&'static str),
    /// No From, or one that names nobody.
    #[error("the message has no From")]
    NoFrom,
    /// More of something than is read.
    #[error("the message has {0}")]
    TooMuch(#[from] Excess),
    /// An address field that cannot be read.
    #[error("{field}: {source}")]
    Address {
        /// The field.
        field: &'static str,
        /// What is wrong in it.
        source: AddressError,
    },
}

impl EmlError {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        Class::Message
    }
}
