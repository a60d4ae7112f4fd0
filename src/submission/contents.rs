//! Reads an attachment's contents in pieces while they are uploaded.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use bytes::{Buf, Bytes};

use super::TransferEncoding;
use super::encoding::Pieces;
use crate::files::{Octets, OctetsReader};
use crate::snapshot::Snapshot;

/// Where the contents of an [`Upload`](super::Upload) are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// In a file, which is read during the upload.
    File {
        /// Its path.
        path: PathBuf,
        /// The file's metadata, which must not change. `None` for a private copy.
        seen: Option<Snapshot>,
    },
    /// In memory or in an unlinked temporary file.
    Octets(Octets),
    /// Encoded as in a MIME part, and decoded during the upload.
    Encoded {
        /// The transfer encoding of the octets.
        encoding: TransferEncoding,
        /// The part's body, as a range of the whole message.
        octets: Octets,
    },
}

/// A reader of an attachment's contents.
pub struct Contents {
    source: Source,
    /// The number of bytes not yet read.
    left: u64,
}

enum Source {
    File(File),
    Octets(OctetsReader),
    Decoder { pieces: Pieces, decoded: Bytes },
}

impl Contents {
    /// Opens contents of `size` bytes for reading from `offset`.
    ///
    /// # Errors
    /// As [`Upload::open`](super::Upload::open).
    pub fn open(content: &Content, size: u64, offset: u64) -> io::Result<Self> {
        let left = size
            .checked_sub(offset)
            .ok_or(io::ErrorKind::InvalidInput)?;
        let source = match content {
            Content::File { path, seen } => {
                let mut file = File::open(path)?;
                let now = Snapshot::from_metadata(&file.metadata()?);
                if now.size() != size {
                    return Err(changed());
                }
                same(now, *seen)?;
                file.seek(SeekFrom::Start(offset))?;
                Source::File(file)
            }
            Content::Octets(octets)
            | Content::Encoded {
                encoding: TransferEncoding::Identity,
                octets,
            } => {
                if octets.len() as u64 != size {
                    return Err(changed());
                }
                let offset = usize::try_from(offset).map_err(io::Error::other)?;
                Source::Octets(octets.clone().reader(offset))
            }
            Content::Encoded { encoding, octets } => {
                let mut contents = Self {
                    source: Source::Decoder {
                        pieces: Pieces::new(*encoding, octets.clone()),
                        decoded: Bytes::new(),
                    },
                    left: size,
                };
                let skipped = io::copy(&mut contents.by_ref().take(offset), &mut io::sink())?;
                debug_assert_eq!(skipped, offset, "read() gives all or fails");
                return Ok(contents);
            }
        };
        Ok(Self { source, left })
    }
}

impl Source {
    /// Whether there are more bytes than expected, because the file has grown.
    fn has_more(&mut self) -> io::Result<bool> {
        match self {
            Self::File(file) => Ok(file.read(&mut [0])? > 0),
            Self::Octets(_) | Self::Decoder { .. } => Ok(false),
        }
    }
}

impl Read for Contents {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let Some(buffer) = buffer.get_mut(..room).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let read = match &mut self.source {
            Source::File(file) => file.read(buffer)?,
            Source::Octets(reader) => reader.read(buffer)?,
            Source::Decoder { pieces, decoded } => {
                while decoded.is_empty()
                    && let Some(piece) = pieces.next().transpose()?
                {
                    *decoded = piece.bytes;
                }
                decoded.reader().read(buffer)?
            }
        };
        self.left -= read as u64;
        if read == 0 || (self.left == 0 && self.source.has_more()?) {
            return Err(changed());
        }
        Ok(read)
    }
}

impl Content {
    /// Checks that the contents have not changed. A file may be changed or replaced without a change of
    /// its size.
    pub(super) fn check(&self) -> io::Result<()> {
        match self {
            Self::File { path, seen } => same(Snapshot::from_metadata(&fs::metadata(path)?), *seen),
            Self::Octets(_) | Self::Encoded { .. } => Ok(()),
        }
    }
}

fn same(now: Snapshot, seen: Option<Snapshot>) -> io::Result<()> {
    if seen.is_none_or(|seen| seen == now) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        "the file has changed",
    ))
}

fn changed() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the size of the file has changed",
    )
}
