//! `sendMail` with a JSON body.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::property::{address, inline, items, set};
use super::schema::SEND_MAIL;
use super::{Submission, Tenant, eml, rules};
use crate::sandbox::reply::Refusal;

/// Reads the request's body into the message that it stands for.
pub(super) fn read(
    body: &[u8],
    mailbox: String,
    tenant: &Tenant<'_>,
) -> Result<Submission, Refusal> {
    let (mut message, saved) = parameters(body)?;
    rules::check(&message)?;
    sender(&message, tenant)?;
    let now = tenant.seams.now();
    complete(&mut message, &mailbox, now, tenant);
    let eml = eml::render(&message, now, tenant.seams);
    Ok(Submission {
        mime: false,
        mailbox,
        saved,
        resource: message,
        eml,
    })
}

/// The action's two parameters, each of its declared type.
fn parameters(body: &[u8]) -> Result<(Value, bool), Refusal> {
    if body.is_empty() {
        return Err(Refusal::new(
            400,
            "BadRequest",
            "Empty Payload. JSON content expected.",
        ));
    }
    let Ok(Value::Object(mut body)) = serde_json::from_slice(body) else {
        return Err(Refusal::new(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        ));
    };
    // The metadata spells the parameters with capitals, the documentation without; both succeed.
    for (metadata, documented) in [
        ("Message", "message"),
        ("SaveToSentItems", "saveToSentItems"),
    ] {
        if let Some(value) = body.remove(metadata) {
            body.insert(documented.to_owned(), value);
        }
    }
    if body.get("message").is_none_or(Value::is_null) {
        return Err(Refusal::new(
            400,
            "RequestBodyRead",
            "One or more parameters of the operation 'sendMail' are missing from the request payload. The missing parameters are: Message.",
        ));
    }
    let mut parameters = Value::Object(body);
    SEND_MAIL.read(&mut parameters)?;
    let saved = parameters
        .get("saveToSentItems")
        .and_then(Value::as_bool)
        .unwrap_or(true);
    let message = parameters
        .get_mut("message")
        .map(Value::take)
        .unwrap_or_default();
    Ok((message, saved))
}

/// Refuses a sender that is not the mailbox's to use.
fn sender(message: &Value, tenant: &Tenant<'_>) -> Result<(), Refusal> {
    let address_of = |property| {
        message
            .get(property)
            .map(|recipient| address(recipient).unwrap_or_default())
    };
    let from = address_of("from");
    if let Some(sender) = address_of("sender")
        && Some(sender) != from
    {
        return Err(Refusal::new(
            400,
            "ErrorInvalidSender",
            "The sender of the message is not the one it is from.",
        ));
    }
    from.map_or(Ok(()), |address| tenant.may_send_as(address))
}

/// Adds what the service fills in.
fn complete(message: &mut Value, mailbox: &str, now: Timestamp, tenant: &Tenant<'_>) {
    if message.get("from").is_none() {
        let name = mailbox.split_once('@').map_or(mailbox, |(local, _)| local);
        let own = json!({"emailAddress": {"name": name, "address": mailbox}});
        set(message, "from", own);
    }
    let from = message.get("from").cloned().unwrap_or_default();
    let domain = address(&from)
        .and_then(|address| address.rsplit_once('@'))
        .map_or("sandbox.example", |(_, domain)| domain);
    let has_attachments = items(message, "attachments")
        .iter()
        .any(|attachment| !inline(attachment));
    let defaults = [
        ("sender", from.clone()),
        (
            "internetMessageId",
            json!(format!("<{}@{domain}>", tenant.seams.uuid())),
        ),
        ("sentDateTime", json!(now.to_string())),
        ("hasAttachments", json!(has_attachments)),
        ("subject", json!("")),
        ("body", json!({"contentType": "text", "content": ""})),
        ("importance", json!("normal")),
        ("flag", json!({"flagStatus": "notFlagged"})),
        ("isReadReceiptRequested", json!(false)),
        ("isDeliveryReceiptRequested", json!(false)),
        ("toRecipients", json!([])),
        ("ccRecipients", json!([])),
        ("bccRecipients", json!([])),
        ("replyTo", json!([])),
        ("categories", json!([])),
        ("internetMessageHeaders", json!([])),
        ("attachments", json!([])),
    ];
    for (name, value) in defaults {
        if message.get(name).is_none() {
            set(message, name, value);
        }
    }
    rules::normalise_ids(message);
}
