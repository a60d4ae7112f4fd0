//! Contents of attachments: small ones in memory, large ones in unlinked temporary files.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::mutex::locked;

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
    pub(super) fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self(Kept::Memory(bytes.into()))
    }

    /// The first `size` bytes of the file.
    pub(super) fn from_file(file: File, size: u64) -> Self {
        let file = Arc::new(Mutex::new(file));
        Self(Kept::File { file, size })
    }

    /// The size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.0 {
            Kept::Memory(bytes) => bytes.len() as u64,
            Kept::File { size, .. } => *size,
        }
    }

    /// Reads the contents from the beginning.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader {
            contents: self,
            at: 0,
        }
    }

    /// The contents in memory.
    ///
    /// # Errors
    /// The temporary file cannot be read.
    pub fn to_vec(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader().read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The bytes are left out.
impl fmt::Debug for Contents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Contents({} bytes)", self.size())
    }
}

/// A reader of [`Contents`].
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
                // Other readers share the file and its position.
                let mut file = locked(file);
                file.seek(SeekFrom::Start(self.at))?;
                (&mut *file).take(size - self.at).read(buffer)?
            }
        };
        self.at += count as u64;
        Ok(count)
    }
}

/// Contents that arrive in parts.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    size: u64,
}

impl Spool {
    /// An empty spool.
    pub(super) fn new() -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        Ok(Self { file, size: 0 })
    }

    /// The number of bytes so far.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Appends a part. After an error, the part is discarded.
    pub(super) fn add(&mut self, part: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.size))?;
        self.file.write_all(part)?;
        self.size += part.len() as u64;
        Ok(())
    }

    /// The contents so far.
    pub(super) fn into_contents(self) -> Contents {
        Contents::from_file(self.file, self.size)
    }
}
