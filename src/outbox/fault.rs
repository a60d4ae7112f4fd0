//! Why an entry's file cannot be used.

use std::io;
use std::path::{Path, PathBuf};

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
}
