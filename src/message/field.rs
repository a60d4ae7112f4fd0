//! A line of a header section.

/// The name of the field that begins in a line. White space between name and colon is RFC 5322's
/// obsolete syntax.
pub(super) fn name(line: &[u8]) -> Option<&[u8]> {
    let name = line.get(..memchr::memchr(b':', line)?)?.trim_ascii_end();
    let valid = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    valid.then_some(name)
}

/// Whether `message` begins with the line that an mbox puts before each message. `From : a@example.org`
/// is a field in RFC 5322's obsolete syntax.
pub(super) fn has_mbox_line(message: &[u8]) -> bool {
    let line = message.split(|byte| *byte == b'\n').next();
    line.is_some_and(|line| line.starts_with(b"From ") && name(line).is_none())
}

/// Whether a line goes on with the field of the line before it (RFC 5322 section 2.2.3).
pub(super) fn is_folded(line: &[u8]) -> bool {
    matches!(line, [b' ' | b'\t', ..])
}

/// A line without its end.
pub(super) fn content(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
