//! Decodes text in the charsets that mail uses.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

/// The charset of Japanese mail, in 7 bits (RFC 1468).
pub(super) const ISO_2022_JP: &str = "iso-2022-jp";

/// The text that `bytes` are in this charset, a name of the IANA registry. Bytes that are not valid in it
/// become U+FFFD. `None` if the charset is unknown and the bytes are not UTF-8.
pub(super) fn decode(charset: &str, bytes: &[u8]) -> Option<String> {
    match &*charset.trim().to_ascii_lowercase() {
        "utf-8" | "utf8" => Some(String::from_utf8_lossy(bytes).into_owned()),
        "iso-2022-kr" | "csiso2022kr" => decode("euc-kr", &euc_kr(bytes)),
        charset => match charset_decoder(charset.as_bytes()) {
            Some(decode) => Some(decode(bytes)),
            None => std::str::from_utf8(bytes).ok().map(str::to_owned),
        },
    }
}

/// Whether ASCII bytes are text in ISO-2022-JP (RFC 1468): they switch to JIS X 0208.
pub(super) fn is_iso_2022_jp(bytes: &[u8]) -> bool {
    let switches = |to: &[u8]| memchr::memmem::find(bytes, to).is_some();
    bytes.is_ascii() && (switches(b"\x1b$B") || switches(b"\x1b$@"))
}

/// The text of bytes whose charset is not declared: UTF-8 or ISO-2022-JP, otherwise Windows-1252, which most
/// programs mean.
pub(super) fn undeclared(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(_) if is_iso_2022_jp(bytes) => decode(ISO_2022_JP, bytes).unwrap_or_default().into(),
        Ok(text) => text.into(),
        Err(_) => decode("windows-1252", bytes).unwrap_or_default().into(),
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
