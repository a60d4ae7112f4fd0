//! The source of an application's client secret. No error contains the secret.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::exposure::Exposed;
use super::program;
use crate::secret::Secret;
use crate::text::without_byte_order_mark;

/// The most that is read as a secret, in bytes. Entra's secrets have 40.
const MAX_LENGTH: usize = 4096;

/// The folder with the credentials of a systemd unit (`LoadCredential=`, systemd.exec(5)).
pub const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";

/// The source of an application's client secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientSecret {
    /// The secret itself.
    Given(Secret),
    /// The token store.
    Stored,
    /// The systemd credential of this name. This run is not in the unit that has it.
    Unit(String),
    /// The only line of this file. The file is read for each token request.
    File(PathBuf),
    /// The only line that this command prints. The command runs for each token request.
    Command(String),
}

/// Why there is no client secret.
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
    /// This run is not in the unit that has the credential.
    #[error("the client secret is the systemd credential {0}, and this process does not have it")]
    NotInUnit(String),
    /// The text is not a secret.
    #[error("{place} does not contain the client secret on a single line")]
    NotOneLine {
        /// The file or another source.
        place: String,
    },
    /// The command failed.
    #[error("the client secret command {0}")]
    Command(#[from] program::Failure),
    /// The command's output is not a secret.
    #[error("the client secret command did not print one line with the client secret")]
    Output,
}

impl ClientSecret {
    /// The secret, unless it is in the store. A file that every user may read is added to `exposed`. A
    /// command may run for at most `limit`.
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
            Self::File(path) => read_file(path, exposed).map(Some),
            Self::Command(command) => {
                let printed = program::shell_output(command, limit)?;
                one_line(&printed).map(Some).ok_or(Failure::Output)
            }
        }
    }
}

/// Reads the secret from a stream; errors name the stream `place`.
///
/// # Errors
/// Why the stream cannot be read. The inner error is a [`Failure`] if it contains no secret.
pub fn read_stream(stream: impl Read, place: &str) -> io::Result<Result<Secret, Failure>> {
    let mut text = Vec::new();
    let longest = u64::try_from(MAX_LENGTH).unwrap_or(u64::MAX);
    stream
        .take(longest.saturating_add(1))
        .read_to_end(&mut text)?;
    Ok(one_line(&text).ok_or_else(|| Failure::NotOneLine {
        place: place.to_owned(),
    }))
}

fn read_file(path: &Path, exposed: &mut Vec<Exposed>) -> Result<Secret, Failure> {
    let unreadable = |source| Failure::Unreadable {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    exposed.extend(Exposed::find(path, &metadata));
    read_stream(file, &path.display().to_string()).map_err(unreadable)?
}

/// The only line of the text, without the byte order mark that Windows editors add.
fn one_line(text: &[u8]) -> Option<Secret> {
    let line = std::str::from_utf8(without_byte_order_mark(text))
        .ok()?
        .trim();
    let fit = !line.is_empty() && text.len() <= MAX_LENGTH && !line.contains(char::is_control);
    fit.then(|| Secret::new(line))
}
