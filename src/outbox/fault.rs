//! Why an entry's file cannot be used.

use std::io;
use std::path::{Path, PathBuf};

use super::{EntryId, Error};

/// Why an entry's file cannot be used.
#[derive(Debug)]
pub(super) enum Fault {
    /// The file system refuses for now.
    Io(PathBuf, io::Error),
    /// It is missing or damaged: no other attempt fares better.
    Broken(String),
    /// A newer version of this program wrote it, which can send it.
    Newer(String),
}

impl Fault {
    /// Why `file` in `folder` cannot be read.
    pub(super) fn of(folder: &Path, file: &str, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Broken(format!("its file {file} is missing")),
            _ => Self::Io(folder.join(file), error),
        }
    }

    /// As the error of that entry.
    pub(super) fn into_error(self, id: &EntryId) -> Error {
        match self {
            Self::Io(path, source) => Error::io("reading", path)(source),
            Self::Broken(reason) => Error::Unreadable {
                id: id.clone(),
                reason,
            },
            Self::Newer(reason) => Error::Newer {
                id: id.clone(),
                reason,
            },
        }
    }
}
