//! What a session asks its server.

use super::reply::Reply;
use crate::message::{Address, Recipient};

/// What a session asks its server.
pub trait Server {
    /// The largest message that the mailbox may send, in bytes.
    fn message_limit(&self) -> u64;

    /// The most recipients in one message of the mailbox.
    fn recipient_limit(&self) -> usize;

    /// Why the client may not use this sender; `None` if it may.
    fn refuses_sender(&mut self, sender: Option<&Recipient>) -> Option<Reply>;

    /// The addresses of `recipient`. Empty if it is a local name without an alias.
    ///
    /// # Errors
    /// The reply, if they cannot be looked up.
    fn addresses(&mut self, recipient: &Recipient) -> Result<Vec<Address>, Reply>;

    /// MAIL or, with a recipient, RCPT was refused.
    fn refused(&mut self, _sender: &str, _recipient: Option<&str>, _reply: &Reply) {}
}
