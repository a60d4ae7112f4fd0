//! HTTP: requests, responses, failures and retries. Nothing here knows about mail.
//!
//! [`client`] is the only file that uses reqwest. [`retry`] decides whether a request may be repeated, and
//! does no I/O. [`loopback`] receives the redirect of a browser sign-in.

mod challenge;
pub mod client;
mod exchange;
mod failure;
mod fields;
mod link;
pub mod loopback;
pub mod proxy;
mod reason;
pub mod retry;
pub mod roots;
mod target;
mod throttle;
pub mod tls;
mod wait_budget;

pub use challenge::Challenge;
pub use exchange::{
    AttemptResult, ExchangeResult, NoAnswer, NoRenewal, Renew, RequestOutcome, exchange,
    exchange_by,
};
pub use failure::{Cause, Failure};
pub use link::{Link, POLL, Trace};
pub use proxy::proxy_for;
pub use reason::Reason;
pub use roots::trusted;
pub use target::Target;
pub use throttle::{Busy, Throttle, Unrecorded};
pub use wait_budget::WaitBudget;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use bytes::Bytes;

use crate::secret::Secret;

/// Whether a request may be repeated if its outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// The request is idempotent (RFC 9110 section 9.2.2): it may be repeated.
    Repeatable,
    /// The caller can check afterwards whether the service has processed it. Any 2xx is a success. If the
    /// outcome is unknown, it is not repeated.
    Verifiable,
    /// Each accepted request sends a message, so it is never repeated if the outcome is unknown.
    Once,
}

/// The request methods that graphmail uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A request.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The URL.
    pub url: Target,
    /// Header fields except Authorization, Content-Length, Host and User-Agent.
    pub headers: Vec<(&'static str, String)>,
    /// The bearer token, sent as `Authorization: Bearer …`.
    pub bearer: Option<Secret>,
    /// The body, which is cheap to clone for a repeat.
    pub body: Bytes,
    /// The time limit of one attempt.
    pub timeout: Duration,
    /// Whether an interruption aborts it in flight. True if the cleanup can undo it.
    pub stoppable: bool,
    /// Is set as soon as an attempt is on its way: there is a connection, and the body is written.
    pub begun: Option<Arc<AtomicBool>>,
}

impl fmt::Debug for Request {
    /// Without the body and the values of the header fields: both can contain secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &names)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// A response of any status.
#[derive(Clone)]
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

impl fmt::Debug for Response {
    /// Without the body and the header fields: both can contain secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Sends one request.
pub trait Transport {
    /// Sends `request` once and returns the response, of any status.
    ///
    /// # Errors
    /// A [`Failure`] if there is no complete response.
    fn execute(&self, request: &Request) -> Result<Response, Failure>;

    /// As [`Transport::execute`], but aborts a [`Request::stoppable`] request when `stops` returns true, if
    /// the transport can do so.
    ///
    /// # Errors
    /// As [`Transport::execute`].
    fn execute_unless(
        &self,
        request: &Request,
        stops: &dyn Fn() -> bool,
    ) -> Result<Response, Failure> {
        let _ = stops;
        self.execute(request)
    }

    /// Prepares the first request without connecting, so that a record is written directly before the request
    /// leaves this host. An error is reported by the request itself.
    fn prepare(&self, timeout: Duration) {
        let _ = timeout;
    }
}
