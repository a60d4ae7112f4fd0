//! Converts line ends to CRLF, except in binary bodies.

use std::ops::Range;

use super::limits::Excess;
use super::{EmlError, Part};

/// Converts every bare LF of a message to CRLF, except in a part that is neither text nor encoded
/// (`binary`, RFC 2045 section 6.2).
///
/// # Errors
/// [`EmlError`] for a bare CR outside such parts. It cannot be sent, and it cannot be removed, since it
/// may be part of the contents.
pub(super) fn normalized(bytes: Vec<u8>) -> Result<Vec<u8>, EmlError> {
    let untouched = match has_bare_lf(&bytes) {
        true => binary(&bytes)?,
        false => Vec::new(),
    };
    let bytes = with_crlf(bytes, &untouched);
    if !has_bare_cr(&bytes) {
        return Ok(bytes);
    }
    let binary = binary(&bytes)?;
    let fault = bare_crs(&bytes).find(|at| !holds(&binary, *at));
    match fault {
        None => Ok(bytes),
        Some(at) => Err(EmlError::BareCr {
            line: memchr::memchr_iter(b'\n', bytes.get(..at).unwrap_or_default()).count() + 1,
        }),
    }
}

/// Converts every bare LF to CRLF, except in the ranges `untouched`, which are sorted. Works in place,
/// since the message may be large.
pub(crate) fn with_crlf(mut bytes: Vec<u8>, untouched: &[Range<usize>]) -> Vec<u8> {
    let is_missing = |bytes: &[u8], at: usize| is_bare_lf(bytes, at) && !holds(untouched, at);
    // Works from the end to the start, so that each byte moves once, by the number of CRs inserted before
    // it. Works byte by byte, since lines may be short.
    let mut missing = memchr::memchr_iter(b'\n', &bytes)
        .filter(|&at| is_missing(&bytes, at))
        .count();
    let mut end = bytes.len();
    bytes.reserve_exact(missing);
    bytes.resize(end + missing, 0);
    let put = |bytes: &mut [u8], at: usize, byte| {
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
    };
    while missing > 0 {
        end -= 1;
        let byte = bytes.get(end).copied().unwrap_or_default();
        put(&mut bytes, end + missing, byte);
        if byte == b'\n' && is_missing(&bytes, end) {
            missing -= 1;
            put(&mut bytes, end + missing, b'\r');
        }
    }
    bytes
}

/// Whether there is an LF without a CR before it.
pub(crate) fn has_bare_lf(bytes: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', bytes).any(|at| is_bare_lf(bytes, at))
}

/// Whether there is a CR without an LF after it.
pub(crate) fn has_bare_cr(bytes: &[u8]) -> bool {
    bare_crs(bytes).next().is_some()
}

fn bare_crs(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let crs = memchr::memchr_iter(b'\r', bytes);
    crs.filter(|at| bytes.get(at + 1) != Some(&b'\n'))
}

/// Whether the LF at `at` has no CR before it.
fn is_bare_lf(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| bytes.get(before)) != Some(&b'\r')
}

/// Whether one of the sorted ranges contains `at`.
fn holds(ranges: &[Range<usize>], at: usize) -> bool {
    let after = ranges.partition_point(|range| range.end <= at);
    ranges.get(after).is_some_and(|range| range.start <= at)
}

/// The binary bodies, sorted. An LF in them is not a line end.
fn binary(bytes: &[u8]) -> Result<Vec<Range<usize>>, Excess> {
    let structure = Part::parse(bytes)?;
    let binary = structure.walk().filter(|part| {
        part.fields.encoding == "binary"
            && !matches!(part.fields.kind.as_str(), "text" | "message" | "multipart")
    });
    Ok(binary.map(|part| part.body.clone()).collect())
}
