//! The quotation marks of CSV. The reader of CSV takes any text; this refuses what would swallow or join columns.

use std::collections::VecDeque;
use std::io::{self, Read};

use crate::commands::merge::error::BadQuote;

/// CSV that passes through as long as its quotation marks are in place (RFC 4180 section 2).
pub(super) struct Quotes<R> {
    input: R,
    delimiter: u8,
    place: Place,
    /// The row that was begun last. The header line is row 0.
    row: u64,
    /// The line of the present byte.
    line: u64,
    is_after_return: bool,
    /// The first lines of the rows that were begun, until they are asked for.
    lines: VecDeque<u64>,
}

/// What was read last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing of the first row.
    First,
    /// A row, or an empty line.
    RowEnd,
    /// A delimiter.
    ColumnEnd,
    /// A part of a column without quotation marks, in which they are text.
    Plain,
    /// A part of a column in quotation marks.
    Quoted,
    /// A quotation mark in such a column: its end, or the first of two.
    Mark,
    /// White space after its end.
    Blank,
}

impl<R: Read> Quotes<R> {
    /// `input` begins with this line.
    pub(super) const fn new(input: R, delimiter: u8, line: u64) -> Self {
        Self {
            line,
            is_after_return: false,
            lines: VecDeque::new(),
            input,
            delimiter,
            place: Place::First,
            row: 0,
        }
    }

    /// The line on which the next row begins that was not asked for.
    pub(super) fn next_line(&mut self) -> u64 {
        self.lines.pop_front().unwrap_or(self.line)
    }

    fn byte(&mut self, byte: u8) -> Result<(), BadQuote> {
        let is_begin = matches!(self.place, Place::First | Place::RowEnd);
        let is_line_end = matches!(byte, b'\r' | b'\n');
        if self.place == Place::RowEnd && !is_line_end {
            self.row += 1;
            self.lines.push_back(self.line);
        }
        self.line += u64::from(byte == b'\r' || byte == b'\n' && !self.is_after_return);
        self.is_after_return = byte == b'\r';
        self.place = match (self.place, byte) {
            (Place::Quoted, b'"') => Place::Mark,
            (Place::Quoted, _) | (Place::Mark, b'"') => Place::Quoted,
            // Empty lines before the header line and between rows are no rows.
            (place, _) if is_line_end && is_begin => place,
            (_, _) if is_line_end => Place::RowEnd,
            (_, byte) if byte == self.delimiter => Place::ColumnEnd,
            (Place::Mark | Place::Blank, b' ' | b'\t') => Place::Blank,
            (Place::Mark | Place::Blank, _) => return Err(BadQuote::Followed(self.row)),
            (Place::Plain, _) => Place::Plain,
            (_, b'"') => Place::Quoted,
            (_, _) => Place::Plain,
        };
        Ok(())
    }
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        if count == 0 && self.place == Place::Quoted && !buffer.is_empty() {
            return Err(io::Error::other(BadQuote::Unclosed(self.row)));
        }
        for byte in buffer.iter().take(count) {
            self.byte(*byte).map_err(io::Error::other)?;
        }
        Ok(count)
    }
}
