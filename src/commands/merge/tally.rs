//! What became of each row.

use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::check::{Checked, MOST_LINES};
use super::error::MergeError;
use super::journal::Journal;
use super::mailing::Mailing;
use super::template::RowKey;
use crate::commands::Context;
use crate::commands::report::{Failure, Result};
use crate::exit::{Class, Status};
use crate::shell;
use crate::ui::Count;

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
    /// --only or --limit leaves it out.
    LeftOut,
    /// The run ended before it.
    NotTried,
}

impl RowStatus {
    const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
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

/// The results so far.
pub(super) struct Tally<'a> {
    rows: u64,
    sent: u64,
    sent_before: u64,
    refused: u64,
    unsent: u64,
    doubtful: u64,
    changed: u64,
    empty: u64,
    left_out: u64,
    /// The first rows that need attention.
    lines: Vec<(RowStatus, String)>,
    report: Option<(PathBuf, csv::Writer<File>)>,
    /// The rows of the report.
    reported: HashSet<u64>,
    /// The report could not be written.
    unwritten: Option<MergeError>,
    count: Option<Count<'a>>,
    verb: &'static str,
    /// Why the run stopped before its end.
    pub(super) stopped: Option<Failure>,
    pub(super) interrupted: bool,
}

impl<'a> Tally<'a> {
    /// Begins the report.
    pub(super) fn open(
        mailing: &Mailing<'_>,
        checked: &Checked,
        count: Count<'a>,
    ) -> Result<Self, MergeError> {
        let report = mailing.args.run.report.clone();
        let report = report.map(|path| {
            let begun = File::create(&path).map(csv::Writer::from_writer);
            let begun = begun.and_then(|mut writer| {
                writer.write_record(["row", "key", "status", "message_id", "error"])?;
                Ok(writer)
            });
            match begun {
                Ok(writer) => Ok((path, writer)),
                Err(error) => Err(MergeError::Report(path.display().to_string(), error)),
            }
        });
        Ok(Self {
            rows: checked.rows,
            sent: 0,
            sent_before: 0,
            refused: 0,
            unsent: 0,
            doubtful: 0,
            changed: 0,
            empty: 0,
            left_out: 0,
            lines: Vec::new(),
            report: report.transpose()?,
            reported: HashSet::new(),
            unwritten: None,
            count: Some(count),
            verb: if mailing.args.run.draft {
                "saved in Drafts"
            } else {
                "sent"
            },
            stopped: None,
            interrupted: false,
        })
    }

    /// Whether a report is written, and the row is missing.
    pub(super) fn lacks(&self, row: u64) -> bool {
        self.report.is_some() && !self.reported.contains(&row)
    }

    /// Adds the result of a row.
    pub(super) fn add(&mut self, result: &RowResult, context: &Context<'_>) {
        let counter = match result.status {
            RowStatus::Sent => &mut self.sent,
            RowStatus::SentBefore => &mut self.sent_before,
            RowStatus::Refused => &mut self.refused,
            RowStatus::Unsent => &mut self.unsent,
            RowStatus::Doubtful => &mut self.doubtful,
            RowStatus::Changed => &mut self.changed,
            RowStatus::Empty => &mut self.empty,
            RowStatus::LeftOut => &mut self.left_out,
            // [`Self::left`] counts them.
            RowStatus::NotTried => return,
        };
        *counter += 1;
        let is_attempt = matches!(
            result.status,
            RowStatus::Sent | RowStatus::Refused | RowStatus::Unsent | RowStatus::Doubtful
        );
        if let Some(count) = self.count.as_mut().filter(|_| is_attempt) {
            count.advance(context.seams.now());
        }
        if !result.error.is_empty() && self.lines.len() < MOST_LINES {
            let (row, status) = (result.row, result.status.name());
            let line = format!("row {row} {status}: {}", result.error);
            self.lines.push((result.status, line));
        }
        self.write(result);
    }

    /// Adds a row to the report.
    pub(super) fn write(&mut self, result: &RowResult) {
        let Some((path, writer)) = &mut self.report else {
            return;
        };
        self.reported.insert(result.row);
        let written = writer.write_record([
            &*result.row.to_string(),
            &result.key,
            result.status.name(),
            result.message_id.as_deref().unwrap_or_default(),
            &result.error,
        ]);
        if let Err(error) = written {
            let path = path.display().to_string();
            self.unwritten = Some(MergeError::Report(path, error.into()));
            self.report = None;
        }
    }

    /// The rows that were not tried.
    const fn left(&self) -> u64 {
        let done = self.sent
            + self.sent_before
            + self.refused
            + self.unsent
            + self.doubtful
            + self.changed
            + self.empty
            + self.left_out;
        self.rows.saturating_sub(done)
    }

    fn class(&self) -> Class {
        if self.doubtful > 0 {
            Class::Unknown
        } else if let Some(stopped) = &self.stopped {
            stopped.class()
        } else if self.unsent > 0 || self.interrupted {
            Class::Later
        } else if self.refused > 0 {
            Class::Refused
        } else if self.changed > 0 {
            Class::Message
        } else if self.unwritten.is_some() {
            Class::Io
        } else {
            Class::Success
        }
    }

    /// Prints the result.
    pub(super) fn print(mut self, journal: &Journal, context: &Context<'_>) -> Result<Status> {
        self.count = None;
        if self.stopped.is_some() {
            // Its reason is that of the rows which were not sent.
            self.lines
                .retain(|(status, _)| *status != RowStatus::Unsent);
        }
        if let Some((path, mut writer)) = self.report.take()
            && let Err(error) = writer.flush()
        {
            self.unwritten = Some(MergeError::Report(path.display().to_string(), error));
        }
        let class = self.class();
        let continues = self.continues(context);
        if context.ui.output_options().json {
            context
                .ui
                .json(&self.as_json(class, journal, continues.as_deref()))?;
            return Ok(class.into());
        }
        for (_, line) in &self.lines {
            context.ui.always(&format!("graphmail: {line}"));
        }
        let shown = self.lines.len() as u64;
        let unsent = if self.stopped.is_some() {
            0
        } else {
            self.unsent
        };
        let all = self.refused + unsent + self.doubtful + self.changed;
        if all > shown {
            let more = all - shown;
            context.ui.always(&format!(
                "graphmail: and {more} more rows; --report FILE lists all"
            ));
        }
        if let Some(error) = &self.unwritten {
            context.ui.always(&format!("graphmail: warning: {error}"));
        }
        self.summary(class, journal, context);
        if let Some(line) = continues {
            let hint = format!("hint: to continue: {line}");
            match class {
                Class::Success => context.ui.info(&hint),
                _ => context.ui.always(&hint),
            }
        }
        match self.stopped {
            Some(failure) if class == failure.class() => Err(failure),
            _ => Ok(class.into()),
        }
    }

    /// `graphmail: 97 sent, 3 refused; journal: …`
    fn summary(&self, class: Class, journal: &Journal, context: &Context<'_>) {
        let counts = [
            (self.sent, self.verb),
            (self.sent_before, "sent before"),
            (self.refused, "refused"),
            (self.unsent, "not sent"),
            (self.doubtful, "doubtful: look in Sent Items"),
            (
                self.changed,
                "changed since they were sent: a new mailing needs another --journal",
            ),
            (self.empty, "empty"),
            (self.left_out, "left out by --only"),
            (self.left(), "not tried"),
        ];
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let line = format!(
            "graphmail: {}; journal: {}",
            counts.join(", "),
            journal.name()
        );
        // A run that has sent all it was given says so on a terminal only.
        let is_plain = class == Class::Success && self.sent + self.left_out == self.rows;
        match is_plain {
            true => context.ui.success(&line),
            false => context.ui.info(&line),
        }
    }

    /// The command that sends the rest.
    fn continues(&self, context: &Context<'_>) -> Option<String> {
        let is_left = self.unsent > 0 || self.left() > 0;
        let words = context
            .arguments
            .iter()
            .map(|word| shell::word(&word.to_string_lossy()));
        is_left.then(|| words.collect::<Vec<_>>().join(" "))
    }

    fn as_json(&self, class: Class, journal: &Journal, continues: Option<&str>) -> Value {
        let error = self
            .stopped
            .as_ref()
            .map(|failure| json!({"class": failure.class().name(), "message": failure.words()}));
        json!({
            "ok": class == Class::Success,
            "exit": class.number(),
            "rows": self.rows,
            "sent": self.sent,
            "sent_before": self.sent_before,
            "refused": self.refused,
            "unsent": self.unsent,
            "doubtful": self.doubtful,
            "changed": self.changed,
            "empty": self.empty,
            "left_out": self.left_out,
            "not_tried": self.left(),
            "errors": self.lines.iter().map(|(_, line)| line).collect::<Vec<_>>(),
            "journal": journal.name(),
            "continue": continues,
            "error": error,
        })
    }
}
