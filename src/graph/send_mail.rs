//! `sendMail`: one request, one message (Graph: "user: sendMail").

use bytes::Bytes;

use super::call::Call;
use super::{Error, Graph, Receipt, Sender};
use crate::http::Safety;
use crate::submission::Format;

/// Sends the message that `body` is, written in `format`: Graph has accepted it, which is not yet delivery.
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
