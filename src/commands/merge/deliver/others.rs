//! The rows that the run did not come to.

use super::{Delivery, LIMIT, locked};
use crate::commands::Context;
use crate::commands::merge::check::CHANGED;
use crate::commands::merge::data::Row;
use crate::commands::merge::journal::Known;
use crate::commands::merge::status::{RowResult, RowStatus};

impl Delivery<'_, '_, '_> {
    /// Adds the rows that have no result yet.
    pub(super) fn add_others(&self, context: &Context<'_>) {
        let mut tally = locked(&self.tally);
        if tally.is_complete() {
            return;
        }
        tally.end_count();
        if !tally.has_report() {
            return tally.add_numbers(self.checked);
        }
        let Ok(rows) = self.mailing.data.rows() else {
            return;
        };
        // The check has seen all rows.
        for row in rows.map_while(Result::ok) {
            if tally.lacks(row.number) {
                tally.add(&self.other(&row), context);
            }
        }
    }

    pub(super) fn other(&self, row: &Row) -> RowResult {
        let rendered = match self.rendered(row) {
            Ok(rendered) => rendered,
            Err(result) => return RowResult::new(row.number, None, result),
        };
        let known = self.journal.known(&rendered.key).map(|(known, _)| known);
        let (status, why) = match &known {
            _ if self.checked.changed.contains(&row.number) => {
                (RowStatus::Changed, CHANGED.to_owned())
            }
            Some(Known::Sent(_)) => (RowStatus::SentBefore, String::new()),
            Some(Known::Doubtful(doubt)) => (RowStatus::Doubtful, doubt.words()),
            _ if self.is_within_limit(row.number) => (RowStatus::NotTried, String::new()),
            _ => (RowStatus::NotTried, LIMIT.to_owned()),
        };
        let message_id = match known {
            Some(Known::Sent(message_id)) => message_id.map(Into::into),
            Some(Known::Doubtful(doubt)) => doubt.message_id,
            _ => None,
        };
        RowResult {
            message_id,
            ..RowResult::new(row.number, Some(&rendered.key), (status, why))
        }
    }
}
