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
    #[error("{0:?} is not a URL: {1}")]
    NotUrl(String, url::ParseError),
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
    let url = Url::parse(text).map_err(|error| InvalidRoot::NotUrl(text.to_owned(), error))?;
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

#[cfg(test)]
mod tests {
    use super::{Cloud, InvalidRoot};

    #[test]
    fn plain_http_is_led_to_between_loopbacks_alone() {
        let may = |from: &str, to: &str| {
            let url = |text: &str| text.parse().expect("a URL");
            super::may_lead_to(&url(from), &url(to))
        };
        for (from, to, wanted) in [
            (
                "https://graph.microsoft.com",
                "https://outlook.office.com/x",
                true,
            ),
            (
                "https://graph.microsoft.com",
                "http://outlook.office.com/x",
                false,
            ),
            ("https://graph.microsoft.com", "http://127.0.0.1/x", false),
            (
                "https://graph.microsoft.com",
                "ftp://outlook.office.com/x",
                false,
            ),
            ("http://127.0.0.1:1", "http://127.0.0.1:2/x", true),
            ("http://127.0.0.1:1", "http://localhost/x", true),
            ("http://127.0.0.1:1", "http://10.0.0.1/x", false),
            ("http://127.0.0.1:1", "https://outlook.office.com/x", true),
            ("http://127.0.0.1:1", "file:///etc/passwd", false),
            ("http://127.0.0.1:1", "javascript:x", false),
        ] {
            assert_eq!(may(from, to), wanted, "{from} {to}");
        }
    }

    #[test]
    fn every_national_cloud_has_its_own_pair() {
        let table: Vec<_> = Cloud::NAMES
            .iter()
            .map(|name| {
                let cloud = Cloud::national(name).expect("a national cloud");
                [
                    cloud.graph_url(&["me", "sendMail"]).to_string(),
                    cloud.login_url("contoso.com", "token").to_string(),
                    cloud.scope("Mail.Send"),
                    cloud.application_scope(),
                ]
            })
            .collect();
        assert_eq!(
            table,
            [
                [
                    "https://graph.microsoft.com/v1.0/me/sendMail",
                    "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token",
                    "https://graph.microsoft.com/Mail.Send",
                    "https://graph.microsoft.com/.default",
                ],
                [
                    "https://graph.microsoft.us/v1.0/me/sendMail",
                    "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token",
                    "https://graph.microsoft.us/Mail.Send",
                    "https://graph.microsoft.us/.default",
                ],
                [
                    "https://dod-graph.microsoft.us/v1.0/me/sendMail",
                    "https://login.microsoftonline.us/contoso.com/oauth2/v2.0/token",
                    "https://dod-graph.microsoft.us/Mail.Send",
                    "https://dod-graph.microsoft.us/.default",
                ],
                [
                    "https://microsoftgraph.chinacloudapi.cn/v1.0/me/sendMail",
                    "https://login.partner.microsoftonline.cn/contoso.com/oauth2/v2.0/token",
                    "https://microsoftgraph.chinacloudapi.cn/Mail.Send",
                    "https://microsoftgraph.chinacloudapi.cn/.default",
                ],
            ]
        );
    }

    #[test]
    fn a_mailbox_is_one_encoded_segment() {
        let cloud = Cloud::national("global").expect("global");
        assert_eq!(
            cloud
                .graph_url(&["users", "a/b?c#d@x.org", "sendMail"])
                .as_str(),
            "https://graph.microsoft.com/v1.0/users/a%2Fb%3Fc%23d@x.org/sendMail"
        );
    }

    #[test]
    fn a_token_never_leaves_over_plain_http() {
        let login = "https://login.example.org";
        for graph in [
            "http://graph.example.org",
            "http://10.0.0.1",
            "ftp://localhost",
            "http://localhost.example.org",
        ] {
            assert!(
                matches!(
                    Cloud::new("x", graph, login),
                    Err(InvalidRoot::NotSecure(_))
                ),
                "{graph}"
            );
        }
        for graph in [
            "http://127.0.0.1:80",
            "http://[::1]:8080/",
            "http://localhost:1",
        ] {
            assert!(Cloud::new("x", graph, login).is_ok(), "{graph}");
        }
        for graph in [
            "https://g.example/v1.0",
            "https://u:p@g.example",
            "https://g.example/?q",
        ] {
            assert!(
                matches!(Cloud::new("x", graph, login), Err(InvalidRoot::NotRoot(_))),
                "{graph}"
            );
        }
    }
}
