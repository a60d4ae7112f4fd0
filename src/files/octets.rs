//! Bytes of a message, which may be too large for memory.

use std::io::{self, BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tempfile::{SpooledData, SpooledTempFile};

use super::unnamed::Unnamed;

/// A sequence of bytes. The first are in memory; if there are others, they are in an unlinked temporary
/// file. Copies are cheap: they share the bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Octets {
    memory: Bytes,
    stored: Option<Stored>,
}

/// A range of a temporary file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    file: Unnamed,
    range: Range<usize>,
}

/// The temporary file of a large message cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the temporary file of the message cannot be read: {0}")]
pub struct SpoolError(io::ErrorKind);

impl From<io::Error> for SpoolError {
    fn from(error: io::Error) -> Self {
        Self(error.kind())
    }
}

impl From<SpoolError> for io::Error {
    fn from(error: SpoolError) -> Self {
        Self::new(error.0, error)
    }
}

impl From<Bytes> for Octets {
    fn from(memory: Bytes) -> Self {
        let stored = None;
        Self { memory, stored }
    }
}

impl From<Vec<u8>> for Octets {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl Octets {
    /// The bytes that are usually kept in memory. More do not fit into a request of 4 MiB, so they are uploaded
    /// in ranges.
    pub const IN_MEMORY: u64 = 4 << 20;

    /// The most bytes that are kept in memory if no temporary file can be written: the largest message that
    /// Exchange can be configured to send (150 MB).
    pub const MOST_IN_MEMORY: u64 = 157_286_400;

    /// Bytes that are read from a file at once.
    pub const CHUNK: usize = 1 << 20;

    /// Reads `input` to its end. More than `in_memory` bytes are spooled to an unlinked temporary file in the
    /// first of `folders` in which it can be written. If all disks are full, the bytes are kept in memory.
    ///
    /// # Errors
    /// Those of the input. [`io::ErrorKind::StorageFull`] if more than [`Octets::MOST_IN_MEMORY`] bytes, and one
    /// that shows that there are more, would be in memory.
    pub fn read(input: &mut dyn Read, in_memory: u64, folders: &[PathBuf]) -> io::Result<Self> {
        let mut bytes = Vec::new();
        let mut first = input.take(in_memory + 1);
        first.read_to_end(&mut bytes)?;
        let input = first.into_inner();
        let large = bytes.len() as u64 > in_memory;
        match large {
            true => Self::spool((bytes, input), Unnamed::each_in(folders.into())),
            false => Ok(Self::from(bytes)),
        }
    }

    /// Writes `bytes` and the rest of `input` to the first of `files` that has room for all of it.
    fn spool(
        (mut bytes, input): (Vec<u8>, &mut dyn Read),
        files: impl Iterator<Item = Unnamed>,
    ) -> io::Result<Self> {
        // What the last file had room for. `bytes` follow.
        let mut spooled = Self::default();
        for file in files {
            if spooled.write(&mut file.file()).is_err() {
                continue;
            }
            let mut size = spooled.len();
            while file.file().write_all(&bytes).is_ok() {
                size += bytes.len();
                bytes.clear();
                let mut next = input.take(Self::CHUNK as u64);
                if next.read_to_end(&mut bytes)? == 0 {
                    return Ok(Self::stored(file, 0..size));
                }
            }
            spooled = Self::stored(file, 0..size);
        }
        let length = spooled.len() + bytes.len();
        let left = Self::MOST_IN_MEMORY.checked_sub(length as u64);
        let left = left.ok_or(io::ErrorKind::StorageFull)?;
        let mut whole = Vec::with_capacity(length);
        spooled.write(&mut whole)?;
        whole.append(&mut bytes);
        input.take(left + 1).read_to_end(&mut whole)?;
        match input.read(&mut [0])? {
            0 => Ok(Self::from(whole)),
            _ => Err(io::ErrorKind::StorageFull.into()),
        }
    }

    fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        self.chunks().try_for_each(|chunk| to.write_all(&chunk?))
    }

    /// The bytes that were written to `file`.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn spooled(file: SpooledTempFile, folder: &Path) -> io::Result<Self> {
        match file.into_inner() {
            SpooledData::InMemory(bytes) => Ok(Self::from(bytes.into_inner())),
            SpooledData::OnDisk(file) => {
                let file = Unnamed::from_file(file, [folder.to_owned()].into());
                let size = file.size()?;
                Ok(Self::stored(file, 0..size))
            }
        }
    }

    fn stored(file: Unnamed, range: Range<usize>) -> Self {
        let memory = Bytes::new();
        let stored = Some(Stored { file, range }).filter(|stored| !stored.range.is_empty());
        Self { memory, stored }
    }

    /// The number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        let stored = self.stored.as_ref();
        self.memory.len() + stored.map_or(0, |stored| stored.range.len())
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of `range`; fewer if it exceeds the end.
    #[must_use]
    pub fn range(&self, range: Range<usize>) -> Self {
        let memory = self.memory.len();
        let within = |at: usize| at.min(memory);
        let stored = self.stored.as_ref().and_then(|stored| {
            let beyond = |at: usize| {
                let at = stored.range.start + at.saturating_sub(memory);
                at.min(stored.range.end)
            };
            Self::stored(stored.file.clone(), beyond(range.start)..beyond(range.end)).stored
        });
        let memory = self.memory.slice(within(range.start)..within(range.end));
        Self { memory, stored }
    }

    /// The bytes from `at` on: `length` bytes, or fewer at the end. If they are in memory, all are returned,
    /// without a copy.
    ///
    /// # Errors
    /// [`SpoolError`]
    pub fn window(&self, at: usize, length: usize) -> Result<Bytes, SpoolError> {
        let memory = self.memory.slice(at.min(self.memory.len())..);
        let Some(Stored { file, range }) = &self.stored else {
            return Ok(memory);
        };
        if memory.len() >= length {
            return Ok(memory);
        }
        let start = range.start + at.saturating_sub(self.memory.len());
        let left = range.end.saturating_sub(start);
        let mut bytes = vec![0; memory.len() + left.min(length - memory.len())];
        let (before, read) = bytes.split_at_mut(memory.len());
        before.copy_from_slice(&memory);
        file.read_exact_at(read, start as u64)?;
        Ok(bytes.into())
    }

    /// The bytes of `range`; fewer if it exceeds the end.
    ///
    /// # Errors
    /// [`SpoolError`]
    pub fn load(&self, range: Range<usize>) -> Result<Bytes, SpoolError> {
        let mut bytes = self.window(range.start, range.len())?;
        bytes.truncate(range.len());
        Ok(bytes)
    }

    /// All bytes, in memory.
    ///
    /// # Errors
    /// [`SpoolError`]
    pub fn to_bytes(&self) -> Result<Bytes, SpoolError> {
        self.load(0..self.len())
    }

    /// The bytes piece by piece, none empty.
    pub fn chunks(&self) -> impl Iterator<Item = Result<Bytes, SpoolError>> + '_ {
        let mut at = 0;
        std::iter::from_fn(move || {
            let next = self.window(at, Self::CHUNK);
            at += next.as_ref().map_or(self.len(), Bytes::len);
            next.map(|bytes| (!bytes.is_empty()).then_some(bytes))
                .transpose()
        })
    }

    /// `bytes`, followed by these.
    #[must_use]
    pub fn prepended(&self, bytes: &[u8]) -> Self {
        Self {
            memory: [bytes, &self.memory].concat().into(),
            stored: self.stored.clone(),
        }
    }

    /// The bytes that `write` writes: in memory if these are in memory, otherwise in a new temporary file
    /// unless all disks are full.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn rewritten(
        &self,
        write: impl Fn(&mut dyn Write) -> Result<(), SpoolError>,
    ) -> Result<Self, SpoolError> {
        let stored = self.stored.iter();
        let mut siblings = stored.flat_map(|stored| stored.file.siblings());
        let into_file = |file: Unnamed| {
            let mut buffered = BufWriter::with_capacity(Self::CHUNK, file.file());
            write(&mut buffered)?;
            buffered.flush()?;
            drop(buffered);
            let size = file.size()?;
            Ok::<_, SpoolError>(Self::stored(file, 0..size))
        };
        if let Some(written) = siblings.find_map(|file| into_file(file).ok()) {
            return Ok(written);
        }
        let mut bytes = Vec::with_capacity(self.len());
        write(&mut bytes)?;
        Ok(Self::from(bytes))
    }

    /// A reader of the bytes from `at` on.
    #[must_use]
    pub const fn reader(self, at: usize) -> OctetsReader {
        OctetsReader { octets: self, at }
    }
}

/// Reads [`Octets`].
#[derive(Debug)]
pub struct OctetsReader {
    octets: Octets,
    at: usize,
}

impl Read for OctetsReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.at.saturating_add(buffer.len());
        let bytes = self.octets.load(self.at..end)?;
        self.at += bytes.len();
        (&bytes[..]).read(buffer)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;
    use std::io;

    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};

    use super::{Octets, Unnamed};

    /// A file on a disk that has room for `size` bytes.
    fn of_room(size: usize) -> io::Result<Unnamed> {
        let file = memfd_create("spool", MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&file, size as u64)?;
        fcntl_add_seals(&file, SealFlags::GROW)?;
        Ok(Unnamed::from_file(File::from(file), [].into()))
    }

    #[test]
    fn a_full_disk_is_followed_by_the_next_folder_and_by_memory() {
        let input: Vec<u8> = (0..=250).cycle().take(5 * Octets::CHUNK).collect();
        let few = Octets::CHUNK * 5 / 2;
        for (room, is_stored) in [
            (vec![few, 0, input.len()], true),
            (vec![0, input.len()], true),
            (vec![few, few / 2], false),
            (vec![], false),
        ] {
            let files = room.iter().map(|room| of_room(*room).expect("a file"));
            let (first, mut rest) = input.split_at(1000);
            let read = Octets::spool((first.to_vec(), &mut rest), files).expect("octets");
            assert_eq!(read.stored.is_some(), is_stored, "{room:?}");
            assert!(read.to_bytes().expect("bytes") == input, "{room:?}");
        }
    }
}
