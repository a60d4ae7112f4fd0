//! The URL of a request, which may be secret.

use std::fmt;

use url::{Host, Url};

use super::failure::host_and_port;
use crate::cloud::is_loopback;
use crate::secret::Secret;

/// The URL of a request. `Display` and `Debug` show no secrets: they omit the query, and show only the origin
/// of a confidential URL.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    kind: Kind,
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Service,
    Confidential,
    Platform { key: Option<(&'static str, Secret)> },
}

impl Target {
    /// A URL that is itself the authorization, as that of an upload session (Graph: "attachment:
    /// createUploadSession"). It must not get a bearer token.
    #[must_use]
    pub const fn confidential(url: Url) -> Self {
        Self {
            url,
            kind: Kind::Confidential,
        }
    }

    /// An endpoint of the platform that runs this host, as the one that issues tokens for managed
    /// identities. It uses plain HTTP, no proxy and a short connection time-out. `key` is the header field
    /// that authenticates the request. It must not get a bearer token.
    #[must_use]
    pub const fn platform(url: Url, key: Option<(&'static str, Secret)>) -> Self {
        Self {
            url,
            kind: Kind::Platform { key },
        }
    }

    /// Whether the URL is itself a secret.
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        matches!(self.kind, Kind::Confidential)
    }

    /// Whether it is an endpoint of this host's platform.
    #[must_use]
    pub const fn is_platform(&self) -> bool {
        matches!(self.kind, Kind::Platform { .. })
    }

    /// The header field that authenticates a request to an endpoint of the platform.
    #[must_use]
    pub const fn key(&self) -> Option<&(&'static str, Secret)> {
        match &self.kind {
            Kind::Platform { key } => key.as_ref(),
            Kind::Service | Kind::Confidential => None,
        }
    }

    /// Whether plain HTTP is safe: to this host itself, and to an endpoint of the platform at a link-local
    /// address, which no router forwards (RFC 3927 section 2.7).
    #[must_use]
    pub fn may_be_plain(&self) -> bool {
        let unrouted = matches!(self.url.host(), Some(Host::Ipv4(ip)) if ip.is_link_local());
        is_loopback(&self.url) || (self.is_platform() && unrouted)
    }

    /// The whole URL. Only the HTTP client may use it.
    #[must_use]
    pub const fn expose(&self) -> &Url {
        &self.url
    }

    /// The host, with the port if it is not the default port.
    #[must_use]
    pub fn host(&self) -> String {
        host_and_port(&self.url)
    }
}

impl From<Url> for Target {
    fn from(url: Url) -> Self {
        Self {
            url,
            kind: Kind::Service,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.is_confidential() {
            "/[not shown]"
        } else {
            self.url.path()
        };
        write!(formatter, "{}://{}{path}", self.url.scheme(), self.host())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
