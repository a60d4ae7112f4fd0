//! CSV (RFC 4180), also with semicolons or tabs, as spreadsheets write it.

use std::sync::Arc;

use csv::{Reader, ReaderBuilder, StringRecord};
use minijinja::value::Value;

use super::quotes::Quotes;
use super::row::{Row, Text};
use crate::commands::merge::error::DataError;

/// The rows of a CSV file.
pub(in crate::commands::merge) struct CsvRows {
    name: String,
    names: Arc<[String]>,
    reader: Reader<Quotes<Text>>,
    record: StringRecord,
    number: u64,
}

/// The delimiter of CSV that begins with `text`: the one that its first line has most often, outside of quotes.
pub(super) fn delimiter(text: &[u8]) -> u8 {
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in text {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\r' | b'\n' if !is_quoted => break,
            byte if !is_quoted => {
                let mut counts = counts.iter_mut();
                if let Some((_, count)) = counts.find(|(known, _)| known == byte) {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    // Of several the first.
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    best.map_or(b',', |(delimiter, _)| *delimiter)
}

/// The delimiter of the line `sep=;`, with which Excel begins a file, and the length of this line.
pub(super) fn declared(text: &[u8]) -> Option<(u8, usize)> {
    let (delimiter, rest) = text.strip_prefix(b"sep=")?.split_first()?;
    let end = [&b"\r\n"[..], b"\n", b"\r"];
    let end = end.iter().find(|end| rest.starts_with(end))?;
    Some((*delimiter, b"sep=;".len() + end.len()))
}

impl CsvRows {
    /// Reads the header line, which is the line `line` of the file.
    pub(super) fn new(
        text: Text,
        delimiter: u8,
        (name, line): (&str, u64),
    ) -> Result<Self, DataError> {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .from_reader(Quotes::new(text, delimiter, line));
        let mut record = StringRecord::new();
        let read = reader.read_record(&mut record);
        read.map_err(|error| DataError::of_csv(name, error))?;
        let names: Arc<[String]> = record.iter().map(|name| name.trim().to_owned()).collect();
        let mut seen = std::collections::HashSet::new();
        let twice = names
            .iter()
            .find(|name| !name.is_empty() && !seen.insert(name.as_str()));
        if let Some(twice) = twice {
            return Err(DataError::ColumnTwice(name.to_owned(), twice.clone()));
        }
        Ok(Self {
            name: name.to_owned(),
            names,
            reader,
            record,
            number: 0,
        })
    }

    pub(super) fn next(&mut self) -> Option<Result<Row, DataError>> {
        match self.reader.read_record(&mut self.record) {
            Ok(false) => return None,
            Err(error) => return Some(Err(DataError::of_csv(&self.name, error))),
            Ok(true) => self.number += 1,
        }
        let number = self.number;
        let line = self.reader.get_mut().next_line();
        // A spreadsheet leaves out the empty columns at the end of a row, or adds some.
        let filled = self
            .record
            .iter()
            .enumerate()
            .filter(|(_, value)| !value.is_empty());
        let filled = filled.last().map_or(0, |(last, _)| last + 1);
        let (count, columns) = (self.record.len(), self.names.len());
        if filled > 0 && (filled > columns || count < columns) {
            return Some(Err(DataError::Width {
                row: number,
                line,
                count,
                columns,
            }));
        }
        let values = self.record.iter().take(columns);
        let values = values.map(Value::from).collect();
        Some(Ok(Row::new(number, Arc::clone(&self.names), values)))
    }
}
