//! Why there is no response, and whether the request had left this host.

use std::error::Error;
use std::io;
use std::time::Duration;

use url::Url;

use super::Request;
use super::reason::Reason;
use super::tls;

/// Why there is no response. The variant says how far the request got, which decides whether it may be
/// repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing of the request was written. The next attempt may succeed.
    #[error("{0}")]
    NotConnected(Cause),
    /// Nothing of the request was written. The next attempt would fail too.
    #[error("{0}")]
    NotConfigured(Cause),
    /// The connection broke or timed out after the request began. The service may have received it.
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

/// The cause of a [`Failure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The kind of the cause.
    pub reason: Reason,
    /// The text, which names the host, as in `connecting to graph.microsoft.com: connection refused`.
    pub text: String,
}

impl Cause {
    /// A cause of that kind with that text.
    pub fn new(reason: Reason, text: impl Into<String>) -> Self {
        Self {
            reason,
            text: text.into(),
        }
    }

    /// The service at `host` is temporarily unavailable.
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
    /// The reason, from the types of `error` and its causes.
    pub(super) fn of_error(error: &(dyn Error + 'static)) -> Self {
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

/// The text of the last cause, which says what happened.
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
    // The texts of the system begin with a capital letter and end with an error number.
    let text = text.split(" (os error").next().unwrap_or_default();
    let (first, rest) = text.split_at_checked(1).unwrap_or(("", text));
    first.to_ascii_lowercase() + rest
}

/// Why there is no whole answer to `request`, which had begun. `answering`: neither had the answer ended.
pub(super) fn cut_off(
    error: &(dyn Error + 'static),
    reason: Reason,
    request: &Request,
    answering: bool,
) -> Cause {
    let host = request.url.host();
    let closed = match answering {
        false => "before it answered",
        true => "in the middle of its answer",
    };
    let text = match reason {
        Reason::TimedOut => format!("no answer from {host} within {}", seconds(request.timeout)),
        _ if is_closed(error) => format!("{host} closed the connection {closed}"),
        _ => format!("talking to {host}: {}", words(error)),
    };
    Cause::new(reason, text)
}

/// Whether the other side closed the connection in order. A reset has a text of its own.
fn is_closed(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(|error| {
        let ended = error.downcast_ref::<io::Error>();
        ended.is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof)
            || error
                .downcast_ref::<hyper::Error>()
                .is_some_and(hyper::Error::is_incomplete_message)
    })
}

/// The host, with the port if it is not the default port.
pub(super) fn host_and_port(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// As in `30 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// An error and its causes, including the error inside an [`io::Error`].
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let carried = error.downcast_ref().and_then(io::Error::get_ref);
        carried.map_or_else(|| error.source(), |carried| Some(carried))
    })
}
