//! The registered application that requests tokens, its tenant and its cloud.

use crate::cloud::Cloud;

/// A registered application in a tenant of a cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// The application (client) id of the registration.
    pub client_id: String,
    /// A tenant's id or verified domain, or `common`, `organizations`, `consumers`.
    pub tenant: String,
    /// The cloud, with the URLs of the login authority and of Graph.
    pub cloud: Cloud,
}

impl App {
    /// Whether the tenant is a specific one, not `common`, `organizations` or `consumers`.
    ///
    /// Only a specific tenant issues tokens to an application itself (Entra: "OAuth 2.0 client
    /// credentials flow", the `tenant` parameter).
    #[must_use]
    pub fn has_concrete_tenant(&self) -> bool {
        !["common", "organizations", "consumers"]
            .iter()
            .any(|word| self.tenant.eq_ignore_ascii_case(word))
    }
}
