//! The rows of the report that the run did not come to.

use std::sync::atomic::Ordering;

use super::{Delivery, locked};
use crate::commands::merge::check::CHANGED;
use crate::commands::merge::data::Row;
use crate::commands::merge::journal::Known;
use crate::commands::merge::tally::{RowResult, RowStatus};

impl Delivery<'_, '_, '_> {
    /// Adds the rows to the report that are not in it.
    pub(super) fn report_others(&self) {
        let Ok(rows) = self.mailing.data.rows() else {
            return;
        };
        let mut tally = locked(&self.tally);
        // The check has seen all rows.
        for row in rows.map_while(Result::ok) {
            if !tally.lacks(row.number) {
                continue;
            }
            let is_end = tally.stopped.is_some() || self.stop.load(Ordering::Relaxed);
            tally.write(&self.other(&row, is_end));
        }
    }

    fn other(&self, row: &Row, is_end: bool) -> RowResult {
        let rendered = match self.rendered(row) {
            Ok(rendered) => rendered,
            Err(result) => return RowResult::new(row.number, None, result),
        };
        let known = self.journal.known(&rendered.key).map(|(known, _)| known);
        let (status, why) = match &known {
            _ if self.checked.changed.contains(&row.number) => (RowStatus::Changed, CHANGED),
            Some(Known::Sent(_)) => (RowStatus::SentBefore, ""),
            Some(Known::Doubtful(_)) => (RowStatus::Doubtful, "it may have been sent before"),
            _ if is_end => (RowStatus::NotTried, ""),
            _ => (RowStatus::LeftOut, "--limit"),
        };
        let message_id = match known {
            Some(Known::Sent(message_id)) => message_id.map(Into::into),
            Some(Known::Doubtful(doubt)) => doubt.message_id,
            _ => None,
        };
        RowResult {
            message_id,
            ..RowResult::new(row.number, Some(&rendered.key), (status, why.to_owned()))
        }
    }
}
