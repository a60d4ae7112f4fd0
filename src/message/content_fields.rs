//! Prepares the `Content-` fields of a part for mail-parser.
//!
//! A field may contain a parameter twice, plain and extended (RFC 2231): `filename=fb.bin;
//! filename*=UTF-8''%E2%82%AC.bin`. The parser takes the first of them, so the plain one is removed. Some
//! costs of the parser grow with the square of the input, so the input is limited.

use std::ops::Range;

use super::limits::{CONTENT_FIELDS, ENCODED_WORDS, Excess, PARAMETERS};

/// Appends a `Content-` field to `kept`, without plain names for which there is an extended one. The
/// extended one takes precedence in either order (RFC 6266 section 4.3).
///
/// # Errors
/// [`Excess`] if the parser would take too long.
pub(super) fn add_content_field(kept: &mut Vec<u8>, field: &[u8]) -> Result<(), Excess> {
    let count = |needle: &[u8]| memchr::memmem::find_iter(field, needle).count();
    let bytes = kept.len() + field.len();
    for (count, limit, what) in [
        (
            bytes,
            CONTENT_FIELDS,
            "bytes of Content- fields in one part",
        ),
        (count(b";"), PARAMETERS, "parameters in a Content- field"),
        (
            count(b"=?"),
            ENCODED_WORDS,
            "encoded words in a Content- field",
        ),
    ] {
        Excess::check(count, limit, what)?;
    }
    let mut from = 0;
    for range in overruled(field) {
        kept.extend_from_slice(field.get(from..range.start).unwrap_or_default());
        from = range.end;
    }
    kept.extend_from_slice(field.get(from..).unwrap_or_default());
    Ok(())
}

/// The ranges of plain parameters for which there is an extended one.
fn overruled(field: &[u8]) -> Vec<Range<usize>> {
    let starts = |name: &[u8]| {
        let start = field.get(..name.len()).unwrap_or_default();
        start.eq_ignore_ascii_case(name)
    };
    if !starts(b"Content-Disposition") && !starts(b"Content-Type") {
        return Vec::new();
    }
    let all: Vec<(Vec<u8>, Range<usize>)> = parameters(field.trim_ascii_end()).collect();
    let extended = |plain: &[u8]| {
        let mut names = all.iter().map(|(name, _)| name.strip_prefix(plain));
        names.any(|rest| rest.is_some_and(|rest| rest.starts_with(b"*")))
    };
    let (name, filename) = (extended(b"name"), extended(b"filename"));
    all.iter()
        .filter(|(plain, _)| match &plain[..] {
            b"name" => name,
            b"filename" => filename,
            _ => false,
        })
        .map(|(_, range)| range.clone())
        .collect()
}

/// The parameters' names in lower case, and their ranges including the semicolon.
fn parameters(field: &[u8]) -> impl Iterator<Item = (Vec<u8>, Range<usize>)> {
    let mut quoted = false;
    let mut escaped = false;
    let mut semicolons: Vec<usize> = Vec::new();
    for (at, &byte) in field.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => semicolons.push(at),
            _ => {}
        }
    }
    let ends = semicolons.clone().into_iter().skip(1).chain([field.len()]);
    semicolons.into_iter().zip(ends).map(|(start, end)| {
        let text = field.get(start + 1..end).unwrap_or_default();
        let name = text.split(|&byte| byte == b'=').next().unwrap_or_default();
        (name.trim_ascii().to_ascii_lowercase(), start..end)
    })
}
