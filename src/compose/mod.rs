//! Turns a [`Mail`] into requests to Graph. [`plan`] chooses format and route without reading
//! attachments. [`render`] makes the planned request, or the draft and its attachments.

mod contents;
mod error;

mod formats;
mod json;
mod limits;
mod mime;
mod obstacles;
mod plan;
mod route;
mod split;
mod staged;
mod stamp;

use base64::Engine;
use bytes::Bytes;
use jiff::tz::TimeZone;

pub use error::{Error, Part};
pub use formats::Choice;
pub use limits::Limits;
pub use obstacles::Obstacle;
pub use plan::{plan, plan_draft};
pub use route::{Call, Plan, Staged};

use crate::message::{Eml, Mail, Message, MessageId};
use crate::seams::Seams;
use crate::submission::{Draft, Format, Submission, Upload};
use stamp::Stamp;

/// Makes the request that `plan` describes. The attachments of a `sendMail` request are read here, those
/// of a draft while they are uploaded.
///
/// The same message, files and seams give the same bytes.
///
/// # Errors
/// [`Error`] if an attachment can no longer be read, has changed its size or is not allowed in the
/// format, or if the request is too large.
pub fn render(
    mail: &Mail,
    plan: &Plan,
    seams: &dyn Seams,
    limits: &Limits,
) -> Result<Submission, Error> {
    match &plan.staged {
        None => direct(mail, plan, seams, limits),
        Some(staged) => self::staged(mail, plan.format, staged, seams),
    }
}

fn direct(
    mail: &Mail,
    plan: &Plan,
    seams: &dyn Seams,
    limits: &Limits,
) -> Result<Submission, Error> {
    let format = plan.format;
    let capacity = usize::try_from(plan.size).unwrap_or_default();
    let (body, message_id) = match mail {
        Mail::Composed(message) => {
            let stamp = stamp(message, format, seams);
            let body = match format {
                Format::Json => json::write(message, &stamp, capacity)?,
                Format::Mime => mime::write(message, &stamp, capacity)?,
            };
            (body, Some(stamp.message_id))
        }
        Mail::Ready(eml) => ready(eml, &eml.octets().to_bytes()?, seams),
    };
    plan::check_request_size(body.len() as u64, mail, limits)?;
    Ok(Submission::Direct {
        format,
        body: Bytes::from(body),
        message_id: message_id.as_ref().map(MessageId::to_string),
        recipients: mail.addresses(),
    })
}

fn staged(
    mail: &Mail,
    format: Format,
    staged: &Staged,
    seams: &dyn Seams,
) -> Result<Submission, Error> {
    let (body, message_id) = match (mail, &staged.draft) {
        (Mail::Composed(message), _) => {
            let stamp = stamp(message, format, seams);
            let body = staged::draft(message, format, &stamp)?;
            (body, Some(stamp.message_id))
        }
        (Mail::Ready(eml), None) => ready(eml, &eml.octets().to_bytes()?, seams),
        (Mail::Ready(eml), Some(draft)) => ready(eml, draft, seams),
    };
    Ok(Submission::Staged {
        draft: Draft {
            format,
            body: Bytes::from(body),
        },
        uploads: staged.uploads.clone(),
        message_id: message_id.as_ref().map(MessageId::to_string),
        recipients: mail.addresses(),
    })
}

/// The body for `bytes` of `eml`, which begin with its header section, and its Message-ID: its own or a new one.
fn ready(eml: &Eml, bytes: &[u8], seams: &dyn Seams) -> (Vec<u8>, Option<MessageId>) {
    let fresh = split::fresh_id(eml, || seams.uuid());
    let body = match &fresh {
        None => contents::engine().encode(bytes),
        Some(_) => contents::engine().encode([&split::id_field(fresh.as_ref()), bytes].concat()),
    };
    (body.into_bytes(), fresh.or_else(|| eml.message_id()))
}

/// JSON has no local time, so it does not need the host's time zone, which is slow to look up.
fn stamp(message: &Message, format: Format, seams: &dyn Seams) -> Stamp {
    let zone = match format {
        Format::Json => TimeZone::UTC,
        Format::Mime => seams.time_zone(),
    };
    Stamp::fresh(message, seams, zone)
}

/// The attachments that could be split off a ready message. Empty if it cannot be split.
#[must_use]
pub fn attachments(eml: &Eml) -> Vec<Upload> {
    let root = eml.structure().map_err(Error::from);
    let split = root.and_then(|root| split::split_attachments(eml, &root, u64::MAX));
    let uploads = split.and_then(|split| split.uploads(eml));
    uploads.unwrap_or_default()
}

/// The RFC 5322 message in a MIME submission, without attachments that are uploaded separately. `None`
/// for JSON.
#[must_use]
pub fn decode(submission: &Submission) -> Option<Vec<u8>> {
    match submission.format() {
        Format::Json => None,
        Format::Mime => contents::engine().decode(submission.body()).ok(),
    }
}
