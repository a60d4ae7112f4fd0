//! Unlinked temporary files.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// An unlinked temporary file: no other process can open it, and the system removes it when the last copy
/// of this handle is dropped.
#[derive(Debug, Clone)]
pub(super) struct Unnamed {
    file: Arc<File>,
    folders: Arc<[PathBuf]>,
}

impl Unnamed {
    /// A file in each of `folders` in which one can be created, if the files before it cannot be written.
    pub(super) fn each_in(folders: Arc<[PathBuf]>) -> impl Iterator<Item = Self> {
        (0..folders.len()).filter_map(move |at| {
            let file = tempfile::tempfile_in(folders.get(at)?).ok()?;
            Some(Self {
                file: Arc::new(file),
                folders: Arc::clone(&folders),
            })
        })
    }

    /// That file. Its siblings are made in `folders`.
    pub(super) fn from_file(file: File, folders: Arc<[PathBuf]>) -> Self {
        Self {
            file: Arc::new(file),
            folders,
        }
    }

    /// Other files in the same folders, as [`Unnamed::each_in`].
    pub(super) fn siblings(&self) -> impl Iterator<Item = Self> + use<> {
        Self::each_in(Arc::clone(&self.folders))
    }

    pub(super) fn file(&self) -> &File {
        &self.file
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
        Arc::ptr_eq(&self.file, &other.file)
    }
}

impl Eq for Unnamed {}
