//! The statuses of rows, and their names in report, summary and JSON.

use super::template::RowKey;

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowStatus {
    /// It was sent, or with --draft is in Drafts.
    Sent,
    /// It was sent by a run before.
    SentBefore,
    /// It was refused.
    Refused,
    /// It was not sent; the next run tries it again.
    Unsent,
    /// It may have been sent.
    Doubtful,
    /// It was sent by a run before, and has changed since.
    Changed,
    /// It has no value.
    Empty,
    /// --only leaves it out.
    LeftOut,
    /// The run ended before it, or --limit leaves it to the next run.
    NotTried,
}

impl RowStatus {
    /// All, in the order of the summary.
    pub(super) const ALL: [Self; 9] = [
        Self::Sent,
        Self::SentBefore,
        Self::Refused,
        Self::Unsent,
        Self::Doubtful,
        Self::Changed,
        Self::Empty,
        Self::LeftOut,
        Self::NotTried,
    ];

    /// The status in the report. In JSON it is the key of the number of rows, with `_` for `-`.
    pub(super) const fn name(self, is_draft: bool) -> &'static str {
        match self {
            Self::Sent if is_draft => "saved",
            Self::Sent => "sent",
            Self::SentBefore if is_draft => "saved-before",
            Self::SentBefore => "sent-before",
            Self::Refused => "refused",
            Self::Unsent => "unsent",
            Self::Doubtful => "doubtful",
            Self::Changed => "changed",
            Self::Empty => "empty",
            Self::LeftOut => "left-out",
            Self::NotTried => "not-tried",
        }
    }

    /// The status in the summary.
    pub(super) const fn words(self, is_draft: bool) -> &'static str {
        match self {
            Self::Sent if is_draft => "saved in Drafts",
            Self::Sent => "sent",
            Self::SentBefore if is_draft => "saved before",
            Self::SentBefore => "sent before",
            Self::Refused => "refused",
            Self::Unsent => "not sent",
            Self::Doubtful => "doubtful",
            Self::Changed => "changed since they were sent: a new mailing needs another --journal",
            Self::Empty => "empty",
            Self::LeftOut => "left out by --only",
            Self::NotTried => "not tried",
        }
    }

    /// Whether the summary shows a line for the row.
    pub(super) const fn needs_attention(self) -> bool {
        matches!(
            self,
            Self::Refused | Self::Unsent | Self::Doubtful | Self::Changed
        )
    }
}

/// The numbers of rows by status.
#[derive(Debug, Default)]
pub(super) struct Counts([u64; RowStatus::ALL.len()]);

impl Counts {
    /// One more.
    pub(super) fn add(&mut self, status: RowStatus) {
        self.set(status, self.of(status) + 1);
    }

    /// Replaces a number.
    pub(super) fn set(&mut self, status: RowStatus, number: u64) {
        if let Some(count) = self.0.get_mut(status as usize) {
            *count = number;
        }
    }

    /// The number of rows with a status.
    pub(super) fn of(&self, status: RowStatus) -> u64 {
        self.0.get(status as usize).copied().unwrap_or_default()
    }

    /// The number of rows.
    pub(super) fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}

/// The result of a row.
pub(super) struct RowResult {
    pub(super) row: u64,
    pub(super) key: String,
    pub(super) status: RowStatus,
    pub(super) message_id: Option<String>,
    /// Why it was not sent.
    pub(super) error: String,
}

impl RowResult {
    /// Without a Message-ID.
    pub(super) fn new(
        row: u64,
        key: Option<&RowKey>,
        (status, error): (RowStatus, String),
    ) -> Self {
        Self {
            row,
            key: key.map_or_else(String::new, |key| key.text.clone()),
            status,
            message_id: None,
            error,
        }
    }
}
