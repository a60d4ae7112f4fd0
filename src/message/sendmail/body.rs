//! The body of a message from sendmail's standard input.

use std::io::{self, Write};

use base64::prelude::BASE64_STANDARD;
use base64::write::EncoderWriter;

use crate::charset::{ISO_2022_JP, is_iso_2022_jp};
use crate::files::{Octets, SpoolError};
use crate::message::header_section::{self, content, first_line};
use crate::message::line_ends::{has_bare, write_with_crlf};

/// Whether a line before the first empty line is a recipient field.
pub(super) fn has_recipient_field(body: &[u8]) -> bool {
    let lines = body.split_inclusive(|&byte| byte == b'\n');
    let mut lines = lines.take_while(|line| !content(line).is_empty());
    lines.any(|line| header_section::name(line).is_some_and(is_recipients))
}

/// Whether this is the name of a recipient field.
pub(super) fn is_recipients(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix(b"resent-").unwrap_or(&name);
    matches!(name, b"to" | b"cc" | b"bcc")
}

/// The first line, as text.
pub(super) fn first_line_text(body: &[u8]) -> String {
    String::from_utf8_lossy(content(first_line(body).0)).into_owned()
}

/// The longest line of a message, without its end (RFC 5322 section 2.1.1).
const LONGEST_LINE: usize = 998;

/// What a body consists of.
pub(super) struct Contents {
    /// The charset that it is in.
    pub(super) charset: &'static str,
    /// Whether it has bytes that are not ASCII.
    pub(super) is_8bit: bool,
    has_nul: bool,
    has_long_line: bool,
    has_bare_cr: bool,
}

impl Contents {
    /// Reads the whole body.
    pub(super) fn read(body: &Octets) -> Result<Self, SpoolError> {
        let (mut is_8bit, mut has_nul, mut has_c1) = (false, false, false);
        let (mut length, mut longest) = (0, 0);
        let mut utf8 = Utf8::default();
        let (mut is_japanese, mut seam) = (false, Vec::new());
        for chunk in body.chunks() {
            let chunk = chunk?;
            utf8.read(&chunk);
            // An escape sequence of 3 bytes may cross the end of a chunk.
            seam.extend_from_slice(chunk.get(..2).unwrap_or(&chunk));
            is_japanese |= is_iso_2022_jp(&seam) || is_iso_2022_jp(&chunk);
            seam = chunk
                .get(chunk.len().saturating_sub(2)..)
                .unwrap_or_default()
                .to_vec();
            is_8bit |= !chunk.is_ascii();
            has_nul |= memchr::memchr(0, &chunk).is_some();
            // C1 control characters of ISO-8859-1 are letters and punctuation in Windows-1252.
            has_c1 |= chunk.iter().any(|byte| matches!(byte, 0x80..=0x9F));
            let mut rest = &chunk[..];
            while let Some(end) = memchr::memchr(b'\n', rest) {
                longest = longest.max(length + end);
                (length, rest) = (0, rest.get(end + 1..).unwrap_or_default());
            }
            length += rest.len();
        }
        Ok(Self {
            charset: match () {
                () if is_japanese && !is_8bit => ISO_2022_JP,
                () if !is_8bit => "us-ascii",
                () if utf8.is_valid() => "utf-8",
                () if has_c1 => "windows-1252",
                () => "iso-8859-1",
            },
            is_8bit,
            has_nul,
            has_long_line: longest.max(length) > LONGEST_LINE,
            has_bare_cr: has_bare(body, b"\r")?,
        })
    }

    /// Encodes `body` if a message cannot have its lines: in base64 if there are bare carriage returns, as a
    /// progress bar writes them, or NULs, and in quoted-printable if a line is too long (RFC 2045 section 6). Returns
    /// the name of the encoding.
    pub(super) fn encode(&self, body: &mut Octets) -> Result<Option<&'static str>, SpoolError> {
        let (name, encoded) = match (self.has_bare_cr || self.has_nul, self.has_long_line) {
            (false, false) => return Ok(None),
            (true, _) => ("base64", body.rewritten(|out| base64(body, out))?),
            (false, true) => (
                "quoted-printable",
                body.rewritten(|out| quoted_printable(body, out))?,
            ),
        };
        *body = encoded;
        Ok(Some(name))
    }
}

/// Checks UTF-8 piece by piece.
#[derive(Default)]
struct Utf8 {
    /// The beginning of a character.
    rest: Vec<u8>,
    is_invalid: bool,
}

impl Utf8 {
    fn read(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        let end = match std::str::from_utf8(&self.rest) {
            Ok(text) => text.len(),
            Err(error) => {
                self.is_invalid |= error.error_len().is_some();
                error.valid_up_to()
            }
        };
        match self.is_invalid {
            true => self.rest.clear(),
            false => drop(self.rest.drain(..end)),
        }
    }

    const fn is_valid(&self) -> bool {
        !self.is_invalid && self.rest.is_empty()
    }
}

/// Writes `body` in base64.
pub(super) fn base64(body: &Octets, out: &mut dyn Write) -> Result<(), SpoolError> {
    let lines = Base64Lines { out, column: 0 };
    let mut encoder = EncoderWriter::new(lines, &BASE64_STANDARD);
    write_with_crlf(body, &[], &mut encoder)?;
    encoder.finish()?.out.write_all(b"\r\n")?;
    Ok(())
}

/// Writes `body` in quoted-printable.
fn quoted_printable(body: &Octets, out: &mut dyn Write) -> Result<(), SpoolError> {
    let mut lines = QuotedLines {
        out,
        line: Vec::new(),
    };
    write_with_crlf(body, &[], &mut lines)?;
    lines.end(b"")?;
    Ok(())
}

/// Writes quoted-printable (RFC 2045 section 6.7), line by line.
struct QuotedLines<'a> {
    out: &'a mut dyn Write,
    /// The beginning of a line.
    line: Vec<u8>,
}

impl QuotedLines<'_> {
    /// Bytes of a long line that are encoded at once.
    const PIECE: usize = 64 * 1024;

    /// Writes the beginning of a line, and `end`.
    fn end(&mut self, end: &[u8]) -> io::Result<()> {
        let mut encoded = Vec::new();
        encodify::qp::BODY.encode_append(&self.line, &mut encoded);
        self.line.clear();
        self.out.write_all(&encoded)?;
        self.out.write_all(end)
    }
}

impl Write for QuotedLines<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
        let line = bytes.get(..end.min(Self::PIECE)).unwrap_or(bytes);
        self.line.extend_from_slice(line);
        if self.line.ends_with(b"\n") {
            let length = content(&self.line).len();
            self.line.truncate(length);
            self.end(b"\r\n")?;
        } else if self.line.len() >= Self::PIECE && !self.line.ends_with(b"\r") {
            // A soft line break.
            self.end(b"=\r\n")?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes base64 in lines of 76 characters (RFC 2045 section 6.8).
struct Base64Lines<'a> {
    out: &'a mut dyn Write,
    /// The characters in the last line.
    column: usize,
}

impl Write for Base64Lines<'_> {
    /// Writes all of `base64`: the encoder takes less for an error.
    fn write(&mut self, base64: &[u8]) -> io::Result<usize> {
        const LINE: usize = 76;
        let mut rest = base64;
        while !rest.is_empty() {
            if self.column == LINE {
                self.out.write_all(b"\r\n")?;
                self.column = 0;
            }
            let (line, after) = rest.split_at(rest.len().min(LINE - self.column));
            self.out.write_all(line)?;
            self.column += line.len();
            rest = after;
        }
        Ok(base64.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
