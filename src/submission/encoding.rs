//! Decodes the contents of a MIME part piece by piece.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use bytes::{Buf, Bytes};

use crate::files::{Octets, SpoolError};

/// A Content-Transfer-Encoding (RFC 2045 section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferEncoding {
    /// Not encoded: `7bit`, `8bit`, `binary`.
    Identity,
    /// `base64`
    Base64,
    /// `quoted-printable`
    QuotedPrintable,
}

/// Bytes of a part that are decoded at once.
const PIECE: usize = 64 * 1024;

/// A decoded piece of a part.
pub(super) struct Piece {
    pub(super) bytes: Bytes,
    /// Whether nothing was lost in decoding it.
    whole: bool,
    /// Whether only blanks may follow.
    last: bool,
    /// Whether it contains only blanks and padding.
    is_filling: bool,
}

impl TransferEncoding {
    /// The decoded size of `encoded` in bytes, damaged or not.
    ///
    /// # Errors
    /// [`SpoolError`]
    pub fn decoded_size(self, encoded: &Octets) -> Result<u64, SpoolError> {
        Pieces::new(self, encoded.clone())
            .map(|piece| Ok(piece?.bytes.len() as u64))
            .sum()
    }

    /// The decoded size of `encoded` in bytes. `None` if base64 is damaged: it ends within a byte, or text follows
    /// the padding, or it is in the alphabet for URLs. Other characters are ignored (RFC 2045 section 6.8).
    /// Quoted-printable never loses anything.
    ///
    /// # Errors
    /// [`SpoolError`]
    pub fn measure(self, encoded: &Octets) -> Result<Option<u64>, SpoolError> {
        let (mut size, mut is_over) = (0, false);
        for piece in Pieces::new(self, encoded.clone()) {
            let piece = piece?;
            size += piece.bytes.len() as u64;
            let follows = is_over && !piece.is_filling;
            if !piece.whole || follows {
                return Ok(None);
            }
            is_over |= piece.last;
        }
        Ok(Some(size))
    }

    /// Whether base64 ends with a complete group of four, including padding.
    ///
    /// # Errors
    /// [`SpoolError`]
    pub fn ends_whole(base64: &Octets) -> Result<bool, SpoolError> {
        let counts = |byte: &&u8| is_base64(**byte) || **byte == b'=';
        let mut count = 0;
        for chunk in base64.chunks() {
            count += chunk?.iter().filter(counts).count();
        }
        Ok(count % 4 == 0)
    }

    /// Removes the next piece from `encoded` and decodes it.
    fn next(self, encoded: &mut Bytes) -> Piece {
        match self {
            Self::Identity => Piece {
                bytes: std::mem::take(encoded),
                whole: true,
                last: false,
                is_filling: false,
            },
            Self::Base64 => base64(encoded),
            Self::QuotedPrintable => quoted_printable(encoded),
        }
    }
}

/// Decodes a part piece by piece.
pub(super) struct Pieces {
    encoding: TransferEncoding,
    encoded: Octets,
    /// The position in `encoded` after `window`.
    at: usize,
    /// The bytes that are decoded next.
    window: Bytes,
}

impl Pieces {
    pub(super) const fn new(encoding: TransferEncoding, encoded: Octets) -> Self {
        Self {
            encoding,
            encoded,
            at: 0,
            window: Bytes::new(),
        }
    }

    /// Appends the next bytes to the window.
    fn read(&mut self) -> Result<(), SpoolError> {
        let more = self.encoded.window(self.at, Octets::CHUNK)?;
        self.at += more.len();
        self.window = match self.window.is_empty() {
            true => more,
            false => [&self.window[..], &more].concat().into(),
        };
        Ok(())
    }
}

impl Iterator for Pieces {
    type Item = Result<Piece, SpoolError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let is_end = self.at >= self.encoded.len();
            if is_end && self.window.is_empty() {
                return None;
            }
            if is_end || self.window.len() >= Octets::CHUNK {
                let mut left = self.window.clone();
                let piece = self.encoding.next(&mut left);
                // A piece that ends where the window ends may continue after it.
                let is_complete =
                    is_end || !left.is_empty() || self.encoding == TransferEncoding::Identity;
                if is_complete {
                    self.window = left;
                    return Some(Ok(piece));
                }
            }
            if let Err(error) = self.read() {
                return Some(Err(error));
            }
        }
    }
}

/// Decodes base64 leniently (RFC 2045 section 6.8): padding is optional, and unused bits are ignored.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The fastest engine for base64's standard alphabet on this processor.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
pub(crate) fn base64_engine(config: GeneralPurposeConfig) -> impl Engine {
    base64::engine::simd::Simd::standard(config)
}

/// The engine for base64's standard alphabet.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) fn base64_engine(config: GeneralPurposeConfig) -> impl Engine {
    base64::engine::GeneralPurpose::new(&base64::alphabet::STANDARD, config)
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// Blanks and padding.
const fn is_filling(byte: &u8) -> bool {
    byte.is_ascii_whitespace() || *byte == b'='
}

/// Base64 characters from the start of a part: complete groups of four, unless padding or the part ends
/// them.
struct Letters {
    letters: Vec<u8>,
    /// The number of bytes of the part in which they were found.
    taken: usize,
    /// Whether none of these bytes is a character of another alphabet of base64.
    known: bool,
    /// Whether padding follows them.
    padded: bool,
}

/// Decodes the next piece of base64.
///
/// Padding ends a piece, but more may follow. [`TransferEncoding::measure`] checks that.
fn base64(encoded: &mut Bytes) -> Piece {
    let quick = lines(encoded);
    let (found, decoded) = match base64_engine(LENIENT).decode(&quick.letters) {
        Ok(decoded) => (quick, decoded),
        // There are other bytes than base64 characters and line ends, or a character is missing.
        Err(_) => {
            let found = sifted(encoded);
            let groups = found.letters.len() - usize::from(is_cut(&found));
            let letters = found.letters.get(..groups).unwrap_or_default();
            // Only base64 characters are left, in a valid number.
            let decoded = base64_engine(LENIENT).decode(letters).unwrap_or_default();
            (found, decoded)
        }
    };
    encoded.advance(found.taken);
    if found.padded {
        // Further padding is skipped here, since there may be megabytes of it.
        let filling = encoded.iter().take_while(|byte| is_filling(byte)).count();
        encoded.advance(filling);
    }
    Piece {
        bytes: Bytes::from(decoded),
        whole: found.known && !is_cut(&found),
        last: found.padded,
        is_filling: found.known && found.letters.is_empty(),
    }
}

/// Whether there is a single last character, which is less than a byte.
const fn is_cut(found: &Letters) -> bool {
    found.letters.len() % 4 == 1
}

/// The base64 characters, if there are only line ends between them.
fn lines(encoded: &[u8]) -> Letters {
    let mut letters = Vec::with_capacity(PIECE);
    let mut rest = encoded;
    let mut padded = false;
    while letters.len() < PIECE && !rest.is_empty() {
        let window = rest.get(..PIECE - letters.len()).unwrap_or(rest);
        let end = memchr::memchr2(b'\n', b'=', window);
        let (line, after) = rest.split_at(end.unwrap_or(window.len()));
        match after.split_first().filter(|_| end.is_some()) {
            None => {
                letters.extend_from_slice(line);
                rest = after;
            }
            Some((b'=', after)) => {
                letters.extend_from_slice(line);
                rest = after;
                padded = true;
                break;
            }
            Some((_, after)) => {
                letters.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                rest = after;
            }
        }
    }
    Letters {
        letters,
        taken: encoded.len() - rest.len(),
        known: true,
        padded,
    }
}

/// The base64 characters, skipping all others.
fn sifted(encoded: &[u8]) -> Letters {
    let mut found = Letters {
        letters: Vec::with_capacity(PIECE),
        taken: encoded.len(),
        known: true,
        padded: false,
    };
    for (at, &byte) in encoded.iter().enumerate() {
        // Four characters are three bytes, independent of lines.
        if found.letters.len() == PIECE || byte == b'=' {
            found.padded = byte == b'=';
            found.taken = at + usize::from(found.padded);
            break;
        }
        if is_base64(byte) {
            found.letters.push(byte);
        } else {
            // These two are base64 in another alphabet (RFC 4648 section 5).
            found.known &= !matches!(byte, b'-' | b'_');
        }
    }
    found
}

/// Decodes the next piece of quoted-printable. The piece ends at a line end, so no state is needed.
fn quoted_printable(encoded: &mut Bytes) -> Piece {
    let window = encoded.get(..PIECE).unwrap_or(encoded);
    let last = window.len() == encoded.len();
    let line_end = || window.iter().rposition(|&byte| byte == b'\n');
    // A long line is not split in the middle of `=XX`.
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
    Piece {
        bytes: Bytes::from(decoded),
        whole: true,
        last: false,
        is_filling: false,
    }
}

/// Decodes a line of quoted-printable leniently (RFC 2045 section 6.7). An invalid escape is kept, and so
/// is a bare CR, which some encoders write for binary contents (mail-parser drops it).
fn decode_line(line: &[u8], ends: bool, decoded: &mut Vec<u8>) {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = match text.strip_suffix(b"\r") {
        Some(before) if text.len() < line.len() => before,
        _ => text,
    };
    let mut end = line.get(text.len()..).unwrap_or_default();
    let mut rest = text;
    if ends {
        // Trailing blanks were added by a server.
        while let [before @ .., b' ' | b'\t'] = rest {
            rest = before;
        }
        if let [before @ .., b'='] = rest {
            (rest, end) = (before, b"");
        }
    }
    while let Some(at) = memchr::memchr(b'=', rest) {
        let (plain, escape) = rest.split_at(at);
        decoded.extend_from_slice(plain);
        let escaped = match escape {
            [b'=', high, low, after @ ..] => hex(*high, *low).map(|byte| (byte, after)),
            _ => None,
        };
        let (byte, left) = escaped.unwrap_or((b'=', escape.get(1..).unwrap_or_default()));
        decoded.push(byte);
        rest = left;
    }
    decoded.extend_from_slice(rest);
    decoded.extend_from_slice(end);
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
