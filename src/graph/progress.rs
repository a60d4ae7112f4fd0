//! What a person sees of attachments on their way, how they are stopped, and what is noted before
//! the step that may not be made twice.

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
    /// The message has become this draft; said again when all begins anew.
    ///
    /// # Errors
    /// Why that cannot be noted; then the draft is deleted and nothing is sent.
    fn created(&mut self, id: &DraftId) -> io::Result<()> {
        let _ = id;
        Ok(())
    }
    /// The request that can send the message comes next. Until then nothing was sent for certain.
    ///
    /// # Errors
    /// Why that cannot be noted; then nothing is sent.
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
