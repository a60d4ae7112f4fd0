//! A whole RFC 5322 message; the only file that names mail-builder.
//!
//! mail-builder does not check its input. So everything that could break the message's structure has a
//! checked type (addresses, identifiers, header names, media types). Date, Message-ID, MIME-Version and
//! the boundaries are set here. Attachments are encoded here, and so is text that mail-builder would
//! write unchanged (control characters, text like an encoded word, long words).

use base64::Engine;
use base64::write::EncoderWriter;
use mail_builder::MessageBuilder;
use mail_builder::headers::HeaderType;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::message_id::MessageId as MessageIdHeader;
use mail_builder::headers::raw::Raw;
use mail_builder::headers::text::Text;
use mail_builder::mime::MimePart;
use mime_guess::mime;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Error, Stamp, contents};
use crate::message::{
    Attachment, Header, Importance, Inline, Mailbox, Message, MessageId, Mime, Sensitivity,
    with_crlf,
};

/// The longest word in a field. Together with the field's name it fits within 998 octets (RFC 5322
/// section 2.1.1).
const LONGEST_WORD: usize = 900;

/// The body of the request: the message in base64. `capacity` is its expected size in bytes.
///
/// # Errors
/// [`Error`] for an unknown sender, a header field that is too long, and attachments.
pub(super) fn write(message: &Message, stamp: &Stamp, capacity: usize) -> Result<Vec<u8>, Error> {
    let built = build(message, stamp, Files::Read)?;
    let engine = contents::engine();
    let mut encoder = EncoderWriter::new(Vec::with_capacity(capacity), &engine);
    built
        .write_to(&mut encoder)
        .and_then(|()| encoder.finish())
        .map_err(Error::Encoding)
}

/// The request's size in bytes. Attachments are not read, except attached messages, whose line ends may
/// change. These are read only if the request is within `limit` without the added line ends.
///
/// # Errors
/// As [`write`].
pub(super) fn measure(message: &Message, stamp: &Stamp, limit: u64) -> Result<u64, Error> {
    let skeleton = |files| -> Result<u64, Error> {
        let mut skeleton = Vec::new();
        build(message, stamp, files)?
            .write_to(&mut skeleton)
            .map_err(Error::Encoding)?;
        Ok(skeleton.len() as u64)
    };
    let inlines = message.inlines.iter().map(Inline::attachment);
    let files = message.attachments.iter().chain(inlines);
    let sizes = files.clone().map(|file| match is_message(file) {
        true => file.size(),
        false => contents::wrapped_length(file.size()),
    });
    let size = sizes.fold(skeleton(Files::Skip)?, u64::saturating_add);
    if contents::encoded_length(size) > limit || !files.clone().any(is_message) {
        return Ok(contents::encoded_length(size));
    }
    let mut size = skeleton(Files::Probe)?;
    for file in files {
        let added = match is_message(file) {
            true => contents::embedded_line_feeds(file)?,
            false => None,
        };
        size = size.saturating_add(match added {
            Some(added) => file.size().saturating_add(added),
            None => contents::wrapped_length(file.size()),
        });
    }
    Ok(contents::encoded_length(size))
}

/// Whether to include the contents of attachments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Files {
    Read,
    /// Not even to find out whether an attached message can be part of a message.
    Skip,
    /// Only to find that out.
    Probe,
}

fn build<'a>(
    message: &'a Message,
    stamp: &Stamp,
    files: Files,
) -> Result<MessageBuilder<'a>, Error> {
    let from = message
        .from
        .as_ref()
        .or(message.mailbox.as_ref())
        .ok_or(Error::NoFrom)?;
    let date = stamp.date.strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
    let mut builder = MessageBuilder::new().header("Date", Raw::new(date));
    let id = identifiers(std::slice::from_ref(&stamp.message_id));
    builder = builder.header("Message-ID", id);
    builder = builder.header("From", addresses(std::slice::from_ref(from)));
    let lists = [
        ("To", &message.to),
        ("Cc", &message.cc),
        ("Bcc", &message.bcc),
        ("Reply-To", &message.reply_to),
    ];
    // An empty list would make a field without a value.
    for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        builder = builder.header(name, addresses(list));
    }
    if !message.subject.is_empty() {
        builder = builder.header("Subject", subject(&message.subject));
    }
    let threads = [
        ("In-Reply-To", &message.thread.in_reply_to),
        ("References", &message.thread.references),
    ];
    for (name, ids) in threads.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        builder = builder.header(name, identifiers(ids));
    }
    for (name, value) in marks(message, from) {
        builder = builder.header(name, Raw::new(value));
    }
    for header in &message.headers {
        builder = builder.header(header.name(), custom(header)?);
    }
    Ok(builder
        .header("MIME-Version", Raw::new("1.0"))
        .body(body(message, stamp, files)?))
}

/// Importance, sensitivity and receipts as Exchange reads them (`MS-OXCMAIL` 2.1.3.2).
fn marks(message: &Message, from: &Mailbox) -> Vec<(&'static str, String)> {
    let mut marks = Vec::new();
    if let Some(importance) = message.importance {
        let (importance, priority) = match importance {
            Importance::High => ("high", "1"),
            Importance::Normal => ("normal", "3"),
            Importance::Low => ("low", "5"),
        };
        marks.push(("Importance", importance.to_owned()));
        marks.push(("X-Priority", priority.to_owned()));
    }
    if let Some(sensitivity) = message.sensitivity {
        let sensitivity = match sensitivity {
            Sensitivity::Personal => "Personal",
            Sensitivity::Private => "Private",
            Sensitivity::Confidential => "Company-Confidential",
        };
        marks.push(("Sensitivity", sensitivity.to_owned()));
    }
    let sender = format!("<{}>", from.address());
    if message.read_receipt {
        marks.push(("Disposition-Notification-To", sender.clone()));
    }
    if message.delivery_receipt {
        marks.push(("Return-Receipt-To", sender));
    }
    marks
}

fn identifiers<'a>(ids: &[MessageId]) -> HeaderType<'a> {
    MessageIdHeader::new_list(ids.iter().map(|id| id.as_str().to_owned())).into()
}

/// An address list. A name that looks like an encoded word is encoded, so that readers show it unchanged:
/// mail-builder would only quote it, and many readers decode encoded words in quotation marks.
fn addresses(mailboxes: &[Mailbox]) -> HeaderType<'_> {
    let suspect = |mailbox: &Mailbox| mailbox.name().is_some_and(|name| name.contains("=?"));
    if !mailboxes.iter().any(suspect) {
        let list = mailboxes
            .iter()
            .map(|mailbox| Address::new_address(mailbox.name(), mailbox.address().as_str()));
        return Address::new_list(list.collect()).into();
    }
    let list: Vec<String> = mailboxes
        .iter()
        .map(|mailbox| match mailbox.name() {
            Some(name) => format!("{} <{}>", encoded_words(name), mailbox.address()),
            None => format!("<{}>", mailbox.address()),
        })
        .collect();
    Raw::new(list.join(",\r\n ")).into()
}

/// The subject. ASCII is written unchanged and folded at its spaces. Other text becomes encoded words,
/// and so does text that a reader would decode or trim.
fn subject(text: &str) -> HeaderType<'_> {
    if text.contains("=?") || text.trim() != text {
        Raw::new(encoded_words(text)).into()
    } else if text.is_ascii() && longest_word(text) <= LONGEST_WORD {
        Raw::new(text).into()
    } else {
        Text::new(text).into()
    }
}

/// A custom field. ASCII is written unchanged, since the field may be structured.
fn custom(header: &Header) -> Result<HeaderType<'_>, Error> {
    if !header.value().is_ascii() {
        Ok(Text::new(header.value()).into())
    } else if longest_word(header.value()) <= LONGEST_WORD {
        Ok(Raw::new(header.value()).into())
    } else {
        Err(Error::HeaderTooLong(header.name().to_owned()))
    }
}

fn longest_word(text: &str) -> usize {
    text.split(' ').map(str::len).max().unwrap_or_default()
}

/// Text as encoded words in base64 (RFC 2047), one on each line.
fn encoded_words(text: &str) -> String {
    // 39 bytes are 52 characters of base64, and 64 as an encoded word. With `Subject: ` they fit within
    // 76.
    const BYTES: usize = 39;
    let engine = contents::engine();
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.floor_char_boundary(BYTES));
        words.push(format!("=?utf-8?B?{}?=", engine.encode(word)));
        rest = after;
    }
    words.join("\r\n ")
}

/// multipart/alternative in multipart/related in multipart/mixed, each only if it has more than one part.
fn body<'a>(message: &'a Message, stamp: &Stamp, files: Files) -> Result<MimePart<'a>, Error> {
    let (mut body, root) = match (&message.body.text, &message.body.html) {
        (Some(text), Some(html)) => {
            let parts = vec![text_part("text/plain", text), text_part("text/html", html)];
            let content_type = multipart(stamp, "alternative");
            (MimePart::new(content_type, parts), "multipart/alternative")
        }
        (None, Some(html)) => (text_part("text/html", html), "text/html"),
        (Some(text), None) => (text_part("text/plain", text), "text/plain"),
        (None, None) => (text_part("text/plain", ""), "text/plain"),
    };
    let images = message.inlines.iter().map(Inline::attachment);
    if !message.inlines.is_empty() {
        let mut parts = vec![body];
        for image in &message.inlines {
            let part = file_part(image.attachment(), "inline", files)?;
            parts.push(part.header("Content-ID", MessageIdHeader::new(image.content_id())));
        }
        // RFC 2387 section 3.1: the root part's type is a parameter.
        let content_type = multipart(stamp, "related").attribute("type", root);
        body = enclose(content_type, parts, images.clone());
    }
    if !message.attachments.is_empty() {
        let mut parts = vec![body];
        for file in &message.attachments {
            parts.push(file_part(file, "attachment", files)?);
        }
        let files = message.attachments.iter().chain(images);
        body = enclose(multipart(stamp, "mixed"), parts, files);
    }
    Ok(body)
}

fn multipart<'a>(stamp: &Stamp, subtype: &str) -> ContentType<'a> {
    ContentType::new(format!("multipart/{subtype}")).attribute("boundary", stamp.boundary(subtype))
}

/// A multipart that contains `files`, at any depth.
fn enclose<'a>(
    content_type: ContentType<'a>,
    parts: Vec<MimePart<'a>>,
    mut files: impl Iterator<Item = &'a Attachment>,
) -> MimePart<'a> {
    let part = MimePart::new(content_type, parts);
    // RFC 2045 section 6.4: a multipart with 8bit parts is 8bit.
    if files.any(is_message) {
        part.transfer_encoding("8bit")
    } else {
        part
    }
}

/// A text part. mail-builder chooses the encoding, but it keeps bare LF inside base64 and accepts NUL and
/// bare CR. Text with such control characters is encoded here.
fn text_part<'a>(content_type: &'static str, text: &str) -> MimePart<'a> {
    let content_type = ContentType::new(content_type).attribute("charset", "utf-8");
    let text = text.replace("\r\n", "\n");
    let odd = |character: char| character.is_ascii_control() && !matches!(character, '\t' | '\n');
    let encode_here = text.contains(odd);
    let text = text.replace('\n', "\r\n");
    if encode_here {
        MimePart::new(content_type, contents::wrapped_text(&text)).transfer_encoding("base64")
    } else {
        MimePart::new(content_type, text)
    }
}

/// An attached file. A message is not encoded (RFC 2046 section 5.2.1), unless it cannot be part of a message. Any
/// other file is encoded in base64, so that no server changes it.
fn file_part<'a>(
    file: &'a Attachment,
    disposition: &'static str,
    files: Files,
) -> Result<MimePart<'a>, Error> {
    let embedded = is_message(file)
        && (files == Files::Skip || contents::embedded_line_feeds(file)?.is_some());
    let (encoding, contents) = match (files, embedded) {
        (Files::Read, true) => ("8bit", with_crlf(contents::whole(file)?)?),
        (Files::Read, false) => ("base64", contents::wrapped(file)?),
        (Files::Skip | Files::Probe, true) => ("8bit", Vec::new()),
        (Files::Skip | Files::Probe, false) => ("base64", Vec::new()),
    };
    let content_type = match is_message(file) && !embedded {
        true => ContentType::new("application/octet-stream"),
        false => media_type(file.content_type()),
    };
    let disposition: HeaderType<'_> = match file.name().contains("=?") {
        // Many readers decode encoded words in quotation marks, so the name is written as in RFC 2231.
        true => {
            let name = utf8_percent_encode(file.name(), NON_ALPHANUMERIC);
            Raw::new(format!("{disposition}; filename*=UTF-8''{name}")).into()
        }
        false => ContentType::new(disposition)
            .attribute("filename", file.name())
            .into(),
    };
    Ok(MimePart::new(content_type, contents)
        .header("Content-Disposition", disposition)
        .transfer_encoding(encoding))
}

fn media_type(content_type: &Mime) -> ContentType<'_> {
    let mut header = ContentType::new(content_type.essence_str());
    for (name, value) in content_type.params() {
        header = header.attribute(name.as_str(), value.as_str());
    }
    header
}

fn is_message(file: &Attachment) -> bool {
    file.content_type().type_() == mime::MESSAGE
}
