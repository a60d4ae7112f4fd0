//! A message composed from flags.

use jiff::Timestamp;

use super::{Attachment, Header, Inline, Mailbox, MessageId};

/// The values of the flags of `send` that describe the message.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// From, if given.
    pub from: Option<Mailbox>,
    /// The sending mailbox, if known. It is the From of a MIME message if none is given, and its domain
    /// is used for the Message-ID. It is never sent as JSON's `from`.
    pub mailbox: Option<Mailbox>,
    /// To.
    pub to: Vec<Mailbox>,
    /// Cc.
    pub cc: Vec<Mailbox>,
    /// Bcc.
    pub bcc: Vec<Mailbox>,
    /// Reply-To.
    pub reply_to: Vec<Mailbox>,
    /// Subject, without line breaks or other control characters.
    pub subject: String,
    /// The text, its HTML, both or neither.
    pub body: Body,
    /// Files to attach.
    pub attachments: Vec<Attachment>,
    /// Inline images, to which the HTML refers as `cid:`.
    pub inlines: Vec<Inline>,
    /// Custom header fields, in the order given.
    pub headers: Vec<Header>,
    /// How urgent.
    pub importance: Option<Importance>,
    /// Outlook categories.
    pub categories: Vec<String>,
    /// How confidential.
    pub sensitivity: Option<Sensitivity>,
    /// Whether to request a read receipt.
    pub read_receipt: bool,
    /// Whether to request a delivery receipt.
    pub delivery_receipt: bool,
    /// Follow-up flag.
    pub follow_up: Option<FollowUp>,
    /// Exchange holds the message until then.
    pub deliver_at: Option<Timestamp>,
    /// In-Reply-To and References.
    pub thread: Thread,
    /// The Message-ID, if given.
    pub message_id: Option<MessageId>,
    /// Whether to save a copy in Sent Items.
    pub save: bool,
}

impl Message {
    /// To, Cc and Bcc, in that order.
    pub fn recipients(&self) -> impl Iterator<Item = &Mailbox> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    /// Whether it has no subject, no text and no attachment.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let mut texts = [
            Some(&self.subject),
            self.body.text.as_ref(),
            self.body.html.as_ref(),
        ]
        .into_iter()
        .flatten();
        texts.all(|text| text.trim().is_empty())
            && self.attachments.is_empty()
            && self.inlines.is_empty()
    }
}

/// The text of a message, in one or two formats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// Plain text.
    pub text: Option<String>,
    /// HTML.
    pub html: Option<String>,
}

/// Graph's `importance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Importance {
    /// `low`
    Low,
    /// `normal`
    Normal,
    /// `high`
    High,
}

/// PidTagSensitivity without its default (`MS-OXCMSG` 2.2.1.13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sensitivity {
    /// Personal (1).
    Personal,
    /// Private (2).
    Private,
    /// Company confidential (3).
    Confidential,
}

/// Graph's `followupFlag` in the state `flagged`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FollowUp {
    /// When to begin.
    pub start: Option<Timestamp>,
    /// When to be done. Graph requires a start too.
    pub due: Option<Timestamp>,
}

/// The message's place in a conversation (RFC 5322 section 3.6.4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// In-Reply-To.
    pub in_reply_to: Vec<MessageId>,
    /// References.
    pub references: Vec<MessageId>,
}
