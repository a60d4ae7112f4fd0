//! The URLs of Graph and Entra: a table of the national clouds; others come from the configuration.
//!
//! Source of the table: "National cloud deployments" (Graph) and "National clouds" (Entra).

use url::Url;

/// One deployment of Graph, and the login authority that issues its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloud {
    name: String,
    graph: Url,
    login: Url,
}

/// A URL to which no token may be sent.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidRoot {
    /// The text is not an absolute URL.
    #[error("{0:?} is not a URL such as https://graph.microsoft.com")]
    NotUrl(String),
    /// Tokens are sent over TLS only, except to loopback.
    #[error("{0} is not https (plain http is allowed to loopback only)")]
    NotSecure(String),
    /// It must be scheme, host and port only.
    #[error(
        "{0} has a path, a query or user information; give only the root, as in https://graph.microsoft.com"
    )]
    NotRoot(String),
}

/// Name, Graph root, login authority.
const NATIONAL: [(&str, &str, &str); 4] = [
    (
        "global",
        "https://graph.microsoft.com",
        "https://login.microsoftonline.com",
    ),
    (
        "usgov",
        "https://graph.microsoft.us",
        "https://login.microsoftonline.us",
    ),
    (
        "dod",
        "https://dod-graph.microsoft.us",
        "https://login.microsoftonline.us",
    ),
    (
        "china",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://login.partner.microsoftonline.cn",
    ),
];

impl Cloud {
    /// The built-in names.
    pub const NAMES: [&str; 4] = ["global", "usgov", "dod", "china"];

    /// The national cloud of that name.
    #[must_use]
    pub fn national(name: &str) -> Option<Self> {
        NATIONAL
            .iter()
            .find(|(known, ..)| *known == name)
            .and_then(|(name, graph, login)| Self::new(name, graph, login).ok())
    }

    /// A cloud from its two roots.
    ///
    /// # Errors
    /// [`InvalidRoot`] if a URL is not https (http is allowed to loopback) or is more than a root.
    pub fn new(name: &str, graph: &str, login: &str) -> Result<Self, InvalidRoot> {
        Ok(Self {
            name: name.to_owned(),
            graph: root(graph)?,
            login: root(login)?,
        })
    }

    /// The same cloud with another Graph root.
    ///
    /// # Errors
    /// As [`Cloud::new`].
    pub fn with_graph(self, graph: &str) -> Result<Self, InvalidRoot> {
        Ok(Self {
            graph: root(graph)?,
            ..self
        })
    }

    /// The same cloud with another login authority.
    ///
    /// # Errors
    /// As [`Cloud::new`].
    pub fn with_login(self, login: &str) -> Result<Self, InvalidRoot> {
        Ok(Self {
            login: root(login)?,
            ..self
        })
    }

    /// The cloud's name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Graph's root as text, without a trailing slash: `https://graph.microsoft.com`.
    #[must_use]
    pub fn graph(&self) -> &str {
        self.graph.as_str().trim_end_matches('/')
    }

    /// The login authority as text, without a trailing slash or tenant.
    #[must_use]
    pub fn login(&self) -> &str {
        self.login.as_str().trim_end_matches('/')
    }

    /// A Graph URL: the root, `/v1.0` and these path segments, each percent-encoded.
    #[must_use]
    pub fn graph_url(&self, segments: &[&str]) -> Url {
        with_segments(
            &self.graph,
            std::iter::once("v1.0").chain(segments.iter().copied()),
        )
    }

    /// An Entra URL: `{login}/{tenant}/oauth2/v2.0/{endpoint}`.
    #[must_use]
    pub fn login_url(&self, tenant: &str, endpoint: &str) -> Url {
        with_segments(&self.login, [tenant, "oauth2", "v2.0", endpoint])
    }

    /// The tenant's OpenID configuration, which is public (Entra: "OpenID Connect on the Microsoft
    /// identity platform", the configuration document).
    #[must_use]
    pub fn openid_configuration_url(&self, tenant: &str) -> Url {
        with_segments(
            &self.login,
            [tenant, "v2.0", ".well-known", "openid-configuration"],
        )
    }

    /// The page on which an administrator consents, for the whole tenant, to the permissions of the
    /// application's registration (Entra: "Grant tenant-wide admin consent to an application").
    #[must_use]
    pub fn admin_consent_url(&self, tenant: &str, client_id: &str) -> Url {
        let mut url = with_segments(&self.login, [tenant, "adminconsent"]);
        url.query_pairs_mut().append_pair("client_id", client_id);
        url
    }

    /// The full URI of a delegated permission: `https://graph.microsoft.com/Mail.Send`.
    ///
    /// That a bare `Mail.Send` means the cloud's own Graph is not documented.
    #[must_use]
    pub fn scope(&self, permission: &str) -> String {
        format!("{}/{permission}", self.graph())
    }

    /// The scope of an application's own token: `https://graph.microsoft.com/.default`.
    #[must_use]
    pub fn application_scope(&self) -> String {
        self.scope(".default")
    }
}

fn with_segments<'a>(base: &Url, segments: impl IntoIterator<Item = &'a str>) -> Url {
    let mut url = base.clone();
    // `root` accepts only URLs with a host, and those have path segments.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// Whether `url` is on this host, so that plain http is safe.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether graphmail follows a URL `to` from a service at `from`: https, or plain http if both are on
/// loopback, as with the sandbox.
#[must_use]
pub fn may_lead_to(from: &Url, to: &Url) -> bool {
    let local = || is_loopback(from) && is_loopback(to);
    to.scheme() == "https" || (to.scheme() == "http" && local())
}

fn root(text: &str) -> Result<Url, InvalidRoot> {
    let url = Url::parse(text).map_err(|_| InvalidRoot::NotUrl(text.to_owned()))?;
    // A password is not for an error to repeat.
    let origin = url.origin().ascii_serialization();
    let secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !secure {
        return Err(InvalidRoot::NotSecure(origin));
    }
    let bare = matches!(url.path(), "" | "/")
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if bare {
        Ok(url)
    } else {
        Err(InvalidRoot::NotRoot(origin))
    }
}
