//! What the outbox knows of a message beside its bytes: `entry.json`.

use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::contents::Package;
use super::{EntryId, Error};
use crate::files;
use crate::submission::Submission;

/// The version of `entry.json` that this program writes, and the newest that it reads.
pub const VERSION: u32 = 1;

/// The longest time between two attempts.
pub const LONGEST_WAIT: Duration = Duration::from_hours(4);

/// The states of an entry, each a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// To be sent.
    New,
    /// Being sent.
    Busy,
    /// May have been sent.
    Doubtful,
    /// Refused for good, or given up.
    Failed,
}

impl State {
    /// Every state, in an entry's order of life.
    pub const ALL: [Self; 4] = [Self::New, Self::Busy, Self::Doubtful, Self::Failed];

    /// The folder's name, which `--json` uses as well.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Busy => "busy",
            Self::Doubtful => "doubtful",
            Self::Failed => "failed",
        }
    }
}

/// How far the attempt under way, or the last one, came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Phase {
    /// Nothing of the message is in the mailbox.
    Untouched,
    /// A draft may have been made whose id was not told; it was not sent.
    Creating,
    /// It is a draft, which was not sent.
    Draft {
        /// The draft's id.
        draft: String,
    },
    /// The request that can send it may have been made.
    Sending {
        /// The draft's id, where it went as one.
        draft: Option<String>,
    },
}

/// What a mailbox said of a message that may have been sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// When it was asked.
    pub at: Timestamp,
    /// What it said.
    pub answer: Answer,
}

/// See [`Inquiry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It could not be asked.
    NotAsked,
    /// There is nothing to ask for: neither Message-ID nor draft.
    Nameless,
    /// It was not in Sent Items, which proves nothing.
    NotInSentItems,
}

impl Answer {
    /// The name that `--json` uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::Nameless => "nameless",
            Self::NotInSentItems => "not-in-sent-items",
        }
    }
}

/// Whether a message is kept in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// Never: what cannot be sent is the caller's to send again
    #[default]
    Never,
    /// When it cannot be sent for now
    OnFailure,
    /// Before it is tried
    Always,
}

/// What the outbox knows of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// See [`VERSION`].
    pub version: u32,
    /// The account that sends it.
    pub account: String,
    /// The mailbox that sends it; none is the signed-in user's.
    pub mailbox: Option<String>,
    /// The Graph root that it was meant for: it goes to no other.
    pub graph: String,
    /// When it was kept.
    pub created: Timestamp,
    /// How often it was attempted.
    pub attempts: u32,
    /// When the attempt began that the phase is about.
    pub begun: Option<Timestamp>,
    /// When it is attempted, or asked for, again at the earliest.
    pub not_before: Option<Timestamp>,
    /// Why the last attempt did not do.
    pub last_error: Option<String>,
    /// See [`Phase`].
    pub phase: Phase,
    /// What the mailbox said last of the doubt about it.
    #[serde(default)]
    pub inquiry: Option<Inquiry>,
    /// The ids of drafts of former attempts that could not be deleted yet.
    #[serde(default)]
    pub leftovers: Vec<String>,
    /// Whether somebody was told that it needs a person.
    #[serde(default)]
    pub reported: bool,
    /// The key under which it is sent once.
    pub idempotency_key: Option<String>,
    /// Whether it tells of the failure of another: nobody is told of its own.
    #[serde(default)]
    pub is_report: bool,
    /// The subject.
    pub subject: String,
    /// The addresses in To, Cc and Bcc.
    pub to: Vec<String>,
    /// What the bytes beside it are.
    pub message: Package,
}

impl Entry {
    /// The entry of a message that was not tried yet: `mailbox` sends it, at the Graph root `graph`.
    #[must_use]
    pub fn new(
        account: &str,
        (mailbox, graph): (Option<&str>, &str),
        submission: &Submission,
        created: Timestamp,
    ) -> Self {
        Self {
            version: VERSION,
            account: account.to_owned(),
            mailbox: mailbox.map(ToOwned::to_owned),
            graph: graph.to_owned(),
            created,
            attempts: 0,
            begun: None,
            not_before: None,
            last_error: None,
            phase: Phase::Untouched,
            inquiry: None,
            leftovers: Vec::new(),
            reported: false,
            idempotency_key: None,
            is_report: false,
            subject: String::new(),
            to: submission.recipients().to_vec(),
            message: Package::of(submission),
        }
    }

    /// The state of a busy entry whose process ended.
    #[must_use]
    pub(super) const fn state_without_process(&self) -> State {
        match self.phase {
            Phase::Untouched | Phase::Creating | Phase::Draft { .. } => State::New,
            Phase::Sending { .. } => State::Doubtful,
        }
    }

    /// Whether it may be attempted, or asked for, at that time. No wait is longer than [`LONGEST_WAIT`]: a
    /// time beyond that was noted by a version that obeyed any Retry-After, or before the clock was set
    /// back.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        let wait = |at: Timestamp| at.duration_since(now);
        self.not_before.is_none_or(|at| {
            wait(at) <= SignedDuration::ZERO || wait(at).unsigned_abs() > LONGEST_WAIT
        })
    }
}

const ENTRY: &str = "entry.json";

/// Replaces `entry.json`, durably.
pub(super) fn save_entry(folder: &Path, entry: &Entry) -> Result<(), Error> {
    let path = folder.join(ENTRY);
    serde_json::to_vec_pretty(entry)
        .map_err(io::Error::from)
        .and_then(|json| files::replace(&path, &json))
        .map_err(Error::io("writing", path))
}

/// Reads `entry.json` of the entry `id`, which is in `folder`.
pub(super) fn load_entry(folder: &Path, id: &EntryId) -> Result<Entry, Error> {
    #[derive(serde::Deserialize)]
    struct Version {
        version: u32,
    }
    let json = files::read(&folder.join(ENTRY)).map_err(Error::reading(id, folder, ENTRY))?;
    let damaged = |error| id.unreadable(format!("its file {ENTRY} is damaged: {error}"));
    let Version { version: found } = serde_json::from_slice(&json).map_err(damaged)?;
    if found > VERSION {
        return Err(Error::Newer {
            id: id.clone(),
            reason: format!(
                "its file {ENTRY} is of version {found}, newer than this program knows"
            ),
        });
    }
    serde_json::from_slice(&json).map_err(damaged)
}
