//! The lines of a header section.

/// The name of the field that begins in a line. White space between name and colon is RFC 5322's
/// obsolete syntax.
pub(in crate::message) fn name(line: &[u8]) -> Option<&[u8]> {
    let name = line.get(..memchr::memchr(b':', line)?)?.trim_ascii_end();
    let valid = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    valid.then_some(name)
}

/// The rest after a name and its colon that are on two lines: white space between them may be folded (RFC 5322
/// section 4.5).
pub(super) fn colon_in_fold<'a>(line: &[u8], rest: &'a [u8]) -> Option<&'a [u8]> {
    let name = content(line);
    let (fold, after) = first_line(rest);
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    let is_colon = is_folded(fold) && fold.trim_ascii_start().starts_with(b":");
    (is_name && is_colon).then_some(after)
}

/// The message without the lines that an mbox (`From `) and a reader of an mbox (`>From `) put before its
/// fields. `From : a@example.org` is a field in RFC 5322's obsolete syntax. A text may begin with `>From `,
/// so such a line must have a field after it.
pub(in crate::message) fn without_mbox_lines(message: &[u8]) -> &[u8] {
    let (line, after) = first_line(message);
    let mut rest = match line.starts_with(b"From ") && name(line).is_none() {
        true => after,
        false => message,
    };
    let mut quoted = rest;
    while quoted.starts_with(b">From ") {
        quoted = first_line(quoted).1;
        if name(first_line(quoted).0).is_some() {
            rest = quoted;
        }
    }
    rest
}

/// The number of lines that end in `bytes`.
pub(in crate::message) fn count_lines(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', bytes).count()
}

/// Whether a line continues the field of the line before it (RFC 5322 section 2.2.3).
pub(in crate::message) const fn is_folded(line: &[u8]) -> bool {
    matches!(line, [b' ' | b'\t', ..])
}

/// Whether a line, with its line end, is the empty line that ends a header section.
pub(in crate::message) fn is_empty_line(line: &[u8]) -> bool {
    !line.is_empty() && content(line).is_empty()
}

/// The first line with its line end, and the rest.
pub(in crate::message) fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    bytes.split_at(end)
}

/// A line without its line end.
pub(in crate::message) fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
