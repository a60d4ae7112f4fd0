//! The envelope that sendmail's command line gives a message.

use crate::message::recipient::Recipient;

/// The envelope: sender and recipients, as the command line of sendmail gives them.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    /// The recipients on the command line.
    pub recipients: Vec<Recipient>,
    /// `-t`: the message's own fields name recipients too.
    pub fields: bool,
    /// `-f`: the sender, where the message has no From.
    pub sender: Option<Recipient>,
    /// `-F`: the sender's name, where the message has no From.
    pub name: Option<String>,
}
