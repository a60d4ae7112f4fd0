//! A message as it would arrive, in pieces.

use std::io::{self, BufWriter, Read as _, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::contents::Contents;

/// The bytes in a line of base64, and its characters (RFC 2045 section 6.8).
const LINE: (usize, usize) = (57, 76);
/// How many lines are encoded at a time.
const LINES: usize = 1024;

/// A message as it would arrive. It is assembled while it is read, so that its attachments are
/// stored only once.
#[derive(Debug, Clone)]
pub struct Eml(Vec<Piece>);

/// A part of a message's text.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    /// These bytes.
    Plain(Contents),
    /// These contents in base64, in lines of 76, without a line end after the last one.
    Base64(Contents),
}

impl Piece {
    fn size(&self) -> u64 {
        match self {
            Self::Plain(contents) => contents.size(),
            Self::Base64(contents) => {
                let characters = contents.size().div_ceil(3) * 4;
                let lines = characters.div_ceil(LINE.1 as u64);
                characters + lines.saturating_sub(1) * 2
            }
        }
    }
}

impl Eml {
    /// The message that consists of these pieces.
    pub(super) fn new(pieces: Vec<Piece>) -> Self {
        Self(pieces)
    }

    /// The message that is these bytes.
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(vec![Piece::Plain(Contents::from_bytes(bytes))])
    }

    /// The size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.iter().map(Piece::size).sum()
    }

    /// Writes the message.
    ///
    /// # Errors
    /// Those of `writer`, and of the temporary files with attachments.
    pub fn write_to(&self, writer: &mut dyn Write) -> io::Result<()> {
        let mut writer = BufWriter::new(writer);
        for piece in &self.0 {
            match piece {
                Piece::Plain(contents) => {
                    io::copy(&mut contents.reader(), &mut writer)?;
                }
                Piece::Base64(contents) => write_base64(contents, &mut writer)?,
            }
        }
        writer.flush()
    }

    /// The first `count` bytes.
    pub(super) fn start(&self, count: usize) -> Vec<u8> {
        let mut start = Start {
            bytes: Vec::new(),
            room: count,
        };
        // A full buffer refuses the rest, which is no error here.
        drop(self.write_to(&mut start));
        start.bytes
    }

    /// The whole message in memory.
    ///
    /// # Panics
    /// If a temporary file of the sandbox cannot be read.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "an open file without a name that cannot be read has no remedy"
    )]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size()).unwrap_or_default());
        self.write_to(&mut bytes)
            .expect("the sandbox reads its own files");
        bytes
    }
}

impl PartialEq for Eml {
    fn eq(&self, other: &Self) -> bool {
        self.size() == other.size() && self.to_vec() == other.to_vec()
    }
}

impl PartialEq<&[u8]> for Eml {
    fn eq(&self, other: &&[u8]) -> bool {
        self.size() == other.len() as u64 && self.to_vec() == *other
    }
}

/// A writer that accepts a limited number of bytes.
struct Start {
    bytes: Vec<u8>,
    room: usize,
}

impl Write for Start {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room - self.bytes.len());
        self.bytes
            .extend_from_slice(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_base64(contents: &Contents, writer: &mut impl Write) -> io::Result<()> {
    let mut reader = contents.reader();
    let mut chunk = Vec::new();
    let mut first = true;
    loop {
        chunk.clear();
        let whole = (LINE.0 * LINES) as u64;
        reader.by_ref().take(whole).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            return Ok(());
        }
        for line in STANDARD.encode(&chunk).as_bytes().chunks(LINE.1) {
            if !first {
                writer.write_all(b"\r\n")?;
            }
            first = false;
            writer.write_all(line)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::{Contents, Eml, Piece};
    use crate::sandbox::contents::Spool;

    #[test]
    fn a_message_is_as_long_as_it_says_and_holds_its_files() {
        for size in [
            0_usize,
            1,
            2,
            3,
            57,
            58,
            114,
            57 * 1024,
            57 * 1024 + 1,
            200_000,
        ] {
            let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
            let mut spool = Spool::new().expect("a file");
            for part in bytes.chunks(1000) {
                spool.add(part).expect("room");
            }
            let contents = spool.into_contents();
            assert!(contents.to_vec().expect("a file") == bytes, "{size}");
            let head = "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\n";
            let eml = Eml::new(vec![
                Piece::Plain(Contents::from_bytes(head)),
                Piece::Base64(contents),
            ]);
            let written = eml.to_vec();
            assert_eq!(eml.size(), written.len() as u64, "{size}");
            let mut lines = written.split(|byte| *byte == b'\n');
            assert!(lines.all(|line| line.len() <= 77), "{size}");
            let parsed = MessageParser::default().parse(&written).expect("a message");
            assert!(parsed.parts[0].contents() == bytes, "{size}");
            assert!(eml.start(99) == written[..written.len().min(99)], "{size}");
            assert!(eml == written.as_slice(), "{size}");
        }
    }
}
