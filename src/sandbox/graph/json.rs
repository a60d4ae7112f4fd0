//! Messages in JSON: for `sendMail`, and as drafts.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::property::{address, inline, items, set};
use super::schema::{MESSAGE, SEND_MAIL};
use super::{Tenant, eml, rules};
use crate::sandbox::attachment::Attachment;
use crate::sandbox::reply::Refusal;
use crate::sandbox::submission::{Submission, Transport};

/// Reads the message in the request's body.
pub(super) fn read(
    body: &[u8],
    mailbox: String,
    tenant: &Tenant<'_>,
) -> Result<Submission, Refusal> {
    let (mut message, saved) = parameters(body)?;
    check_sendable(&message, tenant)?;
    let now = tenant.seams.now();
    complete(&mut message, &mailbox, now, tenant);
    let attachments = Attachment::all(&message);
    let eml = eml::render(&message, &attachments, now, tenant.seams);
    Ok(Submission {
        transport: Transport::Json,
        mailbox,
        saved,
        resource: message,
        attachments,
        eml,
        draft: None,
    })
}

/// Reads a draft from the body, with its attachments.
pub(super) fn draft(body: &[u8], mailbox: &str, tenant: &Tenant<'_>) -> Result<Value, Refusal> {
    let mut message = Value::Object(object(body)?);
    MESSAGE.read(&mut message)?;
    rules::properties(&message)?;
    complete(&mut message, mailbox, tenant.seams.now(), tenant);
    Ok(message)
}

/// Changes a draft to the properties in the request's body.
pub(super) fn change(body: &[u8], message: &mut Value) -> Result<(), Refusal> {
    let mut change = Value::Object(object(body)?);
    MESSAGE.read(&mut change)?;
    rules::properties(&change)?;
    for fixed in ["attachments", "internetMessageHeaders"] {
        if change.get(fixed).is_some() {
            return Err(Refusal::new(
                400,
                "ErrorInvalidPropertySet",
                format!("The property '{fixed}' can't be set by an update."),
            ));
        }
    }
    for (name, value) in change.as_object().into_iter().flatten() {
        if name == "from" && change.get("sender").is_none() {
            set(message, "sender", value.clone());
        }
        set(message, name, value.clone());
    }
    rules::normalise_ids(message);
    Ok(())
}

/// Refuses a message that cannot be sent, or that this mailbox may not send.
pub(super) fn check_sendable(message: &Value, tenant: &Tenant<'_>) -> Result<(), Refusal> {
    rules::check(message)?;
    sender(message, tenant)
}

/// The JSON object in a request's body.
pub(super) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.is_empty() {
        return Err(Refusal::new(
            400,
            "BadRequest",
            "Empty Payload. JSON content expected.",
        ));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Refusal::new(
            400,
            "BadRequest",
            "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.",
        )),
    }
}

/// The parameters of `sendMail`, checked against their types.
fn parameters(body: &[u8]) -> Result<(Value, bool), Refusal> {
    let mut body = object(body)?;
    // Graph's metadata capitalizes the parameters, the documentation does not; Graph accepts both.
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

/// Refuses a sender that the mailbox may not use.
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

/// Adds the properties that the service sets.
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
