//! A message as the requests that Graph accepts.

mod contents;
mod encoding;

pub use contents::{Content, Contents};
pub use encoding::TransferEncoding;
pub(crate) use encoding::base64_engine;

use std::io;

use bytes::Bytes;

/// The format of a message in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Graph's message resource, `Content-Type: application/json`.
    Json,
    /// A whole RFC 5322 message in base64, `Content-Type: text/plain`.
    Mime,
}

impl Format {
    /// The name that `--format` and `--json` use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Mime => "mime",
        }
    }

    /// The request's content type (Graph: "user: sendMail", request headers).
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Mime => "text/plain",
        }
    }
}

/// A message as one or more requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission {
    /// One `sendMail` request.
    Direct {
        /// What `body` is written in.
        format: Format,
        /// The request's body, whole.
        body: Bytes,
        /// The Message-ID in the body, with its angle brackets. `None` if Exchange generates it.
        message_id: Option<String>,
        /// The addresses in the message's To, Cc and Bcc.
        recipients: Vec<String>,
    },
    /// A draft, its attachments one by one, and then a request to send it.
    Staged {
        /// The draft, which is created first.
        draft: Draft,
        /// Its attachments, in this order.
        uploads: Vec<Upload>,
        /// The Message-ID, as in [`Submission::Direct`].
        message_id: Option<String>,
        /// The addresses in the message's To, Cc and Bcc.
        recipients: Vec<String>,
    },
}

impl Submission {
    /// The transport, as named in `--json` and the log.
    #[must_use]
    pub const fn transport(&self) -> &'static str {
        match self {
            Self::Direct { format, .. } => format.name(),
            Self::Staged { .. } => "draft",
        }
    }

    /// The format of the first request.
    #[must_use]
    pub const fn format(&self) -> Format {
        match self {
            Self::Direct { format, .. } => *format,
            Self::Staged { draft, .. } => draft.format,
        }
    }

    /// The complete body of the first request.
    #[must_use]
    pub const fn body(&self) -> &Bytes {
        match self {
            Self::Direct { body, .. } => body,
            Self::Staged { draft, .. } => &draft.body,
        }
    }

    /// The size in bytes of the first request's body and all attachments.
    #[must_use]
    pub fn size(&self) -> u64 {
        let attached: u64 = match self {
            Self::Direct { .. } => 0,
            Self::Staged { uploads, .. } => uploads.iter().map(|upload| upload.size).sum(),
        };
        self.body().len() as u64 + attached
    }

    /// The Message-ID, with its angle brackets. `None` if Exchange generates it.
    #[must_use]
    pub fn message_id(&self) -> Option<&str> {
        match self {
            Self::Direct { message_id, .. } | Self::Staged { message_id, .. } => {
                message_id.as_deref()
            }
        }
    }

    /// The addresses in the message's To, Cc and Bcc, with repetitions.
    #[must_use]
    pub fn recipients(&self) -> &[String] {
        match self {
            Self::Direct { recipients, .. } | Self::Staged { recipients, .. } => recipients,
        }
    }
}

/// The message without the attachments that are uploaded separately: the body of `POST …/messages`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What `body` is written in.
    pub format: Format,
    /// The complete body of the request. In JSON it is the bare message resource, without `sendMail`'s
    /// wrapper.
    pub body: Bytes,
}

/// One attachment of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The name that recipients see.
    pub name: String,
    /// The media type, with its parameters.
    pub content_type: String,
    /// The size of the contents in bytes, decoded.
    pub size: u64,
    /// The Content-ID without angle brackets, if it has one.
    pub content_id: Option<String>,
    /// Whether it is shown inside the message's text.
    pub inline: bool,
    /// How it is uploaded.
    pub route: UploadRoute,
    /// Where the contents are.
    pub content: Content,
}

impl Upload {
    /// Opens the contents for reading from `offset` to [`Upload::size`].
    ///
    /// # Errors
    /// I/O errors of the file, and [`io::ErrorKind::InvalidData`] if the size has changed.
    pub fn open(&self, offset: u64) -> io::Result<Contents> {
        Contents::open(&self.content, self.size, offset)
    }

    /// Checks that the contents have not changed.
    ///
    /// # Errors
    /// I/O errors of the file, and [`io::ErrorKind::InvalidData`] if it has changed.
    pub fn check(&self) -> io::Result<()> {
        self.content.check()
    }
}

/// How an attachment is uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadRoute {
    /// `POST …/attachments`: JSON with the contents in base64.
    Post,
    /// `POST …/attachments/createUploadSession`, then ranges.
    Session,
}

impl UploadRoute {
    /// Attachments of at least this many bytes are uploaded in a session (Graph: "Attach large files to
    /// Outlook messages": below 3 MB by POST). Both routes accept sizes from 2,097,152 to 3,145,611
    /// bytes.
    pub const SESSION_FROM: u64 = 3_000_000;

    /// The bytes of every range except the last: a multiple of 320 KiB below 4 MB (Graph: "attachment:
    /// createUploadSession").
    pub const RANGE: u64 = 12 * 320 * 1024;

    /// The route for contents of `size` bytes.
    #[must_use]
    pub const fn for_size(size: u64) -> Self {
        if size < Self::SESSION_FROM {
            Self::Post
        } else {
            Self::Session
        }
    }
}
