//! Why a managed identity gave no token.

use std::io;
use std::path::PathBuf;

use jiff::Timestamp;

use super::{IDENTITY_ENDPOINT, IDENTITY_HEADER};
use crate::exit::Class;
use crate::http::Cause;

/// Why a managed identity gave no token.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is no endpoint at this address.
    #[error("no managed identity endpoint here: {0}")]
    NotHere(Cause),
    /// The endpoint knows no such identity, or refuses this process.
    #[error("{host} refused: {text}")]
    Refused {
        /// The endpoint's name.
        host: &'static str,
        /// The error text on one line, or the status.
        text: String,
        /// The answer's status.
        status: u16,
    },
    /// The endpoint exists and has no token at present.
    #[error("{0}")]
    Unavailable(Cause),
    /// The request cannot be written.
    #[error("{0}")]
    NotConfigured(Cause),
    /// The endpoint's answer is not a token.
    #[error("the answer of {host} (HTTP status {status}) is not a token")]
    Unintelligible {
        /// The endpoint's name.
        host: &'static str,
        /// The answer's status.
        status: u16,
    },
    /// The variable does not name an endpoint of this host's platform.
    #[error("{0} is not the http URL of an endpoint of this host")]
    Variable(&'static str),
    /// One of App Service's two variables is missing.
    #[error("{IDENTITY_ENDPOINT} is set, but {IDENTITY_HEADER} is not")]
    NoHeader,
    /// The token is already expired.
    #[error("the token from {host} expired at {ended}, before it was requested")]
    Expired {
        /// The endpoint's name.
        host: &'static str,
        /// Its expiry.
        ended: Timestamp,
    },
    /// graphmail does not support the host's endpoint.
    #[error("the managed identity of {0} is not supported")]
    Unsupported(Unsupported),
    /// Azure Arc has no user-assigned identities (Azure Arc: "Authenticate against Azure resources with
    /// Azure Arc-enabled servers").
    #[error(
        "an Azure Arc server has only a system-assigned identity, but another one is configured"
    )]
    UserAssigned,
    /// The agent's challenge cannot be answered, or is not from the agent.
    #[error("the Azure Arc agent's challenge: {0}")]
    Challenge(#[from] Challenge),
}

/// The largest key that the Arc agent writes, in bytes.
pub(super) const MAX_KEY: u64 = 4096;

/// Why a challenge is not answered.
#[derive(Debug, thiserror::Error)]
pub enum Challenge {
    /// The answer names no file.
    #[error("it names no key file")]
    NoFile,
    /// The file is not one of the agent's keys: a forged challenge could ask for any file.
    #[error("{} is not a key in {}", path.display(), folder.display())]
    Elsewhere {
        /// The file that the challenge names.
        path: PathBuf,
        /// The agent's folder.
        folder: PathBuf,
    },
    /// The file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file that the challenge names.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The file contains no key.
    #[error("{} is not a key: it is empty, larger than {MAX_KEY} bytes, or not text", .0.display())]
    NotKey(PathBuf),
}

/// A host whose endpoint graphmail does not support.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// Its endpoint uses TLS with a certificate that is known only by its thumbprint.
    #[error("Service Fabric")]
    ServiceFabric,
    /// Its tokens belong to the user, as those of the Azure CLI.
    #[error("Azure Cloud Shell")]
    CloudShell,
    /// An endpoint with another version and another secret.
    #[error("Azure Machine Learning")]
    MachineLearning,
}

impl Failure {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::NotHere(_) | Self::Refused { .. } | Self::Expired { .. } | Self::Challenge(_) => {
                Class::SignIn
            }
            Self::Unavailable(_) => Class::Later,
            Self::NotConfigured(_)
            | Self::Unintelligible { .. }
            | Self::Variable(_)
            | Self::NoHeader
            | Self::Unsupported(_)
            | Self::UserAssigned => Class::Config,
        }
    }
}
