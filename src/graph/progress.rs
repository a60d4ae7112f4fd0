//! What a caller is shown of a message on its way, and what it notes before the step that must not be made
//! twice.

use std::io;

use super::DraftId;

/// Is told how far the attachments are, and asked whether to go on.
pub trait Progress {
    /// The attachments begin to travel, so many bytes together; said again when all begins anew.
    fn start(&mut self, total: u64);
    /// The attachment of that name and size begins; said again when it begins anew.
    fn begin(&mut self, name: &str, size: u64);
    /// So many of its bytes have arrived.
    fn advance(&mut self, to: u64);
    /// It is attached.
    fn end(&mut self);
    /// Whether somebody wants it stopped. It is asked between requests; what is under way ends first.
    fn interrupted(&self) -> bool;
    /// The message has become this draft; called again if the message starts over with another one.
    fn created(&mut self, id: &DraftId) {
        let _ = id;
    }
    /// The request that sends the message comes next.
    fn sending(&mut self) {}
}

/// Notes how far a message is, durably, before the next step: a process that ends without a word leaves
/// behind what the next one needs to know.
pub trait Journal {
    /// The message has become this draft; called again if the message starts over with another one.
    ///
    /// # Errors
    /// Why it cannot be noted. Then the draft is deleted and nothing is sent.
    fn created(&mut self, id: &DraftId) -> io::Result<()>;
    /// The request that sends the message comes next. Before this call nothing was sent.
    ///
    /// # Errors
    /// Why it cannot be noted. Then nothing is sent.
    fn sending(&mut self) -> io::Result<()>;
}

/// Nothing is noted.
impl Journal for () {
    fn created(&mut self, _: &DraftId) -> io::Result<()> {
        Ok(())
    }
    fn sending(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Nobody watches.
impl Progress for () {
    fn start(&mut self, _: u64) {}
    fn begin(&mut self, _: &str, _: u64) {}
    fn advance(&mut self, _: u64) {}
    fn end(&mut self) {}
    fn interrupted(&self) -> bool {
        false
    }
}
