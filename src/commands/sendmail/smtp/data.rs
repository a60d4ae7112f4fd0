//! The text of a message in SMTP, up to the lone dot (RFC 5321 section 4.5.2).

use std::io::{self, BufRead, Read as _};

use crate::commands::send::read::MAX_MESSAGE;

/// How the lines of a client end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// As RFC 5321 has it. A lone feed ends a line of text too, but never the message: text that
    /// holds one and a dot could else go on as commands.
    Crlf,
    /// As a shell's here-document has it.
    Lf,
}

impl LineEnds {
    pub(super) fn detect(line: &[u8]) -> Self {
        if line.ends_with(b"\r\n") {
            Self::Crlf
        } else {
            Self::Lf
        }
    }
}

/// Reads up to the lone dot, and takes the dots away that are doubled for it; nothing where the input
/// ends before: then there is no message.
pub(super) fn read_message(
    ends: LineEnds,
    input: &mut impl BufRead,
) -> io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    let (mut begins, mut may_end) = (true, true);
    loop {
        let start = message.len();
        let mut some = input.by_ref().take(CHUNK);
        if some.read_until(b'\n', &mut message)? == 0 {
            return Ok(None);
        }
        let line = message.get(start..).unwrap_or_default();
        let complete = line.ends_with(b"\n");
        let strict = LineEnds::detect(line) == LineEnds::Crlf;
        if begins && may_end && (line == b".\r\n" || (line == b".\n" && ends == LineEnds::Lf)) {
            message.truncate(start);
            return Ok(Some(message));
        }
        // Who ends lines with a feed and doubles no dots has single ones, which stay.
        if begins && (line.starts_with(b"..") || (may_end && line.starts_with(b"."))) {
            message.drain(start..=start);
        }
        begins = complete;
        may_end = strict || ends == LineEnds::Lf;
        if message.len() as u64 > MAX_MESSAGE + CHUNK {
            // Enough to know; what else comes is not kept.
            message.truncate(start);
        }
    }
}

/// Bytes of a message that are read beyond the most, to know that it has more.
const CHUNK: u64 = 64 * 1024;
