//! What became of each row.

use serde_json::{Map, Value, json};

use super::check::{Checked, MOST_LINES};
use super::error::MergeError;
use super::journal::Journal;
use super::mailing::Mailing;
use super::report::Report;
use super::status::{Counts, RowResult, RowStatus};
use crate::access::LOOKUP;
use crate::commands::Context;
use crate::commands::report::{Failure, Result};
use crate::commands::send::read;
use crate::exit::{Class, Status};
use crate::shell;
use crate::ui::Count;

/// The results so far.
pub(super) struct Tally<'a> {
    rows: u64,
    counts: Counts,
    /// How many rows were doubtful and are searched in the mailbox.
    searched: u64,
    /// Whether a row has its result, by its number.
    done: Vec<bool>,
    /// The first rows that need attention.
    lines: Vec<(u64, RowStatus, String)>,
    report: Option<Report>,
    /// The report could not be written.
    unwritten: Option<MergeError>,
    count: Option<Count<'a>>,
    is_draft: bool,
    /// Why the run stopped before its end.
    pub(super) stopped: Option<Failure>,
    pub(super) interrupted: bool,
    /// Whether Sent Items can be searched, as far as that is known.
    pub(super) is_searched: bool,
    /// Whether a file was gone since the check.
    pub(super) is_input_gone: bool,
    resends: bool,
}

impl<'a> Tally<'a> {
    /// Begins the report.
    pub(super) fn open(
        mailing: &Mailing<'_>,
        checked: &Checked,
        count: Count<'a>,
        context: &Context<'_>,
    ) -> Result<Self, MergeError> {
        let run = &mailing.args.run;
        let folders = read::temporary(&context.settings);
        let report = run.report.as_deref();
        let report = report
            .map(|path| Report::create(path, folders))
            .transpose()?;
        let rows = usize::try_from(checked.rows).unwrap_or_default();
        Ok(Self {
            rows: checked.rows,
            counts: Counts::default(),
            searched: 0,
            done: vec![false; rows],
            lines: Vec::new(),
            report,
            unwritten: None,
            count: Some(count),
            is_draft: run.draft,
            stopped: None,
            interrupted: false,
            is_searched: true,
            is_input_gone: false,
            resends: run.resend_doubtful,
        })
    }

    /// Whether the row has no result yet.
    pub(super) fn lacks(&self, row: u64) -> bool {
        let place = usize::try_from(row.wrapping_sub(1)).ok();
        place.and_then(|place| self.done.get(place)) == Some(&false)
    }

    /// Whether all rows have their results.
    pub(super) fn is_complete(&self) -> bool {
        self.done.iter().all(|done| *done)
    }

    /// Whether there is a report, which needs each row.
    pub(super) const fn has_report(&self) -> bool {
        self.report.is_some()
    }

    /// Notes that the mailbox is searched for a message of a run before.
    pub(super) const fn add_search(&mut self) {
        self.searched += 1;
    }

    /// Adds the rows that have no result yet by what the check has counted.
    pub(super) fn add_numbers(&mut self, checked: &Checked) {
        let doubtful = checked.doubtful.saturating_sub(self.searched);
        for (status, count) in [
            (RowStatus::SentBefore, checked.sent_before),
            (RowStatus::Changed, checked.changed.len() as u64),
            (RowStatus::Empty, checked.empty),
            (RowStatus::LeftOut, checked.left_out),
            (
                RowStatus::Doubtful,
                self.counts.of(RowStatus::Doubtful) + doubtful,
            ),
        ] {
            self.counts.set(status, count);
        }
        let left = self.rows.saturating_sub(self.counts.total());
        let left = left + self.counts.of(RowStatus::NotTried);
        self.counts.set(RowStatus::NotTried, left);
    }

    /// Ends the display of the progress: what follows are no messages.
    pub(super) fn end_count(&mut self) {
        self.count = None;
    }

    /// Adds the result of a row.
    pub(super) fn add(&mut self, result: &RowResult, context: &Context<'_>) {
        let status = result.status;
        self.counts.add(status);
        let place = usize::try_from(result.row.wrapping_sub(1)).ok();
        if let Some(done) = place.and_then(|place| self.done.get_mut(place)) {
            *done = true;
        }
        let is_attempt = matches!(
            status,
            RowStatus::Sent | RowStatus::Refused | RowStatus::Unsent | RowStatus::Doubtful
        );
        if let Some(count) = self.count.as_mut().filter(|_| is_attempt) {
            count.advance(context.seams.now());
        }
        if status.needs_attention() && self.lines.len() < MOST_LINES {
            let (row, name) = (result.row, status.name(self.is_draft));
            let line = match result.error.is_empty() {
                true => format!("row {row} {name}"),
                false => format!("row {row} {name}: {}", result.error),
            };
            self.lines.push((row, status, line));
        }
        self.note(result);
    }

    /// Adds a result to the report that may not be the last one of its row.
    pub(super) fn note(&mut self, result: &RowResult) {
        let status = result.status.name(self.is_draft);
        let added = self
            .report
            .as_mut()
            .map(|report| report.add(result, status));
        if let Some(Err(error)) = added {
            self.unwritten = Some(error);
            self.report = None;
        }
    }

    fn class(&self) -> Class {
        let has = |status| self.counts.of(status) > 0;
        let is_unwritten = |stopped: &&Failure| stopped.class() == Class::Outbox;
        if let Some(stopped) = self.stopped.as_ref().filter(is_unwritten) {
            // Without its journal, the next run stops, too.
            stopped.class()
        } else if has(RowStatus::Doubtful) {
            Class::Unknown
        } else if let Some(stopped) = &self.stopped {
            stopped.class()
        } else if self.is_input_gone {
            Class::Input
        } else if has(RowStatus::Unsent) || self.interrupted {
            Class::Later
        } else if has(RowStatus::Refused) {
            Class::Refused
        } else if has(RowStatus::Changed) {
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
                .retain(|(_, status, _)| *status != RowStatus::Unsent);
        }
        self.lines.sort_by_key(|(row, ..)| *row);
        if let Some(Err(error)) = self.report.take().map(|report| report.finish(context.ui)) {
            self.unwritten = Some(error);
        }
        let class = self.class();
        let continues = self.continues(context);
        if context.ui.output_options().json {
            context
                .ui
                .json(&self.as_json(class, journal, continues.as_deref()))?;
            return Ok(class.into());
        }
        for (.., line) in &self.lines {
            context.ui.always(&format!("graphmail: {line}"));
        }
        let more = self.unshown();
        if more > 0 {
            context.ui.always(&format!(
                "graphmail: and {more} more rows; --report FILE lists all"
            ));
        }
        if let Some(error) = &self.unwritten {
            context.ui.always(&format!("graphmail: warning: {error}"));
        }
        self.summary(class, journal, context);
        self.advise(context);
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

    /// How many rows that need attention have no line.
    fn unshown(&self) -> u64 {
        let is_shown = |status: &RowStatus| {
            // One error stands for these rows.
            status.needs_attention() && (*status != RowStatus::Unsent || self.stopped.is_none())
        };
        let all = RowStatus::ALL.into_iter().filter(is_shown);
        let all: u64 = all.map(|status| self.counts.of(status)).sum();
        all.saturating_sub(self.lines.len() as u64)
    }

    /// `graphmail: 97 sent, 3 refused; journal: …`
    fn summary(&self, class: Class, journal: &Journal, context: &Context<'_>) {
        let counts = RowStatus::ALL.into_iter();
        let counts = counts.map(|status| (self.counts.of(status), status.words(self.is_draft)));
        let counts = counts.filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if counts.is_empty() {
            return;
        }
        let line = format!(
            "graphmail: {}; journal: {}",
            counts.join(", "),
            journal.name()
        );
        // A run that has sent all it was given says so on a terminal only.
        let of_run = self.counts.of(RowStatus::Sent) + self.counts.of(RowStatus::LeftOut);
        match class == Class::Success && of_run == self.rows {
            true => context.ui.success(&line),
            false => context.ui.info(&line),
        }
    }

    /// Says what can be done about doubtful rows.
    fn advise(&self, context: &Context<'_>) {
        if self.counts.of(RowStatus::Doubtful) == 0 {
            return;
        }
        if !self.is_searched {
            context.ui.always(&format!(
                "hint: with the permission {LOOKUP} or Mail.Read, graphmail looks in Sent Items itself"
            ));
        }
        if !self.resends {
            let line = command(context);
            let what = match self.is_searched {
                true => "to send again what is not in Sent Items",
                false => "to send all doubtful rows again, after a look in Sent Items",
            };
            context
                .ui
                .always(&format!("hint: {what}: {line} --resend-doubtful"));
        }
    }

    /// The command that sends the rest.
    fn continues(&self, context: &Context<'_>) -> Option<String> {
        let left = self.counts.of(RowStatus::Unsent) + self.counts.of(RowStatus::NotTried);
        (left > 0).then(|| command(context))
    }

    fn as_json(&self, class: Class, journal: &Journal, continues: Option<&str>) -> Value {
        let of = |class: Class, message: String| json!({"class": class.name(), "message": message});
        let stopped = self.stopped.as_ref();
        let stopped = stopped.map(|failure| of(failure.class(), failure.words()));
        let unwritten = self.unwritten.as_ref();
        let unwritten = unwritten.map(|error| of(Class::Io, error.to_string()));
        let mut json = Map::new();
        let mut put = |key: &str, value: Value| drop(json.insert(key.to_owned(), value));
        put("ok", json!(class == Class::Success));
        put("exit", json!(class.number()));
        put("rows", json!(self.rows));
        for is_draft in [false, true] {
            for status in RowStatus::ALL {
                let count = match is_draft == self.is_draft {
                    true => self.counts.of(status),
                    false => 0,
                };
                // A status that does not depend on --draft has one key.
                let name = status.name(is_draft);
                if is_draft == self.is_draft || name != status.name(self.is_draft) {
                    put(&name.replace('-', "_"), json!(count));
                }
            }
        }
        let lines: Vec<_> = self.lines.iter().map(|(.., line)| line).collect();
        put("errors", json!(lines));
        put("journal", json!(journal.name()));
        put("continue", json!(continues));
        put("error", json!(stopped.or(unwritten)));
        Value::Object(json)
    }
}

/// The command of this run.
fn command(context: &Context<'_>) -> String {
    let words = context.arguments.iter();
    let words = words.map(|word| shell::word(&word.to_string_lossy()));
    words.collect::<Vec<_>>().join(" ")
}
