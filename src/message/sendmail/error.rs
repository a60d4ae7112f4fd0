//! Why `graphmail sendmail` refuses a message.

use crate::exit::Class;
use crate::message::address::AddressError;
use crate::message::eml::EmlError;
use crate::message::limits::Excess;
use crate::message::lossless;

/// Why `graphmail sendmail` refuses a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendmailError {
    /// The command line names no recipient and, with `-t`, neither do the header fields.
    #[error("the message has no recipients")]
    NoRecipients,
    /// A local name without an alias.
    #[error("{0:?} is a local name without an alias")]
    Unknown(String),
    /// A recipient that is a program.
    #[error("{0:?} is a pipe to a program, which is not supported")]
    Program(String),
    /// An alias, or the file of aliases, cannot be used.
    #[error("{0}")]
    Aliases(String),
    /// A recipient whose alias cannot be used.
    #[error("{fault}")]
    Alias {
        /// As written.
        written: String,
        /// What is wrong with its alias, or with the file of aliases.
        fault: String,
    },
    /// An address field that cannot be read.
    #[error("{field}: {source}")]
    Address {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: AddressError,
    },
    /// A recipient on the command line that cannot be read.
    #[error("recipient {written:?}: {source}")]
    Recipient {
        /// As written.
        written: String,
        /// What is wrong with it.
        source: AddressError,
    },
    /// Several recipients that cannot be used, or one besides others.
    #[error("{}", of_recipients(errors, *others))]
    Recipients {
        /// One error for each recipient. Not empty.
        errors: Vec<SendmailError>,
        /// How many recipients get the message.
        others: usize,
    },
    /// A line that is not a field, with recipient fields after it.
    #[error("line {line} is not a header field, but recipient fields follow it")]
    Cut {
        /// The line of the input, from 1.
        line: usize,
    },
    /// It has passed so many servers that it goes round between some of them.
    #[error("the message has {hops} Received fields: it is in a loop between mail servers")]
    Loop {
        /// The number of Received fields.
        hops: usize,
    },
    /// A recipient list that continues after the end of the field.
    #[error("{field} ends with a comma, and the recipient list continues after an empty line")]
    Unfinished {
        /// The field.
        field: &'static str,
    },
    /// The address of the mailbox is not known.
    #[error("the message has no usable From, and the account's address is not known")]
    NoSender,
    /// A From that is not this mailbox, with `from_policy = "refuse"`.
    #[error("the message is from {0}, which is not this mailbox")]
    From(String),
    /// A From that the client may not use.
    #[error("the client may not send as {0}")]
    Sender(String),
    /// The clock shows a year that Date cannot represent.
    #[error("the clock of this host shows a time that a Date field cannot represent")]
    Clock,
    /// The message exceeds a limit.
    #[error("the message has {0}")]
    TooMuch(#[from] Excess),
    /// The rewritten message is not valid.
    #[error(transparent)]
    Eml(#[from] EmlError),
}

/// The message of [`SendmailError::Recipients`].
fn of_recipients(errors: &[SendmailError], others: usize) -> String {
    let errors: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let errors = errors.join("; ");
    match others {
        0 => errors,
        1 => format!("sent to 1 recipient, but not to all: {errors}"),
        _ => format!("sent to {others} recipients, but not to all: {errors}"),
    }
}

impl SendmailError {
    /// The recipients that cannot be used, as they are written. Bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn written(&self) -> Vec<String> {
        match self {
            Self::Unknown(written)
            | Self::Program(written)
            | Self::Alias { written, .. }
            | Self::Recipient { written, .. } => vec![lossless::lossy(written)],
            Self::Address { source, .. } => vec![lossless::lossy(&source.text)],
            Self::Recipients { errors, .. } => errors.iter().flat_map(Self::written).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether the message may be accepted after a change of the configuration or of the aliases.
    #[must_use]
    pub fn is_of_settings(&self) -> bool {
        match self {
            Self::Recipients { errors, .. } => errors.iter().any(Self::is_of_settings),
            Self::Unknown(_)
            | Self::Aliases(_)
            | Self::Alias { .. }
            | Self::From(_)
            | Self::NoSender
            | Self::Clock => true,
            _ => false,
        }
    }

    /// The error of the recipient `written`, if its alias is the cause.
    pub(super) fn of_recipient(self, written: &str) -> Self {
        match self {
            Self::Aliases(fault) => Self::Alias {
                written: written.to_owned(),
                fault,
            },
            other => other,
        }
    }

    /// The error of these recipients, if the message goes to `others` all the same. `None` if `errors` is
    /// empty.
    pub(super) fn of_recipients(mut errors: Vec<Self>, others: usize) -> Option<Self> {
        match (errors.len(), others) {
            (0, _) => None,
            (1, 0) => errors.pop(),
            _ => Some(Self::Recipients { errors, others }),
        }
    }

    /// The exit class.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Recipients { errors, others: 0 } => {
                errors.first().map_or(Class::Recipient, Self::class)
            }
            Self::Recipients { .. } => Class::Recipient,
            Self::NoRecipients
            | Self::Address { .. }
            | Self::Recipient { .. }
            | Self::Cut { .. }
            | Self::Unfinished { .. }
            | Self::TooMuch(_)
            | Self::Loop { .. }
            | Self::From(_)
            | Self::Sender(_) => Class::Message,
            Self::Unknown(_) | Self::Program(_) => Class::Recipient,
            Self::Aliases(_) | Self::Alias { .. } | Self::NoSender | Self::Clock => Class::Config,
            Self::Eml(error) => error.class(),
        }
    }
}
