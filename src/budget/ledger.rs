//! The record of a mailbox's sends and holds on this host: `ledger.json`.

use std::fmt;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
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
    /// The times of the last messages and of the turns already taken, oldest first.
    pub(super) sent: Vec<Timestamp>,
}

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
    /// Reads the ledger at `path`. An unreadable ledger counts as empty: the service enforces its limits
    /// itself.
    pub(super) fn read(path: &Path, now: Timestamp) -> Self {
        let mut ledger = files::read(path)
            .ok()
            .and_then(|json| serde_json::from_slice::<Self>(&json).ok())
            .filter(|ledger| ledger.written.duration_since(now) <= TOLERANCE)
            .unwrap_or_default();
        // Older versions obeyed a wait of any length, and a damaged file may hold any time.
        let latest = longest_hold(now);
        ledger.not_before = ledger.not_before.map(|until| until.min(latest));
        for sent in &mut ledger.sent {
            *sent = (*sent).min(latest);
        }
        ledger
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

/// The latest end of a hold that begins `now`. Then a message probes.
pub(super) fn longest_hold(now: Timestamp) -> Timestamp {
    asked_until(TRUSTED, now)
}
