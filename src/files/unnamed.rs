//! Unlinked temporary files.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// An unlinked temporary file: no other process can open it, and the system removes it when the last copy
/// of this handle is dropped.
#[derive(Debug, Clone)]
pub(super) struct Unnamed(Arc<(File, PathBuf)>);

impl Unnamed {
    /// A file in the first of `folders` in which one can be created.
    ///
    /// # Errors
    /// That of the last folder.
    pub(super) fn new(folders: &[PathBuf]) -> io::Result<Self> {
        let none = Err(io::ErrorKind::NotFound.into());
        folders.iter().fold(none, |made: io::Result<Self>, folder| {
            made.or_else(|_| Self::new_in(folder.clone()))
        })
    }

    fn new_in(folder: PathBuf) -> io::Result<Self> {
        Ok(Self::from_file(tempfile::tempfile_in(&folder)?, folder))
    }

    /// An unlinked file in `folder`.
    pub(super) fn from_file(file: File, folder: PathBuf) -> Self {
        Self(Arc::new((file, folder)))
    }

    /// Another file in the same folder.
    ///
    /// # Errors
    /// As [`Unnamed::new`].
    pub(super) fn sibling(&self) -> io::Result<Self> {
        Self::new_in(self.0.1.clone())
    }

    pub(super) fn file(&self) -> &File {
        &self.0.0
    }

    /// Its size in bytes.
    pub(super) fn size(&self) -> io::Result<usize> {
        let size = self.file().metadata()?.len();
        usize::try_from(size).map_err(io::Error::other)
    }

    /// Fills `buffer` with the contents from byte `at` on. The position of other readers and writers does
    /// not change.
    pub(super) fn read_exact_at(&self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        #[cfg(unix)]
        return std::os::unix::fs::FileExt::read_exact_at(self.file(), buffer, at);
        #[cfg(windows)]
        {
            let (mut buffer, mut at) = (buffer, at);
            while !buffer.is_empty() {
                let read = std::os::windows::fs::FileExt::seek_read(self.file(), buffer, at)?;
                if read == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                buffer = buffer.split_at_mut(read).1;
                at += read as u64;
            }
            Ok(())
        }
    }
}

impl PartialEq for Unnamed {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Unnamed {}
