//! Errors of the configuration.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::place::Place;
use crate::auth;
use crate::cloud::InvalidRoot;
use crate::exit::Class;
use crate::files::Untrusted;

/// An error of the configuration.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No account is configured in these files, and the environment has no credential.
    #[error("no account is signed in (looked in {})", looked(.0))]
    NoAccount(Vec<PathBuf>),
    /// The account from the environment was given, but the environment has no credential.
    #[error("the account {:?} has no credential: {} not set", super::ENVIRONMENT_ACCOUNT, unset(.0))]
    NoVariables(Vec<&'static str>),
    /// An address that the network can reach, without a rule who may send.
    #[error("{0} can be reached from the network, and everyone there could send mail")]
    OpenRelay(SocketAddr),
    /// An address that the network can reach, with users and without a certificate.
    #[error(
        "{0} can be reached from the network, and passwords would be sent there without encryption"
    )]
    PlainPasswords(SocketAddr),
    /// A port of TLS, without a certificate.
    #[error("{0} is a port on which TLS begins at once, and there is no certificate")]
    NoCertificate(SocketAddr),
    /// The given account does not exist.
    #[error("there is no account {name:?}")]
    UnknownAccount {
        /// The given name.
        name: String,
        /// The existing accounts.
        known: Vec<String>,
    },
    /// Several accounts and no default.
    #[error("there are several accounts and none is the default")]
    NoDefault(Vec<String>),
    /// The given cloud does not exist.
    #[error("there is no cloud {name:?}")]
    UnknownCloud {
        /// The given name.
        name: String,
        /// The existing cloud with the most similar name.
        nearest: Option<String>,
    },
    /// A Graph root or a login authority to which no token may be sent.
    #[error("{name}: {reason}")]
    Root {
        /// The variable or key that contains it.
        name: String,
        /// What is wrong with it.
        reason: InvalidRoot,
    },
    /// An unknown key.
    #[error("{place}: unknown key {key:?}")]
    UnknownKey {
        /// Where it is.
        place: Place,
        /// The key.
        key: String,
        /// The most similar known key.
        nearest: Option<&'static str>,
    },
    /// Not TOML, or a value of the wrong kind.
    #[error("{place}: {reason}")]
    Malformed {
        /// Where it is.
        place: Place,
        /// What is wrong.
        reason: String,
        /// The allowed value that is most similar.
        nearest: Option<String>,
    },
    /// The given configuration file does not exist.
    #[error("{} does not exist", .0.display())]
    Missing(PathBuf),
    /// A key that the account's kind of credential needs is missing.
    #[error("account {account:?} has auth = {auth:?} but no {key}")]
    Incomplete {
        /// The account.
        account: String,
        /// Its kind of credential.
        auth: &'static str,
        /// The missing key.
        key: &'static str,
    },
    /// A command, a secret file or a URL is in a file that another user can change.
    #[error("{owner}: {key} is not used: {untrusted}")]
    Untrusted {
        /// The account or the cloud.
        owner: String,
        /// The key.
        key: &'static str,
        /// Who can change the file.
        untrusted: Untrusted,
    },
    /// The file exists but cannot be read.
    #[error("{} cannot be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, std::io::Error),
    /// The file cannot be written.
    #[error("{} cannot be written: {}", .0.display(), .1)]
    Unwritable(PathBuf, std::io::Error),
    /// A variable with an invalid value.
    #[error("{variable} is {value:?}: {reason}")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An application has no own mailbox, so the account must name one.
    #[error("an application has no mailbox of its own")]
    NoMailbox,
    /// An invalid `managed_identity`.
    #[error("managed_identity: {0}")]
    ManagedIdentity(#[from] auth::managed_identity::InvalidId),
    /// The variables of the Azure SDKs are incomplete.
    #[error(transparent)]
    Environment(#[from] auth::environment::Fault),
    /// Neither HOME nor the XDG variables are set.
    #[error("HOME is not set, so there is no folder for graphmail's files")]
    NoHome,
    /// Another process holds the lock of the configuration file.
    #[error("another process holds the lock {}: gave up after {} seconds", path.display(), waited.as_secs())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long graphmail has waited for it.
        waited: Duration,
    },
}

impl Error {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::NoAccount(_) | Self::NoVariables(_) => Class::SignIn,
            Self::Unwritable(..) => Class::Io,
            Self::Busy { .. } => Class::Later,
            _ => Class::Config,
        }
    }
}

/// The places that were searched: these files and the environment.
fn looked(files: &[PathBuf]) -> String {
    let files = files.iter().map(|file| file.display().to_string());
    let places: Vec<_> = files.chain(["the environment".to_owned()]).collect();
    places.join(", ")
}

/// The variables with "is" or "are".
fn unset(variables: &[&str]) -> String {
    match variables {
        [one] => format!("{one} is"),
        [first @ .., last] => format!("{} and {last} are", first.join(", ")),
        [] => String::new(),
    }
}
