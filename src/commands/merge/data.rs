//! Reads the rows of a data file. It can be read several times, row by row.

mod csv;
mod decode;
mod json;
mod quotes;
mod row;
mod unique;

use std::io::{self, BufRead as _, BufReader, Read as _};

use self::csv::CsvRows;
use self::decode::{BLOCK, Decoded};
use self::json::JsonRows;
pub(super) use self::row::Row;
use super::args::DataArgs;
use super::error::DataError;
use crate::commands::Context;
use crate::commands::send::read;
use crate::files::Octets;

/// A data file. Its bytes are copied, so that it does not change while rows are read twice.
pub(super) struct Data<'a> {
    name: String,
    octets: Octets,
    args: &'a DataArgs,
}

/// The rows of one pass. An error in one row does not end it; see [`DataError::is_fatal`].
pub(super) enum Rows {
    Csv(Box<CsvRows>),
    Json(Box<JsonRows>),
}

impl<'a> Data<'a> {
    /// Copies the data file.
    pub(super) fn read(args: &'a DataArgs, context: &Context<'_>) -> Result<Self, DataError> {
        let name = read::named(&args.data);
        let folders = read::temporary(&context.settings);
        let octets = read::with_input(&args.data, context, |input| {
            let mut input = input.take(read::MAX_KEPT + 1);
            Octets::read(&mut input, Octets::IN_MEMORY, &folders).map_err(|error| {
                crate::commands::error::InputError::Unreadable(name.clone(), error)
            })
        })?;
        if octets.len() as u64 > read::MAX_KEPT {
            return Err(DataError::TooLong(name));
        }
        Ok(Self { name, octets, args })
    }

    /// The name of the file in errors.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The rows, from the first on.
    pub(super) fn rows(&self) -> Result<Rows, DataError> {
        let decoded = Decoded::new(self.octets.clone(), self.args.encoding);
        let mut text = BufReader::with_capacity(BLOCK, decoded);
        let first = text.fill_buf().map_err(|error| self.unreadable(&error))?;
        let first_character = first.iter().find(|byte| !byte.is_ascii_whitespace());
        match first_character {
            None => Err(DataError::Empty(self.name.clone())),
            Some(b'[' | b'{') if self.args.delimiter.is_none() => {
                Ok(Rows::Json(Box::new(JsonRows::new(text, &self.name))))
            }
            Some(_) => {
                let declared = csv::declared(first);
                let named = self
                    .args
                    .delimiter
                    .or(declared.map(|(delimiter, _)| delimiter));
                let delimiter = named.unwrap_or_else(|| csv::delimiter(first));
                let place = (&*self.name, if declared.is_some() { 2 } else { 1 });
                if let Some((_, length)) = declared {
                    text.consume(length);
                }
                CsvRows::new(text, delimiter, place).map(|rows| Rows::Csv(Box::new(rows)))
            }
        }
    }

    fn unreadable(&self, error: &io::Error) -> DataError {
        DataError::of_reader(&self.name, error)
    }
}

impl Iterator for Rows {
    type Item = Result<Row, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::Json(rows) => rows.next(),
        }
    }
}
