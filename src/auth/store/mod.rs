//! The token stores, which keep sign-ins between runs.

mod access;
pub mod file;
pub mod keyring;
pub mod memory;
mod parts;
pub mod record;

pub use access::Access;
pub use file::File;
pub use keyring::Keyring;
pub use memory::Memory;
pub use record::Record;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::exit::Class;

/// The kinds of store that a configuration can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The desktop's keyring: Secret Service, macOS Keychain, Windows Credential Manager.
    Keyring,
    /// Files of mode 0600 in a folder of mode 0700.
    File,
    /// Nothing is kept beyond the run.
    None,
}

impl Kind {
    /// Every kind, in the order of the manual.
    pub const ALL: [Self; 3] = [Self::Keyring, Self::File, Self::None];

    /// The kind's name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::None => "none",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Keeps one [`Record`] for each account.
pub trait Store: Send + Sync {
    /// The account's record, if there is one.
    ///
    /// # Errors
    /// The store cannot be used, or the record cannot be read.
    fn load(&self, account: &str) -> Result<Option<Record>, Error>;

    /// Replaces the account's record, completely or not at all.
    ///
    /// # Errors
    /// The record could not be stored; the previous record is still there.
    fn save(&self, account: &str, record: &Record) -> Result<(), Error>;

    /// Deletes the account's record, and returns whether there was one.
    ///
    /// # Errors
    /// The record could not be deleted.
    fn delete(&self, account: &str) -> Result<bool, Error>;

    /// What kind of store this is.
    fn kind(&self) -> Kind;
}

/// Why a store failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The keyring is locked, and the user did not unlock it.
    #[error("the keyring is locked: {reason}")]
    Locked {
        /// What the keyring said.
        reason: String,
    },
    /// There is no keyring: no session bus, no service on it, or a build without keyrings.
    #[error("the keyring is not available: {reason}")]
    Unavailable {
        /// What was missing.
        reason: String,
    },
    /// The keyring did not answer in time.
    #[error("the keyring did not answer within {} seconds", limit.as_secs())]
    TimedOut {
        /// The time limit.
        limit: Duration,
    },
    /// The keyring failed with another error.
    #[error("the keyring failed: {reason}")]
    Failed {
        /// What it said.
        reason: String,
    },
    /// An entry is longer than the keyring accepts.
    #[error("the sign-in is longer than the {limit} bytes that the keyring accepts")]
    TooLong {
        /// The keyring's limit, in bytes.
        limit: u32,
    },
    /// A file or folder of the store could not be used.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was attempted, as in "cannot … /path".
        doing: &'static str,
        /// The path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Other users have access to a file or folder of the store.
    #[error("{} is accessible to other users (mode {mode:04o}, not {wanted:04o})", path.display())]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The permission bits that it must have.
        wanted: u32,
    },
    /// A file or folder of the store belongs to another user.
    #[error("{} belongs to user {owner}, not to user {user}", path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
        /// The id of its owner.
        owner: u32,
        /// The id of this user.
        user: u32,
    },
    /// The stored record is malformed.
    #[error("the sign-in stored in {place} cannot be read: {reason}")]
    Unreadable {
        /// The file, or the keyring.
        place: String,
        /// What is wrong with it; contains nothing of the record.
        reason: String,
    },
    /// Under the account's name, the store has a sign-in of another application, for example of an
    /// account of another configuration.
    #[error(
        "the token store has another account under the name {account:?} (tenant {tenant}, client id {client_id})"
    )]
    Taken {
        /// The account's name.
        account: String,
        /// The tenant of the stored sign-in.
        tenant: String,
        /// The application of the stored sign-in.
        client_id: String,
    },
    /// The account's name cannot be a file name.
    #[error(
        "{0:?} is not an account name (letters, digits and . _ - @ +, at most {MAX_NAME}, not beginning with a dot)"
    )]
    Name(String),
}

impl Error {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Locked { .. }
            | Self::Unavailable { .. }
            | Self::TimedOut { .. }
            | Self::Failed { .. }
            | Self::TooLong { .. }
            | Self::Unreadable { .. } => Class::SignIn,
            Self::Io { .. } => Class::Io,
            Self::Exposed { .. } | Self::Foreign { .. } | Self::Taken { .. } | Self::Name(_) => {
                Class::Config
            }
        }
    }
}

/// The longest name of an account, in bytes. With a suffix it is a valid file name on every system.
pub const MAX_NAME: usize = 100;

/// Refuses an account name that leads out of the store's folder or is hidden in it.
///
/// # Errors
/// [`Error::Name`].
pub fn check_name(account: &str) -> Result<(), Error> {
    let fit = !account.is_empty()
        && account.len() <= MAX_NAME
        && !account.starts_with('.')
        && account
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-@+".contains(c));
    if fit {
        Ok(())
    } else {
        Err(Error::Name(account.to_owned()))
    }
}
