//! The errors of templates in words.

use std::fmt::Write as _;

use minijinja::ErrorKind;

use crate::commands::merge::data::Row;
use crate::config::nearest;

/// The error of a template, without the flag.
pub(super) fn words(error: &minijinja::Error, flag: &str) -> String {
    let words = match error.detail() {
        Some(detail) if error.kind() == ErrorKind::UnknownFunction => {
            format!("the function {detail}")
        }
        _ if error.kind() == ErrorKind::OutOfFuel => {
            "the template does too much, or its text is larger than a message; is a loop endless?"
                .to_owned()
        }
        Some(detail) => detail.to_owned(),
        None if error.kind() == ErrorKind::MissingArgument => {
            "a filter or function lacks an argument".to_owned()
        }
        None => error.kind().to_string(),
    };
    at_line(words, error.line(), flag)
}

/// The words with the line, if the template has several.
pub(super) fn at_line(mut words: String, line: Option<usize>, flag: &str) -> String {
    let is_file = flag.ends_with("-file");
    if let Some(line) = line.filter(|line| is_file || *line > 1) {
        let _ = write!(words, " (line {line})");
    }
    words
}

pub(super) fn no_column(name: &str, row: &Row) -> String {
    let names = row.names();
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) if names.len() > 1 => {
            format!("there is no column {name:?}; did you mean {near:?}?")
        }
        _ => format!("there is no column {name:?}; {}", columns(row)),
    }
}

/// The most columns that an error names.
const MOST_COLUMNS: usize = 20;

pub(super) fn columns(row: &Row) -> String {
    match row.names() {
        [one] if one.contains([',', ';', '\t']) => {
            format!("the only column is {one:?}: is the --delimiter right?")
        }
        names => {
            let shown = names.iter().take(MOST_COLUMNS);
            let shown: Vec<_> = shown.map(|name| format!("{name:?}")).collect();
            format!("the columns are {}", shown.join(", "))
        }
    }
}
