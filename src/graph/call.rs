//! The one primitive under all operations: a request under the account's token, until its end.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use url::Url;

use super::{Answer, Error, Graph, Receipt};
use crate::http::{Ended, Fate, Happened, Method, Request, Response, Safety, exchange};
use crate::text;

/// One request to Graph.
pub(super) struct Call {
    method: Method,
    url: Url,
    safety: Safety,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    stoppable: bool,
}

impl Call {
    /// Reads something; that can be done twice.
    pub(super) fn get(url: Url) -> Self {
        Self::new(Method::Get, url, Safety::Repeatable)
    }

    /// Does something.
    pub(super) fn post(url: Url, safety: Safety) -> Self {
        Self::new(Method::Post, url, safety)
    }

    /// Deletes something; what is gone can be deleted again.
    pub(super) fn delete(url: Url) -> Self {
        Self::new(Method::Delete, url, Safety::Repeatable)
    }

    fn new(method: Method, url: Url, safety: Safety) -> Self {
        Self {
            method,
            url,
            safety,
            headers: Vec::new(),
            body: Bytes::new(),
            stoppable: false,
        }
    }

    /// With this body.
    pub(super) fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.push(("content-type", content_type.to_owned()));
        self.body = body.into();
        self
    }

    /// Ended in the middle by an interruption, after which it is undone anyway.
    pub(super) fn stoppable(mut self) -> Self {
        self.stoppable = true;
        self
    }

    /// With ids that a message keeps when it moves to another folder (Graph: "Get immutable
    /// identifiers for Outlook resources"): on every request that gives or takes one.
    pub(super) fn immutable(mut self) -> Self {
        let prefer = r#"IdType="ImmutableId""#.to_owned();
        self.headers.push(("prefer", prefer));
        self
    }
}

impl Graph<'_> {
    /// Carries `call` to its end.
    pub(super) fn call(&mut self, call: Call) -> Result<Done, Error> {
        let request = Request {
            method: call.method,
            url: call.url.into(),
            headers: call.headers,
            bearer: Some(self.tokens.bearer()?),
            body: call.body,
            timeout: self.link.timeout,
            stoppable: call.stoppable,
        };
        let ended = exchange(&self.link, request, call.safety, &mut self.tokens);
        Done::of(ended).map_err(|error| match self.tokens.take_error() {
            // A refused token counts for less than the reason why there is no other.
            Some(reason) if error.answer().is_some_and(|answer| answer.status == 401) => {
                reason.into()
            }
            _ => error,
        })
    }
}

/// What a service did, in its own words.
pub(super) struct Done {
    pub(super) response: Response,
    client_request_id: String,
}

impl Done {
    /// What was done, or why it was not.
    pub(super) fn of(ended: Ended) -> Result<Self, Error> {
        let (fate, client_request_id) = (ended.fate, ended.client_request_id);
        match (fate, ended.last) {
            (Fate::Done, Happened::Answered(response)) => Ok(Self {
                response,
                client_request_id,
            }),
            (_, Happened::Answered(response)) => {
                Err(Answer::new(&response, fate, client_request_id).into())
            }
            (_, Happened::Failed(failure)) => Err(Error::NoAnswer {
                failure,
                fate,
                client_request_id,
            }),
        }
    }

    /// What came with it; `what` names it for the error that says it did not.
    pub(super) fn read<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, Error> {
        serde_json::from_slice(&self.response.body).map_err(|_| self.without(what))
    }

    /// Checks that something was made of it: status 201.
    pub(super) fn created(&self, what: &'static str) -> Result<(), Error> {
        match self.response.status {
            201 => Ok(()),
            _ => Err(self.without(what)),
        }
    }

    /// The error that says what did not come with it.
    pub(super) fn without(&self, what: &'static str) -> Error {
        Error::Incomplete {
            status: self.response.status,
            what,
            client_request_id: self.client_request_id.clone(),
        }
    }

    /// The error that says that it gives `what` at an address that is not safe to go to.
    pub(super) fn insecure(&self, what: &'static str, url: &Url) -> Error {
        Error::Insecure {
            what,
            place: place(url),
            client_request_id: self.client_request_id.clone(),
        }
    }

    /// The error that says that its next page is not Graph's.
    pub(super) fn foreign_page(&self, url: Option<&Url>) -> Error {
        Error::ForeignPage {
            place: match url {
                None => "no URL".to_owned(),
                Some(url) if has_user_info(url) => {
                    format!("{} with a user name or password", place(url))
                }
                Some(url) => place(url),
            },
            client_request_id: self.client_request_id.clone(),
        }
    }

    /// What an accepted message leaves.
    pub(super) fn receipt(self) -> Receipt {
        Receipt {
            request_id: self.response.header("request-id").map(text::field),
            client_request_id: self.client_request_id,
            settled: false,
        }
    }
}

/// Whether a URL has a user name or a password, which would be sent as credentials that are not ours.
pub(super) fn has_user_info(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Scheme, host and port, for an error: the rest can be a secret.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    text::field(&format!("{}://{host}{port}", url.scheme()))
}
