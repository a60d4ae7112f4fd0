//! From a [`Mail`] to bytes for Graph: [`plan`] decides without reading an attachment, [`render`]
//! makes the request that was planned.

mod contents;
mod error;
mod fidelity;
mod json;
mod mime;
mod plan;
mod stamp;

use base64::Engine;
use bytes::Bytes;
use jiff::tz::TimeZone;

pub use error::{Error, Part};
pub use fidelity::Obstacle;
pub use plan::{Choice, Limits, Plan, plan};

use crate::message::Mail;
use crate::seams::Seams;
use crate::submission::{Format, Submission};
use stamp::Stamp;

/// Makes the request that `plan` describes; attachments are read here, and nowhere else.
///
/// The same message, files and seams give the same bytes.
///
/// # Errors
/// [`Error`] for an attachment that can no longer be read, has another size than it had, or cannot
/// stand in the format, and for a request above the limit.
pub fn render(
    mail: &Mail,
    plan: &Plan,
    seams: &dyn Seams,
    limits: &Limits,
) -> Result<Submission, Error> {
    let Plan::Direct { format, size, .. } = plan;
    let capacity = usize::try_from(*size).unwrap_or_default();
    let (body, message_id) = match (mail, format) {
        (Mail::Composed(message), Format::Json) => {
            // JSON has no local time, and finding the host's zone costs more than the rest of this.
            let stamp = Stamp::fresh(message, seams, TimeZone::UTC);
            let body = json::write(message, &stamp, capacity)?;
            (body, stamp.message_id)
        }
        (Mail::Composed(message), Format::Mime) => {
            let stamp = Stamp::fresh(message, seams, seams.time_zone());
            let body = mime::write(message, &stamp, capacity)?;
            (body, stamp.message_id)
        }
        (Mail::Ready(eml), _) => {
            let body = contents::engine().encode(eml.bytes()).into_bytes();
            (body, eml.message_id().cloned())
        }
    };
    plan::within(body.len() as u64, mail, limits)?;
    Ok(Submission::Direct {
        format: *format,
        body: Bytes::from(body),
        message_id: message_id.map(|id| id.to_string()),
        recipients: mail.recipients(),
    })
}

/// The RFC 5322 message inside a MIME submission, without what travels apart; nothing for JSON.
#[must_use]
pub fn decode(submission: &Submission) -> Option<Vec<u8>> {
    match submission.format() {
        Format::Json => None,
        Format::Mime => contents::engine().decode(submission.body()).ok(),
    }
}
