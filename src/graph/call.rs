//! One request with the account's access token, including its retries. All operations use it.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use url::Url;

use super::{Answer, Error, Graph, Receipt};
use crate::http::{
    AttemptResult, ExchangeResult, Method, Request, RequestOutcome, Response, Safety, exchange,
};
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
    /// A request that reads; it may be repeated.
    pub(super) fn get(url: Url) -> Self {
        Self::new(Method::Get, url, Safety::Repeatable)
    }

    /// A request that changes something.
    pub(super) fn post(url: Url, safety: Safety) -> Self {
        Self::new(Method::Post, url, safety)
    }

    /// A request that deletes; it may be repeated.
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

    pub(super) fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.push(("content-type", content_type.to_owned()));
        self.body = body.into();
        self
    }

    /// An interruption ends this request while it is in flight. The caller undoes it anyway.
    pub(super) fn stoppable(mut self) -> Self {
        self.stoppable = true;
        self
    }

    /// With ids that a message keeps when it moves to another folder (Graph: "Get immutable
    /// identifiers for Outlook resources"). Every request that returns or takes an id needs this.
    pub(super) fn immutable(mut self) -> Self {
        let prefer = r#"IdType="ImmutableId""#.to_owned();
        self.headers.push(("prefer", prefer));
        self
    }
}

impl Graph<'_> {
    /// Makes the request, including its retries.
    pub(super) fn call(&mut self, call: Call) -> Result<Done, Error> {
        let request = Request {
            method: call.method,
            url: call.url.into(),
            headers: call.headers,
            bearer: Some(self.tokens.bearer()?),
            body: call.body,
            timeout: self.link.timeout,
            stoppable: call.stoppable,
            begun: self.link.begun.cloned(),
        };
        let ended = exchange(&self.link, request, call.safety, &mut self.tokens);
        Done::new(ended).map_err(|error| match self.tokens.take_error() {
            // The reason why there is no new token matters more than the refusal of the old one.
            Some(reason) if error.answer().is_some_and(|answer| answer.status == 401) => {
                reason.into()
            }
            _ => error,
        })
    }
}

/// The answer to a request that succeeded.
pub(super) struct Done {
    pub(super) response: Response,
    client_request_id: String,
}

impl Done {
    /// The answer if the request succeeded; otherwise why it did not.
    pub(super) fn new(ended: ExchangeResult) -> Result<Self, Error> {
        let (request_outcome, client_request_id) = (ended.request_outcome, ended.client_request_id);
        match (request_outcome, ended.last) {
            (RequestOutcome::Done, AttemptResult::Answered(response)) => Ok(Self {
                response,
                client_request_id,
            }),
            (_, AttemptResult::Answered(response)) => {
                Err(Answer::new(&response, request_outcome, client_request_id).into())
            }
            (_, AttemptResult::Failed(failure)) => Err(Error::NoAnswer {
                failure,
                request_outcome,
                client_request_id,
            }),
        }
    }

    /// Reads the body; `what` names it in the error.
    pub(super) fn read<T: DeserializeOwned>(&self, what: &'static str) -> Result<T, Error> {
        serde_json::from_slice(&self.response.body).map_err(|_| self.missing(what))
    }

    /// Checks for status 201 (Created).
    pub(super) fn created(&self, what: &'static str) -> Result<(), Error> {
        match self.response.status {
            201 => Ok(()),
            _ => Err(self.missing(what)),
        }
    }

    /// The error if `what` is missing in the answer.
    pub(super) fn missing(&self, what: &'static str) -> Error {
        Error::Incomplete {
            status: self.response.status,
            what,
            client_request_id: self.client_request_id.clone(),
        }
    }

    /// The error if the answer gives `what` at a URL that is not https.
    pub(super) fn insecure(&self, what: &'static str, url: &Url) -> Error {
        Error::Insecure {
            what,
            place: place(url),
            client_request_id: self.client_request_id.clone(),
        }
    }

    /// The error if the link to the next page does not lead to Graph.
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

    /// The receipt of an accepted message.
    pub(super) fn receipt(self) -> Receipt {
        Receipt {
            request_id: self.response.header("request-id").map(text::field),
            client_request_id: self.client_request_id,
            settled: false,
        }
    }
}

/// Whether a URL has a user name or a password. They would be sent as credentials.
pub(super) fn has_user_info(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Scheme, host and port, for an error. The rest of the URL can be a secret.
fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    text::field(&format!("{}://{host}{port}", url.scheme()))
}
