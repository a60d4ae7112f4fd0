//! Sends a new message, and queues it if the policy says so.

use std::path::PathBuf;

use jiff::Timestamp;

use super::attempt::{Record, attempt};
use super::settle::{Settled, settle};
use super::{
    Delivered, Error, KeyStep, MessageStep, Next, Outcome, Route, Undelivered, Warning, decide, key,
};
use crate::graph::Remains;
use crate::outbox::{
    self, Claim, Entry, EntryId, Key, KeyState, Keys, Outbox, Phase, Queue, State,
};
use crate::seams::Seams;
use crate::submission::Submission;

/// Whether and where a new message is queued.
pub struct Policy {
    /// When it is queued.
    pub queue: Queue,
    /// The folder of the outbox, or why this user has none. `None` if the message needs no outbox.
    pub folder: Option<Result<PathBuf, String>>,
    /// Whether a message that cannot be written to the outbox is sent without it.
    pub may_skip_outbox: bool,
}

/// A new message, and the outbox that keeps it.
struct Delivery<'d> {
    outbox: Outbox<'d>,
    keys: Keys<'d>,
    entry: Entry,
    submission: &'d Submission,
    key: Option<Key<'d>>,
    seams: &'d dyn Seams,
}

/// Sends a new message, and queues it as `policy` says. `entry` describes it.
///
/// # Errors
/// [`Undelivered`].
pub fn deliver(
    route: &mut Route<'_, '_>,
    entry: Entry,
    submission: &Submission,
    policy: &Policy,
) -> Result<Delivered, Undelivered> {
    let seams = route.graph.link.seams;
    let (outbox, keys) = match open(policy, entry.idempotency_key.is_some(), seams)? {
        Ok(opened) => opened,
        Err(why) => return deliver_directly(route, submission, why),
    };
    let key = match &entry.idempotency_key {
        None => None,
        Some(text) => match key::take(text, &keys, &entry, route)? {
            Ok(key) => Some(key),
            Err(delivered) => return Ok(delivered),
        },
    };
    let delivery = Delivery {
        outbox,
        keys,
        entry,
        submission,
        key,
        seams,
    };
    delivery.run(route, policy)
}

/// Sends a message without the outbox, which cannot be used for this reason.
fn deliver_directly(
    route: &mut Route<'_, '_>,
    submission: &Submission,
    why: Option<String>,
) -> Result<Delivered, Undelivered> {
    let outcome = attempt(route, submission, Record::Nothing);
    let unkept = why.filter(|_| outcome.error().is_some());
    route.warnings.extend(unkept.map(Warning::NotKept));
    delivered(outcome, None, None)
}

type Opened<'a> = (Outbox<'a>, Keys<'a>);

/// Opens the outbox. If the message is sent without one, returns the text of the warning, if there is one.
fn open<'a>(
    policy: &'a Policy,
    has_key: bool,
    seams: &'a dyn Seams,
) -> Result<Result<Opened<'a>, Option<String>>, outbox::Error> {
    let root = match &policy.folder {
        None => return Ok(Err(None)),
        Some(Err(why)) => return Ok(Err(Some(why.clone()))),
        Some(Ok(root)) => root,
    };
    let opened = Outbox::open(root, seams).and_then(|outbox| Ok((outbox, outbox.keys()?)));
    match opened {
        // If another user can change the outbox, mail is sent without it: that user must not be able to stop it.
        Err(error)
            if !has_key
                && (policy.queue == Queue::OnFailure
                    || policy.may_skip_outbox
                    || error.is_untrusted()) =>
        {
            Ok(Err(Some(error.to_string())))
        }
        opened => opened.map(Ok),
    }
}

impl<'d> Delivery<'d> {
    fn run(mut self, route: &mut Route<'_, '_>, policy: &Policy) -> Result<Delivered, Undelivered> {
        let queue = policy.queue;
        let written = match queue {
            Queue::Always => self.begin().map(|(claim, stored)| (Some(claim), stored)),
            Queue::Never | Queue::OnFailure => Ok((None, None)),
        };
        let (mut claim, stored) = match written {
            Err(error) if policy.may_skip_outbox && self.key.is_none() => {
                return deliver_directly(route, self.submission, Some(error.to_string()));
            }
            written => written?,
        };
        let begun = self.seams.now();
        let record = match (&mut claim, &mut self.key) {
            (Some(claim), _) => Record::Entry(claim),
            (None, Some(key)) => Record::Key(key),
            (None, None) => Record::Nothing,
        };
        let submission = stored.as_ref().unwrap_or(self.submission);
        let outcome = attempt(route, submission, record);
        if policy.may_skip_outbox
            && let Some(why) = self.withdraw(&mut claim, &outcome)
        {
            return deliver_directly(route, self.submission, Some(why));
        }
        let next = decide(&outcome, queue, self.key.is_some());
        let settled = self.settle(&mut claim, next, (&outcome, begun));
        let id = claim.as_ref().map(|claim| claim.id().clone());
        match settled {
            Ok(settled) => delivered(outcome, settled, id),
            Err(error) if next.warn_only => {
                route.warnings.push(Warning::NotNoted(error));
                delivered(outcome, None, id)
            }
            Err(error) => self.unsettled(route, outcome, claim, error),
        }
    }

    /// If the message was not sent because its entry could not be written, removes the entry, which needs no
    /// free disk space. Returns the reason; `None` if the entry stays, which another flush may send.
    fn withdraw(&self, claim: &mut Option<Claim<'_>>, outcome: &Outcome) -> Option<String> {
        let why = outcome.error().filter(|error| error.is_unrecorded())?;
        if self.key.is_some() {
            return None;
        }
        claim.take_if(|claim| claim.remove().is_ok())?;
        Some(why.to_string())
    }

    /// The message with the attachments stored in its entry, because the original files may change meanwhile.
    fn stored(&self, claim: &mut Claim<'_>) -> Result<Option<Submission>, outbox::Error> {
        if let Submission::Direct { .. } = self.submission {
            return Ok(None);
        }
        let stored = claim.submission().map(Some);
        if stored.is_err() {
            // The message was not tried. The caller gets the error and must send it again.
            drop(claim.remove());
        }
        stored
    }

    /// Handles a message that was not sent and whose entry could not be written, for example on a full disk.
    /// Removes the entry, which needs no space: the caller gets an error, so the next flush must not send the
    /// message. If the entry cannot be removed either, the message stays queued.
    fn unsettled(
        self,
        route: &mut Route<'_, '_>,
        outcome: Outcome,
        claim: Option<Claim<'_>>,
        error: outbox::Error,
    ) -> Result<Delivered, Undelivered> {
        let entry = claim.and_then(|mut claim| claim.remove().err().map(|_| claim.id().clone()));
        if let Some(key) = self.key.filter(|_| entry.is_none()) {
            // If this fails, the next run with this key reports that a message may have been sent.
            drop(key.free());
        }
        let settled = match (&outcome, &entry) {
            (Outcome::Deferred(..), None) => return Err(error.into()),
            (Outcome::Deferred(..), Some(_)) => Some(Settled::Kept(None)),
            _ => None,
        };
        route.warnings.push(Warning::NotNoted(error));
        delivered(outcome, settled, entry)
    }

    /// Writes the message to the outbox before it is tried. Returns it as it is stored, if that differs.
    fn begin(&mut self) -> Result<(Claim<'d>, Option<Submission>), outbox::Error> {
        let id = EntryId::new(self.seams);
        if let Some(key) = &mut self.key {
            // The key is written first: a key without an entry is free, but an entry without its key could be
            // sent twice.
            key.set_state(kept(&id))?;
            self.seams.step("the key is noted");
        }
        let entry = self.entry.clone();
        let mut claim = self.outbox.put(id, entry, self.submission, State::Busy)?;
        let stored = self.stored(&mut claim)?;
        Ok((claim, stored))
    }

    /// Carries out `next`. If the message is queued only now, its new entry is put into `claim`.
    fn settle(
        &mut self,
        claim: &mut Option<Claim<'d>>,
        next: Next,
        (outcome, begun): (&Outcome, Timestamp),
    ) -> Result<Option<Settled>, outbox::Error> {
        if claim.is_none()
            && let MessageStep::Keep(_) | MessageStep::KeepUnknown = next.message
        {
            *claim = Some(self.keep(outcome, begun)?);
        }
        let Some(claim) = claim else {
            match (next.key, self.key.take()) {
                (KeyStep::Free, Some(key)) => key.free()?,
                (KeyStep::NoteSent, Some(mut key)) => key.set_state(KeyState::Sent)?,
                _ => {}
            }
            return Ok(None);
        };
        if let (KeyStep::NoteKept, Some(key)) = (next.key, &mut self.key) {
            // The key is written last: until then it says that the message may have been sent.
            key.set_state(kept(claim.id()))?;
        }
        let settled = settle(claim, &self.keys, next.message, outcome, self.seams)?;
        if settled == Settled::Sent {
            self.outbox.sync_sent();
        }
        Ok(Some(settled))
    }

    /// Writes the message to the outbox after its first attempt, which began at `begun`.
    fn keep(&self, outcome: &Outcome, begun: Timestamp) -> Result<Claim<'d>, outbox::Error> {
        let phase = match outcome {
            Outcome::Unknown(error) => Phase::Sending {
                draft: draft_of(error),
            },
            _ => Phase::Untouched,
        };
        let entry = Entry {
            created: self.seams.now(),
            attempts: 1,
            begun: Some(begun),
            phase,
            ..self.entry.clone()
        };
        let id = EntryId::new(self.seams);
        self.outbox.put(id, entry, self.submission, State::Busy)
    }
}

fn kept(id: &EntryId) -> KeyState {
    KeyState::Kept {
        entry: id.to_string(),
    }
}

/// The draft that may have been sent.
fn draft_of(error: &Error) -> Option<String> {
    let Error::Graph(error) = error else {
        return None;
    };
    match &error.staged()?.remains {
        Remains::Draft(id) => Some(id.to_string()),
        Remains::Nothing | Remains::Perhaps => None,
    }
}

fn delivered(
    outcome: Outcome,
    settled: Option<Settled>,
    entry: Option<EntryId>,
) -> Result<Delivered, Undelivered> {
    match (outcome.into_result(), settled, entry) {
        (Ok(receipt), ..) => Ok(Delivered::Accepted(receipt)),
        (Err(error), Some(Settled::Kept(not_before)), Some(id)) => Ok(Delivered::Kept {
            id,
            not_before,
            error: Some(error),
        }),
        (Err(error), _, entry) => Err(Undelivered::Failed { error, entry }),
    }
}
