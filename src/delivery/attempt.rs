//! One attempt: a turn within the host's budget, then Graph, with a note before what is done once.

use std::io;
use std::time::Duration;

use jiff::Timestamp;

use super::settle::trail_of;
use super::{Error, Outcome};
use crate::budget::{Budget, Place, Turn};
use crate::graph::{self, DraftId, Graph, Progress, Sender};
use crate::http::Link;
use crate::outbox::{Claim, Key, KeyState, Phase};
use crate::seams::Seams;
use crate::submission::Submission;

/// What is noted of an attempt before the request that can send the message.
pub enum Journal<'j, 'a> {
    /// Nothing: whoever asked for it knows as much.
    Nothing,
    /// In the entry of the outbox.
    Entry(&'j mut Claim<'a>),
    /// In the journal of idempotency keys.
    Key(&'j mut Key),
}

/// How often a place among those who send at once is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// Why it is not a message's turn.
const LATER: &str = "no more may be sent from the mailbox for now";

/// Tries once to send the message.
pub fn attempt(
    graph: &mut Graph<'_>,
    sender: &Sender,
    submission: &Submission,
    progress: &mut dyn Progress,
    journal: Journal<'_, '_>,
    budget: Option<&Budget<'_>>,
) -> Outcome {
    let _place = match take_turn(budget, &graph.link) {
        Ok(place) => place,
        Err(_) if graph.link.stops() => {
            return Outcome::Deferred(None, graph::Error::Interrupted.into());
        }
        Err((until, error)) => return Outcome::Deferred(until, error),
    };
    let mut journal = journal;
    if let Journal::Entry(claim) = &mut journal {
        claim.entry.attempts += 1;
        if clear(graph, sender, claim) {
            claim.entry.begun = Some(graph.link.seams.now());
        }
        if let Submission::Staged { .. } = submission {
            // Before the first draft: a process that ends before it knows the draft's id leaves
            // a Message-ID and a time to find it by.
            claim.entry.phase = Phase::Creating;
            if let Err(error) = claim.save() {
                let error = graph::Error::Journal(io::Error::other(error));
                return Outcome::Deferred(None, error.into());
            }
        }
    }
    let seams = graph.link.seams;
    let mut noted = Noted {
        journal,
        draft: None,
        begun: seams.now(),
        message_id: submission.message_id(),
        seams,
    };
    let outcome = graph::submit(graph, sender, submission, progress, &mut noted).into();
    seams.step("answered");
    outcome
}

/// Deletes the drafts that former attempts have left; what cannot be deleted stays noted in
/// [`Entry::leftovers`](crate::outbox::Entry), and is tried again by the next attempt. Whether the
/// mailbox could be asked: else what the next attempt looks for is as old as the last.
fn clear(graph: &mut Graph<'_>, sender: &Sender, claim: &mut Claim<'_>) -> bool {
    let entry = &mut claim.entry;
    let mut was_asked = true;
    match std::mem::replace(&mut entry.phase, Phase::Untouched) {
        Phase::Draft { draft } => entry.leftovers.push(draft),
        Phase::Creating => {
            let left = trail_of(entry).and_then(|trail| graph::sweep(graph, sender, trail));
            was_asked = left.is_some();
            let left = left.into_iter().flatten();
            entry.leftovers.extend(left.map(|id| id.to_string()));
        }
        Phase::Untouched | Phase::Sending { .. } => {}
    }
    entry.leftovers.retain(|draft| {
        let Ok(id) = draft.parse() else { return false };
        graph::delete_draft(graph, sender, &id).is_err()
    });
    was_asked
}

/// Waits until it is this message's turn, and no more send at once than may; the place is taken as
/// long as it lives. No budget, no turn to wait for.
///
/// # Errors
/// [`Error::Exhausted`] where the patience ends before that, with the time of its turn.
pub fn take_turn(
    budget: Option<&Budget<'_>>,
    link: &Link<'_>,
) -> Result<Option<Place>, (Option<Timestamp>, Error)> {
    let Some(budget) = budget else {
        return Ok(None);
    };
    let refused = |until, told| Err((until, Error::Exhausted { until, told }));
    // A ledger that cannot be kept stops nobody: the service keeps count itself.
    let patience = |pause, told| match told {
        true => link.patience.allows(pause),
        false => link.patience.allows_turn(pause),
    };
    let waited = match budget.turn(patience) {
        Err(_) => return Ok(None),
        Ok(Turn::Later { until, told }) => return refused(Some(until), told),
        Ok(Turn::After { pause, told: true }) => link.wait(pause, LATER),
        Ok(Turn::After { pause, told: false }) => link.wait_for_turn(pause, Some(LATER)),
    };
    if !waited {
        return refused(None, false);
    }
    let mut looked = Duration::ZERO;
    loop {
        match budget.place() {
            Err(_) => return Ok(None),
            Ok(Some(place)) => return Ok(Some(place)),
            Ok(None) => {}
        }
        looked += LOOK;
        if !link.patience.allows_turn(looked) || !link.wait_for_turn(LOOK, None) {
            return refused(None, false);
        }
    }
}

/// Notes in the journal what comes next.
struct Noted<'j, 'a> {
    journal: Journal<'j, 'a>,
    draft: Option<String>,
    begun: Timestamp,
    message_id: Option<&'j str>,
    seams: &'j dyn Seams,
}

impl graph::Journal for Noted<'_, '_> {
    fn created(&mut self, id: &DraftId) -> io::Result<()> {
        self.seams.step("the draft is created");
        self.draft = Some(id.to_string());
        if let Journal::Entry(claim) = &mut self.journal {
            let draft = id.to_string();
            claim.entry.phase = Phase::Draft { draft };
            claim.save().map_err(io::Error::other)?;
        }
        Ok(())
    }

    fn sending(&mut self) -> io::Result<()> {
        let draft = self.draft.clone();
        match &mut self.journal {
            Journal::Nothing => {}
            Journal::Entry(claim) => {
                claim.entry.phase = Phase::Sending { draft };
                claim.save().map_err(io::Error::other)?;
            }
            Journal::Key(key) => {
                let sending = KeyState::Sending {
                    begun: self.begun,
                    message_id: self.message_id.map(ToOwned::to_owned),
                    draft,
                };
                key.note(sending).map_err(io::Error::other)?;
            }
        }
        Ok(())
    }
}
