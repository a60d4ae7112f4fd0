//! `sendMail`: one request, one message (Graph: "user: sendMail").

use url::Url;

use super::{Error, Graph};
use crate::cloud::Cloud;
use crate::http::Safety;
use crate::submission::Submission;

/// Whose mailbox sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// That of the person who signed in.
    Me,
    /// That of the user with this id or user principal name.
    User(String),
}

impl Sender {
    /// Where this sender's `sendMail` is.
    #[must_use]
    pub fn send_mail_url(&self, cloud: &Cloud) -> Url {
        match self {
            Self::Me => cloud.graph_url(&["me", "sendMail"]),
            Self::User(user) => cloud.graph_url(&["users", user, "sendMail"]),
        }
    }
}

/// What Graph's acceptance leaves: the two numbers under which its support finds the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Graph's own, from the header `request-id`.
    pub request_id: Option<String>,
    /// Ours, a UUID.
    pub client_request_id: String,
}

/// Sends the message: Graph has accepted it, which is not yet delivery.
///
/// # Errors
/// An [`Error`] whose [`fate`](Error::fate) says whether the message may have been sent.
pub fn send_mail(
    graph: &mut Graph<'_>,
    sender: &Sender,
    submission: &Submission,
) -> Result<Receipt, Error> {
    let Submission::Direct { format, body, .. } = submission else {
        return Err(Error::NeedsDraft);
    };
    let url = sender.send_mail_url(graph.cloud);
    let (response, client_request_id) =
        graph.post(Safety::Once, url, format.content_type(), body.clone())?;
    Ok(Receipt {
        request_id: response.header("request-id").map(str::to_owned),
        client_request_id,
    })
}
