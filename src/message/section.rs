//! A header section, field by field, as it is changed on its way.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::eml::with_crlf;

/// The fields of a message in their order, and what follows them.
#[derive(Debug)]
pub(super) struct Section {
    fields: Vec<Field>,
    body: Vec<u8>,
}

/// One field, folds included.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    /// What stands after the colon, with CRLF in its folds and none at its end.
    value: Vec<u8>,
}

impl Section {
    /// Takes a program's output apart. An mbox `From ` line before the fields is left out. The
    /// first line that is no field ends the section, an empty one with itself: so sendmail takes
    /// text without any header section.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut rest = bytes;
        if rest.starts_with(b"From ") {
            (_, rest) = line(rest);
        }
        let mut fields: Vec<Field> = Vec::new();
        loop {
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
                    Some(field) => fields.push(field),
                    None => break,
                },
            }
            rest = after;
        }
        Self {
            fields,
            body: rest.to_vec(),
        }
    }

    /// Whether there is a field of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.values(name).next().is_some()
    }

    /// The names of the fields, in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// The values of the fields of that name, unfolded (RFC 5322 section 2.2.3).
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = String> {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| {
                let value = String::from_utf8_lossy(&field.value).replace("\r\n", "");
                value.trim().to_owned()
            })
    }

    /// Takes all fields of that name away.
    pub(super) fn remove(&mut self, name: &str) {
        self.fields
            .retain(|field| !field.name.eq_ignore_ascii_case(name));
    }

    /// Gives all fields of that name another; their values stay byte for byte.
    pub(super) fn rename(&mut self, name: &str, to: &str) {
        for field in &mut self.fields {
            if field.name.eq_ignore_ascii_case(name) {
                to.clone_into(&mut field.name);
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
                value: format!(" {value}").into_bytes(),
            },
        );
    }

    /// Puts a field last, beside those of that name.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.fields.push(Field {
            name: name.to_owned(),
            value: format!(" {value}").into_bytes(),
        });
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
        let text = with_crlf(std::mem::take(&mut self.body), |_| Vec::new());
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

/// The first line without its end, and what follows it.
fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    let (line, rest) = bytes.split_at(end);
    let content = line.strip_suffix(b"\n").unwrap_or(line);
    (content.strip_suffix(b"\r").unwrap_or(content), rest)
}

/// `Name: value`, with the white space before the colon that RFC 5322 calls obsolete.
fn field(line: &[u8]) -> Option<Field> {
    let colon = memchr::memchr(b':', line)?;
    let (name, value) = (line.get(..colon)?, line.get(colon + 1..)?);
    let name = name.trim_ascii_end();
    let valid = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    Some(Field {
        name: String::from_utf8(name.to_vec()).ok().filter(|_| valid)?,
        value: value.to_vec(),
    })
}
