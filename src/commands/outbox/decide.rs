//! `outbox retry` and `outbox drop`: what a person decides.

use serde_json::json;

use crate::commands::Context;
use crate::commands::error::DeliveryError;
use crate::commands::report::Result;
use crate::exit::{Class, Status};
use crate::outbox::{Claim, EntryId, Error, KeyState, Outbox, Phase, State};

pub(super) fn retry(
    outbox: Option<&Outbox<'_>>,
    ids: &[EntryId],
    yes: bool,
    context: &Context<'_>,
) -> Result<Status> {
    for id in ids {
        let outbox = there(outbox, id)?;
        let mut claim = held(outbox, id)?;
        match claim.state() {
            State::Failed => {}
            State::Doubtful if yes => {}
            State::Doubtful => return Err(DeliveryError::Doubtful(id.clone()).into()),
            State::New | State::Busy => return Err(DeliveryError::NotFailed(id.clone()).into()),
        }
        // What is missing is said now, not by the next flush.
        claim.submission()?;
        if let Some(key) = &claim.entry.idempotency_key {
            let keys = outbox.keys()?;
            if !keys.belongs_to(&claim.entry.account, key, id)? {
                return Err(DeliveryError::KeyUsed(id.clone()).into());
            }
        }
        // A person's word begins another five days.
        claim.entry.created = context.seams.now();
        claim.entry.attempts = 0;
        claim.entry.not_before = None;
        claim.entry.inquiry = None;
        claim.entry.reported = false;
        if let Phase::Sending { .. } = claim.entry.phase {
            claim.entry.phase = Phase::Untouched;
        }
        claim.save()?;
        claim.move_to(State::New)?;
    }
    tell("new", ids, context)
}

pub(super) fn discard(
    outbox: Option<&Outbox<'_>>,
    ids: &[EntryId],
    context: &Context<'_>,
) -> Result<Status> {
    for id in ids {
        let outbox = there(outbox, id)?;
        let mut claim = match held(outbox, id) {
            Err(Error::Unreadable { .. } | Error::Newer { .. }) => {
                outbox.drop_unread(id)?;
                continue;
            }
            claim => claim?,
        };
        if let (State::Doubtful, Some(key)) = (claim.state(), &claim.entry.idempotency_key) {
            // The message is gone, the doubt is not.
            let sending = KeyState::Sending {
                begun: claim.entry.begun.unwrap_or(claim.entry.created),
                message_id: claim.entry.message.message_id.clone(),
                draft: None,
            };
            outbox.keys()?.note(&claim.entry.account, key, sending)?;
        }
        claim.remove()?;
    }
    tell("dropped", ids, context)
}

fn there<'o, 'a>(outbox: Option<&'o Outbox<'a>>, id: &EntryId) -> Result<&'o Outbox<'a>, Error> {
    outbox.ok_or_else(|| Error::NotFound(id.clone()))
}

fn held<'a>(outbox: &Outbox<'a>, id: &EntryId) -> Result<Claim<'a>, Error> {
    match outbox.claim(id)? {
        Some(claim) => Ok(claim),
        None => {
            outbox.find(id)?;
            Err(Error::Held(id.clone()))
        }
    }
}

fn tell(what: &str, ids: &[EntryId], context: &Context<'_>) -> Result<Status> {
    let ids: Vec<_> = ids.iter().map(EntryId::as_str).collect();
    if context.ui.manner().json {
        context.ui.json(&json!({"ok": true, what: ids}))?;
    } else {
        context
            .ui
            .success(&format!("graphmail: {what}: {}", ids.join(", ")));
    }
    Ok(Class::Success.into())
}
