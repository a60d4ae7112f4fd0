//! Graph's operations, a file each, over one primitive.

mod error;
mod send_mail;

pub use error::{Answer, Error};
pub use send_mail::{Receipt, Sender, send_mail};

use bytes::Bytes;
use url::Url;

use crate::auth::Tokens;
use crate::cloud::Cloud;
use crate::http::{Fate, Happened, Link, Method, Request, Response, Safety, exchange};

/// Graph, as one account sees it.
pub struct Graph<'a> {
    /// Where it is.
    pub cloud: &'a Cloud,
    /// What carries the requests.
    pub link: Link<'a>,
    /// The account's tokens.
    pub tokens: Tokens<'a>,
}

impl Graph<'_> {
    /// Posts `body` under the account's token until the request has met its end, and gives the
    /// answer with the `client-request-id` that it was given to.
    fn post(
        &mut self,
        safety: Safety,
        url: Url,
        content_type: &'static str,
        body: Bytes,
    ) -> Result<(Response, String), Error> {
        let request = Request {
            method: Method::Post,
            url: url.into(),
            headers: vec![("content-type", content_type.to_owned())],
            bearer: Some(self.tokens.bearer()?),
            body,
            timeout: self.link.timeout,
        };
        let ended = exchange(&self.link, request, safety, &mut self.tokens);
        match (ended.fate, ended.last) {
            (Fate::Done, Happened::Answered(response)) => Ok((response, ended.client_request_id)),
            // A refused token counts for less than the reason why there is no other.
            (fate, Happened::Answered(response)) => Err(match self.tokens.take_error() {
                Some(error) if response.status == 401 => error.into(),
                _ => Answer::new(&response, fate, ended.client_request_id).into(),
            }),
            (fate, Happened::Failed(failure)) => Err(Error::NoAnswer {
                failure,
                fate,
                client_request_id: ended.client_request_id,
            }),
        }
    }
}
