//! A message that was given to the sandbox.

use serde_json::Value;

use super::attachment::Attachment;
use super::eml::Eml;

/// How a message was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// To `sendMail`, as JSON.
    Json,
    /// To `sendMail`, as base64 of a MIME message.
    Mime,
    /// As a draft, which was sent.
    Draft,
}

impl Transport {
    /// Its name in `NNNN.json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Mime => "mime",
            Self::Draft => "draft",
        }
    }
}

/// A message that Graph takes.
pub(super) struct Submission {
    pub(super) transport: Transport,
    /// The address of the mailbox that sends it.
    pub(super) mailbox: String,
    /// Whether a copy goes to Sent Items.
    pub(super) saved: bool,
    /// The message as Graph would hold it.
    pub(super) resource: Value,
    pub(super) attachments: Vec<Attachment>,
    /// The message as it would arrive.
    pub(super) eml: Eml,
    /// The immutable id of the draft that it was.
    pub(super) draft: Option<String>,
}
