//! Who asks for tokens, where, and with what.

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

/// What proves that a token may be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A person signed in with a device code; the refresh token is in the store.
    DeviceCode,
    /// A person signed in with this host's browser; the refresh token is in the store.
    Browser,
    /// The application's own secret; `None` is the one in the store.
    ClientSecret(Option<Secret>),
    /// A shell command that prints a token.
    TokenCommand(String),
    /// A ready token, used as it is.
    AccessToken(Secret),
}
