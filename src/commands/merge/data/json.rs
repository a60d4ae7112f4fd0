//! JSON lines, or a JSON array of objects. Both are objects one after the other.

use std::io::{self, BufRead as _};

use minijinja::value::Value;
use serde::Deserialize as _;
use serde_json::Value as Json;

use super::row::{Row, Text};
use super::unique::Unique;
use crate::commands::merge::error::DataError;

/// The rows of a JSON file.
pub(in crate::commands::merge) struct JsonRows {
    name: String,
    text: Text,
    /// Whether the objects are in an array.
    in_array: bool,
    number: u64,
    is_over: bool,
}

impl JsonRows {
    /// The text begins with `[` or `{`.
    pub(super) fn new(text: Text, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            text,
            in_array: false,
            number: 0,
            is_over: false,
        }
    }

    pub(super) fn next(&mut self) -> Option<Result<Row, DataError>> {
        if self.is_over {
            return None;
        }
        let row = self.row().transpose();
        self.is_over = !matches!(row, Some(Ok(_)));
        row
    }

    fn row(&mut self) -> Result<Option<Row>, DataError> {
        let mut first = self.peek()?;
        if self.number == 0 && first == Some(b'[') {
            self.in_array = true;
            self.text.consume(1);
            first = self.peek()?;
        } else if self.number > 0 && self.in_array {
            match first {
                Some(b',') => self.text.consume(1),
                Some(b']') => {}
                Some(_) => return Err(self.fault("a comma or ] is missing")),
                None => return Err(self.fault("the file ends without ]")),
            }
            first = self.peek()?;
        }
        match first {
            Some(b'{') => {}
            Some(b']') if self.in_array => {
                self.text.consume(1);
                return match self.peek()? {
                    None => Ok(None),
                    Some(_) => Err(self.fault("the array ends, and more text follows")),
                };
            }
            None if self.in_array => return Err(self.fault("the file ends without ]")),
            None => return Ok(None),
            Some(_) => return Err(self.fault("the next row is not an object {…}")),
        }
        self.number += 1;
        self.object().map(Some)
    }

    /// The next byte that is not white space.
    fn peek(&mut self) -> Result<Option<u8>, DataError> {
        loop {
            let buffer = self.text.fill_buf();
            let buffer = buffer.map_err(|error| DataError::of_reader(&self.name, &error))?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let blank = buffer
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            let next = buffer.get(blank).copied();
            self.text.consume(blank);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Reads the object at the present place, and no byte more.
    fn object(&mut self) -> Result<Row, DataError> {
        let mut reader = serde_json::Deserializer::from_reader(&mut self.text);
        let object = Unique::deserialize(&mut reader).map_err(|error| {
            match error.io_error_kind() {
                Some(_) => DataError::of_reader(&self.name, &io::Error::from(error)),
                None => DataError::Json {
                    row: self.number,
                    name: self.name.clone(),
                    // The place is one within the row.
                    reason: words_of(&error),
                },
            }
        })?;
        let Unique(Json::Object(object)) = object else {
            return Err(self.fault("the next row is not an object {…}"));
        };
        let (names, values): (Vec<_>, Vec<_>) = object
            .into_iter()
            .map(|(name, value)| (name, Value::from(minijinja::value::Serde(&value))))
            .unzip();
        Ok(Row::new(self.number, names.into(), values))
    }

    /// What is wrong after the last row.
    fn fault(&self, reason: &str) -> DataError {
        DataError::AfterJson {
            row: self.number,
            name: self.name.clone(),
            reason: reason.to_owned(),
        }
    }
}

fn words_of(error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words
        .split_once(" at line ")
        .map(|(words, _)| words.to_owned());
    words.unwrap_or_else(|| error.to_string())
}
