//! Another issuer's token, which Entra takes for an application (Entra: "Workload identity
//! federation"): out of a file, or from GitHub Actions.

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

/// Where a job asks GitHub for a token of its own (GitHub: "OpenID Connect reference").
pub const REQUEST_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// What a job proves itself to GitHub with.
pub const REQUEST_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// For whom the token is to be: Entra's token exchange.
const AUDIENCE: &str = "api://AzureADTokenExchange";
/// The most that a token's file holds, in bytes; the longest tokens have a tenth.
const MAX_FILE: u64 = 256 * 1024;

/// Why there is no token of another issuer.
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
    #[error("the federated token {} is too long to be one", .0.display())]
    TooLong(PathBuf),
    /// What the file holds can be no token.
    #[error("the federated token {} {reason}", path.display())]
    NotToken {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: NotToken,
    },
    /// The job has no right to a token, or this is no job of GitHub Actions.
    #[error("GitHub Actions gives no token here: {0} is not set")]
    NoJob(&'static str),
    /// The job's token would leave this host unprotected, or for nowhere.
    #[error("{REQUEST_URL} is no https URL")]
    NotSecure,
    /// GitHub gave no token.
    #[error("{host} gave no token: HTTP status {status}")]
    NotGiven {
        /// Who was asked.
        host: String,
        /// The answer's status.
        status: u16,
    },
}

/// Why GitHub gave no token.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is none for this job.
    Fault(Fault),
    /// GitHub cannot be reached, or is too busy.
    Unavailable {
        /// What happened last.
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

/// The token in the file. It is read anew each time: whoever writes it replaces it before its end.
/// What is no file but a program's output is waited for, though not for ever.
pub(super) fn in_file(path: &Path) -> Result<Secret, Fault> {
    let place = path.to_owned();
    let read = program::within(program::LIMIT, move || {
        files::text_at_most(&place, MAX_FILE)
    });
    let seconds = program::LIMIT.as_secs();
    let silent = || io::Error::other(format!("nothing came within {seconds} seconds"));
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

/// A job of GitHub Actions, as its environment tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    url: Option<Secret>,
    token: Option<Secret>,
}

impl Job {
    /// The job that `environment` is of, if it is of any.
    #[must_use]
    pub fn of(environment: &Environment) -> Self {
        Self {
            url: environment.get(REQUEST_URL).map(Secret::new),
            token: environment.get(REQUEST_TOKEN).map(Secret::new),
        }
    }

    /// Asks GitHub for a token of the job. What the job proves itself with goes to that URL alone.
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
            timeout: link.timeout,
            stoppable: false,
        };
        let ended = exchange(link, request, Safety::Repeatable, &mut NoRenewal);
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
