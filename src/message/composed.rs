//! A message made from flags.

use jiff::Timestamp;

use super::{Attachment, Header, Inline, Mailbox, MessageId};

/// Everything that the flags of `send` say about one message.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// The chosen From.
    pub from: Option<Mailbox>,
    /// The mailbox that the message leaves, where it is known: MIME's From when none is chosen,
    /// and the domain of the Message-ID. Never sent as JSON's `from`.
    pub mailbox: Option<Mailbox>,
    /// To.
    pub to: Vec<Mailbox>,
    /// Cc.
    pub cc: Vec<Mailbox>,
    /// Bcc.
    pub bcc: Vec<Mailbox>,
    /// Reply-To.
    pub reply_to: Vec<Mailbox>,
    /// Subject; no line breaks or other controls.
    pub subject: String,
    /// The text, its HTML, both or neither.
    pub body: Body,
    /// Files to attach.
    pub attachments: Vec<Attachment>,
    /// Images that the HTML names as `cid:`.
    pub inlines: Vec<Inline>,
    /// Custom header fields, in the order given.
    pub headers: Vec<Header>,
    /// How urgent.
    pub importance: Option<Importance>,
    /// Outlook categories.
    pub categories: Vec<String>,
    /// How confidential.
    pub sensitivity: Option<Sensitivity>,
    /// Ask to be told when it is read.
    pub read_receipt: bool,
    /// Ask to be told when it is delivered.
    pub delivery_receipt: bool,
    /// Follow-up flag.
    pub follow_up: Option<FollowUp>,
    /// Hold the message in the service until then.
    pub deliver_at: Option<Timestamp>,
    /// What it answers.
    pub thread: Thread,
    /// The chosen Message-ID.
    pub message_id: Option<MessageId>,
    /// Keep a copy in Sent Items.
    pub save: bool,
}

impl Message {
    /// To, Cc and Bcc, in that order.
    pub fn recipients(&self) -> impl Iterator<Item = &Mailbox> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }
}

/// The renderings of a message's text.
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
    /// When to be done; the service demands a start beside it.
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
