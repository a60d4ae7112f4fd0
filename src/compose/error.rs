//! What stands between a message and a request.

use std::io;
use std::path::PathBuf;

use super::Obstacle;
use crate::exit::Class;
use crate::message::limits::Excess;
use crate::submission::Format;

/// Why no request can be made of a message.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// To, Cc and Bcc are empty.
    #[error("the message has no recipient")]
    NoRecipients,
    /// More recipients than the service takes.
    #[error("the message has {count} recipients, the service takes {limit}")]
    TooManyRecipients {
        /// Those of To, Cc and Bcc.
        count: usize,
        /// [`super::Limits::recipients`]
        limit: usize,
    },
    /// More attachments than the service takes.
    #[error("the message has {count} attachments, the service takes {limit}")]
    TooManyAttachments {
        /// Those that are brought one by one.
        count: usize,
        /// [`super::Limits::ATTACHMENTS`]
        limit: usize,
    },
    /// A line break or another control in the subject.
    #[error("the subject has a control character in it")]
    Subject,
    /// A category without a name, or with a control in it.
    #[error("a category is empty or has a control character in it")]
    Category,
    /// The asked-for format cannot carry what a flag asks for.
    #[error("--format {} cannot carry {}: {}", format.name(), obstacle.flag, obstacle.why)]
    Format {
        /// The format.
        format: Format,
        /// What it cannot carry.
        obstacle: Obstacle,
    },
    /// No format can carry both of two things, or the one.
    #[error("{}: {}, and {}", together(json, mime), json.why, mime.why)]
    Neither {
        /// What JSON cannot carry.
        json: Obstacle,
        /// What MIME cannot carry.
        mime: Obstacle,
    },
    /// `--format json` for a ready message.
    #[error("--format json cannot carry a ready message, which is MIME as it stands")]
    ReadyAsJson,
    /// A MIME message needs a sender, and neither `--from` nor the mailbox's address is known.
    #[error("a MIME message needs a From, and the sender's address is not known: --from gives it")]
    NoFrom,
    /// Images for an HTML that is not there.
    #[error("--inline needs an HTML body that names the image")]
    InlineWithoutHtml,
    /// Two images of one name.
    #[error("two inline images have the Content-ID {0:?}")]
    SameContentId(String),
    /// A follow-up that is due before it begins.
    #[error("--flag-due is before --flag-start")]
    DueBeforeStart,
    /// A word of a custom header that no line can hold.
    #[error(
        "the header field {0} has a word of more than 900 characters, too long for a line of MIME"
    )]
    HeaderTooLong(String),
    /// An attached message that cannot be a part of another one.
    #[error(
        "{0} cannot be attached as a message: it has a line of more than 998 octets, a NUL or a bare CR"
    )]
    AttachedMessage(String),
    /// An attachment that can no longer be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An attachment that was written to meanwhile.
    #[error("{} no longer has the {expected} bytes that it had", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// Its size when it was looked at.
        expected: u64,
    },
    /// The request does not fit.
    #[error(
        "the request has {size} bytes, at most {limit} go in one, a margin below 4 MiB{}",
        largest_first(parts)
    )]
    TooLarge {
        /// The request's size in bytes; of MIME in base64.
        size: u64,
        /// [`super::Limits::request`]
        limit: u64,
        /// What makes it large, largest first, three at most.
        parts: Vec<Part>,
    },
    /// An attachment that no route carries.
    #[error("{name} has {size} bytes, the service takes attachments of {limit}")]
    AttachmentTooLarge {
        /// Its name.
        name: String,
        /// Its size in bytes.
        size: u64,
        /// [`super::Limits::attachment`]
        limit: u64,
    },
    /// More than the mailbox sends.
    #[error(
        "the message has {size} bytes on its way, the mailbox takes {limit}{}",
        largest_first(parts)
    )]
    MessageTooLarge {
        /// The message's size in bytes, its attachments encoded as they travel.
        size: u64,
        /// [`super::Limits::message`]
        limit: u64,
        /// What makes it large, largest first, three at most.
        parts: Vec<Part>,
    },
    /// A signed or encrypted message that does not fit in one request.
    #[error(
        "the message has {size} bytes, too many for one request, and its {kind} would be broken if it were taken apart"
    )]
    Sealed {
        /// The media type that holds it together.
        kind: String,
        /// The message's size in bytes.
        size: u64,
    },
    /// A part of a message that has to be taken apart which arrives damaged, or cannot be read.
    #[error(
        "the message has {size} bytes, too many for one request, and the part {name} cannot be taken out of it: {why}"
    )]
    Part {
        /// The part's name, or its number.
        name: String,
        /// What is wrong with it.
        why: String,
        /// The message's size in bytes.
        size: u64,
    },
    /// A message that is too large and whose parts cannot be found.
    #[error(
        "the message has {size} bytes, too many for one request, and it cannot be taken apart: {why}"
    )]
    Unread {
        /// What is wrong with its multiparts.
        why: &'static str,
        /// The message's size in bytes.
        size: u64,
    },
    /// Text that belongs to no part of a multipart, none of which stays.
    #[error(
        "{size} bytes before or after the parts of a multipart belong to none of them, and would be lost where the message is taken apart"
    )]
    Outside {
        /// Their number.
        size: u64,
    },
    /// More of something than is read.
    #[error("the message has {0}")]
    TooMuch(#[from] Excess),
    /// A file that was cut off.
    #[error("the message ends in the middle of the part {name}, whose base64 is not complete")]
    Truncated {
        /// The part's name, or one made of its type.
        name: String,
    },
    /// Bytes that only `binary` allows, in what goes as MIME.
    #[error(
        "a part of the message is binary, with line ends that are not CRLF, which Graph does not take in MIME"
    )]
    Binary,
    /// A draft against the wish to keep no copy.
    #[error(
        "--no-save cannot be followed: a message of this size goes as a draft, and its copy stays in Sent Items"
    )]
    DraftIsKept,
    /// A defect of this program.
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
        format!("{} cannot be carried", json.flag)
    } else {
        format!("{} and {} cannot go together", json.flag, mime.flag)
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

impl Error {
    /// The exit class: flags that exclude each other are usage, contents are the message.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::NoRecipients
            | Self::TooManyRecipients { .. }
            | Self::TooManyAttachments { .. }
            | Self::Subject
            | Self::Category
            | Self::HeaderTooLong(_)
            | Self::AttachedMessage(_)
            | Self::TooLarge { .. }
            | Self::AttachmentTooLarge { .. }
            | Self::MessageTooLarge { .. }
            | Self::Sealed { .. }
            | Self::Part { .. }
            | Self::Unread { .. }
            | Self::Truncated { .. }
            | Self::Outside { .. }
            | Self::TooMuch(_)
            | Self::Binary
            | Self::DraftIsKept => Class::Message,
            Self::Format { .. }
            | Self::Neither { .. }
            | Self::ReadyAsJson
            | Self::NoFrom
            | Self::InlineWithoutHtml
            | Self::SameContentId(_)
            | Self::DueBeforeStart => Class::Usage,
            Self::Unreadable { .. } | Self::Changed { .. } => Class::Input,
            Self::Encoding(_) => Class::Bug,
        }
    }
}
