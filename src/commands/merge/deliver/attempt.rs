//! One attempt to send the message of a row, and the search for one that may have been sent.

use std::io;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use crate::budget::Budget;
use crate::commands::merge::error::MergeError;
use crate::commands::merge::journal::{Doubt, Journal, Step};
use crate::commands::merge::status::RowStatus;
use crate::commands::merge::template::RowKey;
use crate::commands::outbox::tries::outcome::reason;
use crate::commands::report::Failure;
use crate::commands::send::log::{Line, Log};
use crate::commands::{Context, deliver};
use crate::config::Account;
use crate::delivery::{self, Attempt, Outcome, Route};
use crate::graph::{self, Graph, Parts, Sender};
use crate::mutex::locked;
use crate::seams::Seams;
use crate::submission::Submission;
use crate::ui::Uploads;

/// What one thread needs to send messages.
pub(super) struct Attempts<'t, 'g, 'c> {
    pub(super) graph: &'t mut Graph<'g>,
    pub(super) budget: Option<&'t Budget<'t>>,
    pub(super) account: &'t Account,
    pub(super) sender: &'t Sender,
    pub(super) log: &'t Mutex<Log>,
    pub(super) stop: &'t Arc<AtomicBool>,
    pub(super) journal: &'t Journal,
    pub(super) context: &'t Context<'c>,
}

/// The result of an attempt.
pub(super) struct Sent {
    pub(super) status: RowStatus,
    /// Why it was not sent.
    pub(super) error: String,
    /// It may have been sent, and is found by this.
    pub(super) doubt: Option<Doubt>,
    /// Why other messages would not succeed either.
    pub(super) stop: Option<Failure>,
}

/// Records the steps of one message.
struct Steps<'s> {
    journal: &'s Journal,
    row: u64,
    key: &'s RowKey,
    submission: &'s Submission,
    seams: &'s dyn Seams,
    /// What was recorded before the request that sends.
    doubt: Option<Doubt>,
    has_line: bool,
}

impl Steps<'_> {
    fn record(&mut self, step: Step) -> io::Result<()> {
        let at = self.seams.now();
        self.journal.record(self.row, self.key, (step, at))?;
        self.has_line = true;
        self.seams.step("the row is noted");
        Ok(())
    }
}

impl delivery::Journal for Steps<'_> {
    fn created(&mut self, draft: &str) -> io::Result<()> {
        let draft = draft.to_owned();
        self.record(Step::Draft { draft })
    }

    fn sending(&mut self, attempt: &Attempt<'_>) -> io::Result<()> {
        let doubt = Doubt {
            begun: attempt.begun,
            message_id: attempt.message_id.map(ToOwned::to_owned),
            draft: attempt.draft.map(ToOwned::to_owned),
            recipients: self.submission.recipients().to_vec(),
            cause: None,
        };
        self.doubt = Some(doubt.clone());
        self.record(Step::Sending(doubt))
    }
}

impl<'t> Attempts<'t, '_, '_> {
    /// Tries once to send a message. `leftover` is an incomplete draft of an attempt before.
    pub(super) fn send<'s>(
        &mut self,
        row: u64,
        key: &'s RowKey,
        (submission, leftover): (&'s Submission, Option<&str>),
    ) -> Sent
    where
        't: 's,
    {
        self.context.waits.renew();
        if let Some(draft) = leftover.and_then(|draft| draft.parse().ok()) {
            // If it stays, it does no harm: it is not sent.
            drop(graph::delete_draft(self.graph, self.sender, &draft));
        }
        let mut steps = self.steps(row, key, submission);
        let mut uploads = Uploads::hidden(self.context.ui, Arc::clone(self.stop));
        let mut route = Route {
            graph: self.graph,
            sender: self.sender,
            budget: self.budget,
            progress: &mut uploads,
            warnings: Vec::new(),
        };
        let outcome = delivery::send_recorded(&mut route, submission, &mut steps);
        let warnings = route.warnings;
        deliver::warn(warnings, (self.account, self.sender), self.context);
        let line = Line::of_entry(&self.account.name, self.sender, submission, &outcome);
        let mut log = locked(self.log);
        log.write(&line, self.context);
        drop(log);
        self.settle(outcome, steps)
    }

    /// Tries once to save a message in Drafts.
    pub(super) fn draft<'s>(
        &mut self,
        row: u64,
        key: &'s RowKey,
        submission: &'s Submission,
    ) -> Sent
    where
        't: 's,
    {
        self.context.waits.renew();
        let mut steps = self.steps(row, key, submission);
        match self.create(submission, &mut steps) {
            Ok(()) => self.made(steps),
            Err(error) => self.settle(Err(error).into(), steps),
        }
    }

    fn create(
        &mut self,
        submission: &Submission,
        steps: &mut Steps<'_>,
    ) -> Result<(), delivery::Error> {
        let Submission::Staged {
            draft,
            uploads,
            message_id,
            recipients,
        } = submission
        else {
            let why = io::Error::other("the plan of a draft has no draft");
            return Err(graph::Error::Contents(why).into());
        };
        let parts = Parts {
            draft,
            uploads,
            message_id: message_id.as_deref(),
            recipients,
        };
        self.graph.tokens.bearer().map_err(graph::Error::from)?;
        let attempt = Attempt {
            begun: self.context.seams.now(),
            message_id: message_id.as_deref(),
            draft: None,
        };
        let noted = delivery::Journal::sending(steps, &attempt);
        noted.map_err(graph::Error::Journal)?;
        let mut uploads = Uploads::hidden(self.context.ui, Arc::clone(self.stop));
        graph::create_draft(self.graph, self.sender, parts, &mut uploads)?;
        Ok(())
    }

    fn steps<'s>(&self, row: u64, key: &'s RowKey, submission: &'s Submission) -> Steps<'s>
    where
        't: 's,
    {
        Steps {
            journal: self.journal,
            row,
            key,
            submission,
            seams: self.context.seams.as_ref(),
            doubt: None,
            has_line: false,
        }
    }

    /// Records that the message was sent or saved.
    fn made(&self, mut steps: Steps<'_>) -> Sent {
        let message_id = steps.submission.message_id().map(ToOwned::to_owned);
        let noted = steps.record(Step::Sent { message_id });
        Sent {
            status: RowStatus::Sent,
            error: String::new(),
            doubt: None,
            stop: noted.err().map(|error| self.unwritten(error)),
        }
    }

    /// The run stops: the next row could not be recorded either.
    pub(super) fn unwritten(&self, error: io::Error) -> Failure {
        MergeError::Journal(self.journal.name().to_owned(), error).into()
    }

    /// Records the outcome of an attempt.
    fn settle(&self, outcome: Outcome, mut steps: Steps<'_>) -> Sent {
        let of = (&*self.account.name, self.sender.user());
        let (_, error) = reason(&outcome, of, self.context);
        let (status, step) = match &outcome {
            Outcome::Accepted(_) => return self.made(steps),
            Outcome::Unknown(_) => (
                RowStatus::Doubtful,
                Step::Doubtful {
                    error: error.clone(),
                },
            ),
            Outcome::Rejected(_) => (
                RowStatus::Refused,
                Step::Failed {
                    error: error.clone(),
                },
            ),
            Outcome::Deferred(..) => (
                RowStatus::Unsent,
                Step::Unsent {
                    error: error.clone(),
                },
            ),
        };
        // A row of which nothing is recorded is not sent.
        let is_recorded = status == RowStatus::Unsent && !steps.has_line;
        let noted = if is_recorded {
            Ok(())
        } else {
            steps.record(step)
        };
        let doubt = steps.doubt.filter(|_| status == RowStatus::Doubtful);
        let stop = match (noted, outcome) {
            (Err(error), _)
            | (
                Ok(()),
                Outcome::Deferred(_, delivery::Error::Graph(graph::Error::Journal(error))),
            ) => Some(self.unwritten(error)),
            // The other rows would fail for the same reason, except that a file has changed.
            (Ok(()), Outcome::Deferred(_, error)) if !is_of_row(&error) => {
                Some(deliver::unsent(&format!("row {}", steps.row), error))
            }
            _ => None,
        };
        Sent {
            status,
            error,
            doubt,
            stop,
        }
    }
}

/// Whether a message was not sent for a reason that other rows need not have.
fn is_of_row(error: &delivery::Error) -> bool {
    let is_of_contents = matches!(error, delivery::Error::Graph(error) if matches!(error, graph::Error::Contents(_)));
    is_of_contents || error.is_interruption()
}
