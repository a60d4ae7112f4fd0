//! Another issuer's token with which an application signs in (Entra: "Workload identity federation"):
//! from a file, or from GitHub Actions.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::program;
use super::token_command::{NotToken, token};
use crate::cloud::is_loopback;
use crate::files;
use crate::http::{Cause, Link, Method, NoAnswer, NoRenewal, Request, Response, Safety, exchange};
use crate::seams::Environment;
use crate::secret::Secret;

/// The URL at which a job requests a token from GitHub (GitHub: "OpenID Connect reference").
pub const REQUEST_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// The token with which a job authenticates to GitHub.
pub const REQUEST_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// The audience of the token: Entra's token exchange.
const AUDIENCE: &str = "api://AzureADTokenExchange";
/// The largest file that is read, in bytes. The longest tokens have a tenth of it.
const MAX_FILE: u64 = 256 * 1024;

/// Why there is no federated token.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file cannot be read.
    #[error("the federated token {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is longer than any token.
    #[error("the federated token file {} is too large", .0.display())]
    TooLong(PathBuf),
    /// The file's contents are not a token.
    #[error("the federated token {} {reason}", path.display())]
    NotToken {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: NotToken,
    },
    /// The job may not request a token, or this is not a job of GitHub Actions.
    #[error("GitHub Actions issues no token to this process: {0} is not set")]
    NoJob(&'static str),
    /// The request would not be encrypted.
    #[error("{REQUEST_URL} is not an https URL")]
    NotSecure,
    /// GitHub issued no token.
    #[error("{host} issued no token: HTTP status {status}")]
    NotGiven {
        /// The host that was asked.
        host: String,
        /// The answer's status.
        status: u16,
    },
}

/// Why GitHub issued no token.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no token for this job.
    Fault(Fault),
    /// GitHub cannot be reached, or is overloaded.
    Unavailable {
        /// The last failure.
        cause: Cause,
        /// The time that GitHub named for the next attempt.
        until: Option<Timestamp>,
    },
    /// This host's network settings do not let the request out.
    NotConfigured(Cause),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The token in the file. It is read again for each use, because its issuer replaces it before it
/// expires. A pipe is waited for, with a time limit.
pub(super) fn in_file(path: &Path) -> Result<Secret, Fault> {
    let place = path.to_owned();
    let read = program::within(program::LIMIT, move || {
        files::text_at_most(&place, MAX_FILE)
    });
    let seconds = program::LIMIT.as_secs();
    let silent = || io::Error::other(format!("no data within {seconds} seconds"));
    let text = read
        .unwrap_or_else(|| Err(silent()))
        .map_err(|source| match source.kind() {
            io::ErrorKind::FileTooLarge => Fault::TooLong(path.to_owned()),
            _ => Fault::Unreadable {
                path: path.to_owned(),
                source,
            },
        })?;
    token(&text).map_err(|reason| Fault::NotToken {
        path: path.to_owned(),
        reason,
    })
}

/// A job of GitHub Actions, as described by its environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    url: Option<Secret>,
    token: Option<Secret>,
}

impl Job {
    /// The job whose environment this is, if any.
    #[must_use]
    pub fn from_environment(environment: &Environment) -> Self {
        Self {
            url: environment.get(REQUEST_URL).map(Secret::new),
            token: environment.get(REQUEST_TOKEN).map(Secret::new),
        }
    }

    /// Requests a token from GitHub. The job's own token is sent to the URL in the environment only.
    pub(super) fn token(&self, link: &Link<'_>) -> Result<Secret, Failure> {
        let url = self.url.as_ref().ok_or(Fault::NoJob(REQUEST_URL))?;
        let proof = self.token.clone().ok_or(Fault::NoJob(REQUEST_TOKEN))?;
        let mut url = Url::parse(url.expose()).map_err(|_| Fault::NotSecure)?;
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
            return Err(Fault::NotSecure.into());
        }
        url.query_pairs_mut().append_pair("audience", AUDIENCE);
        let host = url.host_str().unwrap_or_default().to_owned();
        let request = Request {
            method: Method::Get,
            url: url.into(),
            headers: vec![("accept", "application/json".to_owned())],
            bearer: Some(proof),
            body: Bytes::new(),
            timeout: link.time_for(program::LIMIT),
            stoppable: false,
            begun: None,
        };
        // The waits of the link are Entra's.
        let link = Link {
            throttle: None,
            ..*link
        };
        let ended = exchange(&link, request, Safety::Repeatable, &mut NoRenewal);
        match ended.answer(&host) {
            Ok(response) => Ok(answered(&response, host)?),
            Err(NoAnswer::Refused(response)) => {
                let status = response.status;
                Err(Fault::NotGiven { host, status }.into())
            }
            Err(NoAnswer::Unavailable { cause, until }) => {
                Err(Failure::Unavailable { cause, until })
            }
            Err(NoAnswer::NotConfigured(cause)) => Err(Failure::NotConfigured(cause)),
        }
    }
}

/// GitHub's answer: `{"value": "<token>"}`.
fn answered(response: &Response, host: String) -> Result<Secret, Fault> {
    #[derive(Deserialize)]
    struct Answer {
        value: String,
    }
    serde_json::from_slice::<Answer>(&response.body)
        .ok()
        .and_then(|answer| token(&answer.value).ok())
        .ok_or(Fault::NotGiven {
            host,
            status: response.status,
        })
}
