//! Bytes that are kept: few in memory, many in files without a name.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// The contents of an attachment. A clone shares them.
#[derive(Clone)]
pub struct Contents(Kept);

#[derive(Clone)]
enum Kept {
    Memory(Bytes),
    File { file: Arc<Mutex<File>>, size: u64 },
}

impl Contents {
    /// These bytes, in memory.
    pub(super) fn of(bytes: impl Into<Bytes>) -> Self {
        Self(Kept::Memory(bytes.into()))
    }

    /// The first `size` bytes of the file.
    pub(super) fn of_file(file: File, size: u64) -> Self {
        let file = Arc::new(Mutex::new(file));
        Self(Kept::File { file, size })
    }

    /// How many bytes there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.0 {
            Kept::Memory(bytes) => bytes.len() as u64,
            Kept::File { size, .. } => *size,
        }
    }

    /// Reads them from the first one on.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            contents: self,
            at: 0,
        }
    }

    /// All of them in memory.
    ///
    /// # Errors
    /// Those of the file that they are kept in.
    pub fn to_vec(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader().read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Without the bytes: a message's contents are nobody's output.
impl fmt::Debug for Contents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Contents({} bytes)", self.size())
    }
}

/// A place in [`Contents`].
#[derive(Debug)]
pub struct Reader<'a> {
    contents: &'a Contents,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &self.contents.0 {
            Kept::Memory(bytes) => {
                let at = usize::try_from(self.at).unwrap_or(usize::MAX);
                bytes.get(at..).unwrap_or_default().read(buffer)?
            }
            Kept::File { file, size } => {
                // Others read the same file elsewhere.
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(self.at))?;
                (&mut *file).take(size - self.at).read(buffer)?
            }
        };
        self.at += count as u64;
        Ok(count)
    }
}

/// Contents that come one part after the other.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    size: u64,
}

impl Spool {
    /// Nothing yet.
    pub(super) fn new() -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        Ok(Self { file, size: 0 })
    }

    /// How many bytes came.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Adds the part behind those before it; after an error nothing of it counts.
    pub(super) fn add(&mut self, part: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.size))?;
        self.file.write_all(part)?;
        self.size += part.len() as u64;
        Ok(())
    }

    /// What came.
    pub(super) fn into_contents(self) -> Contents {
        Contents::of_file(self.file, self.size)
    }
}
