//! The envelope of a message, from sendmail's command line.

use super::error::SendmailError;
use crate::message::recipient::Recipient;
use crate::message::sender::SenderPattern;

/// Sender and recipients from sendmail's command line.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    /// The recipients on the command line.
    pub recipients: Vec<Recipient>,
    /// The recipients on the command line that cannot be read.
    pub refused: Vec<SendmailError>,
    /// `-t`: also take the recipients in the header fields.
    pub fields: bool,
    /// `-f`: the sender, if the message has no From.
    pub sender: Option<Recipient>,
    /// `-f '<>'`: the message is a response, and nobody may respond to it (RFC 5321 section 4.5.5).
    pub is_response: bool,
    /// `-F`: the sender's name, if the message has no From.
    pub name: Option<String>,
    /// The only senders that the client may use. Empty if it may use all.
    pub senders: Vec<SenderPattern>,
    /// The user of this host who sends, if that is not the user of this process.
    pub user: Option<String>,
}

impl Envelope {
    /// Checks that the client may use all `authors`.
    pub(super) fn check_authors(&self, authors: &[Recipient]) -> Result<(), SendmailError> {
        let mut authors = authors.iter();
        match authors.find(|author| !self.permits(author)) {
            None => Ok(()),
            Some(other) => Err(SendmailError::Sender(other.written().element.clone())),
        }
    }

    /// Whether the client may use this author. It may use every local name, since the mailbox's address
    /// replaces the name.
    pub(super) fn permits(&self, author: &Recipient) -> bool {
        match author {
            Recipient::Mailbox { mailbox, .. } if !self.senders.is_empty() => {
                let address = mailbox.address();
                self.senders.iter().any(|pattern| pattern.matches(address))
            }
            Recipient::Mailbox { .. } | Recipient::Local { .. } => true,
        }
    }
}
