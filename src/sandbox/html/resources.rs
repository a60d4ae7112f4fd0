//! What HTML asks a browser to load.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;

/// The images of a message, and what of its HTML was not embedded.
#[derive(Debug, Default)]
pub(super) struct Resources {
    /// The images as `data:` URLs, by their Content-ID.
    pub(super) images: BTreeMap<String, String>,
    /// How many resources are on other hosts.
    pub(super) remote: usize,
    /// The `cid:` URLs that name no image of the message, and the URLs without a host.
    pub(super) unknown: BTreeSet<String>,
}

/// What a URL names.
pub(super) enum Resource<'a> {
    /// The contents, as a `data:` URL.
    Embedded(Cow<'a, str>),
    Remote,
    Unknown,
}

impl Resources {
    /// The resource at `url`.
    pub(super) fn find<'a>(&'a self, url: &'a str) -> Resource<'a> {
        let url = without_blanks(url);
        if starts_with(&url, "data:") {
            return Resource::Embedded(url);
        }
        if let Some(id) = content_id(&url) {
            let image = self.images.get(&id).map(String::as_str);
            return image.map_or(Resource::Unknown, |image| Resource::Embedded(image.into()));
        }
        // A browser reads a backslash as a slash.
        let url = url.replace('\\', "/");
        let is_remote = url.starts_with("//") || (url.contains(':') && has_scheme(&url));
        if is_remote {
            Resource::Remote
        } else {
            Resource::Unknown
        }
    }

    /// The contents of the resource at `url` as a `data:` URL. If there are none, the URL is noted.
    pub(super) fn embed(&mut self, url: &str) -> Option<String> {
        match self.find(url) {
            Resource::Embedded(data) => return Some(data.into_owned()),
            Resource::Remote => self.remote += 1,
            Resource::Unknown if url.trim().is_empty() => {}
            Resource::Unknown => drop(self.unknown.insert(url.trim().to_owned())),
        }
        None
    }
}

/// The Content-ID that a `cid:` URL names (RFC 2392).
pub(super) fn content_id(url: &str) -> Option<String> {
    let id = starts_with(url, "cid:").then(|| url.get(4..))??;
    Some(percent_decode_str(id).decode_utf8_lossy().into_owned())
}

/// The URL as a browser reads it: without blanks around it, and without tabs and line ends.
fn without_blanks(url: &str) -> Cow<'_, str> {
    let url = url.trim_matches(|sign: char| sign <= ' ');
    if url.contains(['\t', '\n', '\r']) {
        return url.replace(['\t', '\n', '\r'], "").into();
    }
    url.into()
}

/// Whether a scheme is before the first colon (RFC 3986 section 3.1).
fn has_scheme(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whether `url` starts with a scheme and its colon.
pub(super) fn starts_with(url: &str, scheme: &str) -> bool {
    let start = url.get(..scheme.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}
