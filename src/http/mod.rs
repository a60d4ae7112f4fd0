//! Bytes to a service and back: requests, what may be repeated, and how a request can fail.
//!
//! Nothing here knows mail. [`client`] is the only file that names reqwest; [`retry`] decides,
//! without doing anything, what a request may do after each thing that can happen to it.

pub mod client;
mod exchange;
pub mod retry;

pub use exchange::{Ended, Fate, Happened, Link, NoRenewal, Renew, Trace, exchange};

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::secret::Secret;

/// Whether a request may be sent again when its outcome is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// Sending it twice does what sending it once does.
    Repeatable,
    /// Each acceptance sends a message: it is never repeated on doubt.
    Once,
}

/// The methods that Graph and Entra are asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One request, ready to be written.
#[derive(Debug, Clone)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where; never holds a secret.
    pub url: Url,
    /// Header fields beside Authorization, Content-Length, Host and User-Agent.
    pub headers: Vec<(&'static str, String)>,
    /// The bearer token, sent as `Authorization: Bearer …`.
    pub bearer: Option<Secret>,
    /// The body; cheap to clone for a repeat.
    pub body: Bytes,
    /// The longest that the whole exchange may take.
    pub timeout: Duration,
}

/// What came back, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, cut at [`client::MAX_RESPONSE`] bytes.
    pub body: Bytes,
}

impl Response {
    /// The first header field of that name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// No response: what is known about the request all the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing was written: no address, no connection, no TLS. The text names host and reason.
    #[error("{0}")]
    NotConnected(String),
    /// Nothing was written, and it will be the same the next time: an unusable proxy setting, an
    /// unreadable CA file, a certificate that is not trusted.
    #[error("{0}")]
    NotConfigured(String),
    /// The connection broke, or time ran out, after the request began: the service may have it.
    #[error("{0}")]
    Interrupted(String),
}

/// Carries one request to its service.
pub trait Transport {
    /// Sends `request` once and returns whatever answer comes, of any status.
    ///
    /// # Errors
    /// A [`Failure`] where no whole answer came.
    fn execute(&self, request: &Request) -> Result<Response, Failure>;
}
