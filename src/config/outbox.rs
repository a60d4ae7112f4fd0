//! `[outbox]`: when to queue messages, and how fast to send them.

use std::num::NonZeroU16;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::{Error, Settings, number, parsed, variable};
use crate::message::Mailbox;
use crate::outbox::Queue;

/// The table `[outbox]` of a configuration file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct OutboxEntry {
    /// When to queue messages: `send --queue`.
    pub queue: Option<Queue>,
    /// Concurrent messages of one mailbox from this host.
    #[serde(default, deserialize_with = "number::small")]
    pub concurrency: Option<NonZeroU16>,
    /// Messages per minute of one mailbox from this host.
    #[serde(default, deserialize_with = "number::small")]
    pub per_minute: Option<NonZeroU16>,
    /// The days for which an idempotency key is remembered.
    #[serde(default, deserialize_with = "number::small")]
    pub key_days: Option<NonZeroU16>,
    /// The recipients of bounces: reports of messages that failed, or may have been sent.
    #[serde(default, deserialize_with = "mailboxes")]
    pub report_to: Option<Vec<Mailbox>>,
}

/// Addresses: one text, or a list.
fn mailboxes<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Vec<Mailbox>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "it must be addresses in quotation marks, or a list of them"
    )]
    enum Addresses {
        One(String),
        Several(Vec<String>),
    }
    let text = match Addresses::deserialize(value)? {
        Addresses::One(list) => list,
        Addresses::Several(lists) => lists.join(", "),
    };
    Mailbox::parse_list(&text)
        .map(Some)
        .map_err(serde::de::Error::custom)
}

/// The default days for which an idempotency key is remembered.
const KEY_DAYS: u16 = 30;

impl OutboxEntry {
    /// Merges `self` over `below`, key by key.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            queue: self.queue.or(below.queue),
            concurrency: self.concurrency.or(below.concurrency),
            per_minute: self.per_minute.or(below.per_minute),
            key_days: self.key_days.or(below.key_days),
            report_to: self.report_to.or(below.report_to),
        }
    }

    /// How long an idempotency key is remembered.
    #[must_use]
    pub fn key_age(&self) -> Duration {
        let days = self.key_days.map_or(KEY_DAYS, NonZeroU16::get);
        Duration::from_hours(24 * u64::from(days))
    }
}

impl Settings {
    /// When to queue messages, from the environment.
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
