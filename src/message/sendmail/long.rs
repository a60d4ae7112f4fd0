//! Texts that are too long for one request: their first lines stay the text, and all of them become files.
//!
//! Graph takes a longer message as a draft with attachments, but not a longer text.

use std::io::Write;
use std::ops::Range;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use mail_parser::MessageParser;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use uuid::Uuid;

use super::parts::write_range;
use crate::files::{Octets, SpoolError};
use crate::message::EmlError;
use crate::message::header_section::{Field, HeaderSection};
use crate::message::structure::{Part, Place};

/// Bytes of the text that stay.
const SHOWN: usize = 4096;

/// Bytes of a page that are read for them: a page begins with its styles.
const PAGE: usize = 256 * 1024;

/// Makes attached files of the texts of a message that together have more than `longest` bytes. Short texts
/// stay. `uuid` makes the boundary. A message that is signed or encrypted is not changed.
pub(super) fn attach_long_texts(
    section: &mut HeaderSection<'_>,
    body: &mut Octets,
    (longest, uuid): (u64, Uuid),
) -> Result<(), EmlError> {
    let header = section.to_ended_bytes();
    let whole = body.prepended(&header);
    if whole.len() as u64 <= longest {
        return Ok(());
    }
    let root = Part::parse(&whole)?;
    let mut texts = Vec::new();
    find_texts(&root, Place::default(), &mut texts);
    let size: usize = texts.iter().map(|(part, _)| part.body.len()).sum();
    // A few shorter texts fit one request.
    texts.retain(|(part, _)| part.body.len() as u64 > longest / 8 && !part.doubtful);
    if (size + header.len()) as u64 <= longest || texts.is_empty() || root.is_sealed() {
        return Ok(());
    }
    let fields = content_fields(&header);
    let is_multipart = !root.parts.is_empty();
    let mut edits = match is_multipart {
        true => vec![(root.header.clone(), [&fields, &b"\r\n"[..]].concat())],
        false => Vec::new(),
    };
    let mut files = Vec::new();
    for (part, place) in texts {
        let file = File::new(part, &files, &whole)?;
        edits.push(file.edit(place, &whole)?);
        files.push(file);
    }
    let boundary = format!("graphmail-{}", uuid.simple());
    *body = whole.rewritten(|out| write_mixed(out, &boundary, &whole, (&edits, &files)))?;
    section.retain(|field| !field.is_content());
    section.set(
        "Content-Type",
        &format!("multipart/mixed; boundary=\"{boundary}\""),
    );
    section.set("MIME-Version", "1.0");
    Ok(())
}

/// Finds the texts that cannot be attachments of a draft: the first, and those that are not in a
/// multipart/mixed.
fn find_texts<'a>(part: &'a Part, place: Place, texts: &mut Vec<(&'a Part, Place)>) {
    for (index, inner) in part.parts.iter().enumerate() {
        find_texts(inner, place.inside(part, index), texts);
    }
    let is_text = part.fields.kind == "text" && place.is_text(&part.fields);
    if part.parts.is_empty() && is_text && (texts.is_empty() || !place.mixed) {
        texts.push((part, place));
    }
}

/// Bytes of a message, and what replaces them.
type Edit = (Range<usize>, Vec<u8>);

/// A text that becomes a file.
struct File<'a> {
    part: &'a Part,
    /// The name in the note.
    name: String,
    /// Its content fields.
    fields: Vec<u8>,
    /// Its Content-Disposition, with the name.
    disposition: String,
}

impl<'a> File<'a> {
    fn new(part: &'a Part, others: &[Self], whole: &Octets) -> Result<Self, SpoolError> {
        let kind = match part.fields.is("text", "html") {
            true => "html",
            false => "txt",
        };
        let fields = content_fields(&whole.load(part.header.clone())?);
        let (name, disposition) = match (&part.fields.name, others.len()) {
            // A name in an unknown charset stays in the fields.
            (Some(_), _) if part.fields.unknown_charset.is_some() => {
                ("a file".to_owned(), "attachment".to_owned())
            }
            (Some(name), _) => {
                let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
                let shown = match name.is_ascii() {
                    true => name.clone(),
                    false => "a file".to_owned(),
                };
                (shown, format!("attachment; filename*=utf-8''{encoded}"))
            }
            (None, others) => {
                let name = match others {
                    0 => format!("message.{kind}"),
                    others => format!("message-{}.{kind}", others + 1),
                };
                let disposition = format!("attachment; filename={name}");
                (name, disposition)
            }
        };
        Ok(Self {
            part,
            name,
            fields,
            disposition,
        })
    }

    /// What replaces the text: its first lines and a note. A page after another text is removed.
    fn edit(&self, place: Place, whole: &Octets) -> Result<Edit, SpoolError> {
        let part = self.part;
        let is_page = part.fields.is("text", "html");
        if is_page && place.alternative && place.later {
            return Ok((part.range.clone(), Vec::new()));
        }
        let start = part.body.start;
        let start = whole.load(start..part.body.end.min(start + SHOWN))?;
        let range = part.header.start..part.body.end;
        let note = format!("\r\n\r\n[The whole text is attached as {}.]\r\n", self.name);
        let shown = match &*part.fields.encoding {
            // The beginning of a page is no page.
            _ if is_page => {
                let page =
                    whole.load(part.body.start..part.body.end.min(part.body.start + PAGE))?;
                return Ok((range, plain_text(&self.fields, &page, &note)));
            }
            "7bit" | "8bit" => Some([lines(&start), note.as_bytes()].concat()),
            "quoted-printable" => Some([hard_lines(&start), note.as_bytes()].concat()),
            "base64" => whole_groups(&start).map(|shown| {
                let note = BASE64_STANDARD.encode(&note);
                [shown, note.as_bytes(), b"\r\n"].concat()
            }),
            _ => None,
        };
        let (fields, shown) = match &shown {
            Some(shown) => (&self.fields[..], &shown[..]),
            None => (&b""[..], note.trim_start().as_bytes()),
        };
        Ok((range, [fields, b"\r\n", shown].concat()))
    }
}

/// A part of plain text: the text at the beginning of a page, which has these fields, and a note.
fn plain_text(fields: &[u8], page: &[u8], note: &str) -> Vec<u8> {
    let message = [fields, b"\r\n", page].concat();
    let message = MessageParser::new().parse(&message);
    let text = message.as_ref().and_then(|message| message.body_text(0));
    let text = text.unwrap_or_default();
    let text = text.trim();
    let shown = text.get(..text.floor_char_boundary(SHOWN)).unwrap_or(text);
    let shown = format!("{shown}{note}");
    let mut part = b"Content-Type: text/plain; charset=utf-8\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        .to_vec();
    for line in shown.trim_start().lines() {
        encodify::qp::BODY.encode_append(line.as_bytes(), &mut part);
        part.extend_from_slice(b"\r\n");
    }
    part
}

/// Writes the parts of a multipart/mixed: `whole` with `edits`, which are sorted, and then the files.
fn write_mixed(
    out: &mut dyn Write,
    boundary: &str,
    whole: &Octets,
    (edits, files): (&[Edit], &[File<'_>]),
) -> Result<(), SpoolError> {
    write!(out, "--{boundary}\r\n")?;
    let mut at = 0;
    for (range, text) in edits {
        write_range(out, whole, at..range.start)?;
        out.write_all(text)?;
        at = range.end;
    }
    write_range(out, whole, at..whole.len())?;
    for file in files {
        write!(out, "\r\n--{boundary}\r\n")?;
        out.write_all(&file.fields)?;
        write!(out, "Content-Disposition: {}\r\n\r\n", file.disposition)?;
        write_range(out, whole, file.part.body.clone())?;
    }
    write!(out, "\r\n--{boundary}--\r\n")?;
    Ok(())
}

/// The fields of a header section that describe its text, each with its line end.
fn content_fields(header: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    let Ok((section, _)) = HeaderSection::parse(header) else {
        return all;
    };
    let described = |field: &&Field<'_>| field.is_content() && !field.is("Content-Disposition");
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
