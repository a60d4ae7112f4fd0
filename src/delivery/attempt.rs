//! One attempt: sign in, wait for a turn in the send budget, then submit to Graph. Each step that a later
//! process must know of is recorded first.

use std::io;

use jiff::Timestamp;

use super::settle::search_of;
use super::{Error, Outcome, Route, Warning, take_turn};
use crate::budget::Slot;
use crate::exit::Class;
use crate::graph::{self, DraftId, Receipt};
use crate::http::Throttle as _;
use crate::outbox::{Claim, Key, KeyState, Phase};
use crate::seams::Seams;
use crate::submission::Submission;

/// Where the steps of an attempt are recorded.
pub(super) enum Record<'r, 'a> {
    /// Nowhere, because no later run continues the attempt.
    Nothing,
    /// In the entry of the outbox.
    Entry(&'r mut Claim<'a>),
    /// In the journal of idempotency keys.
    Key(&'r mut Key<'a>),
    /// In the caller's journal.
    Journal(&'r mut dyn Journal),
}

/// The journal of a caller that knows what its messages are. Each step is recorded, durably, before it is done.
pub trait Journal {
    /// The draft with this id was created for the message. It is not sent yet.
    ///
    /// # Errors
    /// Those of the file; then the message is not sent.
    fn created(&mut self, draft: &str) -> io::Result<()>;

    /// The request that sends the message comes next.
    ///
    /// # Errors
    /// As [`Journal::created`].
    fn sending(&mut self, attempt: &Attempt<'_>) -> io::Result<()>;
}

/// By what a message that may have been sent is found again.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// When the attempt began.
    pub begun: Timestamp,
    /// The Message-ID, with angle brackets, if it is known.
    pub message_id: Option<&'a str>,
    /// The draft's id, if the message is sent as a draft.
    pub draft: Option<&'a str>,
}

/// Tries once to send a message that is in no outbox, and records its steps in `journal`.
pub fn send_recorded(
    route: &mut Route<'_, '_>,
    submission: &Submission,
    journal: &mut dyn Journal,
) -> Outcome {
    attempt(route, submission, Record::Journal(journal))
}

impl Route<'_, '_> {
    /// Gets an access token before the turn, so that a refused sign-in uses none of the send budget.
    fn sign_in(&mut self) -> Result<(), Error> {
        self.graph.tokens.bearer().map_err(graph::Error::from)?;
        Ok(())
    }

    fn take_turn(&self) -> Result<Option<Slot>, Error> {
        take_turn(self.budget, &self.graph.link)
    }
}

/// Sends a draft that is in the mailbox. If it cannot be sent, it stays there.
///
/// # Errors
/// [`Error`]: why it was not sent, or may not have been sent.
pub fn send_draft(route: &mut Route<'_, '_>, id: &DraftId) -> Result<Receipt, Error> {
    route.sign_in()?;
    let _slot = route.take_turn()?;
    route.progress.created(id);
    route.progress.sending();
    Ok(graph::send_draft(route.graph, route.sender, id)?)
}

/// Tries once to send the message.
pub(super) fn attempt(
    route: &mut Route<'_, '_>,
    submission: &Submission,
    record: Record<'_, '_>,
) -> Outcome {
    send(route, submission, record).into()
}

fn send(
    route: &mut Route<'_, '_>,
    submission: &Submission,
    mut record: Record<'_, '_>,
) -> Result<Receipt, Error> {
    // A caller of sendmail does not wait for a service that another one has just waited for in vain.
    let is_brief = route.graph.link.waits.is_brief();
    if is_brief && route.budget.is_some_and(|budget| !budget.may_try()) {
        return Err(Error::NoAnswer);
    }
    let signed_in = route.sign_in();
    if let (Err(error), Some(budget)) = (&signed_in, route.budget)
        && error.class() == Class::Later
        && !error.is_interruption()
    {
        budget.unanswered();
    }
    let _slot = match &signed_in {
        Ok(()) => route.take_turn()?,
        Err(_) => None,
    };
    if let Record::Entry(claim) = &mut record {
        claim.entry.attempts += 1;
    }
    signed_in?;
    if let Record::Entry(claim) = &mut record {
        prepare(route, claim, submission)?;
    }
    let seams = route.graph.link.seams;
    let mut journal = WriteAhead {
        record,
        draft: None,
        begun: seams.now(),
        message_id: submission.message_id(),
        seams,
    };
    let (graph, sender) = (&mut *route.graph, route.sender);
    let sent = graph::submit(graph, sender, submission, route.progress, &mut journal);
    seams.step("answered");
    Ok(sent?)
}

/// Deletes the drafts of former attempts, and records that a draft may be created. If the process ends before
/// it knows the draft's id, the draft can be found by its Message-ID and time.
fn prepare(
    route: &mut Route<'_, '_>,
    claim: &mut Claim<'_>,
    submission: &Submission,
) -> Result<(), Error> {
    if delete_leftovers(route, claim) {
        claim.entry.begun = Some(route.graph.link.seams.now());
    }
    for draft in &claim.entry.leftovers {
        route.warnings.push(Warning::LeftoverDraft {
            entry: claim.id().clone(),
            draft: draft.clone(),
        });
    }
    if let Submission::Staged { .. } = submission {
        claim.entry.phase = Phase::Creating;
        let noted = claim.save().map_err(io::Error::other);
        noted.map_err(graph::Error::Journal)?;
    }
    Ok(())
}

/// Deletes the drafts of former attempts; those that cannot be deleted stay in
/// [`Entry::leftovers`](crate::outbox::Entry) for the next attempt. Returns whether the mailbox could be
/// searched. If not, the next attempt searches for drafts from the same time on.
fn delete_leftovers(route: &mut Route<'_, '_>, claim: &mut Claim<'_>) -> bool {
    let (graph, sender, entry) = (&mut *route.graph, route.sender, &mut claim.entry);
    let mut was_searched = true;
    match std::mem::replace(&mut entry.phase, Phase::Untouched) {
        Phase::Draft { draft } => entry.leftovers.push(draft),
        Phase::Creating => {
            let left = search_of(entry).and_then(|search| graph::sweep(graph, sender, search));
            was_searched = left.is_some();
            let left = left.into_iter().flatten();
            entry.leftovers.extend(left.map(|id| id.to_string()));
        }
        Phase::Untouched | Phase::Sending { .. } => {}
    }
    entry.leftovers.retain(|draft| {
        let Ok(id) = draft.parse() else { return false };
        graph::delete_draft(graph, sender, &id).is_err()
    });
    was_searched
}

/// Records each step before it is done.
struct WriteAhead<'w, 'r, 'a> {
    record: Record<'r, 'a>,
    draft: Option<String>,
    begun: Timestamp,
    message_id: Option<&'w str>,
    seams: &'w dyn Seams,
}

impl graph::Journal for WriteAhead<'_, '_, '_> {
    fn created(&mut self, id: &DraftId) -> io::Result<()> {
        self.seams.step("the draft is created");
        self.draft = Some(id.to_string());
        match &mut self.record {
            Record::Entry(claim) => {
                let draft = id.to_string();
                claim.entry.phase = Phase::Draft { draft };
                claim.save().map_err(io::Error::other)
            }
            Record::Journal(journal) => journal.created(id.as_str()),
            Record::Nothing | Record::Key(_) => Ok(()),
        }
    }

    fn sending(&mut self) -> io::Result<()> {
        let draft = self.draft.clone();
        let noted = match &mut self.record {
            Record::Nothing => Ok(()),
            Record::Entry(claim) => {
                claim.entry.phase = Phase::Sending { draft };
                claim.save()
            }
            Record::Key(key) => key.set_state(KeyState::Sending {
                begun: self.begun,
                message_id: self.message_id.map(ToOwned::to_owned),
                draft,
            }),
            Record::Journal(journal) => {
                return journal.sending(&Attempt {
                    begun: self.begun,
                    message_id: self.message_id,
                    draft: draft.as_deref(),
                });
            }
        };
        noted.map_err(io::Error::other)
    }
}
