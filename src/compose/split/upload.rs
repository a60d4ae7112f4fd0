//! Turns a part of a message into an attachment of the draft.

use crate::compose::Error;
use crate::message::{self, Eml, Fields, Mime};
use crate::submission::{Content, TransferEncoding, Upload, UploadRoute};
use crate::text;

/// The type of a file of any kind.
const UNKNOWN: &str = "application/octet-stream";

/// A part that becomes an attachment.
pub(super) struct Taken {
    pub(super) part: message::Part,
    pub(super) inline: bool,
}

impl Taken {
    /// The transfer encoding, and the type. A part whose encoding is unknown, as `x-uuencode`, is of the type
    /// `application/octet-stream` (RFC 2045 section 6.4): its bytes remain as they are.
    fn form(&self) -> (TransferEncoding, String) {
        let content_type = || content_type(&self.part.fields);
        match self.part.fields.encoding.as_str() {
            "base64" => (TransferEncoding::Base64, content_type()),
            "quoted-printable" => (TransferEncoding::QuotedPrintable, content_type()),
            "7bit" | "8bit" | "binary" | "" => (TransferEncoding::Identity, content_type()),
            _ => (TransferEncoding::Identity, UNKNOWN.to_owned()),
        }
    }

    /// The attachment. Refuses a part whose contents cannot be decoded correctly.
    pub(super) fn upload(&self, eml: &Eml, number: usize) -> Result<Upload, Error> {
        let fields = &self.part.fields;
        let refuse = |why| Error::Part {
            name: name(fields, number),
            why,
            size: eml.size(),
        };
        if let Some(charset) = &fields.unknown_charset {
            return Err(Error::Name {
                name: name(fields, number),
                charset: charset.clone(),
                size: eml.size(),
            });
        }
        let (encoding, content_type) = self.form();
        let octets = eml.octets().range(self.part.body.clone());
        let damaged = || format!("its {} is damaged", fields.encoding);
        let size = encoding
            .measure(&octets)?
            .ok_or_else(|| refuse(damaged()))?;
        Ok(Upload {
            name: name(fields, number),
            content_type,
            size,
            content_id: fields.content_id.clone(),
            inline: self.inline,
            route: UploadRoute::for_size(size),
            content: Content::Encoded { encoding, octets },
        })
    }
}

/// The part's name, or one made from its type.
pub(super) fn name(fields: &Fields, number: usize) -> String {
    let given: String = fields
        .name
        .iter()
        .flat_map(|name| name.chars())
        .filter(|character| !text::is_hidden(*character))
        .collect();
    match given.trim() {
        "" => format!("attachment-{number}.{}", extension(fields)),
        given => given.to_owned(),
    }
}

/// File name extensions for parts without a name.
const EXTENSIONS: [(&str, &str, &str); 24] = [
    ("message", "rfc822", "eml"),
    ("message", "global", "eml"),
    ("text", "plain", "txt"),
    ("text", "html", "html"),
    ("text", "calendar", "ics"),
    ("text", "csv", "csv"),
    ("text", "xml", "xml"),
    ("image", "png", "png"),
    ("image", "jpeg", "jpg"),
    ("image", "gif", "gif"),
    ("image", "webp", "webp"),
    ("image", "tiff", "tif"),
    ("image", "svg+xml", "svg"),
    ("audio", "mpeg", "mp3"),
    ("audio", "wav", "wav"),
    ("video", "mp4", "mp4"),
    ("application", "pdf", "pdf"),
    ("application", "zip", "zip"),
    ("application", "gzip", "gz"),
    ("application", "json", "json"),
    ("application", "xml", "xml"),
    ("application", "rtf", "rtf"),
    ("application", "msword", "doc"),
    ("application", "ics", "ics"),
];

fn extension(fields: &Fields) -> &'static str {
    EXTENSIONS
        .iter()
        .find(|(kind, subtype, _)| fields.is(kind, subtype))
        .map_or("bin", |(.., extension)| *extension)
}

/// The part's type with its parameters. `application/octet-stream` if the type is not valid.
fn content_type(fields: &Fields) -> String {
    if fields.kind == "multipart" || fields.subtype.is_empty() {
        return UNKNOWN.to_owned();
    }
    let essence = format!("{}/{}", fields.kind, fields.subtype);
    let mut whole = essence.clone();
    for (name, value) in &fields.parameters {
        // A folded value has a tab where the line was folded.
        let value = value.replace('\t', " ");
        if value.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            whole.push_str(&format!("; {name}=\"{value}\""));
        }
    }
    let parsed = [whole, essence].into_iter().find_map(|text| {
        let parsed: Option<Mime> = text.parse().ok();
        parsed.map(|mime| mime.to_string())
    });
    parsed.unwrap_or_else(|| UNKNOWN.to_owned())
}
