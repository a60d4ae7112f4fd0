//! The proxy settings, from the same environment variables as in curl.

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use super::failure::host_and_port;
use super::{Cause, Failure, Reason};
use crate::cloud::is_loopback;
use crate::seams::Environment;

/// The variables that name the proxy for https. The first one that is set applies.
const PROXY: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// The variables that name the hosts that are reached without the proxy.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The proxy, and the hosts that are reached through it.
pub struct Proxy {
    variable: &'static str,
    url: Url,
    matcher: Matcher,
}

impl Proxy {
    /// The proxy that the environment names, if it names one.
    ///
    /// # Errors
    /// [`Failure::NotConfigured`] with the variable's name, never its value, if the value is not
    /// `[http[s]://][user:password@]host[:port]`.
    pub fn from_environment(environment: &Environment) -> Result<Option<Self>, Failure> {
        let Some((variable, value)) = first(environment, &PROXY) else {
            return Ok(None);
        };
        let url = parse(&value).map_err(|reason| {
            Failure::NotConfigured(Cause::new(Reason::Proxy, format!("{variable}: {reason}")))
        })?;
        let exceptions = first(environment, &NO_PROXY).map_or_else(String::new, |(_, list)| list);
        let matcher = Matcher::builder()
            .https(url.as_str())
            .no(exceptions)
            .build();
        Ok(Some(Self {
            variable,
            url,
            matcher,
        }))
    }

    /// The proxy for a request to `url`. Plain http and loopback use none.
    pub fn serving(&self, url: &Url) -> Option<&Url> {
        let target: http::Uri = url.as_str().parse().ok()?;
        (!is_loopback(url) && self.matcher.intercept(&target).is_some()).then_some(&self.url)
    }
}

/// The proxy for a request to `url`: the variable that names it, and its host and port, without user and
/// password.
///
/// # Errors
/// [`Failure::NotConfigured`] if the variable's value is not the URL of a proxy.
pub fn proxy_for(
    environment: &Environment,
    url: &Url,
) -> Result<Option<(&'static str, String)>, Failure> {
    let proxy = Proxy::from_environment(environment)?;
    Ok(proxy.and_then(|proxy| Some((proxy.variable, host_and_port(proxy.serving(url)?)))))
}

impl std::fmt::Debug for Proxy {
    /// Without the URL, which may contain a password.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Proxy")
    }
}

/// The first of `names` that is set, with its value.
fn first(environment: &Environment, names: &[&'static str]) -> Option<(&'static str, String)> {
    names
        .iter()
        .find_map(|name| environment.get(name).map(|value| (*name, value)))
}

/// Parses the proxy's URL. `host:port` without a scheme is http, as in curl.
fn parse(value: &str) -> Result<Url, &'static str> {
    const NOT_URL: &str = "not the URL of a proxy";
    let url = if value.contains("://") {
        Url::parse(value)
    } else {
        Url::parse(&format!("http://{value}"))
    }
    .map_err(|_| NOT_URL)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only http and https proxies are supported");
    }
    // The matcher silently ignores a URL that RFC 3986 does not allow, and the request would bypass the
    // proxy.
    let authority = url
        .as_str()
        .parse::<http::Uri>()
        .map_err(|_| NOT_URL)?
        .authority()
        .is_some();
    if authority { Ok(url) } else { Err(NOT_URL) }
}
