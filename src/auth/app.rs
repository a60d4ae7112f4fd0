//! Who asks for tokens, where, and with what.

use std::path::PathBuf;

use super::certificate;
use super::client_secret::ClientSecret;
use super::federated::Job;
use super::managed_identity::ManagedIdentity;
use crate::cloud::Cloud;
use crate::secret::Secret;

/// A registered application in a tenant of a cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The application (client) id of the registration.
    pub client_id: String,
    /// A tenant's id or verified domain, or `common`, `organizations`, `consumers`.
    pub tenant: String,
    /// Where its login authority and its Graph are.
    pub cloud: Cloud,
}

impl App {
    /// Whether the tenant is one, and not a word for many.
    ///
    /// Only such a tenant gives tokens to an application itself (Entra: "OAuth 2.0 client
    /// credentials flow", the `tenant` parameter).
    #[must_use]
    pub fn has_concrete_tenant(&self) -> bool {
        !["common", "organizations", "consumers"]
            .iter()
            .any(|word| self.tenant.eq_ignore_ascii_case(word))
    }
}

impl Credential {
    /// Whether the store only spares it requests: what it signs in with is elsewhere.
    #[must_use]
    pub const fn is_only_cached(&self) -> bool {
        matches!(
            self,
            Self::Certificate(_) | Self::FederatedTokenFile(_) | Self::GitHubActions(_)
        )
    }

    /// Whether what is stored of it ends where it is not used.
    #[must_use]
    pub const fn dies_unused(&self) -> bool {
        match self {
            Self::DeviceCode | Self::Browser => true,
            Self::ClientSecret(_)
            | Self::Certificate(_)
            | Self::FederatedTokenFile(_)
            | Self::GitHubActions(_)
            | Self::TokenCommand(_)
            | Self::ManagedIdentity(_)
            | Self::AzureCli
            | Self::AccessToken(_) => false,
        }
    }
}

/// What proves that a token may be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A person signed in with a device code; the refresh token is in the store.
    DeviceCode,
    /// A person signed in with this host's browser; the refresh token is in the store.
    Browser,
    /// The application's own secret.
    ClientSecret(ClientSecret),
    /// The application's certificate with its key.
    Certificate(certificate::Files),
    /// Another issuer's token in a file, which that issuer keeps fresh.
    FederatedTokenFile(PathBuf),
    /// The token that GitHub Actions gives a job.
    GitHubActions(Job),
    /// A shell command that prints a token.
    TokenCommand(String),
    /// The identity that the platform gives this host.
    ManagedIdentity(ManagedIdentity),
    /// The sign-in of Azure's command line.
    AzureCli,
    /// A ready token, used as it is.
    AccessToken(Secret),
}

impl Credential {
    /// Whether the tokens are the application's own, which has no mailbox.
    #[must_use]
    pub const fn is_application(&self) -> bool {
        matches!(
            self,
            Self::ClientSecret(_)
                | Self::Certificate(_)
                | Self::FederatedTokenFile(_)
                | Self::GitHubActions(_)
                | Self::ManagedIdentity(_)
        )
    }
}
