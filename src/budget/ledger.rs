//! What the processes of this host note about a mailbox: `ledger.json`.

use std::fmt;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::files;
use crate::http::retry::{TRUSTED, asked_until};

/// A clock may be behind by this much without having been set back.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// When it was written: a clock that was set back since makes it worthless.
    pub(super) written: Timestamp,
    /// Nobody begins before: at most an hour away.
    pub(super) not_before: Option<Timestamp>,
    /// The service's own words about that.
    #[serde(default)]
    pub(super) asked: Option<Asked>,
    /// The last messages, and those that have their turn already, oldest first.
    pub(super) sent: Vec<Timestamp>,
}

/// A service's wish to be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// Until when.
    pub(super) until: Timestamp,
    /// The HTTP status of the answer that said so.
    pub(super) status: u16,
}

/// A mailbox that nobody sends from for now, because the service asked for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// When a message is sent again.
    pub until: Timestamp,
    /// When the service wants the next one, if it is known.
    pub asked_until: Option<Timestamp>,
    /// The HTTP status of the answer that said so, if it is known.
    pub status: Option<u16>,
}

impl fmt::Display for Hold {
    /// `throttled until 2026-11-20T11:00:00Z: HTTP 429 asked to wait until 2099-12-31T23:59:59Z`
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ");
        write!(formatter, "throttled until {}", shown(self.until))?;
        if let Some(status) = self.status {
            write!(formatter, ": HTTP {status}")?;
        }
        match self.asked_until {
            Some(asked) if asked > self.until => write!(
                formatter,
                " asked to wait until {}; one message then checks whether that still counts",
                shown(asked)
            ),
            _ => Ok(()),
        }
    }
}

impl Ledger {
    /// The ledger at `path`. What cannot be read counts as nothing: the service keeps count itself.
    pub(super) fn read(path: &Path, now: Timestamp) -> Self {
        let mut ledger = files::read(path)
            .ok()
            .and_then(|json| serde_json::from_slice::<Self>(&json).ok())
            .filter(|ledger| ledger.written.duration_since(now) <= TOLERANCE)
            .unwrap_or_default();
        // Older versions obeyed any time, and a damaged file may name any.
        let latest = trusted(now);
        ledger.not_before = ledger.not_before.map(|until| until.min(latest));
        for sent in &mut ledger.sent {
            *sent = (*sent).min(latest);
        }
        ledger
    }

    /// What holds the mailbox now.
    pub(super) fn hold(&self, now: Timestamp) -> Option<Hold> {
        let until = self.not_before.filter(|until| *until > now)?;
        Some(Hold {
            until,
            asked_until: self.asked.map(|asked| asked.until),
            status: self.asked.map(|asked| asked.status),
        })
    }

    /// Notes a wish of the service; of several the longest counts.
    pub(super) fn add(&mut self, asked: Asked, now: Timestamp) {
        let until = asked.until.min(trusted(now));
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

/// How long a hold that begins then counts before somebody probes.
pub(super) fn trusted(now: Timestamp) -> Timestamp {
    asked_until(TRUSTED, now)
}
