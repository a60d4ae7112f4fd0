//! Why a message cannot be turned into requests.

use std::io;
use std::path::PathBuf;

use super::Obstacle;
use crate::exit::Class;
use crate::files::SpoolError;
use crate::message::StructureError;
use crate::message::limits::Excess;
use crate::submission::Format;

/// Why a message cannot be turned into requests.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// To, Cc and Bcc are empty.
    #[error("the message has no recipient")]
    NoRecipients,
    /// Too many recipients.
    #[error("the message has {count} recipients, but Exchange accepts at most {limit}")]
    TooManyRecipients {
        /// The recipients in To, Cc and Bcc.
        count: usize,
        /// [`super::Limits::recipients`]
        limit: usize,
    },
    /// Too many attachments.
    #[error("the message has {count} attachments, but Exchange accepts at most {limit}")]
    TooManyAttachments {
        /// The attachments of the draft.
        count: usize,
        /// [`super::Limits::ATTACHMENTS`]
        limit: usize,
    },
    /// A line break or another control character in the subject.
    #[error("the subject contains a control character")]
    Subject,
    /// A category without a name, or with a control character.
    #[error("a category is empty or contains a control character")]
    Category,
    /// The format of `--format` does not support a flag.
    #[error("--format {} does not support {}: {}", format.name(), obstacle.flag, obstacle.why)]
    Format {
        /// The format.
        format: Format,
        /// The flag, and why the format does not support it.
        obstacle: Obstacle,
    },
    /// Neither format supports all of the given flags.
    #[error("{}: {}, and {}", together(json, mime), json.why, mime.why)]
    Neither {
        /// The flag that JSON does not support.
        json: Obstacle,
        /// The flag that MIME does not support.
        mime: Obstacle,
    },
    /// `--format json` for a ready message.
    #[error("--format json does not support --mime: a ready message is sent as MIME")]
    ReadyAsJson,
    /// A MIME message needs a From, but there is no `--from` and the mailbox's address is not known.
    #[error("a MIME message needs a From, but the mailbox's address is not known")]
    NoFrom,
    /// Inline images without an HTML body.
    #[error("--inline needs an HTML body that refers to the image")]
    InlineWithoutHtml,
    /// Two inline images with the same Content-ID.
    #[error("two inline images have the Content-ID {0:?}")]
    SameContentId(String),
    /// The due date of the follow-up is before its start.
    #[error("--flag-due is before --flag-start")]
    DueBeforeStart,
    /// A word of a custom header field that is too long for a line.
    #[error(
        "the header field {0} has a word of more than 900 characters, which is too long for a line of MIME"
    )]
    HeaderTooLong(String),
    /// An attachment that can no longer be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The size of an attachment has changed.
    #[error("{} has changed: it no longer has {expected} bytes", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// Its size when it was checked.
        expected: u64,
    },
    /// The request is too large.
    #[error(
        "the request has {size} bytes, but the limit is {limit} bytes, slightly below 4 MiB{}",
        largest_first(parts)
    )]
    TooLarge {
        /// The request's size in bytes. MIME counts in base64.
        size: u64,
        /// [`super::Limits::request`]
        limit: u64,
        /// At most three largest parts, largest first.
        parts: Vec<Part>,
    },
    /// An attachment that is too large for any route.
    #[error("{name} has {size} bytes, but Exchange accepts attachments of at most {limit} bytes")]
    AttachmentTooLarge {
        /// Its name.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// [`super::Limits::attachment`]
        limit: u64,
    },
    /// The message is larger than the mailbox may send.
    #[error(
        "the message has {size} bytes when encoded, but the mailbox may send at most {limit} bytes{}",
        largest_first(parts)
    )]
    MessageTooLarge {
        /// The message's size in bytes, with encoded attachments.
        size: u64,
        /// [`super::Limits::message`]
        limit: u64,
        /// At most three largest parts, largest first.
        parts: Vec<Part>,
    },
    /// A signed or encrypted message that is too large for one request.
    #[error(
        "the message of {size} bytes is too large for one request, and splitting it would break its {kind}"
    )]
    Sealed {
        /// The media type, or the name, that marks it as signed or encrypted.
        kind: String,
        /// The message's size in bytes.
        size: u64,
    },
    /// A part that cannot be split off, because it is damaged or cannot be read.
    #[error(
        "the message of {size} bytes is too large for one request, and its part {name} cannot be split off: {why}"
    )]
    Part {
        /// The part's name, or its number.
        name: String,
        /// What is wrong with it.
        why: String,
        /// The message's size in bytes.
        size: u64,
    },
    /// A part that cannot be split off, because its name would change.
    #[error(
        "the message of {size} bytes is too large for one request, and the name {name:?} of an attachment \
         is in the unknown charset {charset:?}"
    )]
    Name {
        /// The name, as written.
        name: String,
        /// Its charset.
        charset: String,
        /// The message's size in bytes.
        size: u64,
    },
    /// A message that is too large for one request and whose parts cannot be found.
    #[error(
        "the message of {size} bytes is too large for one request, and it cannot be split: {why}"
    )]
    Unread {
        /// What is wrong with its multiparts.
        why: &'static str,
        /// The message's size in bytes.
        size: u64,
    },
    /// Text outside the parts of a multipart that would be lost by splitting the message.
    #[error(
        "the message is too large for one request, and splitting it would lose {size} bytes that are before or after the parts of a multipart"
    )]
    Outside {
        /// The number of bytes.
        size: u64,
    },
    /// The message exceeds a limit.
    #[error("the message has {0}")]
    TooMuch(#[from] Excess),
    /// The temporary file of a large message cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// A truncated message.
    #[error("the message is truncated: the base64 of its part {name} is not complete")]
    Truncated {
        /// The part's name, or one made from its type.
        name: String,
    },
    /// Bytes that only `binary` allows, in a request in MIME.
    #[error(
        "a part of the message is binary and has line ends that are not CRLF, which Graph does not accept in MIME"
    )]
    Binary,
    /// `--no-save` for a message that must be sent as a draft.
    #[error(
        "--no-save is not possible: a message of this size is sent as a draft, which is always saved in Sent Items"
    )]
    DraftIsKept,
    /// A bug in graphmail.
    #[error("the message cannot be encoded: {0}")]
    Encoding(#[source] io::Error),
}

/// A part of a message and its size before any encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// An attachment's name, or `text` or `HTML`.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

fn together(json: &Obstacle, mime: &Obstacle) -> String {
    if json.flag == mime.flag {
        format!("{} is not supported", json.flag)
    } else {
        format!("{} and {} cannot be combined", json.flag, mime.flag)
    }
}

fn largest_first(parts: &[Part]) -> String {
    let list: Vec<String> = parts
        .iter()
        .map(|part| format!("{} {} bytes", part.name, part.size))
        .collect();
    if list.is_empty() {
        String::new()
    } else {
        format!(" (largest: {})", list.join(", "))
    }
}

impl From<StructureError> for Error {
    fn from(error: StructureError) -> Self {
        match error {
            StructureError::TooMuch(excess) => excess.into(),
            StructureError::Spool(error) => error.into(),
        }
    }
}

impl Error {
    /// The exit class: usage for conflicting flags, message for wrong contents, configuration if the
    /// sender's address is missing.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::NoRecipients
            | Self::TooManyRecipients { .. }
            | Self::TooManyAttachments { .. }
            | Self::Subject
            | Self::Category
            | Self::HeaderTooLong(_)
            | Self::TooLarge { .. }
            | Self::AttachmentTooLarge { .. }
            | Self::MessageTooLarge { .. }
            | Self::Sealed { .. }
            | Self::Part { .. }
            | Self::Name { .. }
            | Self::Unread { .. }
            | Self::Truncated { .. }
            | Self::Outside { .. }
            | Self::TooMuch(_)
            | Self::Binary
            | Self::DraftIsKept => Class::Message,
            Self::Format { .. }
            | Self::Neither { .. }
            | Self::ReadyAsJson
            | Self::InlineWithoutHtml
            | Self::SameContentId(_)
            | Self::DueBeforeStart => Class::Usage,
            Self::Unreadable { .. } | Self::Changed { .. } => Class::Input,
            Self::NoFrom => Class::Config,
            Self::Spool(_) => Class::Io,
            Self::Encoding(_) => Class::Bug,
        }
    }
}
