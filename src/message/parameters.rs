//! Reads the parameters of Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2231).

use std::collections::{BTreeMap, HashMap};

use crate::charset::{self, encoded_word};

/// A field with parameters: `attachment; filename=a.pdf`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parameters {
    /// The text before the first semicolon, in lower case, without comments.
    pub(super) value: String,
    /// Names in lower case and decoded values, in their order; each name once.
    pub(super) all: Vec<(String, String)>,
    /// The parameters whose charset is unknown, and that charset. Their values are as written.
    unknown: Vec<(String, String)>,
}

/// What is written for one name.
#[derive(Default)]
struct Written<'a> {
    /// `filename=…`
    plain: Option<Text<'a>>,
    /// `filename*=…`
    extended: Option<Text<'a>>,
    /// `filename*0=…` and `filename*0*=…`, which is extended.
    segments: BTreeMap<usize, (bool, Text<'a>)>,
}

/// A value without quotation marks and escapes.
type Text<'a> = std::borrow::Cow<'a, str>;

impl Parameters {
    /// Reads a field's value, folded or not. Of two parameters with the same name, the first counts.
    pub(super) fn parse(field: &str) -> Self {
        let mut parts = split(field);
        let (value, first) = without_parameter(parts.first().copied().unwrap_or_default());
        parts.splice(..1, first);
        let value = without_comments(value);
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut written: Vec<(String, Written<'_>)> = Vec::new();
        for part in parts {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            let name = without_comments(name).to_ascii_lowercase();
            let mut pieces = name.splitn(2, '*');
            let base = pieces.next().unwrap_or_default();
            let place = *places.entry(base.to_owned()).or_insert(written.len());
            if place == written.len() {
                written.push((base.to_owned(), Written::default()));
            }
            if let Some((_, written)) = written.get_mut(place) {
                let value = value.trim_start();
                let value = match value.strip_prefix('"') {
                    Some(quoted) => unquoted(quoted).into(),
                    None => token(value, is_name(base)).into(),
                };
                written.add(pieces.next(), value);
            }
        }
        let mut read = Self {
            value: value.to_ascii_lowercase(),
            ..Self::default()
        };
        for (name, written) in written {
            if let Some((value, charset)) = written.decoded(is_name(&name))
                && !name.is_empty()
            {
                (read.unknown).extend(charset.map(|charset| (name.clone(), charset)));
                read.all.push((name, value));
            }
        }
        read
    }

    /// The value of the parameter `name`.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.all.iter();
        all.find(|(known, _)| known == name)
            .map(|(_, value)| &**value)
    }

    /// The charset of the parameter `name`, if it is unknown.
    pub(super) fn unknown_charset(&self, name: &str) -> Option<&str> {
        let mut all = self.unknown.iter();
        all.find(|(known, _)| known == name)
            .map(|(_, charset)| &**charset)
    }
}

impl<'a> Written<'a> {
    /// Adds a value; `suffix` is the text after the first asterisk of its name.
    fn add(&mut self, suffix: Option<&str>, value: Text<'a>) {
        match suffix {
            None => drop(self.plain.get_or_insert(value)),
            Some("") => drop(self.extended.get_or_insert(value)),
            Some(suffix) => {
                let number = suffix.strip_suffix('*');
                let is_extended = number.is_some();
                if let Ok(number) = number.unwrap_or(suffix).parse() {
                    self.segments.entry(number).or_insert((is_extended, value));
                }
            }
        }
    }

    /// The value, and its charset if that is unknown. An extended value takes precedence in either order, unless
    /// only its charset is unknown (RFC 6266 section 4.3).
    /// `is_name`: whether it may contain encoded words, which RFC 2047 section 5 forbids, but which many programs
    /// write. A tab in a name is the blank of a fold.
    fn decoded(&self, is_name: bool) -> Option<(String, Option<String>)> {
        let decoded = |text: &str| match is_name {
            true => {
                let (text, unknown) = encoded_word::read(text);
                (text.replace('\t', " "), unknown)
            }
            false => (text.to_owned(), None),
        };
        let extended = self.extended.as_ref();
        let extended = extended.map(|extended| extended_value(&[(true, extended)]));
        // The segments are joined before they are decoded: a character may be split between two.
        let segments = (0..).map_while(|number| self.segments.get(&number));
        let segments: Vec<(bool, &str)> = segments.map(|(kind, text)| (*kind, &**text)).collect();
        let joined = segments.first().map(|(is_extended, _)| match is_extended {
            true => extended_value(&segments),
            false => {
                let text: String = segments.iter().map(|(_, text)| *text).collect();
                decoded(&text)
            }
        });
        let plain = self.plain.as_deref().map(decoded);
        let all = || [&extended, &joined, &plain].into_iter().flatten();
        let known = all().find(|(_, unknown)| unknown.is_none());
        known.or_else(|| all().next()).cloned()
    }
}

/// The value of `utf-8'en'%E2%82%AC`, given in one or more segments; the first tells the charset. The text
/// as written, and the charset, if that is unknown.
fn extended_value(segments: &[(bool, &str)]) -> (String, Option<String>) {
    let mut charset = "";
    let mut bytes = Vec::new();
    for (index, (is_extended, text)) in segments.iter().enumerate() {
        let mut text = *text;
        if index == 0
            && let [name, _, value] = text.splitn(3, '\'').collect::<Vec<_>>()[..]
        {
            (charset, text) = (name, value);
        }
        match is_extended {
            true => bytes.extend(percent_encoding::percent_decode_str(text)),
            false => bytes.extend_from_slice(text.as_bytes()),
        }
    }
    if charset.is_empty() {
        return (charset::undeclared(&bytes, "").into_owned(), None);
    }
    match charset::decode(charset, &bytes) {
        Some(text) => (text, None),
        None => {
            let written = segments.iter().map(|(_, text)| *text).collect();
            (written, Some(charset.to_owned()))
        }
    }
}

/// Whether the parameter is a file name. Such a value may have blanks and parentheses although it is not
/// quoted, and encoded words.
fn is_name(parameter: &str) -> bool {
    matches!(parameter, "name" | "filename")
}

/// The field's value without the parameter `name`.
pub(super) fn without(field: &str, name: &str) -> String {
    let mut parts = split(field);
    let (value, first) = without_parameter(parts.first().copied().unwrap_or_default());
    parts.splice(..1, std::iter::once(value).chain(first));
    let is_other = |part: &&str| {
        let known = part
            .split_once('=')
            .map(|(known, _)| without_comments(known));
        !part.is_empty() && known.is_none_or(|known| !known.eq_ignore_ascii_case(name))
    };
    let parts: Vec<_> = parts.into_iter().map(str::trim).filter(is_other).collect();
    parts.join("; ")
}

/// The text before the first semicolon, without a parameter in it: some programs omit that semicolon.
fn without_parameter(first: &str) -> (&str, Option<&str>) {
    let name = first.split_once('=').map_or("", |(name, _)| name);
    let start = name.trim_end().rfind(char::is_whitespace);
    let is_word = |value: &str| !value.trim().is_empty() && !value.contains('(');
    match start.map(|start| first.split_at(start)) {
        Some((value, parameter)) if is_word(value) => (value, Some(parameter)),
        _ => (first, None),
    }
}

/// The parts between semicolons, except those in quoted strings and comments. A quoted string ends a part, too:
/// some programs omit the semicolon after it.
fn split(field: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut depth, mut escaped) = (0, false, 0_usize, false);
    for (at, byte) in field.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted || depth > 0 => escaped = true,
            b'"' if depth == 0 => {
                quoted = !quoted;
                if !quoted {
                    parts.push(field.get(start..=at).unwrap_or_default());
                    start = at + 1;
                }
            }
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            b';' if !quoted && depth == 0 => {
                parts.push(field.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(field.get(start..).unwrap_or_default());
    parts
}

fn without_comments(text: &str) -> &str {
    let end = text.find('(').unwrap_or(text.len());
    text.get(..end).unwrap_or_default().trim()
}

/// A value that is not quoted. The value of a `name` may have blanks and parentheses, but it ends with the
/// line.
fn token(value: &str, name: bool) -> &str {
    let ends = |character: char| match name {
        true => matches!(character, '\r' | '\n'),
        false => character.is_ascii_whitespace() || character == '(',
    };
    value.split(ends).next().unwrap_or_default().trim_end()
}

/// The text of a quoted string from which the first quotation mark was removed. Only `\"` and `\\` are
/// escapes: some programs write paths with single backslashes.
fn unquoted(quoted: &str) -> String {
    let mut text = String::with_capacity(quoted.len());
    let mut characters = quoted.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\r' | '\n' => {}
            '\\' => {
                let escaped = characters.next_if(|next| matches!(next, '"' | '\\'));
                text.push(escaped.unwrap_or('\\'));
            }
            _ => text.push(character),
        }
    }
    text
}
