//! Bytes that are ready for Graph.

use bytes::Bytes;

/// How a message travels in one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Graph's own message resource, `Content-Type: application/json`.
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

/// A message as Graph takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submission {
    /// One `sendMail` request.
    Direct {
        /// What `body` is written in.
        format: Format,
        /// The request's body, whole.
        body: Bytes,
        /// The Message-ID in it, with its angle brackets, where the message has one of our choosing or its own.
        message_id: Option<String>,
        /// How many recipients the message names.
        recipients: usize,
    },
}
