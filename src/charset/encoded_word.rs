//! Decodes encoded words (RFC 2047).

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::is_of_parser;

/// Padding is optional, and unused bits are ignored.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One encoded word: `=?utf-8?Q?Gr=C3=BC=C3=9Fe?=`.
struct EncodedWord<'a> {
    /// Without a language (RFC 2231 section 5).
    charset: &'a str,
    bytes: Vec<u8>,
    /// The length of the whole word in bytes.
    length: usize,
}

impl<'a> EncodedWord<'a> {
    /// The word at the beginning of `text`. The cost of a text without a word is that of its distance to the
    /// next `?`, so a text with many beginnings of words is read once.
    fn parse(text: &'a str) -> Option<Self> {
        let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
        let charset = charset.split('*').next().unwrap_or_default();
        let is_token = !charset.is_empty() && charset.bytes().all(|byte| byte.is_ascii_graphic());
        let (encoding, rest) = rest.split_once('?').filter(|_| is_token)?;
        let (content, bytes) = match encoding {
            "B" | "b" => {
                let (content, end) = rest.split_once('?')?;
                (content, base64(content).filter(|_| end.starts_with('='))?)
            }
            // Some programs write a question mark as it is.
            "Q" | "q" => {
                let (content, _) = rest.split_once("?=")?;
                (content, quoted(content))
            }
            _ => return None,
        };
        Some(Self {
            charset,
            bytes,
            length: text.len() - rest.len() + content.len() + "?=".len(),
        })
    }
}

fn base64(content: &str) -> Option<Vec<u8>> {
    let is_blank = |character: char| character.is_ascii_whitespace();
    let groups = content.replace(is_blank, "");
    // Some programs join words that have padding.
    let decoded: Result<Vec<_>, _> = groups
        .split_inclusive('=')
        .map(|group| group.trim_end_matches('='))
        .filter(|group| !group.is_empty())
        .map(|group| BASE64.decode(group))
        .collect();
    Some(decoded.ok()?.concat())
}

/// RFC 2047 section 4.2. An invalid escape is kept.
fn quoted(content: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(content.len());
    let mut rest = content.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = after.get(..2).and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        rest = after;
        bytes.push(match (byte, escaped) {
            (b'=', Some(escaped)) => {
                rest = after.get(2..).unwrap_or_default();
                escaped
            }
            (b'_', _) => b' ',
            _ => byte,
        });
    }
    bytes
}

/// Where the last encoded word ends at most. No word begins after that, so none is looked for: each search for an end
/// would read the rest of the text.
fn last_end(text: &str) -> usize {
    text.rfind("?=").unwrap_or_default()
}

/// The text with its encoded words decoded, without the blanks between two of them. Consecutive words of
/// one charset are joined before they are decoded, since some programs split a character between two
/// words. A word of an unknown charset is kept.
pub(crate) fn decoded(text: &str) -> String {
    read(text).0
}

/// The text as [`decoded`], and the unknown charset of the first word that is kept.
pub(crate) fn read(text: &str) -> (String, Option<String>) {
    let mut unknown = None;
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    let last = last_end(text);
    while let Some(start) = rest.find("=?")
        && text.len() - rest.len() + start < last
    {
        let (before, words) = rest.split_at(start);
        decoded.push_str(before);
        let (text, length) = run(words);
        match text {
            Ok(text) => decoded.push_str(&text),
            Err(charset) => {
                decoded.push_str(words.get(..length).unwrap_or_default());
                unknown = unknown.or(charset.map(str::to_owned));
            }
        }
        rest = words.get(length..).unwrap_or_default();
    }
    (decoded + rest, unknown)
}

/// The message, or a part of it, with UTF-8 for the encoded words whose charset its parser does not know.
pub(crate) fn in_utf8(raw: &[u8]) -> Cow<'_, [u8]> {
    let Ok(text) = std::str::from_utf8(raw) else {
        return raw.into();
    };
    let mut written = String::new();
    let mut rest = text;
    let last = last_end(text);
    while let Some(start) = rest.find("=?")
        && text.len() - rest.len() + start < last
    {
        let (before, words) = rest.split_at(start);
        written.push_str(before);
        let (run, length) = match EncodedWord::parse(words) {
            Some(word) if !is_of_parser(word.charset) => run(words),
            Some(word) => (Err(None), word.length),
            None => (Err(None), "=?".len()),
        };
        match run {
            Ok(text) => written += &format!("=?utf-8?B?{}?=", BASE64.encode(text)),
            Err(_) => written.push_str(words.get(..length).unwrap_or_default()),
        }
        rest = words.get(length..).unwrap_or_default();
    }
    match written.is_empty() {
        true => raw.into(),
        false => (written + rest).into_bytes().into(),
    }
}

/// The length in bytes of the encoded word at the beginning of `text`, if there is one.
pub(crate) fn length(text: &str) -> Option<usize> {
    EncodedWord::parse(text).map(|word| word.length)
}

/// The consecutive encoded words at the beginning of `text`: their text, and their length in bytes. Without
/// text, there is no word, or its charset is unknown.
fn run(text: &str) -> (Result<String, Option<&str>>, usize) {
    let Some(first) = EncodedWord::parse(text) else {
        return (Err(None), "=?".len());
    };
    let (mut decoded, mut end) = (String::new(), first.length);
    let (mut charset, mut bytes) = (first.charset, first.bytes);
    loop {
        let rest = text.get(end..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_start().len();
        let next = EncodedWord::parse(rest.get(blanks..).unwrap_or_default());
        match next {
            Some(next) if next.charset.eq_ignore_ascii_case(charset) => {
                bytes.extend_from_slice(&next.bytes);
                end += blanks + next.length;
            }
            next => {
                let Some(text) = super::decode(charset, &bytes) else {
                    return (Err(Some(charset)), end);
                };
                decoded.push_str(&text);
                let Some(next) = next else {
                    return (Ok(decoded), end);
                };
                (charset, bytes) = (next.charset, next.bytes);
                end += blanks + next.length;
            }
        }
    }
}
