//! What a user wants to send: types, their parsing and their validity.
//!
//! Whatever exists here is sound: an [`Address`] has no way out of its angle brackets, a
//! [`Header`] no line break, an [`Eml`] a readable sender. No attachment's contents are read.

mod address;
mod attachment;
mod composed;
mod content_fields;
mod eml;

mod header;
mod header_section;
mod inline;
pub mod limits;
mod line_ends;
mod list;
mod lossless;
mod message_id;
mod recipient;
mod sendmail;
mod structure;
mod time;

pub use address::{Address, AddressError, Fault, Mailbox};
pub use attachment::{Attachment, AttachmentError, AttachmentSpec, Source};
pub use composed::{Body, FollowUp, Importance, Message, Sensitivity, Thread};
pub use eml::{Eml, EmlError};
pub use header::{Header, HeaderError};
pub use header_section::{Field, HeaderSection};
pub use inline::{Inline, InlineSpec};
pub(crate) use line_ends::{has_bare_cr, has_bare_lf, with_crlf};
pub use message_id::{MessageId, MessageIdError};
pub use mime_guess::Mime;
pub use recipient::{Recipient, Written};
pub use sendmail::{Envelope, FromPolicy, Sending, SendmailError, SendmailMessage};
pub use structure::{Fields, Part};
pub use time::{TimeError, parse_time};

/// A message to send.
#[derive(Debug, Clone)]
pub enum Mail {
    /// Made from flags.
    Composed(Box<Message>),
    /// Made elsewhere.
    Ready(Eml),
}

impl Mail {
    /// The subject, decoded; empty where there is none.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::Composed(message) => message.subject.clone(),
            Self::Ready(eml) => eml.subject().to_owned(),
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

    /// How many recipients To, Cc and Bcc name, one named twice counted twice.
    #[must_use]
    pub fn recipients(&self) -> usize {
        match self {
            Self::Composed(message) => message.recipients().count(),
            Self::Ready(eml) => eml.recipients().count(),
        }
    }
}
