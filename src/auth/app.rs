//! The application that asks for tokens, and where.

use crate::cloud::Cloud;

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
