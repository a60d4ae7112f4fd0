//! Why a ready message is refused.

use crate::exit::Class;
use crate::files::SpoolError;
use crate::message::AddressError;
use crate::message::limits::Excess;
use crate::message::structure::StructureError;

/// Why a ready message is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmlError {
    /// No bytes at all.
    #[error("the message is empty")]
    Empty,
    /// UTF-16 text, which some editors and shells write.
    #[error("the message is UTF-16 text; save it as UTF-8 or ASCII")]
    Utf16,
    /// A byte order mark, which would become part of the first field's name.
    #[error("the message begins with a byte order mark; save it without one")]
    ByteOrderMark,
    /// A line of the header section that is neither a field nor a continuation line.
    #[error("line {line} is not a header field: this is not an RFC 5322 message")]
    NotAField {
        /// The line of the input, from 1.
        line: usize,
    },
    /// A NUL among the header fields.
    #[error("the field {0} has a NUL byte in it")]
    Nul(String),
    /// A CR without an LF after it.
    #[error("line {line} has a carriage return that is not a part of a line end")]
    BareCr {
        /// The line of the input, from 1.
        line: usize,
    },
    /// More than one message.
    #[error("the file is an mbox of several messages; give one message")]
    Mailbox,
    /// A resent message.
    #[error("the message has the field {0}, but Graph delivers only to To, Cc and Bcc")]
    Resent(&'static str),
    /// A field that may occur only once.
    #[error("the message has more than one {0} field")]
    Repeated(&'static str),
    /// No From, or a From without an address.
    #[error("the message has no From")]
    NoFrom,
    /// The message exceeds a limit.
    #[error("the message has {0}")]
    TooMuch(#[from] Excess),
    /// The temporary file of a large message cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// An address field that cannot be read.
    #[error("{field}: {source}")]
    Address {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: AddressError,
    },
}

impl From<StructureError> for EmlError {
    fn from(error: StructureError) -> Self {
        match error {
            StructureError::TooMuch(excess) => excess.into(),
            StructureError::Spool(error) => error.into(),
        }
    }
}

impl EmlError {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Spool(_) => Class::Io,
            _ => Class::Message,
        }
    }
}
