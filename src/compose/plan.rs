//! The decision how a message travels, from what it asks for and how large it is.

use uuid::Uuid;

use super::formats::{Choice, Formats, formats};
use super::route::Plan;
use super::split::{fresh_id, id_field, refuse_truncated, split_attachments};
use super::staged::{Purpose, Stages, largest, stages, texts};
use super::{Error, Limits, Part, Stamp, contents, json, mime};
use crate::message::{Eml, Inline, Mail, Message, has_bare_cr, has_bare_lf};
use crate::submission::Format;

/// Decides how `mail` travels, from sizes alone: no attachment is read, save a message attached to
/// MIME, whose line ends may take room.
///
/// # Errors
/// [`Error`] where such a message cannot be read, and where the message cannot be sent as it is, or
/// not as `choice` wants it.
pub fn plan(mail: &Mail, choice: Choice, limits: &Limits) -> Result<Plan, Error> {
    if mail.recipients() == 0 {
        return Err(Error::NoRecipients);
    }
    let recipients = few_enough(mail, limits)?;
    fits_mailbox(mail, limits)?;
    match mail {
        Mail::Composed(message) => composed(message, choice, limits, recipients),
        Mail::Ready(eml) => ready(eml, choice, limits, recipients),
    }
}

/// Decides how `mail` gets to Drafts, to stay there: as [`plan`], but always staged, without the
/// order to send it, and with or without recipients.
///
/// # Errors
/// As [`plan`].
pub fn plan_draft(mail: &Mail, choice: Choice, limits: &Limits) -> Result<Plan, Error> {
    let recipients = few_enough(mail, limits)?;
    fits_mailbox(mail, limits)?;
    match mail {
        Mail::Composed(message) => {
            let Formats {
                format,
                reasons,
                smaller,
            } = formats(message, choice, limits)?;
            let purpose = Purpose::Keep;
            staged(message, format, smaller, reasons, purpose, limits)
        }
        Mail::Ready(eml) => {
            refuse_json(choice)?;
            let size = contents::encoded_length(eml.bytes().len() as u64);
            let stages = if size <= limits.request {
                refuse_binary(eml.bytes())?;
                Stages::whole(size)
            } else {
                split(eml, limits)?
            };
            Ok(stages.plan(vec![READY.to_owned()], Purpose::Keep, limits, recipients))
        }
    }
}

/// How many recipients there are; more than the service takes are refused.
fn few_enough(mail: &Mail, limits: &Limits) -> Result<usize, Error> {
    let count = mail.recipients();
    if count <= limits.recipients {
        return Ok(count);
    }
    Err(Error::TooManyRecipients {
        count,
        limit: limits.recipients,
    })
}

fn direct(format: Format, size: u64, reasons: Vec<String>, recipients: usize) -> Plan {
    Plan::Direct {
        format,
        size,
        reasons,
        permissions: vec!["Mail.Send"],
        recipients,
    }
}

/// Refuses a request above the limit.
pub(super) fn within(size: u64, mail: &Mail, limits: &Limits) -> Result<(), Error> {
    if size <= limits.request {
        return Ok(());
    }
    Err(Error::TooLarge {
        size,
        limit: limits.request,
        parts: largest(parts(mail)),
    })
}

/// Refuses what the mailbox does not send, whatever the route.
fn fits_mailbox(mail: &Mail, limits: &Limits) -> Result<(), Error> {
    let size = match mail {
        Mail::Ready(eml) => eml.bytes().len() as u64,
        Mail::Composed(message) => {
            let files = files(message).map(|(_, size)| contents::wrapped_length(size));
            let texts = texts(message).map(|(_, size)| size);
            files.chain(texts).fold(0, u64::saturating_add)
        }
    };
    if size <= limits.message {
        return Ok(());
    }
    Err(Error::MessageTooLarge {
        size,
        limit: limits.message,
        parts: largest(parts(mail)),
    })
}

/// Why a ready message is not JSON.
const READY: &str = "a ready message is MIME";

fn refuse_json(choice: Choice) -> Result<(), Error> {
    match choice {
        Choice::Json => Err(Error::ReadyAsJson),
        Choice::Auto | Choice::Mime => Ok(()),
    }
}

fn ready(eml: &Eml, choice: Choice, limits: &Limits, recipients: usize) -> Result<Plan, Error> {
    refuse_json(choice)?;
    let size = contents::encoded_length(eml.bytes().len() as u64);
    if size <= limits.request {
        refuse_binary(eml.bytes())?;
        let reason = "a ready message goes as it is".to_owned();
        return Ok(direct(Format::Mime, size, vec![reason], recipients));
    }
    let purpose = Purpose::Send { direct: size };
    Ok(split(eml, limits)?.plan(vec![READY.to_owned()], purpose, limits, recipients))
}

/// Refuses what has a CR or an LF by itself, as [`Eml`] leaves them in binary parts alone.
fn refuse_binary(bytes: &[u8]) -> Result<(), Error> {
    if has_bare_lf(bytes) || has_bare_cr(bytes) {
        return Err(Error::Binary);
    }
    Ok(())
}

/// A ready message in pieces that the service takes.
fn split(eml: &Eml, limits: &Limits) -> Result<Stages, Error> {
    let root = eml.structure()?;
    refuse_truncated(eml, &root)?;
    let split = split_attachments(eml, &root, limits.request)?;
    let uploads = split.uploads(eml)?;
    for upload in &uploads {
        attachable(&upload.name, upload.size, limits)?;
    }
    let id = id_field(fresh_id(eml, Uuid::nil).as_ref()).len() as u64;
    let stages = Stages {
        format: Format::Mime,
        size: contents::encoded_length(split.draft_length(eml) + id),
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
                    size: eml.bytes().len() as u64,
                }
            }
            _ => error,
        })?;
    let draft = split.draft(eml);
    refuse_binary(&draft)?;
    Ok(Stages {
        draft: Some(draft.into()),
        ..stages
    })
}

/// Whether what makes a message large is a part that should be several.
fn is_multipart(largest: Option<&Part>) -> bool {
    largest.is_some_and(|part| part.name.starts_with("multipart/"))
}

fn composed(
    message: &Message,
    choice: Choice,
    limits: &Limits,
    recipients: usize,
) -> Result<Plan, Error> {
    let Formats {
        format,
        reasons,
        smaller,
    } = formats(message, choice, limits)?;
    let size = measure(message, format, limits)?;
    if size <= limits.request {
        return Ok(direct(format, size, reasons, recipients));
    }
    if smaller
        && let Ok(smaller) = measure(message, Format::Mime, limits)
        && smaller <= limits.request
    {
        let reason = format!("JSON would take {size} bytes");
        return Ok(direct(Format::Mime, smaller, vec![reason], recipients));
    }
    let purpose = Purpose::Send { direct: size };
    match staged(message, format, smaller, reasons, purpose, limits) {
        Ok(_) if !message.save => Err(Error::DraftIsKept),
        staged => staged,
    }
}

/// A composed message as a draft.
fn staged(
    message: &Message,
    format: Format,
    smaller: bool,
    reasons: Vec<String>,
    purpose: Purpose,
    limits: &Limits,
) -> Result<Plan, Error> {
    for (name, size) in files(message) {
        attachable(name, size, limits)?;
    }
    let recipients = message.recipients().count();
    let first = stages(message, format)?;
    let size = first.size;
    match first.within(limits) {
        Ok(stages) => Ok(stages.plan(reasons, purpose, limits, recipients)),
        Err(error) if smaller => {
            let other = stages(message, Format::Mime).and_then(|stages| stages.within(limits));
            let reason = format!("JSON would take {size} bytes");
            other.map_or(Err(error), |stages| {
                Ok(stages.plan(vec![reason], purpose, limits, recipients))
            })
        }
        Err(error) => Err(error),
    }
}

fn attachable(name: &str, size: u64, limits: &Limits) -> Result<(), Error> {
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

fn files(message: &Message) -> impl Iterator<Item = (&str, u64)> {
    let images = message.inlines.iter().map(Inline::attachment);
    let files = message.attachments.iter().chain(images);
    files.map(|file| (file.name(), file.size()))
}

fn parts(mail: &Mail) -> Vec<Part> {
    let Mail::Composed(message) = mail else {
        return Vec::new();
    };
    files(message)
        .chain(texts(message))
        .map(|(name, size)| Part {
            name: name.to_owned(),
            size,
        })
        .collect()
}
