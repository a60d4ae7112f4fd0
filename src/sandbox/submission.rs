//! A message that was submitted to the sandbox.

use serde_json::Value;

use super::attachment::Attachment;
use super::eml::Eml;

/// How a message was submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// To `sendMail`, as JSON.
    Json,
    /// To `sendMail`, as a MIME message in base64.
    Mime,
    /// As a draft that was then sent.
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

/// A message that Graph accepts.
pub(super) struct Submission {
    pub(super) transport: Transport,
    /// The address of the mailbox that sends it.
    pub(super) mailbox: String,
    /// Whether a copy is saved in Sent Items.
    pub(super) saved: bool,
    /// The message resource that Graph would store.
    pub(super) resource: Value,
    pub(super) attachments: Vec<Attachment>,
    /// The message as it would arrive.
    pub(super) eml: Eml,
    /// The immutable id of the draft, if it was one.
    pub(super) draft: Option<String>,
}
