//! A JSON message as it would arrive. Only this file of the sandbox uses `mail_builder`.
//!
//! `mail_builder` does not validate its input, so this file and [`rules`](super::rules) do:
//! identifiers, header names and addresses follow their grammar, content types are rebuilt, boundaries,
//! Date and Message-ID are generated here, and inline parts are related to the body.

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

use super::fields::{encoded_words, fields};
use super::property::{items, text};
use super::schema::essence;
use crate::sandbox::attachment::Attachment;
use crate::sandbox::contents::Contents;
use crate::sandbox::eml::{Eml, Piece};
use crate::seams::Seams;

/// Renders a stored message, sent at `sent`.
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
    fill_in_contents(&skeleton, attachments, &Contents::from_bytes(""))
}

/// Adds attachments to a complete MIME message without Bcc, which already contains those before `own`.
/// The original body becomes the first part of the new one.
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
    // The empty line and the body.
    let end = root
        .and_then(|root| root.headers.last())
        .map(|field| field.offset_end as usize);
    first.extend_from_slice(raw.get(end.unwrap_or_default()..).unwrap_or_default());
    header.extend_from_slice(b"MIME-Version: 1.0\r\n");
    let place = MimePart::raw(BodyPart::Binary(FIRST.as_bytes().into()));
    content(place, true, attachments, own, seams).write_part(&mut header);
    fill_in_contents(&header, attachments, &Contents::from_bytes(first))
}

/// The place of the first part of an extended message.
const FIRST: &str = "\0first\0";

/// Replaces each place in the skeleton, a name between two NULs, with the contents. The skeleton has no
/// other NULs: text with control characters is in base64, and header fields have none.
fn fill_in_contents(skeleton: &[u8], attachments: &[Attachment], first: &Contents) -> Eml {
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
            None => Piece::Plain(Contents::from_bytes(stretch.to_vec())),
        }
    });
    Eml::new(pieces.collect())
}

/// Whether the attachment is a message, which must not be in base64 (RFC 2046 section 5.2.1).
fn is_message(attachment: &Attachment) -> bool {
    essence(&attachment.content_type) == "message/rfc822"
}

fn mailbox(recipient: Option<&Value>) -> Address<'static> {
    let inner = recipient.and_then(|recipient| recipient.get("emailAddress"));
    let (name, address) = inner.map_or(("", ""), |inner| {
        (text(inner, "name"), text(inner, "address"))
    });
    let name = (!name.is_empty() && name != address).then(|| name.replace('\0', " "));
    Address::new_address(name, address.to_owned())
}

/// A field of free text: unchanged if it is ASCII that can be folded, else in encoded words.
fn unstructured(value: &str) -> HeaderType<'static> {
    let folds = value.split(' ').all(|word| word.len() < 900);
    if value.contains("=?") {
        Raw::new(encoded_words(value)).into()
    } else if value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && folds && !value.is_empty()
    {
        Raw::new(value.to_owned()).into()
    } else {
        Text::new(value.to_owned()).into()
    }
}

/// The body with its inline images, and the attachments from `own` on.
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
        .chain(
            images
                .into_iter()
                .map(|image| attachment_part(image, "inline")),
        )
        .collect();
    let mixed = std::iter::once(multipart("multipart/related", related, seams))
        .chain(
            files
                .into_iter()
                .map(|file| attachment_part(file, "attachment")),
        )
        .collect();
    multipart("multipart/mixed", mixed, seams)
}

/// A multipart of these parts; a single part is returned unchanged.
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
    // Control characters would otherwise be sent unchanged.
    MimePart::new(
        kind,
        BodyPart::Binary(wrapped(content.as_bytes()).into_bytes().into()),
    )
    .transfer_encoding("base64")
}

/// An attachment with a place for its contents, which [`fill_in_contents`] replaces.
fn attachment_part(
    (index, attachment): (usize, &Attachment),
    disposition: &'static str,
) -> MimePart<'static> {
    // A NUL marks the place of the contents.
    let name = attachment.name.replace('\0', " ");
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

/// The content type with its parameters, rebuilt from the parsed one.
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
