//! A JSON message as it would arrive: the sandbox's one file that names `mail_builder`.
//!
//! What that crate does not guard is guarded here or by [`rules`](super::rules): identifiers,
//! header names and addresses are of their grammar, content types are rebuilt, boundaries, Date
//! and Message-ID are ours, inline parts are related to the body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use mail_builder::MessageBuilder;
use mail_builder::headers::HeaderType;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::date::Date;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::{BodyPart, MimePart};
use mail_parser::{MessageParser, MimeHeaders as _};
use serde_json::Value;

use super::property::{items, text};
use super::rules::extended_value;
use super::schema::essence;
use crate::sandbox::attachment::Attachment;
use crate::sandbox::contents::{Contents, Eml, Piece};
use crate::seams::Seams;

/// PidTagSensitivity
const SENSITIVITY: u16 = 0x0036;
/// PidTagInternetReferences
const REFERENCES: u16 = 0x1039;
/// PidTagInReplyToId
const IN_REPLY_TO: u16 = 0x1042;
/// PidTagDeferredSendTime
const DEFERRED: u16 = 0x3FEF;

/// Renders the message that the service holds, `sent` then.
pub(super) fn render(
    message: &Value,
    attachments: &[Attachment],
    sent: Timestamp,
    seams: &dyn Seams,
) -> Eml {
    let mut builder = MessageBuilder::new().header("From", mailbox(message.get("from")));
    if message.get("sender") != message.get("from") {
        builder = builder.header("Sender", mailbox(message.get("sender")));
    }
    for (name, property) in [
        ("To", "toRecipients"),
        ("Cc", "ccRecipients"),
        ("Reply-To", "replyTo"),
    ] {
        let list = items(message, property);
        if !list.is_empty() {
            let list = list.iter().map(|one| mailbox(Some(one))).collect();
            builder = builder.header(name, Address::new_list(list));
        }
    }
    builder = builder
        .header("Subject", unstructured(text(message, "subject")))
        .header("Date", Date::new(sent.as_second()))
        .header(
            "Message-ID",
            Raw::new(text(message, "internetMessageId").to_owned()),
        );
    for (name, value) in fields(message) {
        builder = builder.header(name, unstructured(&value));
    }
    let body = message.get("body").cloned().unwrap_or_default();
    let html = text(&body, "contentType") == "html";
    let kind = if html { "text/html" } else { "text/plain" };
    let first = text_part(kind, text(&body, "content"));
    let mut skeleton = Vec::new();
    builder
        .body(content(first, html, attachments, 0, seams))
        .serialize(&mut skeleton);
    filled(&skeleton, attachments, &Contents::of(""))
}

/// Adds `attachments` from the one at `own` on to a ready message without Bcc, which has those
/// before it already. What the message was becomes the first part of what it is.
pub(super) fn extend(raw: &[u8], attachments: &[Attachment], own: usize, seams: &dyn Seams) -> Eml {
    let parsed = MessageParser::new().parse_headers(raw);
    let root = parsed.as_ref().and_then(|message| message.parts.first());
    let mut header = Vec::new();
    let mut first = Vec::new();
    for field in root.map(|root| root.headers.as_slice()).unwrap_or_default() {
        let line = raw.get(field.offset_field as usize..field.offset_end as usize);
        let name = field.name.as_str().to_ascii_lowercase();
        match name.as_str() {
            "mime-version" => {}
            name if name.starts_with("content-") => {
                first.extend_from_slice(line.unwrap_or_default());
            }
            _ => header.extend_from_slice(line.unwrap_or_default()),
        }
    }
    // The empty line and what follows it.
    let end = root
        .and_then(|root| root.headers.last())
        .map(|field| field.offset_end as usize);
    first.extend_from_slice(raw.get(end.unwrap_or_default()..).unwrap_or_default());
    header.extend_from_slice(b"MIME-Version: 1.0\r\n");
    let place = MimePart::raw(BodyPart::Binary(FIRST.as_bytes().into()));
    content(place, true, attachments, own, seams).write_part(&mut header);
    filled(&header, attachments, &Contents::of(first))
}

/// Where the first part of an extended message goes.
const FIRST: &str = "\0first\0";

/// Puts contents where the skeleton has a NUL, what belongs there, and another NUL. Nothing else
/// in it is a NUL: text with control characters is base64 there, and header fields have none.
fn filled(skeleton: &[u8], attachments: &[Attachment], first: &Contents) -> Eml {
    let stretches = skeleton.split(|byte| *byte == 0).enumerate();
    let pieces = stretches.map(|(position, stretch)| {
        let number = std::str::from_utf8(stretch).ok();
        let attachment = number
            .filter(|_| position % 2 == 1)
            .and_then(|number| attachments.get(number.parse::<usize>().ok()?));
        match attachment {
            Some(attachment) if is_message(attachment) => Piece::Plain(attachment.contents.clone()),
            Some(attachment) => Piece::Base64(attachment.contents.clone()),
            None if position % 2 == 1 => Piece::Plain(first.clone()),
            None => Piece::Plain(Contents::of(stretch.to_vec())),
        }
    });
    Eml::new(pieces.collect())
}

/// Whether the attachment is a message itself, which may not be base64 (RFC 2046 section 5.2.1).
fn is_message(attachment: &Attachment) -> bool {
    essence(&attachment.content_type) == "message/rfc822"
}

/// The header fields that properties become, and those given as such.
fn fields(message: &Value) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        fields.extend(value.map(|value| (name.to_owned(), value)));
    };
    let owned = |value: &str| value.replace(char::is_control, " ");
    add(
        "In-Reply-To",
        extended_value(message, IN_REPLY_TO).map(owned),
    );
    add("References", extended_value(message, REFERENCES).map(owned));
    let importance = text(message, "importance");
    add(
        "Importance",
        (importance != "normal").then(|| importance.to_owned()),
    );
    // RFC 4021 section 2.1.55 registers the field, [MS-OXCMAIL] section 2.1.3.2.2 its values.
    let sensitivity = match extended_value(message, SENSITIVITY) {
        Some("1") => Some("Personal"),
        Some("2") => Some("Private"),
        Some("3") => Some("Company-Confidential"),
        _ => None,
    };
    add("Sensitivity", sensitivity.map(str::to_owned));
    let deferred = extended_value(message, DEFERRED)
        .and_then(|value| value.parse::<Timestamp>().ok())
        .map(|time| time.strftime("%a, %d %b %Y %T +0000").to_string());
    add("Deferred-Delivery", deferred);
    let from = message
        .pointer("/from/emailAddress/address")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let asked =
        |property| (message.get(property) == Some(&Value::Bool(true))).then(|| format!("<{from}>"));
    add(
        "Disposition-Notification-To",
        asked("isReadReceiptRequested"),
    );
    add("Return-Receipt-To", asked("isDeliveryReceiptRequested"));
    for header in items(message, "internetMessageHeaders") {
        add(text(header, "name"), Some(text(header, "value").to_owned()));
    }
    fields
}

fn mailbox(recipient: Option<&Value>) -> Address<'static> {
    let inner = recipient.and_then(|recipient| recipient.get("emailAddress"));
    let (name, address) = inner.map_or(("", ""), |inner| {
        (text(inner, "name"), text(inner, "address"))
    });
    let name = (!name.is_empty() && name != address).then(|| name.to_owned());
    Address::new_address(name, address.to_owned())
}

/// A field of free text: plain where it is ASCII that folds, in encoded words otherwise.
fn unstructured(value: &str) -> HeaderType<'static> {
    let folds = value.split(' ').all(|word| word.len() < 900);
    if value.contains("=?") {
        Raw::new(escaped(value)).into()
    } else if value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && folds && !value.is_empty()
    {
        Raw::new(value.to_owned()).into()
    } else {
        Text::new(value.to_owned()).into()
    }
}

/// The text in encoded words (RFC 2047), which it would otherwise be read as.
fn escaped(value: &str) -> String {
    let mut words: Vec<String> = vec![String::new()];
    for character in value.chars() {
        // 45 bytes are 60 of base64, and a word is at most 75 long.
        match words.last_mut() {
            Some(word) if word.len() + character.len_utf8() <= 45 => word.push(character),
            _ => words.push(character.to_string()),
        }
    }
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)))
        .collect();
    words.join(" ")
}

/// The body with the images that belong to it, and the attachments beside it, from the one at
/// `own` on.
fn content(
    body: MimePart<'static>,
    html: bool,
    attachments: &[Attachment],
    own: usize,
    seams: &dyn Seams,
) -> MimePart<'static> {
    let (images, files): (Vec<_>, Vec<_>) = attachments
        .iter()
        .enumerate()
        .skip(own)
        .partition(|(_, attachment)| html && attachment.inline);
    let related = std::iter::once(body)
        .chain(images.into_iter().map(|image| leaf(image, "inline")))
        .collect();
    let mixed = std::iter::once(multipart("multipart/related", related, seams))
        .chain(files.into_iter().map(|file| leaf(file, "attachment")))
        .collect();
    multipart("multipart/mixed", mixed, seams)
}

/// The parts under one roof; a single part needs none.
fn multipart(
    kind: &'static str,
    mut parts: Vec<MimePart<'static>>,
    seams: &dyn Seams,
) -> MimePart<'static> {
    if parts.len() == 1
        && let Some(only) = parts.pop()
    {
        return only;
    }
    let boundary = format!("=_{}", seams.uuid().simple());
    MimePart::new(
        ContentType::new(kind).attribute("boundary", boundary),
        parts,
    )
}

fn text_part(kind: &'static str, content: &str) -> MimePart<'static> {
    let kind = ContentType::new(kind).attribute("charset", "utf-8");
    let lines: Vec<&str> = content
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect();
    let content = lines.join("\r\n");
    let plain = !lines.iter().any(|line| {
        line.chars()
            .any(|character| character.is_control() && character != '\t')
    });
    if plain {
        return MimePart::new(kind, content);
    }
    // Control characters would travel as they are.
    MimePart::new(
        kind,
        BodyPart::Binary(wrapped(content.as_bytes()).into_bytes().into()),
    )
    .transfer_encoding("base64")
}

/// An attachment with a place for its contents, which [`filled`] puts in.
fn leaf((index, attachment): (usize, &Attachment), disposition: &'static str) -> MimePart<'static> {
    let name = attachment.name.clone();
    let kind = content_type(&attachment.content_type).attribute("name", name.clone());
    let place = format!("\0{index}\0").into_bytes();
    let part = MimePart::new(kind, BodyPart::Binary(place.into()))
        .header(
            "Content-Disposition",
            ContentType::new(disposition).attribute("filename", name),
        )
        .transfer_encoding(if is_message(attachment) {
            "8bit"
        } else {
            "base64"
        });
    match &attachment.content_id {
        None => part,
        Some(id) => part.header("Content-ID", Raw::new(format!("<{id}>"))),
    }
}

/// The content type with its parameters, rebuilt from what a parser understands of it.
fn content_type(value: &str) -> ContentType<'static> {
    let header = format!(
        "Content-Type: {}\r\n\r\n",
        value.replace(char::is_control, " ")
    );
    let parsed = MessageParser::new().parse_headers(header.as_bytes());
    let mut rebuilt = ContentType::new(essence(value));
    let attributes = parsed
        .as_ref()
        .and_then(|message| message.content_type())
        .and_then(|kind| kind.attributes())
        .unwrap_or_default();
    for attribute in attributes {
        let is_token = attribute
            .name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_token && !attribute.name.eq_ignore_ascii_case("name") {
            rebuilt = rebuilt.attribute(attribute.name.to_string(), attribute.value.to_string());
        }
    }
    rebuilt
}

/// Base64 in lines of 76 (RFC 2045 section 6.8).
fn wrapped(bytes: &[u8]) -> String {
    let lines: Vec<String> = bytes.chunks(57).map(|line| STANDARD.encode(line)).collect();
    lines.join("\r\n")
}
