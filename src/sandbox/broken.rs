//! What a recipient could see broken: text whose charset is not declared, and lines that a server may break.

use mail_parser::{Message, MessagePart, MimeHeaders as _};

use super::parsed::{self, charset, lines, parsed};
use crate::charset::{encoded_word::in_utf8, is_known};

/// The longest line of a message, without its line end (RFC 5322 section 2.1.1).
const LINE: usize = 998;

/// Stands for text that cannot be decoded.
const REPLACEMENT: char = '\u{FFFD}';

/// The faults of a message, as sentences. `raw` is the message, or its beginning.
pub(super) fn faults(raw: &[u8]) -> Vec<String> {
    let readable = in_utf8(raw);
    let Some(message) = parsed(&readable) else {
        return Vec::new();
    };
    let mut faults = header_faults(&readable, &message);
    for part in &message.parts {
        faults.extend(text_fault(part, &message));
        if part
            .attachment_name()
            .is_some_and(|name| name.contains(REPLACEMENT))
        {
            faults.push("the name of an attachment cannot be decoded".to_owned());
        }
    }
    let long = |line: &[u8]| line.strip_suffix(b"\r").unwrap_or(line).len() > LINE;
    if let Some(line) = lines(raw).position(long) {
        faults.push(format!("line {} has more than {LINE} octets", line + 1));
    }
    faults
}

fn header_faults(raw: &[u8], message: &Message<'_>) -> Vec<String> {
    let mut faults = Vec::new();
    for header in message.headers() {
        let value = raw.get(header.offset_start as usize..header.offset_end as usize);
        if !value.unwrap_or_default().is_ascii() {
            let name = header.name.as_str();
            faults.push(format!("the field {name} has bytes that are not ASCII"));
        }
    }
    let subject = message.subject().unwrap_or_default();
    if subject.contains(REPLACEMENT) {
        faults.push("the subject cannot be decoded".to_owned());
    }
    faults
}

fn text_fault(part: &MessagePart<'_>, message: &Message<'_>) -> Option<String> {
    let text = parsed::text(part, message)?;
    let what = if part.is_text_html() { "HTML" } else { "text" };
    if is_undeclared(part) {
        return Some(format!(
            "{what} has bytes that are not ASCII, but declares no charset for them"
        ));
    }
    let charset = charset(part)?;
    let is_utf8 = matches!(&*charset.to_ascii_lowercase(), "utf-8" | "utf8");
    if !is_utf8 && !is_known(charset) {
        return Some(format!("the charset {charset:?} of {what} is unknown"));
    }
    text.contains(REPLACEMENT)
        .then(|| format!("{what} is not in its charset {charset:?}"))
}

/// Whether the part is text outside ASCII without a charset (RFC 2045 section 5.2: then it is ASCII).
pub(super) fn is_undeclared(part: &MessagePart<'_>) -> bool {
    let is_ascii = charset(part).is_none_or(|charset| charset.eq_ignore_ascii_case("us-ascii"));
    is_ascii && part.text_contents().is_some_and(|text| !text.is_ascii())
}
