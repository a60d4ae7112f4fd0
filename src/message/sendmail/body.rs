//! The body of a message from sendmail's standard input.

use std::io::{self, Write};

use base64::prelude::BASE64_STANDARD;
use base64::write::EncoderWriter;

use crate::files::{Octets, SpoolError};
use crate::message::EmlError;
use crate::message::header_section::{self, HeaderSection, content, first_line};
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

/// Encodes a text with bare carriage returns, as a progress bar writes them, in base64 (RFC 2045 section
/// 6.8), since a message must not contain them. A multipart, a body that is not text and an encoded one are
/// left unchanged.
pub(super) fn keep_carriage_returns(
    section: &mut HeaderSection<'_>,
    body: &mut Octets,
) -> Result<(), EmlError> {
    let starts = |name: &str, known: &[&str]| {
        let field = section.named(name).next();
        let value = field.map(|field| field.lossless_text().to_ascii_lowercase());
        let value = value.unwrap_or_default();
        value.is_empty() || known.iter().any(|known| value.starts_with(known))
    };
    if !starts("Content-Type", &["text/"])
        || !starts("Content-Transfer-Encoding", &["7bit", "8bit"])
        || !has_bare(body, b"\r")?
    {
        return Ok(());
    }
    *body = body.rewritten(|out| {
        let lines = Base64Lines { out, column: 0 };
        let mut encoder = EncoderWriter::new(lines, &BASE64_STANDARD);
        write_with_crlf(body, &[], &mut encoder)?;
        encoder.finish()?.out.write_all(b"\r\n")?;
        Ok::<_, SpoolError>(())
    })?;
    section.set("Content-Transfer-Encoding", "base64");
    if !section.has("MIME-Version") {
        section.set("MIME-Version", "1.0");
    }
    Ok(())
}

/// Writes base64 in lines of 76 characters (RFC 2045 section 6.8).
struct Base64Lines<'a> {
    out: &'a mut dyn Write,
    /// The characters in the last line.
    column: usize,
}

impl Write for Base64Lines<'_> {
    fn write(&mut self, base64: &[u8]) -> io::Result<usize> {
        const LINE: usize = 76;
        if self.column == LINE {
            self.out.write_all(b"\r\n")?;
            self.column = 0;
        }
        let line = base64.get(..LINE - self.column).unwrap_or(base64);
        self.out.write_all(line)?;
        self.column += line.len();
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
