//! The parts of a MIME message, as ranges of its bytes. Nothing is decoded or copied.

mod fields;
mod place;

use std::ops::Range;

use bytes::Bytes;

pub(super) use self::fields::declared_charset;
pub use self::fields::{Fields, settle_type};
pub use self::place::Place;
use super::content_fields::add_content_field;
use super::header_section::{ENOUGH, FieldReader, content, first_line, is_empty_line, is_folded};
use super::limits::{ALL_CONTENT_FIELDS, ALL_PARAMETERS, Excess, HEADER_SECTION, PARTS};
use crate::files::{Octets, SpoolError};

/// How deep multiparts may be nested. A deeper one counts as one part.
const DEPTH: usize = 50;

/// Why the parts of a message cannot be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StructureError {
    /// The message exceeds a limit.
    #[error(transparent)]
    TooMuch(#[from] Excess),
    /// The temporary file of a large message cannot be read.
    #[error(transparent)]
    Spool(#[from] SpoolError),
}

/// A part of a message, or the whole message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// From the delimiter line that opens it up to the next delimiter line. Removing these bytes removes
    /// the part.
    pub range: Range<usize>,
    /// Its header section, including the empty line after it. Empty if the part begins with a line that
    /// is not a field (RFC 2046 section 5.1).
    pub header: Range<usize>,
    /// Whether some bytes of its header section may belong to its body. This is so if the section has no
    /// empty line at its end, and it either has a folded line, which may be an indented line of the body,
    /// or is the end of the part.
    pub doubtful: bool,
    /// Its body, without the line end that belongs to the next delimiter line.
    pub body: Range<usize>,
    /// Its `Content-` fields.
    pub fields: Fields,
    /// The parts of a multipart, in order. Empty if no delimiter line was found.
    pub parts: Vec<Part>,
    /// The missing closing delimiter line, if it has parts and ends without that line.
    pub unclosed: Option<Vec<u8>>,
    /// Whether it is nested too deep to be parsed.
    deep: bool,
}

impl Part {
    /// Whether a part of it is signed or encrypted.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.walk().any(|part| part.fields.is_sealed())
    }

    /// The structure of a whole message. It covers every byte of any input.
    ///
    /// # Errors
    /// [`StructureError`] if the limit on parts, `Content-` fields or parameters is exceeded, or the message
    /// cannot be read.
    pub fn parse(message: &Octets) -> Result<Self, StructureError> {
        let mut scanner = Scanner {
            message,
            window: Bytes::new(),
            start: 0,
            at: 0,
            boundaries: Vec::new(),
            count: 0,
            content_fields: 0,
            parameters: 0,
            charset: String::new(),
        };
        let (mut root, _) = scanner.part(0, ("text", "plain"))?;
        root.range = 0..message.len();
        Ok(root)
    }

    /// Why no parts were found in a multipart.
    #[must_use]
    pub const fn unread(&self) -> &'static str {
        match (self.deep, &self.fields.boundary) {
            (true, _) => "its multiparts are nested too deeply",
            (false, None) => "a multipart has no boundary parameter",
            (false, Some(_)) => "the boundary of a multipart does not occur in it",
        }
    }

    /// This part and all parts in it, outer parts first.
    pub fn walk(&self) -> impl Iterator<Item = &Self> {
        let mut left = vec![self];
        std::iter::from_fn(move || {
            let part = left.pop()?;
            left.extend(part.parts.iter().rev());
            Some(part)
        })
    }
}

struct Scanner<'a> {
    message: &'a Octets,
    /// The bytes of the message from `start` on, as far as they were read.
    window: Bytes,
    start: usize,
    /// The start of the line that is read next.
    at: usize,
    /// The boundaries of the open multiparts, outermost first.
    boundaries: Vec<Vec<u8>>,
    /// The parts so far.
    count: usize,
    /// The bytes of their `Content-` fields.
    content_fields: usize,
    /// Their parameters.
    parameters: usize,
    /// The charset of the first part that declares one. Names that are not encoded are probably in it, too.
    charset: String,
}

/// Where a part ends.
#[derive(Clone, Copy)]
struct Stop {
    /// The delimiter line's start, or the end of the message.
    line: usize,
    /// The index of its boundary among the open multiparts. `None` at the end of the message.
    level: Option<usize>,
    /// Whether the line closes the multipart.
    close: bool,
}

impl Scanner<'_> {
    /// Parses the part whose header section begins here. `start` is the offset of its delimiter line.
    fn part(
        &mut self,
        start: usize,
        default: (&str, &str),
    ) -> Result<(Part, Stop), StructureError> {
        self.count += 1;
        Excess::check(self.count, PARTS, "parts")?;
        let header = self.at;
        let (content_fields, ended) = self.header()?;
        let header = header..self.at;
        let doubtful = !ended && self.is_doubtful(header.clone())?;
        self.content_fields += content_fields.len();
        Excess::check(
            self.content_fields,
            ALL_CONTENT_FIELDS,
            "bytes of Content- fields in all parts",
        )?;
        let fields = Fields::read(&content_fields, default, &self.charset)?;
        if self.charset.is_empty() {
            fields
                .charset()
                .unwrap_or_default()
                .clone_into(&mut self.charset);
        }
        self.parameters += fields.parameters.len();
        Excess::check(self.parameters, ALL_PARAMETERS, "parameters of all parts")?;
        let mut parts = Vec::new();
        let mut unclosed = None;
        let stop = match fields.boundary() {
            Some(boundary) if self.boundaries.len() < DEPTH => {
                let (stop, closed) = self.parts(boundary, &fields.subtype, &mut parts)?;
                unclosed =
                    (!closed && !parts.is_empty()).then(|| [b"--", boundary, b"--\r\n"].concat());
                stop
            }
            _ => self.delimiter()?,
        };
        let body = header.end..self.before(header.end, stop)?;
        let part = Part {
            range: start..stop.line,
            header,
            doubtful,
            body,
            fields,
            parts,
            unclosed,
            deep: self.boundaries.len() >= DEPTH,
        };
        Ok((part, stop))
    }

    /// Parses the parts of a multipart. Returns them, its end, and whether its closing delimiter line is
    /// there.
    fn parts(
        &mut self,
        boundary: &[u8],
        subtype: &str,
        parts: &mut Vec<Part>,
    ) -> Result<(Stop, bool), StructureError> {
        let level = Some(self.boundaries.len());
        // RFC 2046 section 5.1.5.
        let default = if subtype == "digest" {
            ("message", "rfc822")
        } else {
            ("text", "plain")
        };
        self.boundaries.push(boundary.to_vec());
        let mut stop = self.delimiter()?;
        while stop.level == level && !stop.close {
            let (part, end) = self.part(stop.line, default)?;
            parts.push(part);
            stop = end;
        }
        self.boundaries.pop();
        let closed = stop.level == level;
        if closed {
            // Text after the closing line belongs to the multipart, up to the next delimiter line of an
            // outer multipart.
            stop = self.delimiter()?;
        }
        Ok((stop, closed))
    }

    /// Reads the header section and the empty line that ends it. Returns the `Content-` fields, and
    /// whether there is an empty line. If a line that is not a field, a delimiter line or the end of the
    /// message comes first, the body begins after the last `Content-` field: a header section may be
    /// empty (RFC 2046 section 5.1), and other fields have no meaning there, so they may be text.
    fn header(&mut self) -> Result<(Vec<u8>, bool), StructureError> {
        let is_root = self.boundaries.is_empty();
        let mut kept = Vec::new();
        let section = self.read()?;
        let mut reader = FieldReader::new(&section);
        let start = self.at;
        loop {
            let (line, after) = first_line(reader.rest());
            if is_empty_line(line) {
                self.at = start + section.len() - after.len();
                return Ok((kept, true));
            }
            if self.delimits(0, line).is_some() {
                return Ok((kept, false));
            }
            let Some(field) = reader.next() else {
                return Ok((kept, false));
            };
            if field.is_content() {
                add_content_field(&mut kept, field.as_bytes())?;
            }
            let length = section.len() - reader.rest().len();
            Excess::check(length, HEADER_SECTION, "bytes of header fields")?;
            if is_root || field.is_content() {
                self.at = start + length;
            }
        }
    }

    /// Whether bytes of this header section, which has no empty line at its end, may belong to the body.
    fn is_doubtful(&mut self, section: Range<usize>) -> Result<bool, SpoolError> {
        let next = self.read()?;
        let (line, _) = first_line(&next);
        let is_last = line.is_empty() || self.delimits(self.at, line).is_some();
        let section = self.message.load(section)?;
        let mut lines = section.split_inclusive(|&byte| byte == b'\n');
        Ok(!section.is_empty() && (is_last || lines.any(is_folded)))
    }

    /// Skips to the end of the next delimiter line of an open multipart.
    fn delimiter(&mut self) -> Result<Stop, SpoolError> {
        loop {
            let rest = self.read()?;
            let (line, _) = first_line(&rest);
            if line.is_empty() {
                return Ok(Stop {
                    line: self.at,
                    level: None,
                    close: true,
                });
            }
            let start = self.at;
            self.at += line.len();
            let is_whole = line.ends_with(b"\n") || self.at == self.message.len();
            if !is_whole {
                self.skip_line()?;
            } else if let Some(stop) = self.delimits(start, line) {
                return Ok(stop);
            }
        }
    }

    /// Skips the rest of a long line.
    fn skip_line(&mut self) -> Result<(), SpoolError> {
        loop {
            let rest = self.read()?;
            let (line, _) = first_line(&rest);
            self.at += line.len();
            if line.is_empty() || line.ends_with(b"\n") {
                return Ok(());
            }
        }
    }

    /// The next bytes: all that are left, or at least [`ENOUGH`]. So a delimiter line longer than that is not
    /// found; RFC 2046 allows boundaries of 70 characters.
    fn read(&mut self) -> Result<Bytes, SpoolError> {
        let end = self.start + self.window.len();
        if end - self.at < ENOUGH && end < self.message.len() {
            self.start = self.at;
            // Most reads find their bytes in the window of the last one.
            self.window = self.message.window(self.at, 4 * ENOUGH)?;
        }
        Ok(self.window.slice(self.at - self.start..))
    }

    /// A delimiter line is the boundary and blanks (RFC 2046 section 5.1.1). A longer line may be another
    /// boundary. A delimiter line of an outer multipart also ends the inner ones.
    fn delimits(&self, start: usize, line: &[u8]) -> Option<Stop> {
        let line = line.strip_prefix(b"--")?.trim_ascii_end();
        let (level, boundary) = (self.boundaries.iter().enumerate().rev())
            .find(|(_, boundary)| matches!(line.strip_prefix(&boundary[..]), Some(b"" | b"--")))?;
        Some(Stop {
            line: start,
            level: Some(level),
            close: line.len() > boundary.len(),
        })
    }

    /// The end of a body that begins at `start`. The line end before a delimiter line is not part of the
    /// body.
    fn before(&self, start: usize, stop: Stop) -> Result<usize, SpoolError> {
        if stop.level.is_none() || stop.line <= start {
            return Ok(stop.line.max(start));
        }
        let from = start.max(stop.line.saturating_sub(b"\r\n".len()));
        let end = self.message.load(from..stop.line)?;
        Ok(from + content(&end).len())
    }
}
