//! How a caller follows the progress of a message, and how it records the steps that must not be made
//! twice.

use std::io;

use super::DraftId;

/// Receives the progress of the attachments, and says whether to continue.
pub trait Progress {
    /// The upload begins; `total` is in bytes. Called again if the message starts over.
    fn start(&mut self, total: u64);
    /// The attachment begins; `size` is in bytes. Called again if it starts over.
    fn begin(&mut self, name: &str, size: u64);
    /// `to` bytes of the attachment have arrived.
    fn advance(&mut self, to: u64);
    /// The attachment is complete.
    fn end(&mut self);
    /// Whether the run was interrupted. Called between requests; a request in flight ends first.
    fn interrupted(&self) -> bool;
    /// The message is now this draft. Called again if the message starts over with another draft.
    fn created(&mut self, id: &DraftId) {
        let _ = id;
    }
    /// Called before the request that sends the message.
    fn sending(&mut self) {}
}

/// Records each step durably before the next one, so that the next process knows where a killed
/// process stopped.
pub trait Journal {
    /// The message is now this draft. Called again if the message starts over with another draft.
    ///
    /// # Errors
    /// The step cannot be recorded. Then the draft is deleted and nothing is sent.
    fn created(&mut self, id: &DraftId) -> io::Result<()>;
    /// Called before the request that sends the message. Nothing was sent until then.
    ///
    /// # Errors
    /// The step cannot be recorded. Then nothing is sent.
    fn sending(&mut self) -> io::Result<()>;
}

/// Records nothing.
impl Journal for () {
    fn created(&mut self, _: &DraftId) -> io::Result<()> {
        Ok(())
    }
    fn sending(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Shows nothing.
impl Progress for () {
    fn start(&mut self, _: u64) {}
    fn begin(&mut self, _: &str, _: u64) {}
    fn advance(&mut self, _: u64) {}
    fn end(&mut self) {}
    fn interrupted(&self) -> bool {
        false
    }
}
