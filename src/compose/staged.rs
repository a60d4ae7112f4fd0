//! The draft route: creates a draft, then adds the attachments one by one.

use bytes::Bytes;

use super::route::{Call, Plan, Staged};
use super::{Error, Limits, Part, Stamp, contents, json, mime};
use crate::message::{Attachment, Inline, Message};
use crate::submission::{Content, Format, Upload, UploadRoute};

/// What happens to the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// It is sent.
    Send {
        /// The size in bytes of a single request.
        direct: u64,
    },
    /// It stays in Drafts.
    Keep,
}

/// The requests for a draft of `size` bytes and its attachments, without the request that sends it.
fn calls(size: u64, uploads: &[Upload]) -> Vec<Call> {
    let attach = |upload: &Upload| {
        let about = |call: Call| Call {
            name: Some(upload.name.clone()),
            ..call
        };
        match upload.route {
            UploadRoute::Post => {
                let bytes = contents::encoded_length(upload.size);
                vec![about(call("POST", "messages/{id}/attachments", bytes))]
            }
            UploadRoute::Session => vec![
                about(call(
                    "POST",
                    "messages/{id}/attachments/createUploadSession",
                    0,
                )),
                Call {
                    count: upload.size.div_ceil(UploadRoute::RANGE),
                    ..about(call("PUT", "upload session", upload.size))
                },
            ],
        }
    };
    let mut calls = vec![call("POST", "messages", size)];
    calls.extend(uploads.iter().flat_map(attach));
    calls
}

/// One request.
const fn call(method: &'static str, what: &'static str, bytes: u64) -> Call {
    Call {
        method,
        what,
        name: None,
        count: 1,
        bytes,
    }
}

/// A draft and its attachments, before they are checked against the limits.
pub(super) struct Stages {
    pub(super) format: Format,
    /// The bytes of the draft's request.
    pub(super) size: u64,
    /// See [`Staged`].
    pub(super) draft: Option<Bytes>,
    pub(super) uploads: Vec<Upload>,
    /// The parts in the draft itself.
    pub(super) texts: Vec<Part>,
}

impl Stages {
    /// A ready message of `size` bytes in base64, as a draft without attachments.
    pub(super) const fn whole(size: u64) -> Self {
        Self {
            format: Format::Mime,
            size,
            draft: None,
            uploads: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// Checks the size of the draft's request and the number of attachments.
    pub(super) fn within(self, limits: &Limits) -> Result<Self, Error> {
        if self.uploads.len() > Limits::ATTACHMENTS {
            return Err(Error::TooManyAttachments {
                count: self.uploads.len(),
                limit: Limits::ATTACHMENTS,
            });
        }
        if self.size <= limits.request {
            return Ok(self);
        }
        Err(Error::TooLarge {
            size: self.size,
            limit: limits.request,
            parts: largest(self.texts),
        })
    }

    /// The plan.
    pub(super) fn plan(
        self,
        mut reasons: Vec<String>,
        purpose: Purpose,
        limits: &Limits,
        recipients: usize,
    ) -> Plan {
        let mut calls = calls(self.size, &self.uploads);
        let mut permissions = vec!["Mail.ReadWrite"];
        if let Purpose::Send { direct } = purpose {
            reasons.push(format!(
                "a single request would have {direct} bytes, but the limit is {} bytes",
                limits.request
            ));
            calls.push(call("POST", "messages/{id}/send", 0));
            permissions.push("Mail.Send");
        }
        Plan {
            format: self.format,
            size: self.size,
            reasons,
            permissions,
            recipients,
            staged: Some(Staged {
                notes: self.notes(purpose, recipients, limits),
                calls,
                draft: self.draft,
                uploads: self.uploads,
            }),
        }
    }

    /// Notes for the user on the effects of this route.
    fn notes(&self, purpose: Purpose, recipients: usize, limits: &Limits) -> Vec<String> {
        let session = |upload: &Upload| upload.route == UploadRoute::Session;
        let is_split = |upload: &Upload| matches!(upload.content, Content::Encoded { .. });
        let kept = purpose == Purpose::Keep;
        let notes = [
            (
                !kept,
                "the message is in Drafts until it is sent; a copy is saved in Sent Items",
            ),
            (
                kept,
                "the message stays in Drafts and is not sent; when it is sent later, a copy is saved in Sent Items",
            ),
            (
                kept && recipients == 0,
                "the message has no recipient; it cannot be sent without one",
            ),
            (
                self.uploads.iter().any(is_split),
                "the message is split, and Exchange writes its MIME again: boundaries, \
                 encodings and the order of parts may change",
            ),
            (
                !limits.upload_sessions && self.uploads.iter().any(session),
                "this cloud may not support upload sessions, which attachments of 3 MB or more need",
            ),
        ];
        let said = notes.into_iter().filter(|(said, _)| *said);
        said.map(|(_, note)| note.to_owned()).collect()
    }
}

/// A composed message as a draft of this format.
///
/// # Errors
/// As [`mime::measure`].
pub(super) fn stages(message: &Message, format: Format) -> Result<Stages, Error> {
    let stamp = Stamp::sample(message);
    Ok(Stages {
        format,
        size: draft(message, format, &stamp)?.len() as u64,
        draft: None,
        uploads: uploads(message),
        texts: texts(message).collect(),
    })
}

/// The body of the request that creates the draft.
///
/// # Errors
/// As [`mime::write`].
pub(super) fn draft(message: &Message, format: Format, stamp: &Stamp) -> Result<Vec<u8>, Error> {
    match format {
        Format::Json => json::draft(message, stamp),
        Format::Mime => {
            let text = Message {
                attachments: Vec::new(),
                inlines: Vec::new(),
                ..message.clone()
            };
            mime::write(&text, stamp, 0)
        }
    }
}

fn uploads(message: &Message) -> Vec<Upload> {
    let files = message.attachments.iter().map(|file| upload(file, None));
    let images = message
        .inlines
        .iter()
        .map(|image| upload(image.attachment(), Some(image)));
    files.chain(images).collect()
}

fn upload(file: &Attachment, image: Option<&Inline>) -> Upload {
    Upload {
        name: file.name().to_owned(),
        content_type: file.content_type().to_string(),
        size: file.size(),
        content_id: image.map(|image| image.content_id().to_owned()),
        inline: image.is_some(),
        route: UploadRoute::for_size(file.size()),
        content: contents::content(file, true),
    }
}

/// The three largest parts, largest first.
pub(super) fn largest(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort_by_key(|part| std::cmp::Reverse(part.size));
    parts.truncate(3);
    parts
}

/// The text and HTML of a message.
pub(super) fn texts(message: &Message) -> impl Iterator<Item = Part> {
    let text = message.body.text.iter().map(|text| ("text", text));
    let html = message.body.html.iter().map(|html| ("HTML", html));
    text.chain(html).map(|(name, text)| Part {
        name: name.to_owned(),
        size: text.len() as u64,
    })
}
