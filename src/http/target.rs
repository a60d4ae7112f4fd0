//! Where a request goes, and whether that may be said.

use std::fmt;

use url::{Host, Url};

use super::failure::place;
use crate::cloud::is_loopback;
use crate::secret::Secret;

/// Where a request goes. What is shown of it never holds a secret: a query can hold one and is left
/// out, and of a confidential URL there is the origin alone.
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
    /// A URL that is itself the right to use it, as that of an upload session (Graph: "attachment:
    /// createUploadSession"). No bearer token goes there.
    #[must_use]
    pub const fn confidential(url: Url) -> Self {
        Self {
            url,
            kind: Kind::Confidential,
        }
    }

    /// An endpoint of the platform that runs this host, as the one that gives managed identities
    /// their tokens: asked over plain HTTP, never through a proxy, and given up soon where nothing
    /// is there. `key` is the header field that opens it. No bearer token goes there.
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

    /// The header field that opens an endpoint of the platform.
    #[must_use]
    pub const fn key(&self) -> Option<&(&'static str, Secret)> {
        match &self.kind {
            Kind::Platform { key } => key.as_ref(),
            Kind::Service | Kind::Confidential => None,
        }
    }

    /// Whether plain HTTP is no risk on the way: to this host itself, and to what its platform
    /// serves it alone, at the addresses that no router passes on (RFC 3927 section 2.7).
    #[must_use]
    pub fn may_be_plain(&self) -> bool {
        let unrouted = matches!(self.url.host(), Some(Host::Ipv4(ip)) if ip.is_link_local());
        is_loopback(&self.url) || (self.is_platform() && unrouted)
    }

    /// The URL itself; stands only where the request is written.
    #[must_use]
    pub const fn expose(&self) -> &Url {
        &self.url
    }

    /// Host and, where it is not the scheme's own, port.
    #[must_use]
    pub fn host(&self) -> String {
        place(&self.url)
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
