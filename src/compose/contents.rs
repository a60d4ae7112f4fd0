//! Reads attachments in chunks and encodes them in base64. A file is kept in memory as a whole only if
//! the format requires it.

use std::io::{self, Read};
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::PAD;

use super::Error;
use crate::message::{Attachment, Source};
use crate::submission::{Content, Contents, base64_engine};

/// Bytes in one line of base64 in MIME, which has 76 characters (RFC 2045 section 6.8).
const LINE: usize = 57;

/// Bytes per read: a whole number of base64 groups and of lines.
const CHUNK: usize = LINE * 1024;

/// Base64 with padding.
pub(super) fn engine() -> impl Engine {
    base64_engine(PAD)
}

/// The length of `size` bytes in base64 without line ends.
pub(super) const fn encoded_length(size: u64) -> u64 {
    size.div_ceil(3).saturating_mul(4)
}

/// The length of `size` bytes in base64 with CRLF after each line.
pub(super) const fn wrapped_length(size: u64) -> u64 {
    encoded_length(size).saturating_add(size.div_ceil(LINE as u64).saturating_mul(2))
}

/// Calls `take` with an attachment's contents in base64, chunk by chunk and without line ends.
///
/// # Errors
/// [`Error::Unreadable`], and [`Error::Changed`] if the size of the file has changed since it was
/// planned.
pub(super) fn each_encoded(
    attachment: &Attachment,
    mut take: impl FnMut(&str),
) -> Result<(), Error> {
    let engine = engine();
    let mut encoded = String::with_capacity(CHUNK / 3 * 4);
    each_chunk(attachment, |chunk| {
        encoded.clear();
        engine.encode_string(chunk, &mut encoded);
        take(&encoded);
    })
}

/// An attachment's contents in base64, in lines of 76 characters that end with CRLF.
///
/// # Errors
/// As [`each_encoded`].
pub(super) fn wrapped(attachment: &Attachment) -> Result<Vec<u8>, Error> {
    let capacity = usize::try_from(wrapped_length(attachment.size())).unwrap_or_default();
    let mut lines = Vec::with_capacity(capacity);
    each_encoded(attachment, |encoded| wrap(encoded, &mut lines))?;
    Ok(lines)
}

/// Text in base64, in lines of 76 characters that end with CRLF.
pub(super) fn wrapped_text(text: &str) -> Vec<u8> {
    let mut lines = Vec::new();
    wrap(&engine().encode(text), &mut lines);
    lines
}

fn wrap(encoded: &str, lines: &mut Vec<u8>) {
    for line in encoded.as_bytes().chunks(LINE / 3 * 4) {
        lines.extend_from_slice(line);
        lines.extend_from_slice(b"\r\n");
    }
}

/// An attachment's contents, as one vector.
///
/// # Errors
/// As [`each_encoded`].
pub(super) fn whole(attachment: &Attachment) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(usize::try_from(attachment.size()).unwrap_or_default());
    each_chunk(attachment, |chunk| bytes.extend_from_slice(chunk))?;
    Ok(bytes)
}

/// The number of bare LFs in an attached message. Each takes one more byte as CRLF. `None` if the message cannot be
/// part of another one: it has a line of more than 998 octets, a NUL or a bare CR.
///
/// # Errors
/// As [`each_encoded`].
pub(super) fn embedded_line_feeds(attachment: &Attachment) -> Result<Option<u64>, Error> {
    const LONGEST_LINE: u64 = 998;
    let (mut count, mut length): (u64, u64) = (0, 0);
    let (mut is_sound, mut after_cr) = (true, false);
    each_chunk(attachment, |chunk| {
        for &byte in chunk {
            match byte {
                b'\n' => {
                    count += u64::from(!after_cr);
                    length = 0;
                }
                _ => {
                    is_sound &= !after_cr && byte != 0;
                    length += u64::from(byte != b'\r');
                }
            }
            is_sound &= length <= LONGEST_LINE;
            after_cr = byte == b'\r';
        }
    })?;
    Ok((is_sound && !after_cr).then_some(count))
}

/// Calls `take` with each chunk. Every chunk except the last has [`CHUNK`] bytes.
fn each_chunk(attachment: &Attachment, mut take: impl FnMut(&[u8])) -> Result<(), Error> {
    let path = match attachment.source() {
        Source::File(path) => path.clone(),
        Source::Octets(_) => PathBuf::from(attachment.name()),
    };
    let expected = attachment.size();
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::InvalidData => Error::Changed {
            path: path.clone(),
            expected,
        },
        _ => Error::Unreadable {
            path: path.clone(),
            source,
        },
    };
    let content = content(attachment, false);
    let mut contents = Contents::open(&content, expected, 0).map_err(failed)?;
    let mut chunk = Vec::with_capacity(CHUNK);
    loop {
        chunk.clear();
        let mut next = contents.by_ref().take(CHUNK as u64);
        if next.read_to_end(&mut chunk).map_err(failed)? == 0 {
            return Ok(());
        }
        take(&chunk);
    }
}

/// Where the contents of an attachment are. With `unchanged`, a file must not have changed since it was
/// checked; otherwise only its size must be the same.
pub(super) fn content(attachment: &Attachment, unchanged: bool) -> Content {
    match attachment.source() {
        Source::File(path) => Content::File {
            path: path.clone(),
            seen: attachment.snapshot().filter(|_| unchanged),
        },
        Source::Octets(octets) => Content::Octets(octets.clone()),
    }
}
