//! MIME messages: for `sendMail`, and as drafts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{
    Address, ContentType, HeaderName, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};
use serde_json::{Value, json};

use super::property::{address, inline};
use super::{Tenant, rules, send_as_denied};
use crate::charset::encoded_word::in_utf8;
use crate::sandbox::attachment::Attachment;
use crate::sandbox::broken;
use crate::sandbox::eml::Eml;
use crate::sandbox::parsed::{self, parsed};
use crate::sandbox::reply::Refusal;
use crate::sandbox::submission::{Submission, Transport};

/// Header fields that are separate properties of the resource.
const PROPERTIES: [&str; 10] = [
    "from",
    "sender",
    "to",
    "cc",
    "bcc",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "importance",
];

/// Reads the message in the request's body.
pub(super) fn read(
    body: &[u8],
    mailbox: String,
    tenant: &Tenant<'_>,
) -> Result<Submission, Refusal> {
    let raw = decode(body)?;
    let readable = in_utf8(&raw);
    let resource = resource(&parse(&readable)?, tenant);
    check_sendable(&resource, tenant)?;
    Ok(Submission {
        transport: Transport::Mime,
        mailbox,
        saved: true,
        attachments: Attachment::all(&resource),
        resource,
        eml: Eml::whole(without_bcc(&raw)),
        draft: None,
    })
}

/// Reads a draft: its bytes, and its message with the attachments.
pub(super) fn draft(body: &[u8], tenant: &Tenant<'_>) -> Result<(Vec<u8>, Value), Refusal> {
    let mut raw = decode(body)?;
    let message = parse(&raw)?;
    if message.message_id().is_none() {
        let id = format!("Message-ID: <{}@sandbox.example>\r\n", tenant.seams.uuid());
        raw.splice(0..0, id.into_bytes());
    }
    let resource = resource(&parse(&in_utf8(&raw))?, tenant);
    Ok((raw, resource))
}

/// Refuses a message that cannot be sent, or that this mailbox may not send.
pub(super) fn check_sendable(resource: &Value, tenant: &Tenant<'_>) -> Result<(), Refusal> {
    rules::check_recipients(resource)?;
    // A sender that cannot be parsed is refused.
    let from = resource.get("from").and_then(address).unwrap_or_default();
    if rules::check_address(from).is_err() {
        return Err(send_as_denied());
    }
    tenant.may_send_as(from)
}

fn decode(body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let deserialize =
        |message: &str| Err(Refusal::new(400, "UnableToDeserializePostBody", message));
    let packed: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    if packed.is_empty() {
        return deserialize("were unable to deserialize the post body: it is empty.");
    }
    let raw = STANDARD.decode(packed).map_err(|_| {
        Refusal::new(
            400,
            "ErrorMimeContentInvalidBase64String",
            "Invalid base64 string for MIME content.",
        )
    })?;
    let bare = raw
        .iter()
        .zip(std::iter::once(&0).chain(&raw))
        .any(|(byte, before)| (*byte == b'\n') != (*before == b'\r'));
    if bare || raw.last() == Some(&b'\r') {
        return deserialize(
            "were unable to deserialize the post body: a line does not end in CRLF.",
        );
    }
    Ok(raw)
}

/// Parses the message. Its header must be lines of fields and continuations up to the first empty line;
/// the parser alone would accept anything.
fn parse(raw: &[u8]) -> Result<Message<'_>, Refusal> {
    let invalid = || {
        Refusal::new(
            400,
            "ErrorMimeContentInvalid",
            "The MIME content is invalid.",
        )
    };
    let text = String::from_utf8_lossy(raw);
    let mut lines = text.split("\r\n").take_while(|line| !line.is_empty());
    let first_is_a_field = lines.clone().next().is_some_and(is_field);
    if !first_is_a_field || !lines.all(|line| line.starts_with([' ', '\t']) || is_field(line)) {
        return Err(invalid());
    }
    parsed(raw).ok_or_else(invalid)
}

/// Whether the line begins a header field (RFC 5322 section 2.2).
fn is_field(line: &str) -> bool {
    line.split_once(':').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic())
    })
}

/// The message resource that Graph would store.
fn resource(message: &Message<'_>, tenant: &Tenant<'_>) -> Value {
    let from = recipients(message.from());
    let from = from.first().cloned().unwrap_or_default();
    let html = message
        .html_bodies()
        .find(|part| matches!(part.body, PartType::Html(_)));
    let (content_type, body) = match html.or_else(|| message.text_bodies().next()) {
        Some(part) if part.is_text_html() => ("html", text(part, message)),
        Some(part) => ("text", text(part, message)),
        None => ("text", String::new()),
    };
    let attachments: Vec<Value> = message.attachments().map(attachment).collect();
    let now = tenant.seams.now();
    let sent = message
        .date()
        .and_then(|date| jiff::Timestamp::from_second(date.to_timestamp()).ok())
        .unwrap_or(now);
    json!({
        "from": from,
        "sender": recipients(message.sender()).first().unwrap_or(&from),
        "toRecipients": all(message.all_to()),
        "ccRecipients": all(message.all_cc()),
        "bccRecipients": all(message.all_bcc()),
        "replyTo": recipients(message.reply_to()),
        "subject": message.subject().unwrap_or_default(),
        "body": {"contentType": content_type, "content": body},
        "importance": importance(message),
        "flag": {"flagStatus": "notFlagged"},
        "categories": [],
        "hasAttachments": attachments.iter().any(|attachment| !inline(attachment)),
        "attachments": attachments,
        "internetMessageId": message.message_id().map(|id| format!("<{id}>")),
        "internetMessageHeaders": headers(message),
        "isReadReceiptRequested": message.header("Disposition-Notification-To").is_some(),
        "isDeliveryReceiptRequested": message.header("Return-Receipt-To").is_some(),
        "sentDateTime": sent.to_string(),
    })
}

/// The text of a part. What is outside ASCII without a charset is not guessed: no reader is sure to guess the
/// same.
fn text(part: &MessagePart<'_>, message: &Message<'_>) -> String {
    let text = parsed::text(part, message).unwrap_or_default();
    match broken::is_undeclared(part) {
        true => text.replace(|character: char| !character.is_ascii(), "\u{FFFD}"),
        false => text.into_owned(),
    }
}

fn importance(message: &Message<'_>) -> &'static str {
    let value = message.header_raw("Importance").unwrap_or_default().trim();
    ["low", "high"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(value))
        .unwrap_or("normal")
}

fn all<'a>(lists: impl Iterator<Item = &'a Address<'a>>) -> Vec<Value> {
    lists.flat_map(|list| recipients(Some(list))).collect()
}

fn recipients(list: Option<&Address<'_>>) -> Vec<Value> {
    list.into_iter()
        .flat_map(Address::iter)
        .map(|mailbox| {
            let (name, address) = (mailbox.name(), mailbox.address().unwrap_or_default());
            // Without angle brackets, the parser reads a quoted local part as a name.
            let (name, address) = match name.filter(|_| address.starts_with('@')) {
                Some(local) => (None, format!("\"{local}\"{address}")),
                None => (name, address.to_owned()),
            };
            let name = name.unwrap_or(&address);
            json!({"emailAddress": {"name": name, "address": address}})
        })
        .collect()
}

/// The fields without a separate property, unfolded, in order.
fn headers(message: &Message<'_>) -> Vec<Value> {
    message
        .headers_raw()
        .filter(|(name, _)| {
            !PROPERTIES
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        })
        .map(|(name, value)| json!({"name": name, "value": value.replace("\r\n", "").trim()}))
        .collect()
}

fn attachment(part: &MessagePart<'_>) -> Value {
    let content_type = part.content_type().map_or_else(
        || "application/octet-stream".to_owned(),
        |kind| match kind.subtype() {
            Some(subtype) => format!("{}/{subtype}", kind.ctype()),
            None => kind.ctype().to_owned(),
        },
    );
    let contents = match &part.body {
        PartType::Message(message) => message.raw_message(),
        _ => part.contents(),
    };
    let disposition = part.content_disposition();
    let attached = disposition.is_some_and(ContentType::is_attachment);
    let inline = disposition.is_some_and(ContentType::is_inline)
        || (part.content_id().is_some() && !attached);
    json!({
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": part.attachment_name().unwrap_or_default(),
        "contentType": content_type,
        "contentId": part.content_id(),
        "isInline": inline,
        "contentBytes": STANDARD.encode(contents),
    })
}

/// The message without its Bcc fields, which the service removes before delivery.
pub(super) fn without_bcc(raw: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(raw.len());
    let mut from = 0;
    let parsed = MessageParser::new().parse_headers(raw);
    for header in parsed.as_ref().map(Message::headers).unwrap_or_default() {
        if header.name == HeaderName::Bcc {
            let (start, end) = (header.offset_field as usize, header.offset_end as usize);
            kept.extend_from_slice(raw.get(from..start).unwrap_or_default());
            from = end;
        }
    }
    kept.extend_from_slice(raw.get(from..).unwrap_or_default());
    kept
}
