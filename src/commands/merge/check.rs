//! Checks all rows before anything is sent.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::data::Row;
use super::error::MergeError;
use super::journal::{self, Id, Journal, Known};
use super::mailing::Mailing;
use super::template::{Rendered, RowFault};
use crate::commands::Context;
use crate::commands::report::{Failure, Result};
use crate::message::Mail;

/// The most lines about rows that are printed.
pub(super) const MOST_LINES: usize = 30;

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
    pub(super) changed: HashSet<u64>,
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
}

impl Checked {
    /// How many messages this run sends, or searches in the mailbox.
    pub(super) fn to_send(&self, limit: Option<u64>) -> u64 {
        self.new.min(limit.unwrap_or(u64::MAX)) + self.doubtful
    }
}

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
        keys: HashMap::new(),
        unknown: Vec::new(),
        sent_rows: HashMap::new(),
    };
    if let Some(journal) = journal
        && mailing.args.data.key.is_none()
    {
        pass.sent_rows = journal.sent_rows();
    }
    pass.run()?;
    let Pass {
        checked, faults, ..
    } = pass;
    if faults.rows > 0 {
        let more = faults.rows - faults.lines.len() as u64;
        if more > 0 {
            context
                .ui
                .always(&format!("graphmail: and {more} more rows"));
        }
        let error = MergeError::Rows {
            wrong: faults.rows,
            total: checked.rows,
        };
        return Err(Failure::from(error).with_rows(faults.lines));
    }
    if checked.rows == checked.empty + checked.left_out {
        return Err(MergeError::NoRows(mailing.data.name().to_owned()).into());
    }
    if checked.staged > 0 && journal.is_some() {
        let permissions: Vec<_> = checked.permissions.iter().copied().collect();
        mailing.target.rights(context)?.check(&permissions)?;
    }
    Ok(checked)
}

/// One pass over all rows.
struct Pass<'p, 'm, 'c> {
    mailing: &'p Mailing<'m>,
    journal: Option<&'p Journal>,
    context: &'p Context<'c>,
    checked: Checked,
    faults: Faults,
    /// The row of each key.
    keys: HashMap<Id, u64>,
    /// The rows with a new digest whose number was sent with another one, which has this id.
    unknown: Vec<(u64, Id)>,
    /// Without --key: the rows that were sent.
    sent_rows: HashMap<u64, Id>,
}

impl Pass<'_, '_, '_> {
    fn run(&mut self) -> Result<()> {
        for row in self.mailing.data.rows()? {
            self.checked.rows += 1;
            match row {
                Ok(row) => {
                    if let Err(fault) = self.row(&row) {
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
        let known = |id: &Id| self.keys.contains_key(id);
        let unknown = std::mem::take(&mut self.unknown).into_iter();
        let changed: HashSet<u64> = unknown
            .filter(|(_, id)| !known(id))
            .map(|(row, _)| row)
            .collect();
        self.checked.new -= changed.len() as u64;
        self.checked.changed.extend(changed);
        Ok(())
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
        let known = self
            .journal
            .and_then(|journal| journal.known(&rendered.key));
        match &known {
            Some((Known::Sent | Known::Doubtful(_), false)) => {
                self.checked.changed.insert(row.number);
                return Ok(());
            }
            Some((Known::Sent, true)) => {
                self.checked.sent_before += 1;
                return Ok(());
            }
            Some((Known::Doubtful(_), true)) => {
                self.checked.doubtful += 1;
                return Ok(());
            }
            Some((Known::Unsent(_), _)) | None => {}
        }
        self.plan(row, &rendered).map_err(RowFault)?;
        if known.is_none() {
            let sent = self.sent_rows.get(&row.number);
            self.unknown.extend(sent.map(|id| (row.number, *id)));
        }
        Ok(())
    }

    fn plan(&mut self, row: &Row, rendered: &Rendered) -> Result<()> {
        let message = self.mailing.message(rendered, self.context)?;
        let mail = Mail::Composed(Box::new(message));
        let plan = self.mailing.plan(&mail)?;
        let checked = &mut self.checked;
        checked.new += 1;
        checked.bytes += plan.bytes();
        checked.staged += u64::from(plan.staged.is_some());
        checked.permissions.extend(plan.permissions);
        checked.first.get_or_insert(row.number);
        Ok(())
    }

    fn twice(&self, other: u64, key: &str) -> RowFault {
        let (flag, what) = match self.mailing.args.data.key {
            Some(_) => ("--key", format!("row {other} has the same key {key:?}")),
            None => return RowFault::plain(format!("it gives the same message as row {other}")),
        };
        RowFault::new(flag, what)
    }
}
