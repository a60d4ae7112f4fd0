//! A text that is too long for one request: its first lines stay the text, and all of it becomes a file.
//!
//! Graph takes a longer message as a draft with attachments, but not a longer text.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use uuid::Uuid;

use super::text_of;
use crate::files::{Octets, SpoolError};
use crate::message::header_section::{Field, HeaderSection};

/// Bytes of the text that stay.
const SHOWN: usize = 4096;

/// Makes an attached file of a text whose message has more than `longest` bytes. `uuid` makes the boundary.
pub(super) fn attach_long_text(
    section: &mut HeaderSection<'_>,
    body: &mut Octets,
    (longest, uuid): (u64, Uuid),
) -> Result<(), SpoolError> {
    let lower = |name: &str| text_of(section, name).to_ascii_lowercase();
    let (kind, encoding) = (lower("Content-Type"), lower("Content-Transfer-Encoding"));
    let size = section.to_bytes().len() + body.len();
    let is_text = kind.is_empty() || kind.starts_with("text/");
    let is_file = lower("Content-Disposition").starts_with("attachment");
    if size as u64 <= longest || !is_text || is_file {
        return Ok(());
    }
    let name = match kind.starts_with("text/html") {
        true => "message.html",
        false => "message.txt",
    };
    let start = body.load(0..SHOWN)?;
    let note = format!("\r\n\r\n[The whole text is attached as {name}.]\r\n");
    let shown = match (&*encoding, &*kind) {
        // The beginning of a page is no page.
        (_, kind) if kind.starts_with("text/html") => None,
        ("" | "7bit" | "8bit", _) => Some([lines(&start), note.as_bytes()].concat()),
        ("quoted-printable", _) => Some([hard_lines(&start), note.as_bytes()].concat()),
        ("base64", _) => whole_groups(&start).map(|shown| {
            let note = BASE64_STANDARD.encode(&note);
            [shown, note.as_bytes(), b"\r\n"].concat()
        }),
        _ => None,
    };
    let fields = content_fields(section);
    let (shown_fields, shown) = match shown {
        Some(shown) => (fields.clone(), shown),
        None => (Vec::new(), note.trim_start().as_bytes().to_vec()),
    };
    let boundary = format!("graphmail-{}", uuid.simple());
    let whole = body.clone();
    *body = body.rewritten(|out| {
        write!(out, "--{boundary}\r\n")?;
        out.write_all(&shown_fields)?;
        out.write_all(b"\r\n")?;
        out.write_all(&shown)?;
        write!(out, "\r\n--{boundary}\r\n")?;
        out.write_all(&fields)?;
        write!(
            out,
            "Content-Disposition: attachment; filename={name}\r\n\r\n"
        )?;
        for chunk in whole.chunks() {
            out.write_all(&chunk?)?;
        }
        write!(out, "\r\n--{boundary}--\r\n")?;
        Ok(())
    })?;
    section.retain(|field| !field.is_content());
    section.set(
        "Content-Type",
        &format!("multipart/mixed; boundary=\"{boundary}\""),
    );
    section.set("MIME-Version", "1.0");
    Ok(())
}

/// The fields that describe the text, each with its line end.
fn content_fields(section: &HeaderSection<'_>) -> Vec<u8> {
    let described = |field: &&Field<'_>| field.is_content() && !field.is("Content-Disposition");
    let mut all = Vec::new();
    for field in section.fields().filter(described) {
        all.extend_from_slice(field.as_bytes().trim_ascii_end());
        all.extend_from_slice(b"\r\n");
    }
    all
}

/// The beginning of a text up to its last line end, or all of it.
fn lines(text: &[u8]) -> &[u8] {
    let end = memchr::memrchr(b'\n', text).map_or(text.len(), |at| at + 1);
    text.get(..end).unwrap_or(text)
}

/// The same in quoted-printable, where `=` at the end of a line continues it.
fn hard_lines(text: &[u8]) -> &[u8] {
    let is_hard = |at: &usize| {
        let line = text.get(..*at).unwrap_or_default().trim_ascii_end();
        !line.ends_with(b"=")
    };
    let end = memchr::memrchr_iter(b'\n', text).find(is_hard);
    match end {
        Some(at) => text.get(..=at).unwrap_or(text),
        // A line without an end: its beginning, up to a soft line break.
        None => {
            let lines = lines(text).trim_ascii_end();
            lines.strip_suffix(b"=").unwrap_or(lines)
        }
    }
}

/// The same in base64, if its lines are whole groups of four characters.
fn whole_groups(text: &[u8]) -> Option<&[u8]> {
    let whole = lines(text);
    let is_data = |byte: &&u8| !byte.is_ascii_whitespace();
    let count = whole.iter().filter(is_data).count();
    (count % 4 == 0 && !whole.contains(&b'=')).then_some(whole)
}
