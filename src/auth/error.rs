//! Why there is no token.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::azure_cli;
use super::certificate;
use super::client_secret;
use super::environment;
use super::exposure::Exposed;
use super::federated;
use super::managed_identity;
use super::refusal::Refusal;
use super::store::{self, record};
use super::token_command;
use crate::exit::Class;
use crate::http::Cause;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No user or application is signed in to the account.
    #[error("account {account:?} is not signed in: {reason}")]
    NotSignedIn {
        /// The account's name.
        account: String,
        /// Why the stored sign-in, if any, cannot be used.
        reason: Reason,
    },
    /// This run has no token store.
    #[error("not signed in: no token store is used")]
    NoStore,
    /// The token store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Entra refused the request.
    #[error("{authority} refused: {refusal}")]
    Refused {
        /// The login authority's host.
        authority: String,
        /// Its answer.
        refusal: Box<Refusal>,
    },
    /// The user declined the sign-in.
    #[error("the sign-in was declined in the browser")]
    Declined,
    /// The user did not finish the sign-in in time.
    #[error("the sign-in was not finished before its code expired")]
    CodeExpired,
    /// The browser did not return in time.
    #[error("the sign-in in the browser was not finished within {} minutes", waited.as_secs() / 60)]
    NoRedirect {
        /// How long graphmail waited.
        waited: Duration,
    },
    /// The user stopped the sign-in.
    #[error("the sign-in was interrupted")]
    Interrupted,
    /// No loopback port can be opened for the browser.
    #[error("cannot listen on 127.0.0.1 for the browser: {0}")]
    Listen(std::io::Error),
    /// The login authority cannot be reached, or is overloaded.
    #[error("{cause}")]
    Unavailable {
        /// The last failure.
        cause: Cause,
        /// The time that the service named for the next attempt.
        until: Option<Timestamp>,
    },
    /// This host's network settings do not let the request out. A retry would not help.
    #[error("{0}")]
    NotConfigured(Cause),
    /// The answer is not from a login authority: a proxy's page, or another server.
    #[error(
        "{authority} is not a login authority, or a proxy answered for it (HTTP status {status})"
    )]
    Unintelligible {
        /// The host that was asked.
        authority: String,
        /// The answer's status.
        status: u16,
    },
    /// The sign-in page is not https, so that an attacker on the network could replace it.
    #[error("{authority} names a sign-in page that is not https: {page}")]
    InsecurePage {
        /// The login authority's host.
        authority: String,
        /// The page.
        page: String,
    },
    /// An application needs a specific tenant.
    #[error("an application cannot sign in to {0:?}: it is not a specific tenant")]
    ManyTenants(String),
    /// Another process has locked the account for too long.
    #[error("another process has locked {} for {} seconds", path.display(), waited.as_secs())]
    Busy {
        /// The lock file.
        path: PathBuf,
        /// How long graphmail waited.
        waited: Duration,
    },
    /// The account cannot be locked against other processes.
    #[error("cannot lock {}: {source}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The token command printed no token.
    #[error(transparent)]
    Command(#[from] token_command::Failure),
    /// The managed identity gave no token.
    #[error(transparent)]
    ManagedIdentity(#[from] managed_identity::Failure),
    /// The Azure CLI printed no token.
    #[error(transparent)]
    AzureCli(#[from] azure_cli::Failure),
    /// The client secret cannot be read.
    #[error(transparent)]
    ClientSecret(#[from] client_secret::Failure),
    /// The token in [`ACCESS_TOKEN`](super::credential::ACCESS_TOKEN) is malformed.
    #[error("the access token {0}")]
    AccessToken(#[from] token_command::NotToken),
    /// The certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] certificate::Fault),
    /// There is no federated token.
    #[error(transparent)]
    Federated(#[from] federated::Fault),
    /// The variables of azure-identity are incomplete.
    #[error(transparent)]
    Environment(#[from] environment::Fault),
}

/// Why an account counts as not signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The store has nothing under that name.
    #[error("nothing is stored for it")]
    NoRecord,
    /// The stored sign-in belongs to another application, tenant or cloud.
    #[error(transparent)]
    Mismatch(#[from] record::Mismatch),
    /// The stored sign-in is a user's and an application's is needed, or the reverse.
    #[error("the stored sign-in is of another kind")]
    OtherOrigin,
    /// The stored sign-in lacks the refresh token or client secret.
    #[error("the stored sign-in has no {0}")]
    Incomplete(&'static str),
}

impl From<federated::Failure> for Error {
    fn from(failure: federated::Failure) -> Self {
        match failure {
            federated::Failure::Fault(fault) => Self::Federated(fault),
            federated::Failure::Unavailable { cause, until } => Self::Unavailable { cause, until },
            federated::Failure::NotConfigured(cause) => Self::NotConfigured(cause),
        }
    }
}

impl Error {
    /// Whether the user stopped it.
    #[must_use]
    pub const fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted)
    }

    /// The exit class.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::NotSignedIn { .. }
            | Self::NoStore
            | Self::Declined
            | Self::CodeExpired
            | Self::NoRedirect { .. }
            | Self::Interrupted
            | Self::Command(_)
            | Self::AzureCli(_)
            | Self::ClientSecret(_)
            | Self::AccessToken(_)
            | Self::Certificate(_)
            | Self::Federated(_) => Class::SignIn,
            Self::Refused { refusal, .. } if refusal.is_temporary() => Class::Later,
            Self::Refused { .. } => Class::SignIn,
            Self::Unavailable { .. } | Self::Busy { .. } => Class::Later,
            Self::NotConfigured(_)
            | Self::Unintelligible { .. }
            | Self::InsecurePage { .. }
            | Self::ManyTenants(_)
            | Self::Environment(_) => Class::Config,
            Self::Lock { .. } | Self::Listen(_) => Class::Io,
            Self::Store(error) => error.class(),
            Self::ManagedIdentity(failure) => failure.class(),
        }
    }
}

/// A problem that did not prevent the token.
#[derive(Debug, thiserror::Error)]
pub enum Warning {
    /// The new tokens could not be stored. The next run uses the old refresh token, which Entra does not
    /// revoke when it is used.
    #[error("the new tokens could not be stored: {0}")]
    NotSaved(store::Error),
    /// The store could not be read, so the token was requested from Entra.
    #[error("the stored tokens could not be used: {0}")]
    NotLoaded(store::Error),
    /// The file with the certificate.
    #[error(transparent)]
    Certificate(#[from] certificate::Warning),
    /// The file with the client secret.
    #[error(transparent)]
    ClientSecret(#[from] Exposed),
    /// The refresh was made without the lock: another process may have done the same.
    #[error("{0}")]
    NotLocked(Error),
}

impl Warning {
    /// Whether the credential has expired, or expires soon. Then a person must act.
    #[must_use]
    pub const fn is_expiry(&self) -> bool {
        matches!(
            self,
            Self::Certificate(
                certificate::Warning::ExpiresSoon { .. } | certificate::Warning::Unusable(_)
            )
        )
    }

    /// Whether the warning is about the file with the credential.
    #[must_use]
    pub const fn is_of_file(&self) -> bool {
        matches!(self, Self::Certificate(_) | Self::ClientSecret(_))
    }
}
