//! A message while it is received: in memory if it is small, otherwise in an unlinked temporary file.

use std::io::{self, Write as _};
use std::path::PathBuf;

use tempfile::SpooledTempFile;

use crate::commands::send::read;
use crate::config::Settings;
use crate::files::Octets;
use crate::smtp::Reply;

/// The bytes of a message that are kept in memory.
const IN_MEMORY: usize = 64 * 1024;

/// Takes the bytes of a message. What does not fit on the disk is taken to its end, and then refused.
pub(super) struct Spool {
    file: SpooledTempFile,
    folder: PathBuf,
    written: io::Result<()>,
}

impl Spool {
    pub(super) fn new(settings: &Settings) -> Self {
        let folder = read::temporary_folder(settings);
        Self {
            file: SpooledTempFile::new_in(IN_MEMORY, &folder),
            folder,
            written: Ok(()),
        }
    }

    /// Adds bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.written.is_ok() {
            self.written = self.file.write_all(bytes);
        }
    }

    /// The message.
    ///
    /// # Errors
    /// The reply, if there was no room for it.
    pub(super) fn finish(self) -> Result<Octets, Reply> {
        let octets = self
            .written
            .and_then(|()| Octets::spooled(self.file, &self.folder));
        octets.map_err(|error| {
            Reply::new(452, [4, 3, 1], &format!("no room for the message: {error}"))
        })
    }
}
