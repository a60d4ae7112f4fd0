//! Decodes text in the charsets that mail uses.

pub(crate) mod encoded_word;

use std::borrow::Cow;

use encoding_rs::{Encoding, ISO_2022_JP as ENCODING_OF_JP, REPLACEMENT, UTF_16BE, UTF_16LE};
use mail_parser::decoders::charsets::map::charset_decoder;

/// The charset of Japanese mail, in 7 bits (RFC 1468).
pub(crate) const ISO_2022_JP: &str = "iso-2022-jp";

/// Names of charsets that programs write and the Encoding Standard (WHATWG) does not list, and its names for them.
const ALIASES: [(&str, &str); 17] = [
    ("cp932", "shift_jis"),
    ("cp936", "gbk"),
    ("windows-936", "gbk"),
    ("euc-cn", "gbk"),
    ("cp949", "euc-kr"),
    ("uhc", "euc-kr"),
    ("cp950", "big5"),
    ("windows-950", "big5"),
    ("cp51932", "euc-jp"),
    ("mac-cyrillic", "x-mac-cyrillic"),
    ("cp874", "windows-874"),
    // Most text in these is in the older charset, too.
    ("iso-2022-jp-1", ISO_2022_JP),
    ("iso-2022-jp-2", ISO_2022_JP),
    ("iso-2022-jp-3", ISO_2022_JP),
    ("iso-2022-jp-ms", ISO_2022_JP),
    ("cp50220", ISO_2022_JP),
    ("cp50221", ISO_2022_JP),
];

/// The text that `bytes` are in this charset, a name of the IANA registry or a common one. Bytes that are not
/// valid in it become U+FFFD. `None` if the charset is unknown and the bytes are not UTF-8, or if they are not
/// valid in the older charset of an alias.
pub(crate) fn decode(charset: &str, bytes: &[u8]) -> Option<String> {
    let name = charset.trim().to_ascii_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    let label = alias.map_or(&*name, |(_, label)| label);
    match (label, Encoding::for_label(label.as_bytes())) {
        ("iso-2022-kr" | "csiso2022kr", _) => decode("euc-kr", &euc_kr(bytes)),
        ("utf-7" | "unicode-1-1-utf-7" | "csutf7", _) => {
            charset_decoder(b"utf-7").map(|decode| decode(&ended_utf_7(bytes)))
        }
        // The parser reads the byte order mark.
        (_, Some(encoding)) if ![REPLACEMENT, UTF_16BE, UTF_16LE].contains(&encoding) => {
            let escapes = (encoding == ENCODING_OF_JP).then(|| without_empty_escapes(bytes));
            let bytes = escapes.as_deref().unwrap_or(bytes);
            let (text, is_damaged) = encoding.decode_without_bom_handling(bytes);
            let is_other = is_damaged && encoding == ENCODING_OF_JP && alias.is_some();
            (!is_other).then(|| text.into_owned())
        }
        (_, Some(encoding)) if encoding == REPLACEMENT => None,
        _ => match charset_decoder(label.as_bytes()) {
            Some(decode) => Some(decode(bytes)),
            // An unknown charset may use control characters to change the meaning of ASCII.
            None => std::str::from_utf8(bytes)
                .ok()
                .filter(|text| text.chars().all(|c| !c.is_control() || c.is_whitespace()))
                .map(str::to_owned),
        },
    }
}

/// Whether this is the name of a charset that [`decode`] knows.
pub(crate) fn is_known(charset: &str) -> bool {
    // Of an unknown charset, control characters are not decoded.
    decode(charset, b"\x01").is_some()
}

/// Whether the parser of messages decodes this charset itself.
pub(crate) fn is_of_parser(charset: &str) -> bool {
    charset_decoder(charset.as_bytes()).is_some()
        && Encoding::for_label(charset.as_bytes()) != Some(REPLACEMENT)
}

/// ISO-2022-JP without an escape sequence that another one follows. Each encoded word and each segment of a
/// parameter ends in ASCII (RFC 1468), so joined ones have such a sequence, which a decoder takes for damage.
fn without_empty_escapes(bytes: &[u8]) -> Vec<u8> {
    let is_escape = |at: &[u8]| matches!(at, [0x1b, b'(' | b'$', _, ..]);
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        let next = rest.get(3..).unwrap_or_default();
        if is_escape(rest) && is_escape(next) {
            rest = next;
        } else {
            text.push(*first);
            rest = after;
        }
    }
    text
}

/// UTF-7 in which a hyphen ends each run of base64, also where another character does (RFC 2152). The parser
/// loses that character otherwise.
fn ended_utf_7(bytes: &[u8]) -> Vec<u8> {
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut text = Vec::with_capacity(bytes.len() + 1);
    let mut is_shifted = false;
    for &byte in bytes {
        if is_shifted && !is_base64(byte) {
            is_shifted = false;
            if byte != b'-' {
                text.push(b'-');
            }
        } else if byte == b'+' {
            is_shifted = true;
        }
        text.push(byte);
    }
    if is_shifted {
        text.push(b'-');
    }
    text
}

/// Whether ASCII bytes are text in ISO-2022-JP (RFC 1468): they switch to JIS X 0208.
pub(crate) fn is_iso_2022_jp(bytes: &[u8]) -> bool {
    let switches = |to: &[u8]| memchr::memmem::find(bytes, to).is_some();
    bytes.is_ascii() && (switches(b"\x1b$B") || switches(b"\x1b$@"))
}

/// The text of bytes whose charset is not declared: UTF-8 or ISO-2022-JP, otherwise the charset of the message's
/// text, otherwise Windows-1252, which most programs mean.
pub(crate) fn undeclared<'a>(bytes: &'a [u8], charset_of_text: &str) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(_) if is_iso_2022_jp(bytes) => decode(ISO_2022_JP, bytes).unwrap_or_default().into(),
        Ok(text) => text.into(),
        Err(_) => decode(charset_of_text, bytes)
            .filter(|text| !text.contains(char::REPLACEMENT_CHARACTER))
            .or_else(|| decode("windows-1252", bytes))
            .unwrap_or_default()
            .into(),
    }
}

/// ISO-2022-KR as EUC-KR (RFC 1557): the bytes from SO up to SI are those of EUC-KR without the highest
/// bit. The parser does not know this charset.
fn euc_kr(bytes: &[u8]) -> Vec<u8> {
    const DESIGNATION: &[u8] = b"\x1b$)C";
    const SHIFT_OUT: u8 = 0x0E;
    const SHIFT_IN: u8 = 0x0F;
    let mut shifted = 0;
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(DESIGNATION) {
            rest = after;
            continue;
        }
        rest = after;
        match byte {
            SHIFT_OUT => shifted = 0x80,
            SHIFT_IN => shifted = 0,
            b'\r' | b'\n' => text.push(byte),
            _ => text.push(byte | shifted),
        }
    }
    text
}
