//! A message is kept, before or after its first attempt.

use jiff::Timestamp;

use crate::graph::Sender;
use crate::outbox::{
    Claim, Entry, EntryId, Error, Key, KeyState, Outbox, Package, Phase, State, VERSION,
};
use crate::seams::Seams;
use crate::submission::Submission;

/// A message as the outbox gets to know it.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// The account that sends it.
    pub account: &'a str,
    /// The mailbox that sends it.
    pub sender: &'a Sender,
    /// The Graph root that it goes to.
    pub graph: &'a str,
    /// Its bytes.
    pub submission: &'a Submission,
    /// Its subject.
    pub subject: &'a str,
    /// The key under which it is sent once.
    pub idempotency_key: Option<&'a str>,
    /// Whether it tells of the failure of another.
    pub is_report: bool,
}

/// Keeps the message in this process's hands, before it is tried.
///
/// # Errors
/// Why it cannot be kept: then it must not be tried.
pub fn begin<'a>(
    outbox: Outbox<'a>,
    letter: &Letter<'_>,
    key: Option<&mut Key>,
    seams: &dyn Seams,
) -> Result<Claim<'a>, Error> {
    let id = EntryId::new(seams);
    if let Some(key) = key {
        // First: a key without its entry is free, an entry without its key would be sent twice.
        key.note(kept(&id))?;
        seams.step("the key is noted");
    }
    let entry = entry(letter, Phase::Untouched, seams.now());
    outbox.put(id, entry, letter.submission, State::Busy)
}

/// Keeps the message in this process's hands after an attempt that began then and left it in that
/// phase.
///
/// # Errors
/// Why it cannot be kept.
pub fn hold<'a>(
    outbox: Outbox<'a>,
    letter: &Letter<'_>,
    key: Option<&mut Key>,
    (phase, begun): (Phase, Timestamp),
    seams: &dyn Seams,
) -> Result<Claim<'a>, Error> {
    let id = EntryId::new(seams);
    let entry = Entry {
        attempts: 1,
        begun: Some(begun),
        ..entry(letter, phase, seams.now())
    };
    let claim = outbox.put(id, entry, letter.submission, State::Busy)?;
    if let Some(key) = key {
        // Last: until then the key says that the message may have been sent.
        key.note(kept(claim.id()))?;
    }
    Ok(claim)
}

fn kept(id: &EntryId) -> KeyState {
    KeyState::Kept {
        entry: id.to_string(),
    }
}

fn entry(letter: &Letter<'_>, phase: Phase, now: Timestamp) -> Entry {
    Entry {
        version: VERSION,
        account: letter.account.to_owned(),
        mailbox: match letter.sender {
            Sender::Me => None,
            Sender::User(user) => Some(user.clone()),
        },
        graph: letter.graph.to_owned(),
        created: now,
        attempts: 0,
        begun: None,
        not_before: None,
        last_error: None,
        phase,
        inquiry: None,
        leftovers: Vec::new(),
        reported: false,
        idempotency_key: letter.idempotency_key.map(ToOwned::to_owned),
        is_report: letter.is_report,
        subject: letter.subject.to_owned(),
        to: letter.submission.recipients().to_vec(),
        message: Package::of(letter.submission),
    }
}
