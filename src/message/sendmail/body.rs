//! The body of a message from sendmail's standard input.

use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::message::header_section::{self, HeaderSection, content, first_line};
use crate::message::line_ends::{has_bare_cr, with_crlf};

/// Whether a line before the first empty line is a recipient field.
pub(super) fn has_recipient_field(body: &[u8]) -> bool {
    let lines = body.split_inclusive(|&byte| byte == b'\n');
    let mut lines = lines.take_while(|line| !content(line).is_empty());
    lines.any(|line| header_section::name(line).is_some_and(is_recipients))
}

/// Whether this is the name of a recipient field.
fn is_recipients(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix(b"resent-").unwrap_or(&name);
    matches!(name, b"to" | b"cc" | b"bcc")
}

/// The first line, as text.
pub(super) fn first_line_text(body: &[u8]) -> String {
    String::from_utf8_lossy(content(first_line(body).0)).into_owned()
}

/// Encodes a text with bare carriage returns, as a progress bar writes them, in base64 (RFC 2045 section
/// 6.8), since a message must not contain them. A multipart, a body that is not text and an encoded one are
/// left unchanged.
pub(super) fn keep_carriage_returns(section: &mut HeaderSection<'_>, body: &mut Cow<'_, [u8]>) {
    let starts = |name: &str, known: &[&str]| {
        let field = section.named(name).next();
        let value = field.map(|field| field.lossless_text().to_ascii_lowercase());
        let value = value.unwrap_or_default();
        value.is_empty() || known.iter().any(|known| value.starts_with(known))
    };
    if !has_bare_cr(body)
        || !starts("Content-Type", &["text/"])
        || !starts("Content-Transfer-Encoding", &["7bit", "8bit"])
    {
        return;
    }
    let text = with_crlf(std::mem::take(body).into_owned(), &[]);
    let encoded = BASE64_STANDARD.encode(text).into_bytes();
    // RFC 2045: lines of at most 76 characters.
    let mut lines = encoded.chunks(76).collect::<Vec<_>>().join(&b"\r\n"[..]);
    lines.extend_from_slice(b"\r\n");
    *body = Cow::Owned(lines);
    section.set("Content-Transfer-Encoding", "base64");
    if !section.has("MIME-Version") {
        section.set("MIME-Version", "1.0");
    }
}
