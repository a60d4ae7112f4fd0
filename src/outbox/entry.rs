//! The metadata of a queued message: what a record of its file has.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::contents::StoredMessage;
use crate::submission::Submission;

/// The version of the records that graphmail writes, and the newest that it reads.
pub const VERSION: u32 = 3;

/// The longest time between two attempts.
pub const LONGEST_WAIT: Duration = Duration::from_hours(4);

/// The states of an entry. Each state is a folder of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// To be sent.
    New,
    /// Being sent.
    Busy,
    /// May have been sent.
    Doubtful,
    /// Rejected permanently, or given up.
    Failed,
}

impl State {
    /// Every state, in the order in which an entry passes through them.
    pub const ALL: [Self; 4] = [Self::New, Self::Busy, Self::Doubtful, Self::Failed];

    /// The name of the folder, which is also the name in `--json`.
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

/// How far the current or last attempt got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "step")]
pub enum Phase {
    /// The attempt has left nothing in the mailbox.
    Untouched,
    /// A draft may have been created, but its id is not known. It was not sent.
    Creating,
    /// A draft was created and not sent.
    Draft {
        /// The draft's id.
        draft: String,
    },
    /// The request that sends the message may have been made.
    Sending {
        /// The draft's id, if the message is sent as a draft.
        draft: Option<String>,
    },
}

/// A search of the mailbox for a message that may have been sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// When the mailbox was searched.
    pub at: Timestamp,
    /// The result.
    pub answer: Answer,
    /// Why the mailbox could not be searched, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The result of an [`Inquiry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// The mailbox could not be searched.
    NotAsked,
    /// A permission to search the mailbox is missing.
    Denied,
    /// There is neither a Message-ID nor a draft to search for.
    Nameless,
    /// The message was not in Sent Items. It may have been sent nevertheless.
    NotInSentItems,
}

impl Answer {
    /// The name that `--json` uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAsked => "not-asked",
            Self::Denied => "denied",
            Self::Nameless => "nameless",
            Self::NotInSentItems => "not-in-sent-items",
        }
    }
}

/// When a message is queued in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Queue {
    /// Never queue: if the message cannot be sent, the caller must send it again
    #[default]
    Never,
    /// Queue the message if it cannot be sent now
    OnFailure,
    /// Queue every message before it is sent
    Always,
}

impl Queue {
    /// The names in the configuration.
    pub const NAMES: [&str; 3] = ["never", "on-failure", "always"];
}

/// The command line of `sendmail`, for a message that is kept as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLine {
    /// The recipients, as written.
    pub recipients: Vec<String>,
    /// `-t`: also send to the recipients in the header fields.
    pub fields: bool,
    /// `-f`
    pub sender: Option<String>,
    /// `-F`
    pub name: Option<String>,
    /// `-N success`
    pub delivery_receipt: bool,
    /// The user who ran it, if that is not the user of this outbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The id of the entry that kept it until the host's mail service could be reached. It is handed over until the
    /// service says that it has it, and the service keeps only one message with this id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_as: Option<String>,
}

/// A record of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// See [`VERSION`].
    pub version: u32,
    /// The account that sends it.
    pub account: String,
    /// The mailbox that sends it; `None` is the signed-in user's.
    pub mailbox: Option<String>,
    /// The Graph root that it was queued for. It is never sent to another one.
    pub graph: String,
    /// When it was queued.
    pub created: Timestamp,
    /// The number of attempts.
    pub attempts: u32,
    /// When the last attempt ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_attempt: Option<Timestamp>,
    /// How long the message has been tried, see [`Entry::add_time`].
    #[serde(default)]
    pub tried_for: SignedDuration,
    /// When the attempt of `phase` began.
    pub begun: Option<Timestamp>,
    /// The earliest time of the next attempt, or of the next search for a doubtful message.
    pub not_before: Option<Timestamp>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// See [`Phase`].
    pub phase: Phase,
    /// The last search for a doubtful message.
    #[serde(default)]
    pub inquiry: Option<Inquiry>,
    /// The ids of drafts of former attempts that could not be deleted yet.
    #[serde(default)]
    pub leftovers: Vec<String>,
    /// Whether a bounce for it was sent.
    #[serde(default, rename = "reported")]
    pub bounced: bool,
    /// Only one message is sent with this key.
    pub idempotency_key: Option<String>,
    /// Whether it is itself a bounce, which is never bounced.
    #[serde(default, rename = "is_report")]
    pub is_bounce: bool,
    /// The subject.
    pub subject: String,
    /// The addresses in To, Cc and Bcc.
    pub to: Vec<String>,
    /// Describes the files of the message.
    pub message: StoredMessage,
    /// The command line of a message that `sendmail` refused. Then the entry holds its input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<CommandLine>,
}

impl Entry {
    /// The entry of a message that was not tried yet. `mailbox` sends it through the Graph root `graph`.
    #[must_use]
    pub fn new(
        account: &str,
        place: (Option<&str>, &str),
        submission: &Submission,
        created: Timestamp,
    ) -> Self {
        Self {
            to: submission.recipients().to_vec(),
            ..Self::of(account, place, StoredMessage::new(submission), created)
        }
    }

    /// The entry of a message of `size` bytes that `sendmail` refused.
    #[must_use]
    pub fn of_input(
        account: &str,
        place: (Option<&str>, &str),
        (line, size): (CommandLine, u64),
        created: Timestamp,
    ) -> Self {
        Self {
            input: Some(line),
            ..Self::of(account, place, StoredMessage::of_input(size), created)
        }
    }

    fn of(
        account: &str,
        (mailbox, graph): (Option<&str>, &str),
        message: StoredMessage,
        created: Timestamp,
    ) -> Self {
        Self {
            version: VERSION,
            account: account.to_owned(),
            mailbox: mailbox.map(ToOwned::to_owned),
            graph: graph.to_owned(),
            created,
            attempts: 0,
            last_attempt: None,
            tried_for: SignedDuration::ZERO,
            begun: None,
            not_before: None,
            last_error: None,
            phase: Phase::Untouched,
            inquiry: None,
            leftovers: Vec::new(),
            bounced: false,
            idempotency_key: None,
            is_bounce: false,
            subject: String::new(),
            to: Vec::new(),
            message,
            input: None,
        }
    }

    /// The state of an entry in the folder of `state` if no process holds it. Whether it is in `new` or in `busy` tells
    /// nothing: a power cut may undo the last move.
    #[must_use]
    pub(super) const fn state_without_process(&self, state: State) -> State {
        match (state, &self.phase) {
            (State::New | State::Busy, Phase::Sending { .. }) => State::Doubtful,
            (State::New | State::Busy, _) => State::New,
            (State::Doubtful | State::Failed, _) => state,
        }
    }

    /// Adds the time between the last attempt and this one, which ends `now`, to [`Entry::tried_for`]: at most
    /// [`LONGEST_WAIT`], because a longer time is one without attempts, or the clock was set.
    pub fn add_time(&mut self, now: Timestamp) {
        let since = now.duration_since(self.last_attempt.unwrap_or(self.created));
        let longest = SignedDuration::try_from(LONGEST_WAIT).unwrap_or(SignedDuration::MAX);
        let since = since.clamp(SignedDuration::ZERO, longest);
        self.tried_for = self.tried_for.saturating_add(since);
        self.last_attempt = Some(now);
    }

    /// Begins the time again after which the message is given up, because a user asked for that.
    pub fn restart(&mut self, now: Timestamp) {
        self.created = now;
        self.attempts = 0;
        self.last_attempt = None;
        self.tried_for = SignedDuration::ZERO;
        self.not_before = None;
        self.inquiry = None;
        self.bounced = false;
    }

    /// Whether the entry may be attempted, or searched for, at `now`. A `not_before` further away than
    /// [`LONGEST_WAIT`] is ignored: a version that obeyed any Retry-After wrote it, or the clock was set
    /// back since.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        let wait = |at: Timestamp| at.duration_since(now);
        self.not_before.is_none_or(|at| {
            wait(at) <= SignedDuration::ZERO || wait(at).unsigned_abs() > LONGEST_WAIT
        })
    }
}
