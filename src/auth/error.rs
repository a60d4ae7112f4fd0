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
    /// Nobody is signed in to the account.
    #[error("account {account:?} is not signed in: {reason}")]
    NotSignedIn {
        /// The account's name.
        account: String,
        /// Why what is stored, if anything, does not do.
        reason: Reason,
    },
    /// This run has no store in which a sign-in could be.
    #[error("no token store is used, so nobody is signed in")]
    NoStore,
    /// The store did not do what it was asked.
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
    /// The person refused the sign-in.
    #[error("the sign-in was declined in the browser")]
    Declined,
    /// Nobody finished the sign-in in time.
    #[error("the sign-in was not finished before its code expired")]
    CodeExpired,
    /// The browser did not come back in time.
    #[error("nobody finished the sign-in in the browser within {} minutes", waited.as_secs() / 60)]
    NoRedirect {
        /// How long it was waited for.
        waited: Duration,
    },
    /// The person stopped the sign-in.
    #[error("the sign-in was interrupted")]
    Interrupted,
    /// Nothing can listen on this host for the browser.
    #[error("cannot listen on 127.0.0.1 for the browser: {0}")]
    Listen(std::io::Error),
    /// The login authority cannot be reached, or is too busy to answer.
    #[error("{cause}")]
    Unavailable {
        /// What happened last.
        cause: Cause,
        /// When the service said to come back.
        until: Option<Timestamp>,
    },
    /// This host's network settings do not let a request out; it is the same the next time.
    #[error("{0}")]
    NotConfigured(Cause),
    /// What answered is no login authority: a proxy's page, or another server.
    #[error("what {authority} answered (HTTP status {status}) is no login authority's answer")]
    Unintelligible {
        /// The host that was asked.
        authority: String,
        /// The answer's status.
        status: u16,
    },
    /// The page to sign in on is one that anybody on the way could replace.
    #[error("{authority} gives a page to sign in on that is not https: {page}")]
    InsecurePage {
        /// The login authority's host.
        authority: String,
        /// The page.
        page: String,
    },
    /// An application asks for its own token where only persons sign in.
    #[error("an application cannot sign in to {0:?}: that is no tenant, but a word for many")]
    ManyTenants(String),
    /// Another process refreshes the same account, and does not come to an end.
    #[error("another process has held {} for {} seconds", path.display(), waited.as_secs())]
    Busy {
        /// The lock's file.
        path: PathBuf,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The lock that keeps two processes from changing an account at once cannot be made.
    #[error("cannot lock {}: {source}", path.display())]
    Lock {
        /// The lock's file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The token command gave no token.
    #[error(transparent)]
    Command(#[from] token_command::Failure),
    /// The managed identity gave no token.
    #[error(transparent)]
    ManagedIdentity(#[from] managed_identity::Failure),
    /// Azure's command line gave no token.
    #[error(transparent)]
    AzureCli(#[from] azure_cli::Failure),
    /// The application's secret cannot be had.
    #[error(transparent)]
    ClientSecret(#[from] client_secret::Failure),
    /// The ready token can be no token.
    #[error("the access token {0}")]
    AccessToken(#[from] token_command::NotToken),
    /// The certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] certificate::Fault),
    /// There is no token of another issuer.
    #[error(transparent)]
    Federated(#[from] federated::Fault),
    /// The variables of azure-identity are not whole.
    #[error(transparent)]
    Environment(#[from] environment::Fault),
}

/// Why an account counts as not signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The store has nothing under that name.
    #[error("nothing is stored for it")]
    NoRecord,
    /// The stored sign-in is another app's, tenant's or cloud's.
    #[error(transparent)]
    Mismatch(#[from] record::Mismatch),
    /// The stored sign-in is a person's where the application's is wanted, or the reverse.
    #[error("the stored sign-in is of another kind")]
    OtherOrigin,
    /// The stored sign-in lacks the secret that gives the next access token.
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
    /// Whether it stopped because a person wanted it to.
    #[must_use]
    pub const fn is_interruption(&self) -> bool {
        matches!(self, Self::Interrupted)
    }

    /// How a run ends that stops at this.
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

/// What went wrong without costing the token.
#[derive(Debug, thiserror::Error)]
pub enum Warning {
    /// The new tokens could not be kept: the next run asks for others with the former refresh
    /// token, which Entra does not revoke when it is used.
    #[error("the new tokens could not be stored: {0}")]
    NotSaved(store::Error),
    /// What is stored, if anything, could not be asked for: the token was asked of Entra.
    #[error("the stored tokens could not be used: {0}")]
    NotLoaded(store::Error),
    /// The file with the certificate.
    #[error(transparent)]
    Certificate(#[from] certificate::Warning),
    /// The file with the client secret.
    #[error(transparent)]
    ClientSecret(#[from] Exposed),
    /// The refresh went on without the lock: another process may have done the same work.
    #[error("{0}")]
    NotLocked(Error),
}

impl Warning {
    /// Whether it is about the file with the credential, whatever else there is.
    #[must_use]
    pub const fn is_of_file(&self) -> bool {
        matches!(self, Self::Certificate(_) | Self::ClientSecret(_))
    }
}
