//! Converts line ends to CRLF, except in binary bodies.

use std::io::Write;
use std::ops::Range;

use super::header_section::count_lines;
use super::structure::StructureError;
use super::{EmlError, Part};
use crate::files::{Octets, SpoolError};

/// What to do with a CR that is not part of a CRLF, outside binary parts.
#[derive(Debug, Clone, Copy)]
pub(super) enum BareCr {
    /// Refuse the message: the CR cannot be sent, and it may be part of the contents.
    Refused {
        /// Lines of the input before the message.
        lines_before: usize,
    },
    /// It ends a line, as in Exim. CR CR LF is one line end.
    EndsLine,
}

/// Converts every bare LF of a message to CRLF, except in a part that is neither text nor encoded
/// (`binary`, RFC 2045 section 6.2).
///
/// # Errors
/// [`EmlError`] for a bare CR outside such parts, if it is refused.
pub(super) fn normalized(octets: Octets, cr: BareCr) -> Result<Octets, EmlError> {
    if !has_bare(&octets, b"\r\n")? {
        return Ok(octets);
    }
    let binary = binary(&octets)?;
    let (mut bare_lf, mut bare_cr) = (false, None);
    each_bare(&octets, |at, byte| {
        match byte {
            _ if holds(&binary, at) => {}
            b'\n' => bare_lf = true,
            _ => bare_cr = Some(at),
        }
        bare_cr.is_none()
    })?;
    match (bare_cr, cr) {
        (Some(at), BareCr::Refused { lines_before }) => {
            let mut line = lines_before + 1;
            for chunk in octets.range(0..at).chunks() {
                line += count_lines(&chunk?);
            }
            Err(EmlError::BareCr { line })
        }
        (Some(_), BareCr::EndsLine) => {
            Ok(octets.rewritten(|out| write_with_line_ends(&octets, &binary, out))?)
        }
        (None, _) if bare_lf => Ok(octets.rewritten(|out| write_with_crlf(&octets, &binary, out))?),
        (None, _) => Ok(octets),
    }
}

/// Writes the bytes with CRLF for every line end (LF, or any CRs and an LF) and for every other CR, except in
/// the ranges `untouched`, which are sorted.
pub(super) fn write_with_line_ends(
    octets: &Octets,
    untouched: &[Range<usize>],
    out: &mut dyn Write,
) -> Result<(), SpoolError> {
    // The CRs that were read last.
    let mut crs = 0;
    let mut write = |text: &[u8], crs: &mut usize| {
        for _ in 0..std::mem::take(crs) {
            out.write_all(b"\r\n")?;
        }
        out.write_all(text)
    };
    let mut at = 0;
    for chunk in octets.chunks() {
        let chunk = chunk?;
        let mut written = 0;
        for place in memchr::memchr2_iter(b'\r', b'\n', &chunk) {
            if holds(untouched, at + place) {
                continue;
            }
            let text = chunk.get(written..place).unwrap_or_default();
            if !text.is_empty() {
                write(text, &mut crs)?;
            }
            written = place + 1;
            match chunk.get(place) {
                Some(b'\r') => crs += 1,
                _ => {
                    crs = 0;
                    write(b"\r\n", &mut crs)?;
                }
            }
        }
        let text = chunk.get(written..).unwrap_or_default();
        if !text.is_empty() {
            write(text, &mut crs)?;
        }
        at += chunk.len();
    }
    write(b"", &mut crs)?;
    Ok(())
}

/// Writes the bytes with CRLF for every bare LF, except in the ranges `untouched`, which are sorted.
pub(super) fn write_with_crlf(
    octets: &Octets,
    untouched: &[Range<usize>],
    out: &mut dyn Write,
) -> Result<(), SpoolError> {
    let (mut at, mut last) = (0, None);
    for chunk in octets.chunks() {
        let chunk = chunk?;
        let mut written = 0;
        for place in memchr::memchr_iter(b'\n', &chunk) {
            let before = place
                .checked_sub(1)
                .map_or(last, |at| chunk.get(at).copied());
            if before != Some(b'\r') && !holds(untouched, at + place) {
                out.write_all(chunk.get(written..place).unwrap_or_default())?;
                out.write_all(b"\r")?;
                written = place;
            }
        }
        out.write_all(chunk.get(written..).unwrap_or_default())?;
        at += chunk.len();
        last = chunk.last().copied();
    }
    Ok(())
}

/// Converts every bare LF to CRLF.
pub(crate) fn with_crlf(bytes: Vec<u8>) -> Result<Vec<u8>, SpoolError> {
    let mut converted = Vec::with_capacity(bytes.len());
    write_with_crlf(&Octets::from(bytes), &[], &mut converted)?;
    Ok(converted)
}

/// Whether there is one of `bytes`, which are CR and LF, that is not part of a CRLF.
pub(crate) fn has_bare(octets: &Octets, bytes: &[u8]) -> Result<bool, SpoolError> {
    let mut found = false;
    each_bare(octets, |_, byte| {
        found = bytes.contains(&byte);
        !found
    })?;
    Ok(found)
}

/// Calls `take` with every CR and LF that is not part of a CRLF, and its position, until it returns false.
fn each_bare(octets: &Octets, mut take: impl FnMut(usize, u8) -> bool) -> Result<(), SpoolError> {
    // The last CR, until it is known what follows it.
    let mut cr: Option<usize> = None;
    let mut start = 0;
    for chunk in octets.chunks() {
        let chunk = chunk?;
        for place in memchr::memchr2_iter(b'\r', b'\n', &chunk) {
            let (at, byte) = (start + place, chunk.get(place).copied());
            let before = cr.take();
            let ends_line = byte == Some(b'\n') && before.is_some_and(|cr| cr + 1 == at);
            if ends_line {
                continue;
            }
            if before.is_some_and(|cr| !take(cr, b'\r')) {
                return Ok(());
            }
            match byte {
                Some(b'\r') => cr = Some(at),
                _ if !take(at, b'\n') => return Ok(()),
                _ => {}
            }
        }
        start += chunk.len();
    }
    if let Some(cr) = cr {
        take(cr, b'\r');
    }
    Ok(())
}

/// Whether one of the sorted ranges contains `at`.
fn holds(ranges: &[Range<usize>], at: usize) -> bool {
    let after = ranges.partition_point(|range| range.end <= at);
    ranges.get(after).is_some_and(|range| range.start <= at)
}

/// The binary bodies, sorted. An LF in them is not a line end.
fn binary(octets: &Octets) -> Result<Vec<Range<usize>>, StructureError> {
    let structure = Part::parse(octets)?;
    let binary = structure.walk().filter(|part| {
        part.fields.encoding == "binary"
            && !matches!(part.fields.kind.as_str(), "text" | "message" | "multipart")
    });
    Ok(binary.map(|part| part.body.clone()).collect())
}
