//! Reads a message with the parser, unless its tree would be too deep.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders as _};

use crate::charset::{decode, is_of_parser};

/// The most messages in a message. The parser's tree is freed by recursion, which needs stack for each level.
const EMBEDDED: usize = 1000;

/// The message; `None` if `raw` is none, or contains too many messages.
pub(super) fn parsed(raw: &[u8]) -> Option<Message<'_>> {
    let embedded = lines(raw).filter(|line| names_a_message(line)).count();
    (embedded <= EMBEDDED).then(|| MessageParser::default().parse(raw))?
}

/// The lines, without their line feeds.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    ends.map(move |end| {
        let line = bytes.get(start..end).unwrap_or_default();
        start = end + 1;
        line
    })
}

/// Whether a line may declare a message (RFC 2046 section 5.2).
fn names_a_message(line: &[u8]) -> bool {
    memchr::memchr_iter(b'/', line).any(|slash| {
        let word = line.get(..slash).and_then(|start| start.last_chunk::<7>());
        word.is_some_and(|word| word.eq_ignore_ascii_case(b"message"))
    })
}

/// The charset that a part declares.
pub(super) fn charset<'a>(part: &'a MessagePart<'_>) -> Option<&'a str> {
    let charset = part.content_type()?.attribute("charset")?;
    Some(charset).filter(|charset| !charset.is_empty())
}

/// The text of a part of `message`, also in a charset that the parser does not know. `None` if the part is no text.
pub(super) fn text<'a>(part: &'a MessagePart<'_>, message: &Message<'_>) -> Option<Cow<'a, str>> {
    let text = part.text_contents()?;
    let Some(other) = charset(part).filter(|charset| !is_of_parser(charset)) else {
        return Some(text.into());
    };
    let (start, end) = (part.raw_body_offset(), part.raw_end_offset());
    let raw = message.raw_message.get(start as usize..end as usize)?;
    let bytes = match part.encoding {
        Encoding::None => Some(raw.to_vec()),
        Encoding::Base64 => base64_decode(raw),
        Encoding::QuotedPrintable => quoted_printable_decode(raw),
    };
    let decoded = bytes.and_then(|bytes| decode(other, &bytes));
    Some(decoded.map_or(text.into(), Cow::Owned))
}
