//! Where an application's client secret comes from. Its text is in no error.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::exposure::Exposed;
use super::program;
use crate::secret::Secret;

/// The most that is read in search of a secret, in bytes; Entra's have 40.
const MAX_LENGTH: usize = 4096;

/// The folder in which systemd keeps what a unit's `LoadCredential=` names (systemd.exec(5)).
pub const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// Where an application's client secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientSecret {
    /// It is here.
    Given(Secret),
    /// It is in the store, beside the tokens.
    Stored,
    /// A unit of systemd brings it as the credential of this name, and this run is not in it.
    Unit(String),
    /// It is the one line of this file, which is read for each token request.
    File(PathBuf),
    /// It is the one line that this command prints, which is run for each token request.
    Command(String),
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// This run is not in the unit that brings it.
    #[error(
        "the client secret comes with a unit of systemd, as its credential {0}, which is not here"
    )]
    NotInUnit(String),
    /// What was read is no secret.
    #[error("{place} does not hold one line with the client secret")]
    NotOneLine {
        /// The file, or what else was read.
        place: String,
    },
    /// The command gave nothing.
    #[error("the client secret command {0}")]
    Command(#[from] program::Failure),
    /// What the command printed is no secret.
    #[error("the client secret command did not print one line with the client secret")]
    Output,
}

impl ClientSecret {
    /// The secret, unless it is in the store. A file that every user may read is added to `exposed`; a command
    /// takes at most `limit`.
    ///
    /// # Errors
    /// A [`Failure`].
    pub fn read(
        &self,
        limit: Duration,
        exposed: &mut Vec<Exposed>,
    ) -> Result<Option<Secret>, Failure> {
        match self {
            Self::Given(secret) => Ok(Some(secret.clone())),
            Self::Stored => Ok(None),
            Self::Unit(credential) => Err(Failure::NotInUnit(credential.clone())),
            Self::File(path) => of_file(path, exposed).map(Some),
            Self::Command(command) => {
                let printed = program::printed(command, limit)?;
                one_line(&printed).map(Some).ok_or(Failure::Output)
            }
        }
    }
}

/// The secret in the stream that errors know as `place`.
///
/// # Errors
/// Why the stream cannot be read; within, a [`Failure`] where it holds no secret.
pub fn of_stream(stream: impl Read, place: &str) -> io::Result<Result<Secret, Failure>> {
    let mut text = Vec::new();
    let longest = u64::try_from(MAX_LENGTH).unwrap_or(u64::MAX);
    stream
        .take(longest.saturating_add(1))
        .read_to_end(&mut text)?;
    Ok(one_line(&text).ok_or_else(|| Failure::NotOneLine {
        place: place.to_owned(),
    }))
}

fn of_file(path: &Path, exposed: &mut Vec<Exposed>) -> Result<Secret, Failure> {
    let unreadable = |source| Failure::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    exposed.extend(Exposed::find(path, &metadata));
    of_stream(file, &path.display().to_string()).map_err(unreadable)?
}

/// The text's only line, if it can be a secret. Editors of Windows put a byte order mark before it.
fn one_line(text: &[u8]) -> Option<Secret> {
    let line = std::str::from_utf8(text).ok()?;
    let line = line.strip_prefix('\u{feff}').unwrap_or(line).trim();
    let fit = !line.is_empty() && text.len() <= MAX_LENGTH && !line.contains(char::is_control);
    fit.then(|| Secret::new(line))
}
