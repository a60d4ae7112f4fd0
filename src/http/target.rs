//! Where a request goes, and whether that may be said.

use std::fmt;

use url::Url;

use super::failure::place;

/// Where a request goes. What is shown of it never holds a secret: a query can hold one and is left
/// out, and of a confidential URL there is the origin alone.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    url: Url,
    confidential: bool,
}

impl Target {
    /// A URL that is itself the right to use it, as that of an upload session (Graph: "attachment:
    /// createUploadSession"). No bearer token goes there.
    #[must_use]
    pub const fn confidential(url: Url) -> Self {
        Self {
            url,
            confidential: true,
        }
    }

    /// Whether the URL is itself a secret.
    #[must_use]
    pub const fn is_confidential(&self) -> bool {
        self.confidential
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
            confidential: false,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.confidential {
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

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn neither_a_query_nor_a_confidential_path_is_shown() {
        let url: url::Url = "https://user:pw@outlook.example:8443/api/hunter2?authtoken=hunter3#x"
            .parse()
            .expect("a URL");
        let open = Target::from(url.clone());
        let confidential = Target::confidential(url.clone());
        assert_eq!(
            [
                format!("{open}"),
                format!("{open:?}"),
                format!("{confidential}"),
                format!("{confidential:?}")
            ],
            [
                "https://outlook.example:8443/api/hunter2",
                "https://outlook.example:8443/api/hunter2",
                "https://outlook.example:8443/[not shown]",
                "https://outlook.example:8443/[not shown]",
            ]
        );
        assert_eq!((open.expose(), confidential.expose()), (&url, &url));
    }
}
