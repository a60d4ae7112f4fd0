//! Reads a message in SMTP, up to the line with a single dot (RFC 5321 section 4.5.2).

use std::io::{self, BufRead, Read};

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

/// Reads a message up to the line with a single dot, and removes the extra dots at the start of lines.
pub(super) struct MessageReader<'a, R> {
    ends: LineEnds,
    input: &'a mut R,
    /// Bytes of the message that are handed out next, from `at` on.
    line: Vec<u8>,
    at: usize,
    /// Whether the next byte is the first of a line.
    begins: bool,
    /// Whether the next line may be the end of the message.
    may_end: bool,
    is_over: bool,
    is_complete: bool,
}

/// Bytes of a line that are read at once.
const CHUNK: u64 = 64 * 1024;

impl<'a, R: BufRead> MessageReader<'a, R> {
    pub(super) const fn new(ends: LineEnds, input: &'a mut R) -> Self {
        Self {
            ends,
            input,
            line: Vec::new(),
            at: 0,
            begins: true,
            may_end: true,
            is_over: false,
            is_complete: false,
        }
    }

    /// Reads and discards the rest. Returns whether there was the line with a single dot; if not, there is
    /// no message.
    pub(super) fn finish(mut self) -> io::Result<bool> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(self.is_complete)
    }

    /// Reads the next line, or some of a long one.
    fn next_line(&mut self) -> io::Result<()> {
        (self.at, self.line) = (0, std::mem::take(&mut self.line));
        self.line.clear();
        let mut some = self.input.by_ref().take(CHUNK);
        some.read_until(b'\n', &mut self.line)?;
        let is_dot = match &self.line[..] {
            b".\r\n" => true,
            b".\n" => self.ends == LineEnds::Lf,
            _ => false,
        };
        if self.line.is_empty() || self.begins && self.may_end && is_dot {
            self.is_complete = !self.line.is_empty();
            self.is_over = true;
            self.line.clear();
            return Ok(());
        }
        // A client with LF line ends may not double dots. Its single dots are kept.
        let is_stuffed =
            self.line.starts_with(b"..") || (self.may_end && self.line.starts_with(b"."));
        self.at = usize::from(self.begins && is_stuffed);
        self.begins = self.line.ends_with(b"\n");
        self.may_end = LineEnds::detect(&self.line) == LineEnds::Crlf || self.ends == LineEnds::Lf;
        Ok(())
    }
}

impl<R: BufRead> Read for MessageReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.line.len() && !self.is_over {
            self.next_line()?;
        }
        let mut left = self.line.get(self.at..).unwrap_or_default();
        let read = left.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}
