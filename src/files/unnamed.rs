//! Files without a name.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// What was read from somewhere, in a file without a name: nobody else opens it, and it is gone with
/// the last who holds it.
#[derive(Debug, Clone)]
pub struct Unnamed(Arc<File>);

impl Unnamed {
    /// Keeps all that `contents` gives, on the disk of the first of `folders` that takes a file; and
    /// how many bytes that is.
    ///
    /// # Errors
    /// Those of the file system, of the last folder where none takes one, and those of reading.
    pub fn keep(contents: &mut dyn Read, folders: &[PathBuf]) -> io::Result<(Self, u64)> {
        let none = Err(io::ErrorKind::NotFound.into());
        let made = folders.iter().fold(none, |made: io::Result<File>, folder| {
            made.or_else(|_| tempfile::tempfile_in(folder))
        });
        let mut file = made?;
        let size = io::copy(contents, &mut file)?;
        Ok((Self(Arc::new(file)), size))
    }

    /// Reads the contents from `at` on; what others read of them meanwhile does no harm.
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

/// A place in an [`Unnamed`] file.
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
