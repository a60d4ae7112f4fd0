//! Errors of `merge`.

use std::io;

use encoding_rs::Encoding;

use crate::commands::error::InputError;
use crate::commands::report::{Advice, Explain};
use crate::exit::Class;

/// A data file that cannot be used, or one row of it.
#[derive(Debug, thiserror::Error)]
pub(super) enum DataError {
    /// It cannot be opened or read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// It is larger than any data file.
    #[error("{0} has more than 512 MB")]
    TooLong(String),
    /// It has no row.
    #[error("{0} has no rows")]
    Empty(String),
    /// Its bytes are not text.
    #[error("{name} {fault}")]
    NotText { name: String, fault: NotText },
    /// A quotation mark of its CSV is out of place.
    #[error("{name}, {fault}")]
    Quote { name: String, fault: BadQuote },
    /// Two columns have the same name.
    #[error("{0}: two columns have the name {1:?}")]
    ColumnTwice(String, String),
    /// A row of CSV has more or fewer columns than the header line.
    #[error("it has {}, and the header line has {columns} (line {line})", columns_of(*.count))]
    Width {
        row: u64,
        line: u64,
        count: usize,
        columns: usize,
    },
    /// The JSON is malformed in this row.
    #[error("{name}, row {row}: {reason}")]
    Json {
        row: u64,
        name: String,
        reason: String,
    },
    /// The JSON is malformed after this row, or before the first.
    #[error("{name}, after row {row}: {reason}")]
    AfterJson {
        row: u64,
        name: String,
        reason: String,
    },
}

/// A quotation mark of CSV out of place, with the row. The header line is row 0.
#[derive(Debug, Clone, Copy, thiserror::Error)]
pub(super) enum BadQuote {
    /// The text ends inside of quotation marks.
    #[error("{}: the quotation mark that begins here is not closed", row_name(*.0))]
    Unclosed(u64),
    /// Text follows a column in quotation marks.
    #[error("{}: text follows a closing quotation mark", row_name(*.0))]
    Followed(u64),
}

fn columns_of(count: usize) -> String {
    match count {
        1 => "1 column".to_owned(),
        count => format!("{count} columns"),
    }
}

fn row_name(row: u64) -> String {
    match row {
        0 => "header line".to_owned(),
        row => format!("row {row}"),
    }
}

/// Bytes that are not text in the encoding.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{}", self.words())]
pub(super) struct NotText {
    pub(super) encoding: &'static Encoding,
    /// The offset of the next byte.
    pub(super) at: usize,
    pub(super) is_nul: bool,
}

impl NotText {
    fn words(&self) -> String {
        let (name, at) = (self.encoding.name(), self.at);
        match self.is_nul {
            true => format!("contains a NUL byte, so it is not {name} text"),
            false => format!("is not {name} text (before byte {at})"),
        }
    }
}

impl DataError {
    /// The error of a reader of the decoded text.
    pub(super) fn of_reader(name: &str, error: &io::Error) -> Self {
        if let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
            return Self::Quote {
                name: name.to_owned(),
                fault: *fault,
            };
        }
        let fault = error.get_ref().and_then(|inner| inner.downcast_ref());
        match fault {
            Some(fault) => Self::NotText {
                name: name.to_owned(),
                fault: *fault,
            },
            None => InputError::Unreadable(name.to_owned(), error.kind().into()).into(),
        }
    }

    /// The error of the CSV reader. Any text is CSV, so it is one of the file.
    pub(super) fn of_csv(name: &str, error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::of_reader(name, &error),
            _ => Self::of_reader(name, &io::ErrorKind::InvalidData.into()),
        }
    }

    /// The row that has the error, if the rows after it can be read.
    pub(super) const fn row(&self) -> Option<u64> {
        match self {
            Self::Width { row, .. } => Some(*row),
            _ => None,
        }
    }
}

impl Explain for DataError {
    fn class(&self) -> Class {
        match self {
            Self::Input(error) => Explain::class(error),
            _ => Class::Message,
        }
    }

    fn advice(&self) -> Advice {
        match self {
            Self::NotText { fault, .. } if fault.is_nul => {
                "if it is UTF-16, add --encoding utf-16le".into()
            }
            Self::NotText { .. } => "name its encoding, such as --encoding windows-1252".into(),
            Self::Quote { .. } => {
                "in a column in quotation marks, write each of its own quotation marks twice".into()
            }
            Self::Width { .. } => "is the --delimiter right?".into(),
            Self::ColumnTwice(..) => "rename one of them".into(),
            _ => Advice::none(),
        }
    }
}

/// What `--report -` writes to.
pub(super) const STANDARD_OUTPUT: &str = "standard output";

/// Why a merge sends nothing, or does not go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum MergeError {
    /// Rows have errors, which are already printed.
    #[error("nothing was sent: {}", self.rows())]
    Rows { wrong: u64, total: u64 },
    /// A flag is not a template.
    #[error("{flag}: {reason}")]
    Template { flag: &'static str, reason: String },
    /// A flag of a row is wrong.
    #[error("{flag}: {reason}")]
    Flag { flag: &'static str, reason: String },
    /// A row has no message.
    #[error("{0}")]
    Row(String),
    /// The row of --row is not in the file.
    #[error("--row: there is no row {0}")]
    NoSuchRow(u64),
    /// The row of --row has no message.
    #[error("--row: row {0} has no message: {1}")]
    NoMessageOfRow(u64, &'static str),
    /// The data are no regular file, and --journal is not given.
    #[error("the default journal belongs to a file of data; name one with --journal")]
    NoJournal,
    /// Another process uses the journal.
    #[error("nothing was sent: another merge is at work with the journal {0}")]
    JournalHeld(String),
    /// The journal is of another merge.
    #[error("the journal {0} is of another merge: {1}")]
    JournalOfAnother(String, String),
    /// A later version has written it.
    #[error("a newer version of graphmail has written the journal {0}")]
    NewerJournal(String),
    /// The file is not a journal.
    #[error("{0} is not a journal of graphmail merge (line {1})")]
    NotAJournal(String, u64),
    /// The journal cannot be read or written.
    #[error("the journal {0} cannot be used: {1}")]
    Journal(String, io::Error),
    /// The report cannot be written.
    #[error("the report {0} cannot be written: {1}")]
    Report(String, io::Error),
    /// What is written is not a regular file.
    #[error("{0}: {1} is not a regular file")]
    NotAFile(&'static str, String),
    /// What is written is something else, too.
    #[error("{0}: {1} is also the file of {2}")]
    SameFile(&'static str, String, &'static str),
    /// It may not ask, and --yes is not given.
    #[error("nothing was sent: {} ready, and merge cannot ask without a terminal", messages_are(*.0))]
    Unconfirmed(u64),
    /// The answer was no.
    #[error("nothing was sent")]
    Declined,
}

fn messages_are(count: u64) -> String {
    match count {
        1 => "1 message is".to_owned(),
        count => format!("{count} messages are"),
    }
}

impl MergeError {
    fn rows(&self) -> String {
        let Self::Rows { wrong, total } = self else {
            return String::new();
        };
        match wrong {
            1 if *total == 1 => "the only row has an error".to_owned(),
            1 => format!("1 of {total} rows has an error"),
            wrong => format!("{wrong} of {total} rows have errors"),
        }
    }
}

impl Explain for MergeError {
    fn class(&self) -> Class {
        match self {
            Self::Rows { .. } | Self::Flag { .. } | Self::Row(_) => Class::Message,
            Self::Template { .. }
            | Self::NoSuchRow(_)
            | Self::NoMessageOfRow(..)
            | Self::NoJournal
            | Self::JournalOfAnother(..)
            | Self::NewerJournal(_)
            | Self::NotAJournal(..)
            | Self::NotAFile(..)
            | Self::SameFile(..)
            | Self::Unconfirmed(_)
            | Self::Declined => Class::Usage,
            Self::JournalHeld(_) => Class::Later,
            Self::Journal(..) => Class::Outbox,
            Self::Report(..) => Class::Io,
        }
    }

    fn advice(&self) -> Advice {
        match self {
            Self::JournalOfAnother(..) | Self::NotAJournal(..) => {
                "name another file with --journal".into()
            }
            Self::NewerJournal(_) => "use that version, or name another file with --journal".into(),
            Self::SameFile("--report", _, STANDARD_OUTPUT) => {
                "for standard output: --report -".into()
            }
            Self::NotAFile(..) | Self::SameFile(..) => "name another file".into(),
            Self::Unconfirmed(_) => "add --yes, after a look with --dry-run".into(),
            _ => Advice::none(),
        }
    }
}
