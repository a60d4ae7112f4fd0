//! What a person sees of attachments on their way, and how they are stopped.

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
