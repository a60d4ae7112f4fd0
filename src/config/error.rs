//! Why a configuration cannot be followed.

use std::path::PathBuf;
use std::time::Duration;

use super::place::Place;
use crate::auth;
use crate::cloud::InvalidRoot;
use crate::exit::Class;
use crate::files::Untrusted;

/// A configuration that cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No account is configured and the environment holds no credential.
    #[error("no account is signed in")]
    NoAccount,
    /// The environment's account was asked for, and the environment holds no credential.
    #[error("the account {:?} has no credential: {} not set", super::ENVIRONMENT_ACCOUNT, unset(.0))]
    NoVariables(Vec<&'static str>),
    /// The account that was asked for does not exist.
    #[error("there is no account {name:?}")]
    UnknownAccount {
        /// As it was asked for.
        name: String,
        /// The accounts that there are.
        known: Vec<String>,
    },
    /// Several accounts and no default.
    #[error("there are several accounts and none is the default")]
    NoDefault(Vec<String>),
    /// The cloud that was asked for does not exist.
    #[error("there is no cloud {name:?}")]
    UnknownCloud {
        /// As it was asked for.
        name: String,
        /// The nearest that there is.
        nearest: Option<String>,
    },
    /// A Graph root or a login authority that no token may be sent to.
    #[error("{name}: {reason}")]
    Root {
        /// The variable or key that holds it.
        name: String,
        /// What is wrong with it.
        reason: InvalidRoot,
    },
    /// A key that is not known.
    #[error("{place}: unknown key {key:?}")]
    UnknownKey {
        /// Where it stands.
        place: Place,
        /// The key.
        key: String,
        /// The known key most like it.
        nearest: Option<&'static str>,
    },
    /// Not TOML, or a value of the wrong kind.
    #[error("{place}: {reason}")]
    Malformed {
        /// Where.
        place: Place,
        /// What the parser says.
        reason: String,
    },
    /// The configuration file that was asked for is not there.
    #[error("{} is not there", .0.display())]
    Missing(PathBuf),
    /// A key that the account's way of signing in needs.
    #[error("account {account:?} has auth = {auth:?} but no {key}")]
    Incomplete {
        /// The account.
        account: String,
        /// Its way of signing in.
        auth: &'static str,
        /// The missing key.
        key: &'static str,
    },
    /// Keys of an account that cannot be followed.
    #[error("account {account:?}: {reason}")]
    Account {
        /// The account.
        account: String,
        /// What is wrong with them.
        reason: &'static str,
    },
    /// A command, a secret's file or a URL stands in a file that another user may change.
    #[error("{owner}: its {key} is not used: {untrusted}")]
    Untrusted {
        /// The account or the cloud.
        owner: String,
        /// The key that names it.
        key: &'static str,
        /// Who may change it.
        untrusted: Untrusted,
    },
    /// The file is there and cannot be read.
    #[error("{} cannot be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, std::io::Error),
    /// The file cannot be written.
    #[error("{} cannot be written: {}", .0.display(), .1)]
    Unwritable(PathBuf, std::io::Error),
    /// A variable whose value cannot be followed.
    #[error("{variable} is {value:?}: {reason}")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An application sends out of a mailbox that must be named.
    #[error("an application has no mailbox of its own")]
    NoMailbox,
    /// A managed identity that is named as none can be.
    #[error("managed_identity: {0}")]
    ManagedIdentity(#[from] auth::managed_identity::InvalidId),
    /// The Azure SDKs' variables are there and not whole.
    #[error(transparent)]
    Environment(#[from] auth::environment::Fault),
    /// Neither HOME nor XDG variables.
    #[error("HOME is not set, so there is no place for this program's files")]
    NoHome,
    /// Another process holds the lock of the configuration file.
    #[error("another process has held {} for {} seconds", path.display(), waited.as_secs())]
    Busy {
        /// The lock's file.
        path: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
}

impl Error {
    /// How a run that ends on this error ends.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::NoAccount | Self::NoVariables(_) => Class::SignIn,
            Self::Unwritable(..) => Class::Io,
            Self::Busy { .. } => Class::Later,
            _ => Class::Config,
        }
    }
}

/// The variables, and the verb that fits them.
fn unset(variables: &[&str]) -> String {
    match variables {
        [one] => format!("{one} is"),
        [first @ .., last] => format!("{} and {last} are", first.join(", ")),
        [] => String::new(),
    }
}
