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
    /// Nothing answers where the endpoint would be.
    #[error("no managed identity endpoint here: {0}")]
    NotHere(Cause),
    /// The endpoint knows no such identity, or does not let this program in.
    #[error("{host} refused: {text}")]
    Refused {
        /// Whose endpoint it is.
        host: &'static str,
        /// Its words, on one line, or else its status.
        text: String,
        /// The answer's status.
        status: u16,
    },
    /// The endpoint is there and has no token at present.
    #[error("{0}")]
    Unavailable(Cause),
    /// The request cannot be written.
    #[error("{0}")]
    NotConfigured(Cause),
    /// What the endpoint answered is no token.
    #[error("what {host} answered (HTTP status {status}) is no token")]
    Unintelligible {
        /// Whose endpoint it is.
        host: &'static str,
        /// The answer's status.
        status: u16,
    },
    /// The variable does not hold an endpoint of this host's platform.
    #[error("{0} does not hold the http address of an endpoint of this host")]
    Variable(&'static str),
    /// One of App Service's two variables is missing.
    #[error("{IDENTITY_ENDPOINT} is set, but {IDENTITY_HEADER} is not")]
    NoHeader,
    /// The token has ended before it came.
    #[error("the token that {host} gave ended at {ended}, before it was asked for")]
    Expired {
        /// Whose endpoint it is.
        host: &'static str,
        /// Its end.
        ended: Timestamp,
    },
    /// The host's endpoint is not spoken here.
    #[error("the managed identity of {0} is not supported")]
    Unsupported(Unsupported),
    /// Azure Arc has no other identity (Azure Arc: "Authenticate against Azure resources with
    /// Azure Arc-enabled servers").
    #[error("an Azure Arc server has its system-assigned identity alone, and another is named")]
    UserAssigned,
    /// The agent's challenge cannot be met, or is a trap.
    #[error("the Azure Arc agent's challenge: {0}")]
    Challenge(#[from] Challenge),
}

/// The largest key that the Arc agent writes, in bytes.
pub(super) const MAX_KEY: u64 = 4096;

/// Why a challenge is not met.
#[derive(Debug, thiserror::Error)]
pub enum Challenge {
    /// The answer names no file.
    #[error("it names no key file")]
    NoFile,
    /// The file is not one of the agent's keys: a request from elsewhere would have it read.
    #[error("{} is no key in {}", path.display(), folder.display())]
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
    /// The file holds no key.
    #[error("{} is no key: it is empty, larger than {MAX_KEY} bytes, or not text", .0.display())]
    NotKey(PathBuf),
}

/// A host whose endpoint is not spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    /// Its endpoint is TLS with a certificate that is known by its thumbprint alone.
    #[error("Service Fabric")]
    ServiceFabric,
    /// Its tokens are the user's own, as Azure CLI's are.
    #[error("Azure Cloud Shell")]
    CloudShell,
    /// An endpoint with a version and a secret of its own.
    #[error("Azure Machine Learning")]
    MachineLearning,
}

impl Failure {
    /// How a run ends that stops at this.
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
