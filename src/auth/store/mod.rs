//! Where sign-ins are kept between runs.

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
    /// Every kind, in the order in which a manual lists them.
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
    /// Why the store cannot be asked, or its answer not be read.
    fn load(&self, account: &str) -> Result<Option<Record>, Error>;

    /// Puts `record` in the place of the account's former one, whole or not at all.
    ///
    /// # Errors
    /// Why it could not be kept; the former record is then still there.
    fn save(&self, account: &str, record: &Record) -> Result<(), Error>;

    /// Forgets the account; whether there was anything to forget.
    ///
    /// # Errors
    /// Why it could not be forgotten.
    fn delete(&self, account: &str) -> Result<bool, Error>;

    /// What kind of store this is.
    fn kind(&self) -> Kind;
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The keyring is there and locked, and nobody unlocked it.
    #[error("the keyring is locked: {reason}")]
    Locked {
        /// What the keyring said.
        reason: String,
    },
    /// There is no keyring: no session bus, no service on it, or a build without keyrings.
    #[error("no keyring can be reached: {reason}")]
    Unavailable {
        /// What was missing.
        reason: String,
    },
    /// The keyring did not answer in time.
    #[error("the keyring did not answer within {} seconds", limit.as_secs())]
    TimedOut {
        /// How long it was given.
        limit: Duration,
    },
    /// The keyring answered with something unforeseen.
    #[error("the keyring failed: {reason}")]
    Failed {
        /// What it said.
        reason: String,
    },
    /// An entry is longer than the keyring takes.
    #[error("the sign-in is longer than the {limit} bytes that the keyring takes")]
    TooLong {
        /// The keyring's limit, in bytes.
        limit: u32,
    },
    /// A file or folder of the store could not be used.
    #[error("cannot {doing} {}: {source}", path.display())]
    Io {
        /// What was attempted, as in "cannot … /path".
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others than its owner may use a file or folder of the store.
    #[error("{} may be used by others (mode {mode:04o}, not {wanted:04o})", path.display())]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The permission bits that it ought to have.
        wanted: u32,
    },
    /// A file or folder of the store is another user's.
    #[error("{} belongs to user {owner}, not to user {user}", path.display())]
    Foreign {
        /// The file or folder.
        path: PathBuf,
        /// The id of the user whose it is.
        owner: u32,
        /// The id of the user who asks.
        user: u32,
    },
    /// The stored record is not one.
    #[error("the sign-in stored in {place} cannot be read: {reason}")]
    Unreadable {
        /// The file, or the keyring.
        place: String,
        /// What is wrong with it, without its content.
        reason: String,
    },
    /// The store has a sign-in of another application under the account's name, as of the account of
    /// another configuration.
    #[error(
        "what is stored for account {account:?} is the sign-in of another account (tenant {tenant}, client id {client_id})"
    )]
    Taken {
        /// The account's name.
        account: String,
        /// Whose tenant it is.
        tenant: String,
        /// Whose application it is.
        client_id: String,
    },
    /// The account's name cannot be the name of a file.
    #[error(
        "{0:?} cannot be an account's name (letters, digits and . _ - @ +, at most {MAX_NAME}, not beginning with a dot)"
    )]
    Name(String),
}

impl Error {
    /// How a run ends that stops at this.
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

/// The longest name of an account, in bytes; with a suffix it still is a file's name everywhere.
pub const MAX_NAME: usize = 100;

/// Refuses an account name that could lead out of the store's folder or hide in it.
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
