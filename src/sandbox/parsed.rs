//! Reads a message with the parser, unless its tree would be too deep.

use mail_parser::{Message, MessageParser};

/// The most messages in a message. The parser's tree is freed by recursion, which needs stack for each level.
const EMBEDDED: usize = 1000;

/// The message; `None` if `raw` is none, or contains too many messages.
pub(super) fn parsed(raw: &[u8]) -> Option<Message<'_>> {
    let lines = raw.split(|byte| *byte == b'\n');
    let embedded = lines.filter(|line| names_a_message(line)).count();
    (embedded <= EMBEDDED).then(|| MessageParser::default().parse(raw))?
}

/// Whether a line may declare a message (RFC 2046 section 5.2).
fn names_a_message(line: &[u8]) -> bool {
    let mut words = line.windows(8);
    words.any(|word| word.eq_ignore_ascii_case(b"message/"))
}
