//! The messages that may have been sent, by this run or by one before.

use std::sync::atomic::Ordering;

use super::attempt::Attempts;
use super::search::{Doubtful, Search};
use super::{Delivery, LIMIT, locked};
use crate::commands::Context;
use crate::commands::merge::data::Row;
use crate::commands::merge::status::RowStatus;

impl Delivery<'_, '_, '_> {
    /// Looks once for a message that a run before may have sent. If that can take a while, it is left to
    /// [`Self::settle_doubts`]: the others are sent first. Returns whether it is to be sent.
    pub(super) fn doubtful(&self, doubtful: Doubtful, attempts: &mut Attempts<'_, '_, '_>) -> bool {
        let has_draft = doubtful.doubt.draft.is_some() && !self.mailing.args.run.draft;
        if has_draft && self.may_search.load(Ordering::Relaxed) {
            locked(&self.doubts).push(doubtful);
            return false;
        }
        let found = match self.may_search.load(Ordering::Relaxed) {
            true => attempts.search(&doubtful, self.mailing.args.run.draft),
            false => Search::denied(),
        };
        self.conclude(doubtful, found, attempts.context).is_some()
    }

    /// Searches the mailbox for all messages that may have been sent, by one clock. The copies of this run have had
    /// the time of the others to appear. Returns the rows that are to be sent.
    pub(super) fn settle_doubts(&self, context: &Context<'_>) -> Vec<Row> {
        let doubts = std::mem::take(&mut *locked(&self.doubts));
        let mut again = Vec::new();
        if doubts.is_empty() {
            return again;
        }
        let done = self.with_graph(context, |attempts| {
            let found = self.search_all(&doubts, attempts);
            for (doubtful, found) in doubts.into_iter().zip(found) {
                again.extend(self.conclude(doubtful, found, context));
            }
        });
        if let Err(error) = done {
            self.stop_for(error);
        }
        again.sort_unstable_by_key(|row| row.number);
        again
    }

    fn search_all(&self, doubts: &[Doubtful], attempts: &mut Attempts<'_, '_, '_>) -> Vec<Search> {
        if self.stop.load(Ordering::Relaxed) {
            return doubts.iter().map(|_| Search::unknown("")).collect();
        }
        if !self.may_search.load(Ordering::Relaxed) {
            return doubts.iter().map(|_| Search::denied()).collect();
        }
        if self.mailing.args.run.draft {
            let found = doubts.iter().map(|it| attempts.search(it, true));
            return found.collect();
        }
        attempts.search_all(doubts)
    }

    /// Adds what became of a message. Returns the row if it is to be sent.
    fn conclude(&self, doubtful: Doubtful, found: Search, context: &Context<'_>) -> Option<Row> {
        if found.is_denied {
            self.may_search.store(false, Ordering::Relaxed);
        }
        if let Some(error) = found.stop {
            self.stop_for(error);
        }
        let args = self.mailing.args;
        let (is_former, resends) = (doubtful.error.is_none(), args.run.resend_doubtful);
        if is_former {
            locked(&self.tally).add_search();
        }
        let result = match found.status {
            RowStatus::Unsent if !is_former => (RowStatus::Unsent, doubtful.words(&found.why)),
            // It is not among the rows from which --limit has chosen.
            RowStatus::Unsent if args.data.limit.is_some() && !resends => {
                (RowStatus::NotTried, LIMIT.to_owned())
            }
            RowStatus::Unsent => return Some(doubtful.row),
            // The user has looked, and this search finds nothing, or may not search.
            _ if is_former && resends && (found.is_unseen || found.is_denied) => {
                return Some(doubtful.row);
            }
            RowStatus::Doubtful => (RowStatus::Doubtful, doubtful.words(&found.why)),
            status => (status, String::new()),
        };
        locked(&self.tally).add(&doubtful.result(result), context);
        None
    }

    /// Adds what became of the rows that were to be sent again, and to which the run did not come.
    pub(super) fn add_left(&self, rows: &[Row], context: &Context<'_>) {
        let mut tally = locked(&self.tally);
        for row in rows {
            if tally.lacks(row.number) {
                tally.add(&self.other(row), context);
            }
        }
    }
}
