//! A header section, field by field, as it is changed on its way.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::eml::with_crlf;
use super::field;
use super::limits::{Excess, HEADER_FIELDS, HEADER_SECTION};

/// The fields of a message in their order, and what follows them.
#[derive(Debug)]
pub(super) struct Section {
    fields: Vec<Field>,
    body: Vec<u8>,
    /// The line, from 1, at which a section with fields ends without an empty one.
    cut: Option<usize>,
}

/// One field, folds included.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    /// What stands after the colon, with CRLF in its folds and none at its end.
    value: Vec<u8>,
}

impl Section {
    /// Takes a program's output apart. An mbox `From ` line before the fields is left out, and so is
    /// a byte order mark, which would make the fields a part of the text, to be read by all. The
    /// first line that is no field ends the section, an empty one with itself: so sendmail takes
    /// text without any header section.
    ///
    /// # Errors
    /// [`Excess`] for a section that is longer than is read.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Excess> {
        let mut rest = match bytes.strip_prefix(b"\xEF\xBB\xBF") {
            Some(rest) if field(line(rest).0).is_some() => rest,
            _ => bytes,
        };
        if field::has_mbox_line(rest) {
            (_, rest) = line(rest);
        }
        let mut fields: Vec<Field> = Vec::new();
        let mut cut = None;
        for number in 1.. {
            let (content, after) = line(rest);
            match (content, fields.last_mut()) {
                ([], _) => {
                    rest = after;
                    break;
                }
                ([b' ' | b'\t', ..], Some(field)) => {
                    field.value.extend_from_slice(b"\r\n");
                    field.value.extend_from_slice(content);
                }
                _ => match field(content) {
                    Some(field) => {
                        Excess::check(fields.len() + 1, HEADER_FIELDS, "header fields")?;
                        fields.push(field);
                    }
                    None => {
                        cut = (!fields.is_empty()).then_some(number);
                        break;
                    }
                },
            }
            rest = after;
            let length = bytes.len() - rest.len();
            Excess::check(length, HEADER_SECTION, "bytes of header fields")?;
        }
        Ok(Self {
            fields,
            body: rest.to_vec(),
            cut,
        })
    }

    /// The line that cuts the section short of recipients: fields of theirs stand behind it, up to the
    /// first empty line.
    pub(super) fn cut_from_recipients(&self) -> Option<usize> {
        let mut rest = self.body.as_slice();
        let number = self.cut?;
        loop {
            let (content, after) = line(rest);
            if content.is_empty() {
                return None;
            }
            if field(content).is_some_and(|field| is_recipients(&field.name)) {
                return Some(number);
            }
            rest = after;
        }
    }

    /// The first line of what follows the fields.
    pub(super) fn first_line(&self) -> String {
        text_of(line(&self.body).0)
    }

    /// Whether there is a field of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The fields in their order: name, and value as [`Section::values`] gives it.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, String)> {
        let fields = self.fields.iter();
        fields.map(|field| (field.name.as_str(), text(&field.value)))
    }

    /// The values of the fields of that name, unfolded (RFC 5322 section 2.2.3). Bytes that are no
    /// UTF-8 stand in for themselves, and are bytes again when the value is set.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = String> {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| text(&field.value))
    }

    /// Takes all fields of that name away.
    pub(super) fn remove(&mut self, name: &str) {
        self.fields
            .retain(|field| !field.name.eq_ignore_ascii_case(name));
    }

    /// Gives all fields of that name another; their values stay byte for byte.
    pub(super) fn rename(&mut self, name: &str, to: &str) {
        self.rename_where(name, to, |_| true);
    }

    /// Gives those fields of that name another for whose value `which` holds.
    pub(super) fn rename_where(&mut self, name: &str, to: &str, which: impl Fn(&str) -> bool) {
        for field in &mut self.fields {
            if field.name.eq_ignore_ascii_case(name) && which(&text(&field.value)) {
                to.clone_into(&mut field.name);
            }
        }
    }

    /// Gives those fields of that name another value for which `change` has one.
    pub(super) fn change(&mut self, name: &str, change: impl Fn(&str) -> Option<String>) {
        for field in &mut self.fields {
            if field.name.eq_ignore_ascii_case(name)
                && let Some(value) = change(&text(&field.value))
            {
                field.value = bytes(&format!(" {value}"));
            }
        }
    }

    /// Puts a field in the place of the first of that name, and takes the others away; where there
    /// is none it stands last.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let place = self
            .fields
            .iter()
            .position(|field| field.name.eq_ignore_ascii_case(name));
        self.remove(name);
        let place = place.unwrap_or(self.fields.len()).min(self.fields.len());
        self.fields.insert(
            place,
            Field {
                name: name.to_owned(),
                value: bytes(&format!(" {value}")),
            },
        );
    }

    /// Puts what the fields of that name are behind all others, under another; folds and all.
    pub(super) fn copy(&mut self, name: &str, to: &str) {
        let is_it = |field: &&Field| field.name.eq_ignore_ascii_case(name);
        let copy = |field: &Field| Field {
            name: to.to_owned(),
            value: field.value.clone(),
        };
        let copies: Vec<Field> = self.fields.iter().filter(is_it).map(copy).collect();
        self.fields.extend(copies);
    }

    /// Writes a text that has carriage returns of its own, as a progress bar leaves them, in base64
    /// (RFC 2045 section 6.8): so it arrives as it is. Nothing is done to a message of several parts,
    /// or of another kind than text, or encoded already.
    pub(super) fn keep_carriage_returns(&mut self) {
        let starts = |name: &str, known: &[&str]| {
            let value = self.values(name).next().unwrap_or_default();
            let value = value.to_ascii_lowercase();
            value.is_empty() || known.iter().any(|known| value.starts_with(known))
        };
        let bare =
            memchr::memchr_iter(b'\r', &self.body).any(|at| self.body.get(at + 1) != Some(&b'\n'));
        if !bare
            || !starts("Content-Type", &["text/"])
            || !starts("Content-Transfer-Encoding", &["7bit", "8bit"])
        {
            return;
        }
        let text = with_crlf(std::mem::take(&mut self.body), &[]);
        let encoded = BASE64_STANDARD.encode(text).into_bytes();
        // RFC 2045: lines of at most 76 characters.
        self.body = encoded.chunks(76).collect::<Vec<_>>().join(&b"\r\n"[..]);
        self.body.extend_from_slice(b"\r\n");
        self.set("Content-Transfer-Encoding", "base64");
        if !self.has("MIME-Version") {
            self.set("MIME-Version", "1.0");
        }
    }

    /// The message, with CRLF in the section.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.body.len() + 2048);
        for Field { name, value } in &self.fields {
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(b':');
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// Whether a field says who gets the message.
fn is_recipients(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("resent-").unwrap_or(&name);
    matches!(name, "to" | "cc" | "bcc")
}

/// Where the bytes 0x80 to 0xFF of a value that is no UTF-8 stand while it is a text: at the end of
/// the last private plane, which nobody's mail has.
const STAND_IN: u32 = 0x10_FF00;

/// A value, unfolded.
fn text(value: &[u8]) -> String {
    text_of(value).replace("\r\n", "").trim().to_owned()
}

fn text_of(value: &[u8]) -> String {
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value
            .iter()
            .map(|byte| match byte {
                0..0x80 => char::from(*byte),
                _ => char::from_u32(STAND_IN + u32::from(*byte)).unwrap_or('\u{FFFD}'),
            })
            .collect(),
    }
}

/// The bytes of what [`text`] gave.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match u32::from(character).checked_sub(STAND_IN).map(u8::try_from) {
            Some(Ok(byte)) if byte >= 0x80 => bytes.push(byte),
            _ => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The first line without its end, and what follows it.
fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    let (line, rest) = bytes.split_at(end);
    (field::content(line), rest)
}

/// `Name: value`.
fn field(line: &[u8]) -> Option<Field> {
    let name = field::name(line)?;
    let value = line.get(memchr::memchr(b':', line)? + 1..)?;
    Some(Field {
        name: String::from_utf8(name.to_vec()).ok()?,
        value: value.to_vec(),
    })
}
