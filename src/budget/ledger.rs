//! The record of a mailbox's sends and holds on this host: `ledger.json`.

use std::fmt;
use std::path::Path;

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit};
use serde::{Deserialize, Serialize};

use crate::files;
use crate::http::retry::{TRUSTED, asked_until};
use crate::text;

/// If the clock is behind the ledger by no more than this, it counts as not set back.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// When it was written. If the clock was set back since, the ledger is ignored.
    pub(super) written: Timestamp,
    /// The end of the hold, at most an hour away.
    pub(super) not_before: Option<Timestamp>,
    /// The wait that the service asked for.
    #[serde(default)]
    pub(super) asked: Option<RequestedWait>,
    /// The messages of the last minute, and the turns already taken, oldest first.
    sent: Vec<Sent>,
}

/// What a ledger says of holds: the times of the messages take longer to read.
#[derive(Deserialize)]
struct Holds {
    written: Timestamp,
    not_before: Option<Timestamp>,
    #[serde(default)]
    asked: Option<RequestedWait>,
}

impl From<Holds> for Ledger {
    fn from(holds: Holds) -> Self {
        Self {
            written: holds.written,
            not_before: holds.not_before,
            asked: holds.asked,
            sent: Vec::new(),
        }
    }
}

/// Messages sent at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
struct Sent {
    at: Timestamp,
    messages: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    One(Timestamp),
    Several(Timestamp, usize),
}

impl From<Stored> for Sent {
    fn from(stored: Stored) -> Self {
        let (at, messages) = match stored {
            Stored::One(at) => (at, 1),
            Stored::Several(at, messages) => (at, messages),
        };
        Self { at, messages }
    }
}

impl From<Sent> for Stored {
    fn from(Sent { at, messages }: Sent) -> Self {
        match messages {
            1 => Self::One(at),
            messages => Self::Several(at, messages),
        }
    }
}

/// The period of [`Limits::per_minute`](super::Limits::per_minute).
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// With more messages per minute than [`EXACT`], their times are rounded up to a multiple of these milliseconds, so that the ledger
/// does not grow.
const STEP: i64 = 250;
/// The messages per minute whose times are exact.
const EXACT: usize = 240;

/// A wait that the service asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RequestedWait {
    /// The end of the wait.
    pub(super) until: Timestamp,
    /// The HTTP status of the response.
    pub(super) status: u16,
}

/// The hold of a mailbox: graphmail sends nothing from it for now, because the service asked for a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// When graphmail sends the next message.
    pub until: Timestamp,
    /// The end of the wait that the service asked for, if it is known.
    pub asked_until: Option<Timestamp>,
    /// The HTTP status of the response, if it is known.
    pub status: Option<u16>,
}

impl fmt::Display for Hold {
    /// `throttled until 2026-11-20T11:00:00Z: HTTP 429 asked to wait until 2099-12-31T23:59:59Z`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "throttled until {}", text::time(self.until))?;
        if let Some(status) = self.status {
            write!(formatter, ": HTTP {status}")?;
        }
        match self.asked_until {
            Some(asked) if asked > self.until => write!(
                formatter,
                " asked to wait until {}; one message then checks whether that still counts",
                text::time(asked)
            ),
            _ => Ok(()),
        }
    }
}

impl Ledger {
    /// The hold of the ledger at `path`, which is read without its lock. One that cannot be read has none.
    pub(super) fn look(path: &Path, now: Timestamp) -> Option<Hold> {
        let json = files::read(path).unwrap_or_default();
        let holds: Holds = serde_json::from_slice(&json).ok()?;
        Self::from(holds).adjusted(now).hold(now)
    }

    /// Parses a ledger. An empty or damaged file is an empty ledger. A power cut may damage it. The service enforces its
    /// limits itself.
    pub(super) fn parse(json: &[u8], now: Timestamp) -> Self {
        let ledger: Self = serde_json::from_slice(json).unwrap_or_default();
        ledger.adjusted(now)
    }

    /// Without the times that cannot be.
    pub(super) fn adjusted(mut self, now: Timestamp) -> Self {
        if self.written.duration_since(now) > TOLERANCE {
            return Self::default();
        }
        // Older versions obeyed a wait of any length, and a damaged file may hold any time.
        let latest = longest_hold(now);
        self.not_before = self.not_before.map(|until| until.min(latest));
        for sent in &mut self.sent {
            sent.at = sent.at.min(latest);
        }
        self
    }

    /// When the next message may be sent, if at most `limit` are sent in a minute.
    pub(super) fn free_at(&self, limit: usize, now: Timestamp) -> Timestamp {
        let mut last = 0;
        let full = self.sent.iter().rev().find(|sent| {
            last += sent.messages;
            last >= limit
        });
        let free = full.and_then(|sent| sent.at.checked_add(MINUTE).ok());
        free.map_or(now, |free| free.max(now))
    }

    /// Adds a message that is sent at `at`. Removes those that [`Ledger::free_at`] no longer needs.
    pub(super) fn add_turn(&mut self, at: Timestamp, limit: usize, now: Timestamp) {
        let at = match limit {
            ..=EXACT => at,
            _ => round_up(at),
        };
        let place = self.sent.partition_point(|sent| sent.at < at);
        match self.sent.get_mut(place) {
            Some(sent) if sent.at == at && limit > EXACT => sent.messages += 1,
            _ => self.sent.insert(place, Sent { at, messages: 1 }),
        }
        self.sent
            .retain(|sent| now.duration_since(sent.at) < MINUTE);
        let mut last: usize = self.sent.iter().map(|sent| sent.messages).sum();
        let is_surplus = |sent: &&Sent| {
            last -= sent.messages;
            last >= limit
        };
        let surplus = self.sent.iter().take_while(is_surplus).count();
        self.sent.drain(..surplus);
    }

    /// The current hold.
    pub(super) fn hold(&self, now: Timestamp) -> Option<Hold> {
        let until = self.not_before.filter(|until| *until > now)?;
        Some(Hold {
            until,
            asked_until: self.asked.map(|asked| asked.until),
            status: self.asked.map(|asked| asked.status),
        })
    }

    /// Adds a wait that the service asked for. Of several the longest applies.
    pub(super) fn add(&mut self, asked: RequestedWait, now: Timestamp) {
        let until = asked.until.min(longest_hold(now));
        self.not_before = self.not_before.max(Some(until));
        if self.asked.is_none_or(|known| known.until < asked.until) {
            self.asked = Some(asked);
        }
    }

    pub(super) fn release(&mut self) {
        self.not_before = None;
        self.asked = None;
    }
}

fn round_up(at: Timestamp) -> Timestamp {
    let rounding = TimestampRound::new()
        .smallest(Unit::Millisecond)
        .increment(STEP)
        .mode(RoundMode::Ceil);
    at.round(rounding).unwrap_or(at)
}

/// The latest end of a hold that begins `now`. Then a message probes.
pub(super) fn longest_hold(now: Timestamp) -> Timestamp {
    asked_until(TRUSTED, now)
}
