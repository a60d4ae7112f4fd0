//! What a request takes from the moment and from chance.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use uuid::Uuid;

use crate::message::{Message, MessageId};
use crate::seams::Seams;

/// The time, the Message-ID and the boundaries of one request.
///
/// All have a fixed width, so that a sample measures what a fresh one writes.
pub(super) struct Stamp {
    /// When the request is made, in the zone that the format shows.
    pub(super) date: Zoned,
    /// The chosen Message-ID, or one in the sender's domain where that is known.
    pub(super) message_id: Option<MessageId>,
    boundary: Uuid,
}

impl Stamp {
    /// A stamp of this moment, for a format that shows it in `zone`.
    pub(super) fn fresh(message: &Message, seams: &dyn Seams, zone: TimeZone) -> Self {
        Self {
            date: seams.now().to_zoned(zone),
            message_id: message_id(message, || seams.uuid()),
            boundary: seams.uuid(),
        }
    }

    /// A stamp to measure with.
    pub(super) fn sample(message: &Message) -> Self {
        Self {
            date: Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC),
            message_id: message_id(message, Uuid::nil),
            boundary: Uuid::nil(),
        }
    }

    /// The boundary of a multipart; the subtype keeps those of one message apart, and `=_` occurs
    /// in no encoded line (RFC 2045 section 6.7).
    pub(super) fn boundary(&self, subtype: &str) -> String {
        format!("=_{subtype}_{}", self.boundary.simple())
    }
}

fn message_id(message: &Message, uuid: impl FnOnce() -> Uuid) -> Option<MessageId> {
    let sender = message.from.as_ref().or(message.mailbox.as_ref());
    message
        .message_id
        .clone()
        .or_else(|| sender.map(|sender| MessageId::unique(uuid(), sender.address().domain())))
}
