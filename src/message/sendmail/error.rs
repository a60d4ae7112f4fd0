//! Why a message that was piped into sendmail is refused.

use crate::exit::Class;
use crate::message::address::AddressError;
use crate::message::eml::EmlError;
use crate::message::limits::Excess;

/// Why a message that was piped into sendmail is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendmailError {
    /// Neither the command line nor, where they count, the fields name anybody.
    #[error("the message has no recipients")]
    NoRecipients,
    /// A name of this host or network which no alias gives an address.
    #[error("{0:?} is no address beyond this host, and no alias gives one")]
    Unknown(String),
    /// The aliases themselves are at fault.
    #[error("{0}")]
    Aliases(String),
    /// An address field that cannot be read.
    #[error("{field}: {source}")]
    Address {
        /// The field.
        field: &'static str,
        /// What is wrong in it.
        source: AddressError,
    },
    /// A line that is no field, with fields that name recipients behind it.
    #[error("line {line} is no header field, and fields that name recipients stand behind it")]
    Cut {
        /// The line, from 1, counted after a leading mbox line.
        line: usize,
    },
    /// A list that goes on where the field has ended.
    #[error("{field} ends in a comma: the list of recipients goes on behind an empty line")]
    Unfinished {
        /// The field.
        field: &'static str,
    },
    /// It is not known which address the mailbox has.
    #[error("the message has no usable From, and the account's own address is not known")]
    NoSender,
    /// Another's From, where such are refused.
    #[error("the message is from {0}, which is not this mailbox")]
    From(String),
    /// A clock beyond the years that Date can tell.
    #[error("this host's clock shows no time that a message can have")]
    Clock,
    /// More of something than is read.
    #[error("the message has {0}")]
    TooMuch(#[from] Excess),
    /// What results is no message.
    #[error(transparent)]
    Eml(#[from] EmlError),
}

impl SendmailError {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::NoRecipients
            | Self::Address { .. }
            | Self::Cut { .. }
            | Self::Unfinished { .. }
            | Self::TooMuch(_)
            | Self::From(_) => Class::Message,
            Self::Unknown(_) => Class::Recipient,
            Self::Aliases(_) | Self::NoSender | Self::Clock => Class::Config,
            Self::Eml(error) => error.class(),
        }
    }
}
