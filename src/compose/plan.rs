//! Chooses format and route of a message, from its flags and its size.

use bytes::Bytes;
use uuid::Uuid;

use super::formats::{Choice, Formats, formats};
use super::route::Plan;
use super::split::{fresh_id, id_field, refuse_truncated, split_attachments};
use super::staged::{Purpose, Stages, largest, stages, texts};
use super::{Error, Limits, Part, Stamp, contents, json, mime};
use crate::files::Octets;
use crate::message::{Eml, Inline, Mail, Message, has_bare};
use crate::submission::{Format, Upload};

/// Plans how to send `mail`. Attachments are not read, except messages that are attached to MIME, since
/// their line ends may change the size.
///
/// # Errors
/// [`Error`] if such an attachment cannot be read, or if the message cannot be sent, or not in the format
/// of `choice`.
pub fn plan(mail: &Mail, choice: Choice, limits: &Limits) -> Result<Plan, Error> {
    if mail.recipients() == 0 {
        return Err(Error::NoRecipients);
    }
    route(mail, choice, false, limits)
}

/// Plans how to create `mail` as a draft. Same as [`plan`], except that the route is always a draft,
/// which is not sent, and recipients are optional.
///
/// # Errors
/// As [`plan`].
pub fn plan_draft(mail: &Mail, choice: Choice, limits: &Limits) -> Result<Plan, Error> {
    route(mail, choice, true, limits)
}

fn route(mail: &Mail, choice: Choice, keep: bool, limits: &Limits) -> Result<Plan, Error> {
    let recipients = mail.recipients();
    if recipients > limits.recipients {
        return Err(Error::TooManyRecipients {
            count: recipients,
            limit: limits.recipients,
        });
    }
    check_message_size(mail, limits)?;
    match mail {
        Mail::Ready(_) if choice == Choice::Json => Err(Error::ReadyAsJson),
        Mail::Ready(eml) => ready(eml, keep, limits, recipients),
        Mail::Composed(message) => {
            let formats = formats(message, choice, limits)?;
            match keep {
                true => staged(message, formats, Purpose::Keep, limits),
                false => composed(message, formats, limits, recipients),
            }
        }
    }
}

fn direct(format: Format, size: u64, reasons: Vec<String>, recipients: usize) -> Plan {
    Plan {
        format,
        size,
        reasons,
        permissions: vec!["Mail.Send"],
        recipients,
        staged: None,
    }
}

/// Refuses a request that is too large.
pub(super) fn check_request_size(size: u64, mail: &Mail, limits: &Limits) -> Result<(), Error> {
    if size <= limits.request {
        return Ok(());
    }
    Err(Error::TooLarge {
        size,
        limit: limits.request,
        parts: largest(parts(mail)),
    })
}

/// Refuses a message that is larger than the mailbox may send.
fn check_message_size(mail: &Mail, limits: &Limits) -> Result<(), Error> {
    let size = match mail {
        Mail::Ready(eml) => eml.size(),
        Mail::Composed(message) => {
            let files = files(message).map(|file| contents::wrapped_length(file.size));
            let texts = texts(message).map(|text| text.size);
            files.chain(texts).fold(0, u64::saturating_add)
        }
    };
    refuse_larger(size, limits, || parts(mail))
}

fn refuse_larger(
    size: u64,
    limits: &Limits,
    parts: impl FnOnce() -> Vec<Part>,
) -> Result<(), Error> {
    if size <= limits.message {
        return Ok(());
    }
    Err(Error::MessageTooLarge {
        size,
        limit: limits.message,
        parts: largest(parts()),
    })
}

fn ready(eml: &Eml, keep: bool, limits: &Limits, recipients: usize) -> Result<Plan, Error> {
    let reasons = vec!["a ready message is MIME".to_owned()];
    let size = contents::encoded_length(eml.size() + id_length(eml));
    let purpose = match keep {
        true => Purpose::Keep,
        false => Purpose::Send { direct: size },
    };
    if size > limits.request {
        return Ok(split(eml, limits)?.plan(reasons, purpose, limits, recipients));
    }
    refuse_binary(eml.octets())?;
    if keep {
        return Ok(Stages::whole(size).plan(reasons, purpose, limits, recipients));
    }
    let reason = match eml.has_message_id() {
        true => "a ready message is sent unchanged",
        false => "a ready message is sent unchanged, except for a new Message-ID",
    };
    let reasons = vec![reason.to_owned()];
    Ok(direct(Format::Mime, size, reasons, recipients))
}

/// The length of the Message-ID field that is added to `eml`.
fn id_length(eml: &Eml) -> u64 {
    id_field(fresh_id(eml, Uuid::nil).as_ref()).len() as u64
}

/// Refuses a bare CR or LF. [`Eml`] leaves them only in binary parts.
fn refuse_binary(octets: &Octets) -> Result<(), Error> {
    if has_bare(octets, b"\r\n")? {
        return Err(Error::Binary);
    }
    Ok(())
}

/// A ready message as a draft and attachments.
fn split(eml: &Eml, limits: &Limits) -> Result<Stages, Error> {
    let root = eml.structure()?;
    refuse_truncated(eml, &root)?;
    let split = split_attachments(eml, &root, limits.request)?;
    let uploads = split.uploads(eml)?;
    for upload in &uploads {
        check_attachment_size(&upload.name, upload.size, limits)?;
    }
    let draft_length = split.draft_length(eml) + id_length(eml);
    // A text that becomes an attached file is encoded there, and may be longer than it was.
    let files = uploads
        .iter()
        .map(|file| contents::wrapped_length(file.size));
    let size = files.fold(draft_length, u64::saturating_add);
    refuse_larger(size, limits, || {
        let part = |file: &Upload| Part {
            name: file.name.clone(),
            size: file.size,
        };
        uploads.iter().map(part).collect()
    })?;
    let stages = Stages {
        format: Format::Mime,
        size: contents::encoded_length(draft_length),
        draft: None,
        uploads,
        texts: split.texts.clone(),
    };
    let stages = stages
        .within(limits)
        .map_err(|error| match (split.unread, &error) {
            (Some(why), Error::TooLarge { parts, .. }) if is_multipart(parts.first()) => {
                Error::Unread {
                    why,
                    size: eml.size(),
                }
            }
            _ => error,
        })?;
    let draft = Bytes::from(split.draft(eml)?);
    refuse_binary(&draft.clone().into())?;
    Ok(Stages {
        draft: Some(draft),
        ..stages
    })
}

/// Whether the largest part is a multipart that was not split.
fn is_multipart(largest: Option<&Part>) -> bool {
    largest.is_some_and(|part| part.name.starts_with("multipart/"))
}

fn composed(
    message: &Message,
    formats: Formats,
    limits: &Limits,
    recipients: usize,
) -> Result<Plan, Error> {
    let size = measure(message, formats.format, limits)?;
    if size <= limits.request {
        return Ok(direct(formats.format, size, formats.reasons, recipients));
    }
    if formats.smaller
        && let Ok(smaller) = measure(message, Format::Mime, limits)
        && smaller <= limits.request
    {
        let reasons = vec![format!("JSON would have {size} bytes")];
        return Ok(direct(Format::Mime, smaller, reasons, recipients));
    }
    match staged(message, formats, Purpose::Send { direct: size }, limits) {
        Ok(_) if !message.save => Err(Error::DraftIsKept),
        staged => staged,
    }
}

/// A composed message as a draft.
fn staged(
    message: &Message,
    formats: Formats,
    purpose: Purpose,
    limits: &Limits,
) -> Result<Plan, Error> {
    for Part { name, size } in files(message) {
        check_attachment_size(&name, size, limits)?;
    }
    let recipients = message.recipients().count();
    let first = stages(message, formats.format)?;
    let json = vec![format!("JSON would have {} bytes", first.size)];
    let (within, reasons) = match first.within(limits) {
        Err(error) if formats.smaller => {
            let mime = stages(message, Format::Mime).and_then(|mime| mime.within(limits));
            (mime.map_err(|_| error), json)
        }
        first => (first, formats.reasons),
    };
    Ok(within?.plan(reasons, purpose, limits, recipients))
}

fn check_attachment_size(name: &str, size: u64, limits: &Limits) -> Result<(), Error> {
    if size <= limits.attachment {
        return Ok(());
    }
    Err(Error::AttachmentTooLarge {
        name: name.to_owned(),
        size,
        limit: limits.attachment,
    })
}

fn measure(message: &Message, format: Format, limits: &Limits) -> Result<u64, Error> {
    let stamp = Stamp::sample(message);
    match format {
        Format::Json => json::measure(message, &stamp),
        Format::Mime => mime::measure(message, &stamp, limits.request),
    }
}

fn files(message: &Message) -> impl Iterator<Item = Part> {
    let images = message.inlines.iter().map(Inline::attachment);
    let files = message.attachments.iter().chain(images);
    files.map(|file| Part {
        name: file.name().to_owned(),
        size: file.size(),
    })
}

fn parts(mail: &Mail) -> Vec<Part> {
    match mail {
        Mail::Composed(message) => files(message).chain(texts(message)).collect(),
        Mail::Ready(_) => Vec::new(),
    }
}
