//! Checks all rows before anything is sent.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::args::Args;
use super::data::Row;
use super::error::MergeError;
use super::journal::{self, Id, Journal, Known, SentRow};
use super::mailing::Mailing;
use super::template::{Rendered, RowFault};
use crate::commands::Context;
use crate::commands::report::{Failure, Result};
use crate::message::{Mail, MessageId};

/// The most lines about rows that are printed.
pub(super) const MOST_LINES: usize = 30;
/// The most that `--json` lists: they are in memory.
const MOST_KEPT: usize = 10_000;

/// What a check found.
#[derive(Default)]
pub(super) struct Checked {
    /// All rows of the file.
    pub(super) rows: u64,
    /// Rows without a value.
    pub(super) empty: u64,
    /// Rows that --only leaves out.
    pub(super) left_out: u64,
    /// Rows that were sent before.
    pub(super) sent_before: u64,
    /// Rows that may have been sent before.
    pub(super) doubtful: u64,
    /// Rows that were sent before, or may have been, and whose message has changed since.
    pub(super) changed: BTreeSet<u64>,
    /// Rows with a new message.
    pub(super) new: u64,
    /// The bytes of the new messages.
    pub(super) bytes: u64,
    /// The messages that need a draft.
    pub(super) staged: u64,
    /// The permissions that the messages need.
    pub(super) permissions: BTreeSet<&'static str>,
    /// The first row that has a new message.
    pub(super) first: Option<u64>,
    /// With --limit: the first rows that need a message, one more than may be sent.
    chosen: BTreeSet<u64>,
    /// With --limit: the first row that this run does not come to.
    pub(super) end: Option<u64>,
}

impl Checked {
    /// Adds a new message.
    fn add(&mut self, planned: &Planned, limit: Option<u64>) {
        self.choose(planned.row, limit);
        self.new += 1;
        self.bytes += planned.bytes;
        self.first = Some(
            self.first
                .map_or(planned.row, |first| first.min(planned.row)),
        );
    }

    /// Adds a row that needs a message to those from which --limit chooses.
    fn choose(&mut self, row: u64, limit: Option<u64>) {
        let Some(limit) = limit else { return };
        self.chosen.insert(row);
        if self.chosen.len() as u64 > limit + 1 {
            self.chosen.pop_last();
        }
        if self.chosen.len() as u64 > limit {
            self.end = self.chosen.last().copied();
        }
    }

    /// How many messages this run sends, or searches in the mailbox.
    pub(super) fn to_send(&self, args: &Args) -> u64 {
        let limit = args.data.limit.unwrap_or(u64::MAX);
        match args.run.resend_doubtful {
            true => (self.new + self.doubtful).min(limit),
            false => self.new.min(limit) + self.doubtful,
        }
    }

    /// How many messages can be in progress at the same time.
    pub(super) const fn most(&self) -> u64 {
        self.new + self.doubtful
    }
}

/// What is said of a changed row.
pub(super) const CHANGED: &str = "it was sent before with other contents";

/// The errors of rows, of which the first are printed at once.
#[derive(Default)]
struct Faults {
    rows: u64,
    lines: Vec<String>,
}

impl Faults {
    fn add(&mut self, line: String, context: &Context<'_>) {
        self.rows += 1;
        if self.lines.len() < MOST_LINES {
            context.ui.always(&format!("graphmail: {line}"));
        }
        if self.lines.len() < MOST_KEPT {
            self.lines.push(line);
        }
    }
}

/// Renders every row and checks its addresses, attachments, size and permissions.
pub(super) fn check(
    mailing: &Mailing<'_>,
    journal: Option<&Journal>,
    context: &Context<'_>,
) -> Result<Checked> {
    let mut pass = Pass {
        mailing,
        journal,
        context,
        checked: Checked::default(),
        faults: Faults::default(),
        blank: 0,
        keys: HashMap::new(),
        message_ids: HashMap::new(),
        unknown: Vec::new(),
        sent: None,
    };
    if let Some(journal) = journal
        && mailing.args.data.key.is_none()
    {
        pass.sent = Some(journal.sent()).filter(|sent| !sent.is_empty());
    }
    pass.run()?;
    let Pass {
        checked,
        faults,
        blank,
        ..
    } = pass;
    if faults.rows > 0 {
        let more = faults.rows.saturating_sub(MOST_LINES as u64);
        if more > 0 {
            context.ui.always(&format!(
                "graphmail: and {more} more rows; --json lists them"
            ));
        }
        let error = MergeError::Rows {
            wrong: faults.rows,
            total: checked.rows,
        };
        return Err(Failure::from(error).with_rows(faults.lines));
    }
    if checked.rows == checked.empty + checked.left_out {
        // No error: a job with --only has quiet days.
        let name = mailing.data.name();
        context
            .ui
            .info(&format!("graphmail: {name} has no row to send"));
    }
    if blank > 0 {
        let messages = if blank == 1 {
            "message has"
        } else {
            "messages have"
        };
        context.ui.info(&format!(
            "graphmail: warning: {blank} {messages} no subject, text or attachment"
        ));
    }
    if checked.staged > 0 && mailing.args.run.dry_run.is_none() {
        let permissions: Vec<_> = checked.permissions.iter().copied().collect();
        mailing.target.rights(context)?.check(&permissions)?;
    }
    Ok(checked)
}

/// A message that may be new.
struct Planned {
    row: u64,
    recipients: Id,
    bytes: u64,
}

/// One pass over all rows.
struct Pass<'p, 'm, 'c> {
    mailing: &'p Mailing<'m>,
    journal: Option<&'p Journal>,
    context: &'p Context<'c>,
    checked: Checked,
    faults: Faults,
    /// Messages without subject, text and attachment.
    blank: u64,
    /// The row of each key.
    keys: HashMap<Id, u64>,
    /// The row of each Message-ID of --message-id.
    message_ids: HashMap<Id, u64>,
    /// The rows with a new digest, with their recipients, if there is [`Self::sent`].
    unknown: Vec<Planned>,
    /// Without --key: what was sent.
    sent: Option<HashMap<Id, SentRow>>,
}

impl Pass<'_, '_, '_> {
    fn run(&mut self) -> Result<()> {
        for row in self.mailing.data.rows()? {
            self.checked.rows += 1;
            match row {
                Ok(row) => {
                    if let Err(fault) = self.row(&row) {
                        if fault.is_of_template() {
                            return Err(fault.0);
                        }
                        self.faults.add(fault.line(row.number), self.context);
                    }
                }
                Err(error) => match error.row() {
                    Some(number) => {
                        let advice = match self.faults.rows {
                            0 => "; is the --delimiter right?",
                            _ => "",
                        };
                        let line = format!("row {number}: {error}{advice}");
                        self.faults.add(line, self.context);
                    }
                    None => return Err(error.into()),
                },
            }
        }
        self.changed_rows();
        Ok(())
    }

    /// Finds the new messages that replace a sent one, which no row of the data gives any more: they have its
    /// place, or its recipients.
    fn changed_rows(&mut self) {
        let mut sent = self.sent.take().unwrap_or_default();
        sent.retain(|id, _| !self.keys.contains_key(id));
        let (mut rows, mut recipients) = (HashSet::new(), HashSet::new());
        for row in sent.into_values() {
            rows.insert(row.row);
            recipients.extend(row.recipients);
        }
        let unknown = std::mem::take(&mut self.unknown).into_iter();
        for planned in unknown {
            match rows.contains(&planned.row) || recipients.contains(&planned.recipients) {
                true => drop(self.checked.changed.insert(planned.row)),
                false => self.checked.add(&planned, self.mailing.args.data.limit),
            }
        }
    }

    fn row(&mut self, row: &Row) -> Result<(), RowFault> {
        if row.is_empty() {
            self.checked.empty += 1;
            return Ok(());
        }
        if !self.mailing.templates.includes(row)? {
            self.checked.left_out += 1;
            return Ok(());
        }
        let rendered = self.mailing.templates.message(row)?;
        let id = journal::id(&rendered.key.text);
        if let Some(other) = self.keys.insert(id, row.number) {
            return Err(self.twice(other, &rendered.key.text));
        }
        self.message_id(row, &rendered)?;
        let known = self
            .journal
            .and_then(|journal| journal.known(&rendered.key));
        match &known {
            Some((Known::Sent(_) | Known::Doubtful(_), false)) => {
                self.checked.changed.insert(row.number);
                return Ok(());
            }
            Some((Known::Sent(_), true)) => {
                self.checked.sent_before += 1;
                return Ok(());
            }
            Some((Known::Doubtful(_), true)) => {
                self.checked.doubtful += 1;
                if self.mailing.args.run.resend_doubtful {
                    self.plan(row, &rendered).map_err(RowFault)?;
                    let limit = self.mailing.args.data.limit;
                    self.checked.choose(row.number, limit);
                }
                return Ok(());
            }
            Some((Known::Unsent(_), _)) | None => {}
        }
        let planned = self.plan(row, &rendered).map_err(RowFault)?;
        match known.is_none() && self.sent.is_some() {
            true => self.unknown.push(planned),
            false => self.checked.add(&planned, self.mailing.args.data.limit),
        }
        Ok(())
    }

    /// Plans the message of a row.
    fn plan(&mut self, row: &Row, rendered: &Rendered) -> Result<Planned> {
        let message = self.mailing.message(rendered, self.context)?;
        self.blank += u64::from(message.is_empty());
        let mail = Mail::Composed(Box::new(message));
        let recipients = mail.addresses();
        let recipients = journal::recipients(recipients.iter().map(String::as_str));
        let plan = self.mailing.plan(&mail)?;
        let checked = &mut self.checked;
        checked.staged += u64::from(plan.staged.is_some());
        let bytes = plan.bytes();
        checked.permissions.extend(plan.permissions);
        Ok(Planned {
            row: row.number,
            recipients,
            bytes,
        })
    }

    /// Refuses a second row with the same Message-ID: Sent Items are searched by it, and some mailboxes drop the
    /// second of two such messages.
    fn message_id(&mut self, row: &Row, rendered: &Rendered) -> Result<(), RowFault> {
        let text = rendered.composed.message_id.as_deref();
        // A malformed one is an error of its own.
        let Some(Ok(message_id)) = text.map(MessageId::parse) else {
            return Ok(());
        };
        let id = journal::id(message_id.as_str());
        match self.message_ids.insert(id, row.number) {
            None => Ok(()),
            Some(other) => {
                let why = format!("row {other} has the same Message-ID {message_id}");
                Err(RowFault::new("--message-id", why))
            }
        }
    }

    fn twice(&self, other: u64, key: &str) -> RowFault {
        let (flag, what) = match self.mailing.args.data.key {
            Some(_) => ("--key", format!("row {other} has the same key {key:?}")),
            None => return RowFault::plain(format!("it gives the same message as row {other}")),
        };
        RowFault::new(flag, what)
    }
}
