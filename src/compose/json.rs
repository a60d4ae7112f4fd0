//! Graph's message resource. The properties have the order of the examples in Graph's documentation.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use super::{Error, Stamp, contents};
use crate::message::{
    Attachment, FollowUp, Importance, Inline, Mailbox, Message, MessageId, Sensitivity,
};

/// PidTagDeferredSendTime (`MS-OXPROPS`).
const DEFERRED_SEND_TIME: &str = "SystemTime 0x3FEF";
/// PidTagSensitivity.
const SENSITIVITY: &str = "Integer 0x0036";
/// PidTagInReplyToId.
const IN_REPLY_TO: &str = "String 0x1042";
/// PidTagInternetReferences.
const REFERENCES: &str = "String 0x1039";

/// The body of the request. `capacity` is its expected size in bytes.
///
/// # Errors
/// As [`contents::each_encoded`].
pub(super) fn write(message: &Message, stamp: &Stamp, capacity: usize) -> Result<Vec<u8>, Error> {
    let mut body = Vec::with_capacity(capacity);
    let reading = Reading::new(true);
    serialize(message, stamp, &reading, &mut body)?;
    Ok(body)
}

/// The body of the request that creates a draft: the bare resource, without attachments.
///
/// # Errors
/// [`Error::Encoding`]
pub(super) fn draft(message: &Message, stamp: &Stamp) -> Result<Vec<u8>, Error> {
    let reading = Reading::new(false);
    let mut resource = resource(message, stamp, &reading);
    resource.attachments.clear();
    serde_json::to_vec(&resource).map_err(|error| Error::Encoding(error.into()))
}

/// The request's size in bytes. Attachments are not read.
///
/// # Errors
/// [`Error::Encoding`]
pub(super) fn measure(message: &Message, stamp: &Stamp) -> Result<u64, Error> {
    let mut count = Count(0);
    let reading = Reading::new(false);
    serialize(message, stamp, &reading, &mut count)?;
    let inlines = message.inlines.iter().map(Inline::attachment);
    Ok(message
        .attachments
        .iter()
        .chain(inlines)
        .map(|file| contents::encoded_length(file.size()))
        .fold(count.0, u64::saturating_add))
}

fn serialize(
    message: &Message,
    stamp: &Stamp,
    reading: &Reading,
    output: impl Write,
) -> Result<(), Error> {
    let request = Request {
        message: resource(message, stamp, reading),
        save_to_sent_items: message.save,
    };
    let written = serde_json::to_writer(output, &request);
    match reading.failure.take() {
        Some(failure) => Err(failure),
        None => written.map_err(|error| Error::Encoding(error.into())),
    }
}

/// Counts the bytes that are written to it.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether attachments are read, and the first error on reading them, which serde cannot carry.
struct Reading {
    contents: bool,
    failure: RefCell<Option<Error>>,
}

impl Reading {
    const fn new(contents: bool) -> Self {
        Self {
            contents,
            failure: RefCell::new(None),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    message: Resource<'a>,
    save_to_sent_items: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource<'a> {
    subject: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<ItemBody<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    to_recipients: Vec<Recipient<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cc_recipients: Vec<Recipient<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bcc_recipients: Vec<Recipient<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<Recipient<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reply_to: Vec<Recipient<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    importance: Option<&'static str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    categories: &'a [String],
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_read_receipt_requested: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_delivery_receipt_requested: bool,
    internet_message_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    internet_message_headers: Vec<InternetMessageHeader<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<FileAttachment<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flag: Option<Flag>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    single_value_extended_properties: Vec<Property>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ItemBody<'a> {
    content_type: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Recipient<'a> {
    email_address: EmailAddress<'a>,
}

#[derive(Serialize)]
struct EmailAddress<'a> {
    address: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct InternetMessageHeader<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileAttachment<'a> {
    #[serde(rename = "@odata.type")]
    odata_type: &'static str,
    name: &'a str,
    content_type: &'a str,
    content_bytes: ContentBytes<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_inline: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Flag {
    flag_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_date_time: Option<DateTimeTimeZone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date_time: Option<DateTimeTimeZone>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DateTimeTimeZone {
    date_time: String,
    time_zone: &'static str,
}

#[derive(Serialize)]
struct Property {
    id: &'static str,
    value: String,
}

/// An attachment's contents, encoded while they are written.
struct ContentBytes<'a> {
    attachment: &'a Attachment,
    reading: &'a Reading,
}

impl Serialize for ContentBytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for ContentBytes<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.reading.contents {
            return Ok(());
        }
        let mut written = Ok(());
        let read = contents::each_encoded(self.attachment, |encoded| {
            written = written.and_then(|()| formatter.write_str(encoded));
        });
        // Not a `fmt::Error`: serde_json would take it for a failure of its own output and panic if there
        // is none. The caller discards the output.
        if let Err(failure) = read {
            self.reading.failure.replace(Some(failure));
        }
        written
    }
}

fn resource<'a>(message: &'a Message, stamp: &Stamp, reading: &'a Reading) -> Resource<'a> {
    let files = message
        .attachments
        .iter()
        .map(|file| file_attachment(file, None, reading));
    let images = message
        .inlines
        .iter()
        .map(|image| file_attachment(image.attachment(), Some(image.content_id()), reading));
    let headers = message.headers.iter().map(|header| InternetMessageHeader {
        name: header.name(),
        value: header.value(),
    });
    Resource {
        subject: &message.subject,
        body: item_body(message),
        to_recipients: recipients(&message.to),
        cc_recipients: recipients(&message.cc),
        bcc_recipients: recipients(&message.bcc),
        from: message.from.as_ref().map(recipient),
        reply_to: recipients(&message.reply_to),
        importance: message.importance.map(importance),
        categories: &message.categories,
        is_read_receipt_requested: message.read_receipt,
        is_delivery_receipt_requested: message.delivery_receipt,
        internet_message_id: stamp.message_id.to_string(),
        internet_message_headers: headers.collect(),
        attachments: files.chain(images).collect(),
        flag: message
            .follow_up
            .map(|follow_up| flag(follow_up, stamp.date.timestamp())),
        single_value_extended_properties: properties(message),
    }
}

/// The body: JSON supports only one. `None` if there is neither HTML nor text; Graph then sends an empty
/// body.
fn item_body(message: &Message) -> Option<ItemBody<'_>> {
    let (content_type, content) = match (&message.body.html, &message.body.text) {
        (Some(html), _) => ("HTML", html),
        (None, Some(text)) => ("Text", text),
        (None, None) => return None,
    };
    Some(ItemBody {
        content_type,
        content,
    })
}

fn recipients(mailboxes: &[Mailbox]) -> Vec<Recipient<'_>> {
    mailboxes.iter().map(recipient).collect()
}

fn recipient(mailbox: &Mailbox) -> Recipient<'_> {
    Recipient {
        email_address: EmailAddress {
            address: mailbox.address().as_str(),
            name: mailbox.name(),
        },
    }
}

const fn importance(importance: Importance) -> &'static str {
    match importance {
        Importance::Low => "low",
        Importance::Normal => "normal",
        Importance::High => "high",
    }
}

fn file_attachment<'a>(
    attachment: &'a Attachment,
    content_id: Option<&'a str>,
    reading: &'a Reading,
) -> FileAttachment<'a> {
    FileAttachment {
        odata_type: "#microsoft.graph.fileAttachment",
        name: attachment.name(),
        content_type: attachment.content_type().as_ref(),
        content_bytes: ContentBytes {
            attachment,
            reading,
        },
        is_inline: content_id.is_some(),
        content_id,
    }
}

/// A due date needs a start, which must not be after it (Graph: followupFlag resource type).
fn flag(follow_up: FollowUp, now: Timestamp) -> Flag {
    let start = follow_up
        .start
        .or_else(|| follow_up.due.map(|due| due.min(now)));
    Flag {
        flag_status: "flagged",
        start_date_time: start.map(utc),
        due_date_time: follow_up.due.map(utc),
    }
}

fn utc(moment: Timestamp) -> DateTimeTimeZone {
    let date_time = TimeZone::UTC.to_datetime(moment);
    DateTimeTimeZone {
        date_time: date_time.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        time_zone: "UTC",
    }
}

fn properties(message: &Message) -> Vec<Property> {
    let ids = |ids: &[MessageId]| {
        let ids: Vec<String> = ids.iter().map(MessageId::to_string).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    };
    let sensitivity = message.sensitivity.map(|sensitivity| match sensitivity {
        Sensitivity::Personal => "1",
        Sensitivity::Private => "2",
        Sensitivity::Confidential => "3",
    });
    let deliver_at = message
        .deliver_at
        .map(|moment| format!("{}Z", utc(moment).date_time));
    [
        (DEFERRED_SEND_TIME, deliver_at),
        (SENSITIVITY, sensitivity.map(str::to_owned)),
        (IN_REPLY_TO, ids(&message.thread.in_reply_to)),
        (REFERENCES, ids(&message.thread.references)),
    ]
    .into_iter()
    .filter_map(|(id, value)| value.map(|value| Property { id, value }))
    .collect()
}
