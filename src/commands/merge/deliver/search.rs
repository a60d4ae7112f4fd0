//! Searches the mailbox for messages that may have been sent.

use super::attempt::Attempts;
use crate::commands::merge::data::Row;
use crate::commands::merge::journal::{Doubt, Step};
use crate::commands::merge::status::{RowResult, RowStatus};
use crate::commands::merge::template::RowKey;
use crate::commands::report::Failure;
use crate::graph::{self, DraftId, SentSearch, UncertainSend, Verdict};

/// What is said if the time was too short to see whether a draft leaves.
const IN_DRAFTS: &str =
    "its draft is still in Drafts, not sent; run it again with a longer --max-wait";

/// A message that may have been sent.
pub(super) struct Doubtful {
    pub(super) row: Row,
    pub(super) key: RowKey,
    pub(super) doubt: Doubt,
    /// The error of this run's request. `None` if a run before may have sent it.
    pub(super) error: Option<String>,
}

impl Doubtful {
    /// Why it is not known what became of it.
    pub(super) fn words(&self, why: &str) -> String {
        let begin = match &self.error {
            Some(error) => error.clone(),
            None => self.doubt.words(),
        };
        match why.is_empty() {
            true => begin,
            false => format!("{begin}; {why}"),
        }
    }

    pub(super) fn result(self, (status, error): (RowStatus, String)) -> RowResult {
        RowResult {
            message_id: self.doubt.message_id,
            ..RowResult::new(self.row.number, Some(&self.key), (status, error))
        }
    }
}

/// The result of a search.
pub(super) struct Search {
    pub(super) status: RowStatus,
    /// Why it is not known what became of the message.
    pub(super) why: String,
    /// Whether the mailbox does not answer for lack of permission.
    pub(super) is_denied: bool,
    /// Whether it was searched, and the message is not there.
    pub(super) is_unseen: bool,
    /// Why the run cannot go on.
    pub(super) stop: Option<Failure>,
}

impl Search {
    /// Without permission.
    pub(super) fn denied() -> Self {
        Self {
            status: RowStatus::Doubtful,
            why: "without Mail.ReadBasic, Sent Items cannot be searched".to_owned(),
            is_denied: true,
            is_unseen: false,
            stop: None,
        }
    }

    /// It is not known, for this reason.
    pub(super) fn unknown(why: &str) -> Self {
        Self {
            status: RowStatus::Doubtful,
            why: why.to_owned(),
            is_denied: false,
            is_unseen: false,
            stop: None,
        }
    }
}

impl Attempts<'_, '_, '_> {
    /// Searches the mailbox for a message that may have been sent, or for the drafts of an attempt that was cut off,
    /// which are deleted.
    pub(super) fn search(&mut self, doubtful: &Doubtful, is_draft: bool) -> Search {
        self.context.waits.renew();
        let search = search_of(&doubtful.doubt);
        let verdict = match (is_draft, search) {
            (true, Some(search)) => match graph::sweep(self.graph, self.sender, search) {
                Some(left) if left.is_empty() => Verdict::Unsent,
                _ => Verdict::Unclear(None),
            },
            (_, search) => {
                let uncertain = UncertainSend {
                    search,
                    draft: None,
                };
                graph::settle(self.graph, self.sender, uncertain)
            }
        };
        self.found(doubtful, Some(verdict))
    }

    /// Searches the mailbox for messages that may have been sent, by one clock.
    pub(super) fn search_all(&mut self, doubts: &[Doubtful]) -> Vec<Search> {
        self.context.waits.renew();
        let drafts = doubts
            .iter()
            .map(|it| it.doubt.draft.as_ref()?.parse().ok());
        let drafts: Vec<Option<DraftId>> = drafts.collect();
        let uncertain: Vec<_> = doubts
            .iter()
            .zip(&drafts)
            .map(|(it, draft)| UncertainSend {
                search: search_of(&it.doubt),
                draft: draft.as_ref(),
            })
            .collect();
        let mut verdicts: Vec<_> = doubts.iter().map(|_| None).collect();
        let ui = self.context.ui;
        let waits = &mut |count: usize| {
            let what = match count {
                1 => "1 message that may have been sent".to_owned(),
                count => format!("{count} messages that may have been sent"),
            };
            ui.info(&format!(
                "graphmail: looking for {what}, for up to 30 s: a draft may still leave Drafts"
            ));
        };
        graph::settle_all(
            self.graph,
            self.sender,
            &uncertain,
            waits,
            &mut |at, verdict| {
                if let Some(place) = verdicts.get_mut(at) {
                    *place = verdict;
                }
            },
        );
        let all = doubts.iter().zip(verdicts);
        all.map(|(doubtful, verdict)| self.found(doubtful, verdict))
            .collect()
    }

    /// Records the answer of the mailbox. Without one, the message was still in Drafts.
    fn found(&self, doubtful: &Doubtful, verdict: Option<Verdict>) -> Search {
        let (step, status) = match verdict {
            Some(Verdict::Sent) => {
                let message_id = doubtful.doubt.message_id.clone();
                (Step::Sent { message_id }, RowStatus::Sent)
            }
            Some(Verdict::Unsent) => {
                let error = "its draft was not sent".to_owned();
                (Step::Unsent { error }, RowStatus::Unsent)
            }
            Some(Verdict::Unseen) => {
                return Search {
                    is_unseen: true,
                    ..Search::unknown("it is not in Sent Items")
                };
            }
            Some(Verdict::Unclear(Some(error))) if error.is_denied() => return Search::denied(),
            Some(Verdict::Unclear(Some(error))) => return Search::unknown(&error.to_string()),
            Some(Verdict::Unclear(None)) => return Search::unknown("the mailbox does not say"),
            None => return Search::unknown(IN_DRAFTS),
        };
        let step = (step, self.context.seams.now());
        let noted = self
            .journal
            .record(doubtful.row.number, &doubtful.key, step);
        Search {
            status,
            why: String::new(),
            is_denied: false,
            is_unseen: false,
            stop: noted.err().map(|error| self.unwritten(error)),
        }
    }
}

/// How a message is found.
fn search_of(doubt: &Doubt) -> Option<SentSearch<'_>> {
    let message_id = doubt.message_id.as_deref()?;
    Some(SentSearch {
        message_id,
        recipients: &doubt.recipients,
        begun: doubt.begun,
    })
}
