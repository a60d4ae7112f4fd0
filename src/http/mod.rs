//! Bytes to a service and back: requests, what may be repeated, and how a request can fail.
//!
//! Nothing here knows mail. [`client`] is the only file that names reqwest; [`retry`] decides,
//! without doing anything, what a request may do after each thing that can happen to it.
//! [`loopback`] takes the one request that comes the other way.

mod challenge;
pub mod client;
mod exchange;
mod failure;
pub mod loopback;
pub mod proxy;
mod reason;
pub mod retry;
pub mod roots;
mod target;
pub mod tls;
mod wait_budget;

pub use challenge::Challenge;
pub use exchange::{
    Ended, Fate, Happened, Link, NoAnswer, NoRenewal, Renew, Throttle, Trace, exchange, exchange_by,
};
pub use failure::{Cause, Failure};
pub use proxy::proxy_for;
pub use reason::Reason;
pub use roots::trusted;
pub use target::Target;
pub use wait_budget::WaitBudget;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::secret::Secret;

/// Whether a request may be sent again when its outcome is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// Sending it twice does what sending it once does.
    Repeatable,
    /// The service can be asked afterwards whether it was done: any success is one, and doubt is
    /// left to be settled that way.
    Verifiable,
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

/// One request, ready to be written.
#[derive(Clone)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where.
    pub url: Target,
    /// Header fields beside Authorization, Content-Length, Host and User-Agent.
    pub headers: Vec<(&'static str, String)>,
    /// The bearer token, sent as `Authorization: Bearer …`.
    pub bearer: Option<Secret>,
    /// The body; cheap to clone for a repeat.
    pub body: Bytes,
    /// The longest that the whole exchange may take.
    pub timeout: Duration,
    /// Whether it ends in the middle where somebody wants the run to end: what is undone afterwards
    /// need not be finished.
    pub stoppable: bool,
}

impl fmt::Debug for Request {
    /// Without the body and the values of the header fields: both can hold secrets.
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

/// What came back, whatever its status.
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
    /// Without the body and the values of the header, in which there may be secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Carries one request to its service.
pub trait Transport {
    /// Sends `request` once and returns whatever answer comes, of any status.
    ///
    /// # Errors
    /// A [`Failure`] where no answer came, or none that is whole enough to act on.
    fn execute(&self, request: &Request) -> Result<Response, Failure>;

    /// As [`Transport::execute`], but a request that is [`Request::stoppable`] is given up in the
    /// middle once `stops` says so, where it can be.
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

    /// Does what a first request takes before anything leaves this host, so that what is noted
    /// before it is noted as late as can be. What fails here fails again at the request, and says so.
    fn prepare(&self, timeout: Duration) {
        let _ = timeout;
    }
}
