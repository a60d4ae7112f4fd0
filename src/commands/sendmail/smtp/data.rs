//! Reads a message in SMTP, up to the line with a single dot (RFC 5321 section 4.5.2).

use std::io::{self, BufRead, Read as _};

use crate::commands::send::read::MAX_MESSAGE;

/// The line ends of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// CRLF (RFC 5321). A bare LF also ends a line of text, but never the message: otherwise, text after
    /// a bare LF and a dot could be read as commands.
    Crlf,
    /// LF, as in a here-document of a shell.
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

/// Reads up to the line with a single dot, and removes the extra dots at the start of lines. `None` if
/// the input ends before: then there is no message.
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
        // A client with LF line ends may not double dots. Its single dots are kept.
        if begins && (line.starts_with(b"..") || (may_end && line.starts_with(b"."))) {
            message.drain(start..=start);
        }
        begins = complete;
        may_end = strict || ends == LineEnds::Lf;
        if message.len() as u64 > MAX_MESSAGE + CHUNK {
            // The message is too large. The rest is read and discarded.
            message.truncate(start);
        }
    }
}

/// Bytes of a message that are read beyond the limit, to detect that it is too large.
const CHUNK: u64 = 64 * 1024;
