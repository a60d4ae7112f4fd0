//! Unlinked temporary files.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// Spooled contents in an unlinked temporary file: no other process can open it, and the system
/// removes it when the last copy of this handle is dropped.
#[derive(Debug, Clone)]
pub struct Unnamed(Arc<File>);

impl Unnamed {
    /// Spools `contents` to a file in the first of `folders` in which one can be created; also returns
    /// its size in bytes.
    ///
    /// # Errors
    /// Those of reading and writing; that of the last folder if no folder takes a file.
    pub fn keep(contents: &mut dyn Read, folders: &[PathBuf]) -> io::Result<(Self, u64)> {
        let none = Err(io::ErrorKind::NotFound.into());
        let made = folders.iter().fold(none, |made: io::Result<File>, folder| {
            made.or_else(|_| tempfile::tempfile_in(folder))
        });
        let mut file = made?;
        let size = io::copy(contents, &mut file)?;
        Ok((Self(Arc::new(file)), size))
    }

    /// A reader of the contents from byte `at` on, independent of other readers.
    #[must_use]
    pub fn reader(&self, at: u64) -> UnnamedReader {
        UnnamedReader {
            file: self.clone(),
            at,
        }
    }
}

impl PartialEq for Unnamed {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Unnamed {}

/// A read position in an [`Unnamed`] file.
#[derive(Debug)]
pub struct UnnamedReader {
    file: Unnamed,
    at: u64,
}

impl Read for UnnamedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file.0, buffer, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file.0, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
