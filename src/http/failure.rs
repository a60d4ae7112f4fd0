//! Why no response came, and how far the request had come by then.

use std::error::Error;
use std::io;
use std::time::Duration;

use url::Url;

use super::reason::Reason;
use super::tls;

/// No response: how far the request came, which decides whether it may be repeated, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing of the request was written, and the next attempt may fare better.
    #[error("{0}")]
    NotConnected(Cause),
    /// Nothing of the request was written, and it will be the same the next time.
    #[error("{0}")]
    NotConfigured(Cause),
    /// The connection broke, or time ran out, after the request began: the service may have it.
    #[error("{0}")]
    Interrupted(Cause),
}

impl Failure {
    /// Why there is no response.
    #[must_use]
    pub const fn cause(&self) -> &Cause {
        match self {
            Self::NotConnected(cause) | Self::NotConfigured(cause) | Self::Interrupted(cause) => {
                cause
            }
        }
    }
}

/// Why there is no response: a kind to branch on, and words that name the host and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What kind of trouble it is.
    pub reason: Reason,
    /// The trouble in words, as `connecting to graph.microsoft.com: connection refused`.
    pub text: String,
}

impl Cause {
    /// A cause of that kind, in these words.
    pub fn new(reason: Reason, text: impl Into<String>) -> Self {
        Self {
            reason,
            text: text.into(),
        }
    }

    /// The service at `host` answered that it cannot do it at present.
    pub fn unavailable(host: &str, status: u16) -> Self {
        format!("{host} is not available: HTTP status {status}").into()
    }
}

impl<T: Into<String>> From<T> for Cause {
    fn from(text: T) -> Self {
        Self::new(Reason::Other, text)
    }
}

impl std::fmt::Display for Cause {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Reason {
    /// The kind of the trouble that `error` and its causes tell of by their types.
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        chain(error).find_map(Self::of_one).unwrap_or(Self::Other)
    }

    fn of_one(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(tls::reason(error));
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            let closed = error.is_incomplete_message() || error.is_closed() || error.is_canceled();
            return closed.then_some(Self::Closed);
        }
        match error.downcast_ref::<io::Error>()?.kind() {
            io::ErrorKind::ConnectionRefused => Some(Self::ConnectionRefused),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Some(Self::Closed),
            _ => None,
        }
    }
}

/// The words of the last cause, which is the one that says what happened.
pub(super) fn words(error: &(dyn Error + 'static)) -> String {
    if let Some(error) = chain(error).find_map(|error| error.downcast_ref::<rustls::Error>()) {
        return tls::words(error);
    }
    let last = chain(error).last().unwrap_or(error);
    let text = last.to_string();
    let system = last
        .downcast_ref::<io::Error>()
        .and_then(io::Error::raw_os_error);
    if system.is_none() {
        return text;
    }
    // The system's own words begin with a capital and end in a number that says nothing more.
    let text = text.split(" (os error").next().unwrap_or_default();
    let (first, rest) = text.split_at_checked(1).unwrap_or(("", text));
    first.to_ascii_lowercase() + rest
}

/// Host and, where it is not the scheme's own, port.
pub(super) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// As in `30 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// An error and its causes, those included that an [`io::Error`] carries without naming them.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let carried = error.downcast_ref().and_then(io::Error::get_ref);
        carried.map_or_else(|| error.source(), |carried| Some(carried))
    })
}
