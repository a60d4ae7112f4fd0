//! An attachment's contents, read piece by piece while they go out.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::{Buf, Bytes};

use crate::snapshot::Snapshot;

/// Where the contents of an [`Upload`](super::Upload) are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// In a file, which is read as they go out.
    File {
        /// Its path.
        path: PathBuf,
        /// The file as it has to be still; none of a copy that nobody else writes to.
        seen: Option<Snapshot>,
    },
    /// In memory.
    Bytes(Bytes),
    /// In memory as a MIME part carries them, decoded as they go out.
    Encoded {
        /// What stands between these bytes and the contents.
        encoding: TransferEncoding,
        /// The part's body, a slice of the whole message.
        bytes: Bytes,
    },
}

/// How a MIME part carries its contents (RFC 2045 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferEncoding {
    /// As they are: `7bit`, `8bit`, `binary`.
    Identity,
    /// `base64`
    Base64,
    /// `quoted-printable`
    QuotedPrintable,
}

impl TransferEncoding {
    /// The size in bytes of what `encoded` carries.
    #[must_use]
    pub fn decoded_size(self, encoded: &Bytes) -> u64 {
        match self {
            Self::Identity => encoded.len() as u64,
            Self::Base64 => encoded
                .split(|&byte| byte == b'=')
                .map(|run| run.iter().filter(|byte| is_base64(**byte)).count() as u64)
                // One letter alone holds no byte.
                .map(|letters| letters * 3 / 4)
                .sum(),
            Self::QuotedPrintable => {
                let mut left = encoded.clone();
                std::iter::from_fn(|| quoted_printable(&mut left))
                    .map(|piece| piece.len() as u64)
                    .sum()
            }
        }
    }
}

impl TransferEncoding {
    /// Whether `encoded` is all that was encoded: nothing in base64 that is no letter, no run of
    /// letters cut off within a byte. Of quoted-printable nothing is ever lost.
    #[must_use]
    pub fn is_whole(self, encoded: &Bytes) -> bool {
        let known = |byte: &u8| is_base64(*byte) || byte.is_ascii_whitespace() || *byte == b'=';
        let cut = |run: &[u8]| run.iter().filter(|byte| is_base64(**byte)).count() % 4 == 1;
        match self {
            Self::Identity | Self::QuotedPrintable => true,
            Self::Base64 => {
                encoded.iter().all(known) && !encoded.split(|&byte| byte == b'=').any(cut)
            }
        }
    }
}

/// The bytes of an attachment, each once and in order.
pub struct Contents {
    source: Source,
    /// What is still to come.
    left: u64,
}

enum Source {
    File(File),
    Bytes(Bytes),
    Decoder {
        next: fn(&mut Bytes) -> Option<Bytes>,
        encoded: Bytes,
        decoded: Bytes,
    },
}

impl Contents {
    pub(super) fn open(content: &Content, size: u64, offset: u64) -> io::Result<Self> {
        let left = size
            .checked_sub(offset)
            .ok_or(io::ErrorKind::InvalidInput)?;
        let source = match content {
            Content::File { path, seen } => {
                let mut file = File::open(path)?;
                let now = Snapshot::of(&file.metadata()?);
                if now.size() != size {
                    return Err(changed());
                }
                same(now, *seen)?;
                file.seek(SeekFrom::Start(offset))?;
                Source::File(file)
            }
            Content::Bytes(bytes)
            | Content::Encoded {
                encoding: TransferEncoding::Identity,
                bytes,
            } => {
                let mut bytes = bytes.clone();
                if bytes.len() as u64 != size {
                    return Err(changed());
                }
                bytes.advance(usize::try_from(offset).map_err(io::Error::other)?);
                Source::Bytes(bytes)
            }
            Content::Encoded { encoding, bytes } => {
                let mut contents = Self {
                    source: Source::Decoder {
                        next: match encoding {
                            TransferEncoding::QuotedPrintable => quoted_printable,
                            _ => base64,
                        },
                        encoded: bytes.clone(),
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
    /// Whether there is more than was to be read: a file may have grown since.
    fn goes_on(&mut self) -> io::Result<bool> {
        match self {
            Self::File(file) => Ok(file.read(&mut [0])? > 0),
            Self::Bytes(_) | Self::Decoder { .. } => Ok(false),
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
            Source::Bytes(bytes) => bytes.reader().read(buffer)?,
            Source::Decoder {
                next,
                encoded,
                decoded,
            } => {
                while decoded.is_empty()
                    && let Some(piece) = next(encoded)
                {
                    *decoded = piece;
                }
                decoded.reader().read(buffer)?
            }
        };
        self.left -= read as u64;
        if read == 0 || (self.left == 0 && self.source.goes_on()?) {
            return Err(changed());
        }
        Ok(read)
    }
}

impl Content {
    /// Whether the contents are those of the beginning still: a file is written to, or put in the
    /// place of another, without its size telling.
    pub(super) fn check(&self) -> io::Result<()> {
        match self {
            Self::File { path, seen } => same(Snapshot::of(&fs::metadata(path)?), *seen),
            Self::Bytes(_) | Self::Encoded { .. } => Ok(()),
        }
    }
}

fn same(now: Snapshot, seen: Option<Snapshot>) -> io::Result<()> {
    if seen.is_none_or(|seen| seen == now) {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidData,
        "it was changed meanwhile",
    ))
}

fn changed() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "it no longer has the size that it had",
    )
}

/// Bytes of a part that are decoded at once.
const PIECE: usize = 64 * 1024;

/// The alphabet of base64, read as RFC 2045 section 6.8 asks: whatever else there is, is left out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// The next bytes that `encoded` carries, taken off it.
///
/// Padding ends a run and not the contents: what was put together from several runs loses nothing.
fn base64(encoded: &mut Bytes) -> Option<Bytes> {
    if encoded.is_empty() {
        return None;
    }
    let mut letters = Vec::with_capacity(PIECE);
    let mut taken = encoded.len();
    for (at, &byte) in encoded.iter().enumerate() {
        // Four letters are three bytes, wherever the lines end.
        if letters.len() == PIECE || byte == b'=' {
            taken = at + usize::from(byte == b'=');
            break;
        }
        if is_base64(byte) {
            letters.push(byte);
        }
    }
    encoded.advance(taken);
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    // Nothing but letters is left, in a length that there is.
    Some(Bytes::from(BASE64.decode(letters).unwrap_or_default()))
}

/// The next bytes that `encoded` carries, taken off it. Cut at a line's end, where no state is kept.
fn quoted_printable(encoded: &mut Bytes) -> Option<Bytes> {
    if encoded.is_empty() {
        return None;
    }
    let window = encoded.get(..PIECE).unwrap_or(encoded);
    let last = window.len() == encoded.len();
    let line_end = || window.iter().rposition(|&byte| byte == b'\n');
    // A line that does not end is cut where it is not in the middle of `=XX`.
    let escape = || {
        let start = window.len().saturating_sub(2);
        let escape = window.iter().skip(start).position(|&byte| byte == b'=')?;
        (start + escape).checked_sub(1)
    };
    let cut = match line_end().or_else(escape) {
        Some(at) if !last => at + 1,
        _ => window.len(),
    };
    let piece = encoded.split_to(cut);
    let mut decoded = Vec::with_capacity(piece.len());
    let mut lines = piece.split_inclusive(|&byte| byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        let ends = line.ends_with(b"\n") || (last && lines.peek().is_none());
        decode_line(line, ends, &mut decoded);
    }
    Some(Bytes::from(decoded))
}

/// A line of quoted-printable, as tolerant as RFC 2045 section 6.7 asks: what is no escape stays as
/// it is, and so does a bare CR, which encoders of binary contents leave (mail-parser drops it).
fn decode_line(line: &[u8], ends: bool, decoded: &mut Vec<u8>) {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = match text.strip_suffix(b"\r") {
        Some(before) if text.len() < line.len() => before,
        _ => text,
    };
    let mut end = line.get(text.len()..).unwrap_or_default();
    let mut rest = text;
    if ends {
        // Blanks there were added on the way.
        while let [before @ .., b' ' | b'\t'] = rest {
            rest = before;
        }
        if let [before @ .., b'='] = rest {
            (rest, end) = (before, b"");
        }
    }
    while let [first, after @ ..] = rest {
        let escaped = match rest {
            [b'=', high, low, after @ ..] => hex(*high, *low).map(|byte| (byte, after)),
            _ => None,
        };
        let (byte, left) = escaped.unwrap_or((*first, after));
        decoded.push(byte);
        rest = left;
    }
    decoded.extend_from_slice(end);
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::submission::{Upload, UploadRoute};

    fn in_file(path: &std::path::Path) -> Content {
        Content::File {
            path: path.to_owned(),
            seen: None,
        }
    }

    fn upload(content: Content, size: u64) -> Upload {
        Upload {
            name: "a".to_owned(),
            content_type: "application/octet-stream".to_owned(),
            size,
            content_id: None,
            inline: false,
            route: UploadRoute::of(size),
            content,
        }
    }

    fn encoded(encoding: TransferEncoding, bytes: &[u8]) -> Upload {
        let bytes = Bytes::copy_from_slice(bytes);
        let size = encoding.decoded_size(&bytes);
        upload(Content::Encoded { encoding, bytes }, size)
    }

    fn read(upload: &Upload, offset: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut contents = upload.open(offset).expect("contents");
        contents.read_to_end(&mut bytes).expect("all of them");
        bytes
    }

    #[test]
    fn base64_is_read_whatever_stands_between_its_letters() {
        for (text, wanted) in [
            ("", &b""[..]),
            ("SGVsbG8=", b"Hello"),
            ("SGVs\r\n bG8=\r\n", b"Hello"),
            ("S G V s b G 8", b"Hello"),
            ("SGVsbG8!=\r\n", b"Hello"),
            ("SGVs\r\nb", b"Hel"),
            ("SGU=bGxv", b"Hello"),
            ("SGV=", b"He"),
        ] {
            let upload = encoded(TransferEncoding::Base64, text.as_bytes());
            assert_eq!(read(&upload, 0), wanted, "{text:?}");
        }
    }

    #[test]
    fn quoted_printable_is_read_to_the_blank() {
        for (text, wanted) in [
            ("", &b""[..]),
            ("a=3Db=\r\nc \r\n=E4=fc", b"a=bc\r\n\xe4\xfc"),
            ("a=20\r\n\tb \t", b"a \r\n\tb"),
            ("good =3D\r\n100 = 5=\r\n=41", b"good =\r\n100 = 5A"),
            ("soft =  \r\nend=", b"soft end"),
            (
                "bare\r=\r\nLF\nblanks\t \n=3d==3D",
                b"bare\rLF\nblanks\n===",
            ),
            ("a\r", b"a\r"),
            ("=\r\n=\n=", b""),
            ("=4", b"=4"),
        ] {
            let upload = encoded(TransferEncoding::QuotedPrintable, text.as_bytes());
            let found = read(&upload, 0);
            assert_eq!(found, wanted, "{}", String::from_utf8_lossy(&found));
        }
        let escapes = "=41=42".repeat(PIECE);
        for shift in ["", "x", "xx"] {
            let text = format!("{shift}{escapes}");
            let upload = encoded(TransferEncoding::QuotedPrintable, text.as_bytes());
            let wanted = format!("{shift}{}", "AB".repeat(PIECE));
            assert!(
                read(&upload, 0) == wanted.as_bytes(),
                "shifted by {shift:?}"
            );
        }
    }

    #[test]
    fn a_file_of_another_size_is_not_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        let file = File::create(&path).expect("a file");
        file.set_len(10).expect("a size");
        let whole = upload(in_file(&path), 10);
        assert_eq!(read(&whole, 3), [0; 7]);
        assert_eq!(read(&whole, 10), b"");
        let error = |upload: &Upload, offset| upload.open(offset).err().map(|error| error.kind());
        assert_eq!(error(&whole, 11), Some(io::ErrorKind::InvalidInput));
        for size in [9, 11] {
            let other = upload(in_file(&path), size);
            assert_eq!(error(&other, 0), Some(io::ErrorKind::InvalidData));
        }
        let mut grown = whole.open(0).expect("contents");
        file.set_len(11).expect("a size");
        let error = grown.read_to_end(&mut Vec::new()).expect_err("too long");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        file.set_len(10).expect("a size");
        let mut cut = whole.open(0).expect("contents");
        file.set_len(5).expect("a size");
        let error = cut.read_to_end(&mut Vec::new()).expect_err("too short");
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        std::fs::remove_file(&path).expect("removed");
        let gone = whole.open(0).err().map(|error| error.kind());
        assert_eq!(gone, Some(io::ErrorKind::NotFound));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_was_encoded_is_read_from_any_place(
            pattern in proptest::collection::vec(any::<u8>(), 1..50),
            length in 0usize..140_000,
            line in 1usize..100,
            place in any::<proptest::sample::Index>(),
        ) {
            let bytes: Vec<u8> = pattern.iter().copied().cycle().take(length).collect();
            let base64: Vec<u8> = base64::prelude::BASE64_STANDARD
                .encode(&bytes)
                .as_bytes()
                .chunks(line)
                .flat_map(|line| [line, b"\r\n"].concat())
                .collect();
            let quoted: String = bytes
                .chunks(line)
                .map(|line| {
                    let line: String = line.iter().map(|byte| format!("={byte:02X}")).collect();
                    line + "=\r\n"
                })
                .collect();
            let offset = place.index(length + 1);
            for upload in [
                upload(Content::Bytes(Bytes::from(bytes.clone())), length as u64),
                encoded(TransferEncoding::Identity, &bytes),
                encoded(TransferEncoding::Base64, &base64),
                encoded(TransferEncoding::QuotedPrintable, quoted.as_bytes()),
            ] {
                prop_assert_eq!(upload.size, length as u64);
                prop_assert!(read(&upload, offset as u64) == bytes[offset..]);
            }
        }
    }
}
