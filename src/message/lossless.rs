//! Converts header values to text and back without loss, even if they are not UTF-8.

/// The first of the private-use characters that represent the bytes 0x80 to 0xFF of a value that is not
/// UTF-8. They are at the end of the last private-use plane, which mail does not use.
const STAND_IN: u32 = 0x10_FF00;

/// The text of a value. If it is not UTF-8, each byte that is not ASCII becomes a private-use character.
pub(super) fn text(value: &[u8]) -> String {
    let stand_in = |byte: &u8| match byte {
        0..0x80 => char::from(*byte),
        _ => char::from_u32(STAND_IN + u32::from(*byte)).unwrap_or('\u{FFFD}'),
    };
    match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.iter().map(stand_in).collect(),
    }
}

/// The bytes from which [`text`] made the text.
pub(super) fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for character in text.chars() {
        match u32::from(character).checked_sub(STAND_IN).map(u8::try_from) {
            Some(Ok(byte)) if byte >= 0x80 => bytes.push(byte),
            _ => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// The text that a person reads: bytes that are not UTF-8 become U+FFFD.
pub(super) fn lossy(text: &str) -> String {
    String::from_utf8_lossy(&bytes(text)).into_owned()
}

/// The text in quotation marks, for an error. Bytes that are not UTF-8 are shown as `\xE3`.
pub(super) fn quoted(text: &str) -> String {
    let shown = format!("{text:?}");
    let bytes = (0x80..=0xFF_u32).filter(|_| shown.contains("\\u{10ff"));
    bytes.fold(shown.clone(), |shown, byte| {
        let stand_in = format!("\\u{{{:x}}}", STAND_IN + byte);
        shown.replace(&stand_in, &format!("\\x{byte:02X}"))
    })
}
