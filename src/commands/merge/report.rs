//! The file of `--report`: one record for each row.
//!
//! A record is written when its row has ended, so that a killed run leaves those of the rows until then. At the end
//! the records are put into the order of the rows.

use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::error::MergeError;
use super::status::RowResult;
use crate::commands::send::read::is_dash;
use crate::files::Octets;
use crate::ui::Ui;

const COLUMNS: [&str; 5] = ["row", "key", "status", "message_id", "error"];

/// A record of the file, in little space: a report may have a hundred thousand.
#[derive(Debug, Clone, Copy)]
struct Record {
    row: u32,
    length: u32,
}

/// The place of a record.
struct Place {
    row: u32,
    length: u32,
    at: u64,
}

/// A report that is being written.
pub(super) struct Report {
    path: PathBuf,
    writer: csv::Writer<File>,
    /// In the order of the file. The header line has row 0.
    records: Vec<Record>,
    /// The length of the file.
    end: u64,
    /// The folders for a large temporary file.
    folders: Vec<PathBuf>,
}

impl Report {
    /// Creates the file, or empties it, and writes the header line. For standard output it is a temporary file.
    pub(super) fn create(path: &Path, folders: Vec<PathBuf>) -> Result<Self, MergeError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let unwritten = |error| MergeError::Report(path.display().to_string(), error);
        let file = match is_dash(path) {
            true => temporary(&folders),
            false => options.open(path),
        };
        let file = file.map_err(unwritten)?;
        let mut report = Self {
            path: path.to_owned(),
            writer: csv::Writer::from_writer(file),
            records: Vec::new(),
            end: 0,
            folders,
        };
        report.append(0, COLUMNS).map_err(unwritten)?;
        Ok(report)
    }

    /// Writes the record of a row. It replaces one before.
    pub(super) fn add(&mut self, result: &RowResult, status: &str) -> Result<(), MergeError> {
        let row = result.row.to_string();
        let message_id = result.message_id.as_deref().unwrap_or_default();
        let key = text_of_cell(&result.key);
        let record = [&row, &*key, status, message_id, &result.error];
        let written = self.append(result.row, record);
        written.map_err(|error| self.unwritten(error))
    }

    fn append(&mut self, row: u64, record: [&str; 5]) -> io::Result<()> {
        self.writer.write_record(record)?;
        self.writer.flush()?;
        let mut file = self.writer.get_ref();
        let end = file.stream_position()?;
        self.records.push(Record {
            row: u32::try_from(row).map_err(io::Error::other)?,
            length: u32::try_from(end - self.end).map_err(io::Error::other)?,
        });
        self.end = end;
        Ok(())
    }

    /// Puts the records into the order of the rows. Prints them if the report is standard output.
    pub(super) fn finish(self, ui: &Ui<'_>) -> Result<(), MergeError> {
        let is_sorted = |pair: &[Record]| matches!(pair, [one, two] if one.row < two.row);
        let is_sorted = self.records.windows(2).all(is_sorted);
        let done = if is_sorted { Ok(()) } else { self.sort() };
        let done = match is_dash(&self.path) {
            true => done.and_then(|()| self.print(ui)),
            false => done,
        };
        done.map_err(|error| self.unwritten(error))
    }

    fn print(&self, ui: &Ui<'_>) -> io::Result<()> {
        let mut file = self.writer.get_ref();
        file.rewind()?;
        let whole = Octets::read(&mut file, Octets::IN_MEMORY, &self.folders)?;
        for chunk in whole.chunks() {
            ui.raw(&chunk.map_err(io::Error::other)?)?;
        }
        Ok(())
    }

    fn sort(&self) -> io::Result<()> {
        let mut next = 0;
        let places = self.records.iter().map(|Record { row, length }| {
            let at = next;
            next += u64::from(*length);
            let (row, length) = (*row, *length);
            Place { row, length, at }
        });
        let mut places: Vec<_> = places.collect();
        // Of several records of a row, the last.
        places.reverse();
        places.sort_by_key(|place| place.row);
        places.dedup_by_key(|place| place.row);
        let mut file = self.writer.get_ref();
        let mut records = Records {
            file,
            places: places.iter(),
            left: 0,
        };
        let sorted = Octets::read(&mut records, Octets::IN_MEMORY, &self.folders)?;
        file.rewind()?;
        for chunk in sorted.chunks() {
            file.write_all(&chunk.map_err(io::Error::other)?)?;
        }
        file.set_len(sorted.len() as u64)
    }

    fn unwritten(&self, error: io::Error) -> MergeError {
        MergeError::Report(self.path.display().to_string(), error)
    }
}

/// The text without what a spreadsheet takes for a formula: then a quotation mark stands before it.
fn text_of_cell(text: &str) -> Cow<'_, str> {
    match text.starts_with(['=', '+', '-', '@']) {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

/// A temporary file in the first of `folders` that has room for one.
fn temporary(folders: &[PathBuf]) -> io::Result<File> {
    let mut made = Err(io::ErrorKind::NotFound.into());
    for folder in folders {
        made = tempfile::tempfile_in(folder);
        if made.is_ok() {
            break;
        }
    }
    made
}

/// Reads the records in the order of their places.
struct Records<'r> {
    file: &'r File,
    places: std::slice::Iter<'r, Place>,
    /// The bytes of the present record that are not read yet.
    left: u64,
}

impl Read for Records<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let Some(place) = self.places.next() else {
                return Ok(0);
            };
            self.file.seek(SeekFrom::Start(place.at))?;
            self.left = u64::from(place.length);
        }
        let count = self.file.take(self.left).read(buffer)?;
        self.left -= count as u64;
        match count {
            0 if !buffer.is_empty() => Err(io::ErrorKind::UnexpectedEof.into()),
            count => Ok(count),
        }
    }
}
