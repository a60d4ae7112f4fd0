//! How mail is kept and how much of it goes out: `[outbox]`.

use std::num::NonZeroU16;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{Error, Settings, parsed, variable};
use crate::message::Mailbox;
use crate::outbox::Queue;

/// The table `[outbox]` of a configuration file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct OutboxEntry {
    /// Whether messages are kept: `send --queue`.
    pub queue: Option<Queue>,
    /// Messages at once, of one mailbox, from this host.
    pub concurrency: Option<NonZeroU16>,
    /// Messages a minute, of one mailbox, from this host.
    pub per_minute: Option<NonZeroU16>,
    /// For how many days an idempotency key is remembered.
    pub key_days: Option<NonZeroU16>,
    /// Who is told of a message that needs a person: one that failed, or may have been sent.
    #[serde(default, deserialize_with = "mailboxes")]
    pub report_to: Option<Vec<Mailbox>>,
}

fn mailboxes<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Vec<Mailbox>>, D::Error> {
    let text = String::deserialize(value)?;
    Mailbox::parse_list(&text)
        .map(Some)
        .map_err(|error| serde::de::Error::custom(format!("report_to: {error}")))
}

/// For how many days an idempotency key is remembered, where nothing else is said.
const KEY_DAYS: u16 = 30;

impl OutboxEntry {
    /// Lays `self` over `below`, key by key.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            queue: self.queue.or(below.queue),
            concurrency: self.concurrency.or(below.concurrency),
            per_minute: self.per_minute.or(below.per_minute),
            key_days: self.key_days.or(below.key_days),
            report_to: self.report_to.or(below.report_to),
        }
    }

    /// For how long an idempotency key is remembered.
    #[must_use]
    pub fn key_age(&self) -> Duration {
        let days = self.key_days.map_or(KEY_DAYS, NonZeroU16::get);
        Duration::from_hours(24 * u64::from(days))
    }
}

impl Settings {
    /// Whether messages are kept, as the environment says.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub fn queue(&self) -> Result<Option<Queue>, Error> {
        parsed(&self.environment, variable::QUEUE, |text| {
            clap::ValueEnum::from_str(text, false)
                .map_err(|_| "it must be never, on-failure or always".to_owned())
        })
    }
}
