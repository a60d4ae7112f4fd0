//! The types of a message to send, their parsing and their checks.
//!
//! Every value of these types is valid: an [`Address`] cannot break out of its angle brackets, a
//! [`Header`] has no line break, and an [`Eml`] has a valid From. The contents of attachments are not
//! read here.

mod address;
mod attachment;
mod composed;
mod content_fields;
mod delivery_report;
mod eml;
mod header;
mod header_section;
mod inline;
pub mod limits;
mod line_ends;
mod list;
mod lossless;
mod message_id;
mod parameters;
mod recipient;
mod sender;
mod sendmail;
mod structure;
mod time;

pub use address::{Address, AddressError, Fault, Mailbox};
pub use attachment::{Attachment, AttachmentError, AttachmentSpec, Source};
pub use composed::{Body, FollowUp, Importance, Message, Sensitivity, Thread};
pub use delivery_report::{DeliveryReport, FailedRecipient};
pub use eml::{Eml, EmlError};
pub use header::{Header, HeaderError};
pub use header_section::{Field, HeaderSection};
pub use inline::{Inline, InlineSpec};
pub(crate) use line_ends::{has_bare, with_crlf};
pub use message_id::{MessageId, MessageIdError};
pub use mime_guess::Mime;
pub use recipient::{Recipient, Written};
pub use sender::SenderPattern;
pub use sendmail::{Envelope, FromPolicy, Sending, SendmailError, SendmailInput, SendmailMessage};
pub use structure::{Fields, Part, Place, StructureError, settle_type};
pub use time::{TimeError, parse_time};

/// A message to send.
#[derive(Debug, Clone)]
pub enum Mail {
    /// Composed from flags.
    Composed(Box<Message>),
    /// Written by another program.
    Ready(Box<Eml>),
}

impl Mail {
    /// The subject, decoded. Empty if there is none.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Composed(message) => message.subject.clone(),
            Self::Ready(eml) => eml.subject().to_owned(),
        }
    }

    /// From; `None` if the mailbox's own address is used.
    #[must_use]
    pub fn from(&self) -> Option<&Mailbox> {
        match self {
            Self::Composed(message) => message.from.as_ref(),
            Self::Ready(eml) => Some(eml.from()),
        }
    }

    /// The addresses in To, Cc and Bcc, in that order.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        let address = |mailbox: &Mailbox| mailbox.address().to_string();
        match self {
            Self::Composed(message) => message.recipients().map(address).collect(),
            Self::Ready(eml) => eml.recipients().map(address).collect(),
        }
    }

    /// The number of recipients in To, Cc and Bcc. A recipient that is named twice counts twice.
    #[must_use]
    pub fn recipients(&self) -> usize {
        match self {
            Self::Composed(message) => message.recipients().count(),
            Self::Ready(eml) => eml.recipients().count(),
        }
    }
}
