//! The header section of a message or of a MIME part (RFC 5322 section 2.2).
//!
//! This is the only reader of header fields. A field that is not edited keeps its bytes: the spelling
//! of its name, white space, folds and line ends.

mod lines;

use std::borrow::Cow;
use std::collections::HashSet;

use self::lines::colon_in_fold;
pub(super) use self::lines::{
    content, count_lines, first_line, is_empty_line, is_folded, name, without_mbox_lines,
};
use super::limits::{Excess, HEADER_FIELDS, HEADER_SECTION};
use super::lossless;

/// Bytes from the start of a message that contain any header section within the limits, the empty line after
/// it and the first lines of the body.
pub(super) const ENOUGH: usize = HEADER_SECTION + 131_072;

/// One header field: its name, the colon, its value with its folds, and the line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a>(Cow<'a, [u8]>);

impl Field<'_> {
    /// A field that ends with CRLF. `value` may have folds.
    fn new(name: &str, value: &str) -> Self {
        let value = lossless::bytes(value);
        Self([name.as_bytes(), b": ", &value, b"\r\n"].concat().into())
    }

    /// The whole field, including folds and the line end.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name as written, without white space before the colon.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = name(&self.0).unwrap_or_default();
        std::str::from_utf8(name).unwrap_or_default()
    }

    /// Whether the field has this name. The case of ASCII letters does not matter.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    /// Whether the field describes the body of its part (RFC 2045 section 9).
    #[must_use]
    pub fn is_content(&self) -> bool {
        let start = self.0.get(..b"content-".len()).unwrap_or_default();
        start.eq_ignore_ascii_case(b"content-")
    }

    /// The text after the colon, with its folds and without the line end.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        content(self.after_colon())
    }

    /// The value, unfolded (RFC 5322 section 2.2.3). Bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.unfolded()).into_owned()
    }

    /// The value, unfolded and trimmed, in a form from which an edit restores bytes that are not UTF-8.
    pub(super) fn lossless_text(&self) -> String {
        lossless::text(&self.unfolded()).trim().to_owned()
    }

    fn after_colon(&self) -> &[u8] {
        let colon = memchr::memchr(b':', &self.0).map_or(0, |at| at + 1);
        self.0.get(colon..).unwrap_or_default()
    }

    fn unfolded(&self) -> Vec<u8> {
        let lines = self.after_colon().split_inclusive(|&byte| byte == b'\n');
        lines.map(content).collect::<Vec<_>>().concat()
    }

    /// Gives the field another name. The value keeps its bytes.
    pub fn rename(&mut self, name: &str) {
        let renamed = [name.as_bytes(), b":", self.after_colon()].concat();
        self.0 = renamed.into();
    }

    /// Gives the field another value.
    pub fn set(&mut self, value: &str) {
        *self = Field::new(self.name(), value);
    }

    /// Appends `list` to a list of addresses. The existing addresses keep their bytes.
    pub fn append(&mut self, list: impl AsRef<[u8]>) {
        let value = self.value().trim_ascii_end();
        let separator: &[u8] = match value {
            [] => b" ",
            [.., b','] => b"\r\n ",
            _ => b",\r\n ",
        };
        let start = self.0.len() - self.after_colon().len();
        let kept = self.0.get(..start + value.len()).unwrap_or_default();
        self.0 = [kept, separator, list.as_ref(), b"\r\n"].concat().into();
    }
}

/// The fields of a header section in their order, and the empty line after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderSection<'a> {
    fields: Vec<Field<'a>>,
    empty_line: &'a [u8],
}

impl<'a> HeaderSection<'a> {
    /// Reads the header section at the beginning of `bytes`. Returns it with the rest: the body or, if no
    /// empty line ends the section, everything from the first line that is not a field.
    ///
    /// # Errors
    /// [`Excess`] if a limit is exceeded.
    pub fn parse(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), Excess> {
        let mut reader = FieldReader::new(bytes);
        let mut fields = Vec::new();
        while let Some(field) = reader.next() {
            fields.push(field);
            check(fields.len(), bytes.len() - reader.rest().len())?;
        }
        let (line, after) = first_line(reader.rest());
        let (empty_line, rest) = match is_empty_line(line) {
            true => (line, after),
            false => (&[][..], reader.rest()),
        };
        Ok((Self { fields, empty_line }, rest))
    }

    /// Checks an edited section against the limits of [`HeaderSection::parse`].
    ///
    /// # Errors
    /// [`Excess`]
    pub fn check(&self) -> Result<(), Excess> {
        let bytes = self.fields.iter().map(|field| field.0.len()).sum();
        check(self.fields.len(), bytes)
    }

    /// The fields in their order.
    pub fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter()
    }

    /// The fields in their order, mutable.
    pub fn fields_mut(&mut self) -> impl Iterator<Item = &mut Field<'a>> {
        self.fields.iter_mut()
    }

    /// The fields of that name in their order.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(move |field| field.is(name))
    }

    /// The fields of that name in their order, mutable.
    pub fn named_mut(&mut self, name: &str) -> impl Iterator<Item = &mut Field<'a>> {
        self.fields.iter_mut().filter(move |field| field.is(name))
    }

    /// Whether there is a field of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.named(name).next().is_some()
    }

    /// Whether there is no field.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether an empty line ends the section.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        !self.empty_line.is_empty()
    }

    /// The number of lines of all fields.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.fields.iter().map(|field| count_lines(&field.0)).sum()
    }

    /// Keeps only the fields for which `keep` holds.
    pub fn retain(&mut self, keep: impl FnMut(&Field<'a>) -> bool) {
        self.fields.retain(keep);
    }

    /// Removes all fields of that name.
    pub fn remove(&mut self, name: &str) {
        self.retain(|field| !field.is(name));
    }

    /// Removes the fields of that name that say nothing more: those with the unfolded value of an earlier
    /// one, and those without a value if another has one.
    pub fn remove_copies(&mut self, name: &str) {
        let value = |field: &Field<'_>| field.unfolded().trim_ascii().to_vec();
        let mut seen: HashSet<Vec<u8>> = HashSet::new();
        if self.named(name).any(|field| !value(field).is_empty()) {
            seen.insert(Vec::new());
        }
        self.retain(|field| !field.is(name) || seen.insert(value(field)));
    }

    /// Gives the fields of that name another name, except the first. Their values keep their bytes.
    pub fn rename_others(&mut self, name: &str, to: &str) {
        let others = self.named_mut(name).skip(1);
        others.for_each(|field| field.rename(to));
    }

    /// Makes one list of the address lists in the fields of that name, in the place of the first.
    pub fn merge(&mut self, name: &str) {
        let others = self.named(name).skip(1);
        let lists: Vec<_> = others.map(|field| field.value().trim_ascii()).collect();
        if lists.is_empty() {
            return;
        }
        let list = lists.join(&b",\r\n "[..]);
        let mut first = true;
        self.retain(|field| !field.is(name) || std::mem::take(&mut first));
        self.named_mut(name).for_each(|field| field.append(&list));
    }

    /// Gives all fields of that name another name. Their values keep their bytes.
    pub fn rename(&mut self, name: &str, to: &str) {
        self.named_mut(name).for_each(|field| field.rename(to));
    }

    /// Replaces the first field of that name and removes the others. A new field becomes the last one.
    pub fn set(&mut self, name: &str, value: &str) {
        let place = self.fields.iter().position(|field| field.is(name));
        self.remove(name);
        self.insert(place.unwrap_or(self.fields.len()), Field::new(name, value));
    }

    /// Inserts a field before all others.
    pub fn prepend(&mut self, name: &str, value: &str) {
        self.insert(0, Field::new(name, value));
    }

    /// Removes white space between names and colons (RFC 5322's obsolete syntax).
    pub fn remove_space_before_colons(&mut self) {
        for field in &mut self.fields {
            let name = field.name().to_owned();
            if field.0.get(name.len()) != Some(&b':') {
                field.rename(&name);
            }
        }
    }

    /// Removes each NUL, and replaces each CR that is not part of a line end with a space, since a message
    /// must not contain them. A CR must not become a line end: it could add a recipient field.
    pub fn remove_nul_and_bare_cr(&mut self) {
        for field in &mut self.fields {
            let is_wrong = |line: &[u8]| memchr::memchr2(0, b'\r', content(line)).is_some();
            let lines = field.0.split_inclusive(|&byte| byte == b'\n');
            if !lines.clone().any(is_wrong) {
                continue;
            }
            let clean = lines.flat_map(|line| {
                let (text, end) = line.split_at(content(line).len());
                let text = text.iter().filter(|&&byte| byte != 0);
                let text = text.map(|&byte| if byte == b'\r' { b' ' } else { byte });
                text.chain(end.iter().copied())
            });
            field.0 = clean.collect::<Vec<u8>>().into();
        }
    }

    /// Appends a copy of each field of that name under another name.
    pub fn copy(&mut self, name: &str, to: &str) {
        let copies: Vec<_> = self.named(name).cloned().collect();
        for mut copy in copies {
            copy.rename(to);
            self.insert(self.fields.len(), copy);
        }
    }

    /// Adds the line end of the last field and the empty line after the section, if they are missing.
    pub fn end(&mut self) {
        if !self.is_ended() {
            self.end_last_line();
            self.empty_line = b"\r\n";
        }
    }

    /// The section's bytes, including the empty line.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let fields = self.fields.iter().map(Field::as_bytes);
        let all: Vec<_> = fields.chain([self.empty_line]).collect();
        all.concat()
    }

    /// The section's bytes with an empty line at the end.
    #[must_use]
    pub fn to_ended_bytes(&self) -> Vec<u8> {
        let mut ended = self.clone();
        ended.end();
        ended.to_bytes()
    }

    fn insert(&mut self, place: usize, field: Field<'a>) {
        self.end_last_line();
        self.fields.insert(place, field);
    }

    /// Adds a line end to the last field if it has none, as at the end of a message.
    fn end_last_line(&mut self) {
        if let Some(field) = self
            .fields
            .last_mut()
            .filter(|last| !last.0.ends_with(b"\n"))
        {
            field.0.to_mut().extend_from_slice(b"\r\n");
        }
    }
}

fn check(fields: usize, bytes: usize) -> Result<(), Excess> {
    Excess::check(fields, HEADER_FIELDS, "header fields")?;
    Excess::check(bytes, HEADER_SECTION, "bytes of header fields")
}

/// Reads fields one by one, up to the first line that is not a field. Nothing is copied.
pub(super) struct FieldReader<'a>(&'a [u8]);

impl<'a> FieldReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The bytes after the fields read so far.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.0
    }
}

impl<'a> Iterator for FieldReader<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let (line, mut rest) = first_line(self.0);
        if name(line).is_none() {
            rest = colon_in_fold(line, rest)?;
        }
        while is_folded(rest) {
            (_, rest) = first_line(rest);
        }
        let (field, rest) = self.0.split_at(self.0.len() - rest.len());
        self.0 = rest;
        Some(Field(Cow::Borrowed(field)))
    }
}
