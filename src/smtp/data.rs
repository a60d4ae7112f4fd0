//! Reads a message in SMTP, up to the line with a single dot (RFC 5321 section 4.5.2).

/// The line ends of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnds {
    /// CRLF (RFC 5321). A bare LF also ends a line of text, but never the message: otherwise, text after
    /// a bare LF and a dot could be read as commands.
    Crlf,
    /// LF, as in a here-document of a shell.
    Lf,
}

impl LineEnds {
    /// The line end of `line`.
    #[must_use]
    pub fn detect(line: &[u8]) -> Self {
        if line.ends_with(b"\r\n") {
            Self::Crlf
        } else {
            Self::Lf
        }
    }
}

/// A piece of what the client sends after DATA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes of the message.
    Text(&'a [u8]),
    /// The message has ended.
    End,
}

/// Finds the end of a message, and removes the extra dots at the start of lines.
#[derive(Debug)]
pub struct Unstuffer {
    ends: LineEnds,
    /// Whether the next byte is the first of a line.
    begins: bool,
    /// Whether the next line may be the end of the message.
    may_end: bool,
}

/// Bytes of a line that are read at once.
pub const CHUNK: u64 = 64 * 1024;

impl Unstuffer {
    /// For a message of a client with these line ends.
    #[must_use]
    pub const fn new(ends: LineEnds) -> Self {
        Self {
            ends,
            begins: true,
            may_end: true,
        }
    }

    /// Reads the next line with its line end, or the next [`CHUNK`] bytes of a longer line.
    pub fn piece<'a>(&mut self, line: &'a [u8]) -> Piece<'a> {
        let is_dot = match line {
            b".\r\n" => true,
            b".\n" => self.ends == LineEnds::Lf,
            _ => false,
        };
        if self.begins && self.may_end && is_dot {
            return Piece::End;
        }
        // A client with LF line ends may not double dots. Its single dots are kept.
        let is_stuffed = line.starts_with(b"..") || (self.may_end && line.starts_with(b"."));
        let at = usize::from(self.begins && is_stuffed);
        self.begins = line.ends_with(b"\n");
        self.may_end = LineEnds::detect(line) == LineEnds::Crlf || self.ends == LineEnds::Lf;
        Piece::Text(line.get(at..).unwrap_or_default())
    }
}
