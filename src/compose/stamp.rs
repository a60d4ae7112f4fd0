//! The values of a request that depend on time or are random.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use uuid::Uuid;

use crate::message::{Message, MessageId};
use crate::seams::Seams;

/// The time, the Message-ID and the boundaries of one request.
///
/// All have a fixed width, so that a sample has the size of a fresh stamp.
pub(super) struct Stamp {
    /// The time of the request, in the zone of the format.
    pub(super) date: Zoned,
    /// The given Message-ID, or a new one in the sender's domain.
    pub(super) message_id: MessageId,
    boundary: Uuid,
}

impl Stamp {
    /// A stamp with the current time in `zone`.
    pub(super) fn fresh(message: &Message, seams: &dyn Seams, zone: TimeZone) -> Self {
        Self {
            date: seams.now().to_zoned(zone),
            message_id: message_id(message, || seams.uuid()),
            boundary: seams.uuid(),
        }
    }

    /// A stamp for measuring the size of a request.
    pub(super) fn sample(message: &Message) -> Self {
        Self {
            date: Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC),
            message_id: message_id(message, Uuid::nil),
            boundary: Uuid::nil(),
        }
    }

    /// The boundary of a multipart. The subtype makes the boundaries of one message different. `=_` does
    /// not occur in encoded lines (RFC 2045 section 6.7).
    pub(super) fn boundary(&self, subtype: &str) -> String {
        format!("=_{subtype}_{}", self.boundary.simple())
    }
}

/// The domain of a new Message-ID if the sender is not known. RFC 2606 section 2 reserves it, so no other host
/// makes the same one.
const NO_DOMAIN: &str = "graphmail.invalid";

fn message_id(message: &Message, uuid: impl FnOnce() -> Uuid) -> MessageId {
    let sender = message.from.as_ref().or(message.mailbox.as_ref());
    let domain = sender.map_or(NO_DOMAIN, |sender| sender.address().domain());
    let own = message.message_id.clone();
    own.unwrap_or_else(|| MessageId::unique(uuid(), domain))
}
