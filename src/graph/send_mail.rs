//! `sendMail`: one request, one message (Graph: "user: sendMail").

use bytes::Bytes;

use super::call::Call;
use super::{Error, Graph, Receipt, Sender};
use crate::http::Safety;
use crate::submission::Format;

/// Sends a message in one request. Success means that Graph has accepted it, not that it is delivered.
pub(super) fn send_mail(
    graph: &mut Graph<'_>,
    sender: &Sender,
    format: Format,
    body: &Bytes,
) -> Result<Receipt, Error> {
    let url = sender.send_mail_url(graph.cloud);
    let call = Call::post(url, Safety::Once).body(format.content_type(), body.clone());
    Ok(graph.call(call)?.receipt())
}
