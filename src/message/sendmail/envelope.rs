//! The envelope of a message, from sendmail's command line.

use super::error::SendmailError;
use crate::message::recipient::Recipient;

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
}
