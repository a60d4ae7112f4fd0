//! `outbox retry` and `outbox drop`.

use serde_json::json;

use crate::commands::Context;
use crate::commands::error::DeliveryError;
use crate::commands::report::Result;
use crate::commands::send::read;
use crate::commands::sendmail::post;
use crate::compose;
use crate::exit::{Class, Status};
use crate::outbox::{Claim, CommandLine, EntryId, Error, KeyState, Outbox, Phase, State};

pub(super) fn retry(
    outbox: Option<&Outbox<'_>>,
    ids: &[EntryId],
    yes: bool,
    context: &Context<'_>,
) -> Result<Status> {
    for id in ids {
        let outbox = existing(outbox, id)?;
        let mut claim = claim(outbox, id)?;
        match claim.state() {
            State::Failed => {}
            State::Doubtful if yes => {}
            State::Doubtful => return Err(DeliveryError::Doubtful(id.clone()).into()),
            State::New | State::Busy => return Err(DeliveryError::NotFailed(id.clone()).into()),
        }
        match claim.entry.input.clone() {
            Some(line) => read_again(&mut claim, &line, context)?,
            // If a file is missing, the user learns it now, not from the next flush.
            None => drop(claim.submission()?),
        }
        if let Some(key) = &claim.entry.idempotency_key {
            let keys = outbox.keys()?;
            if !keys.belongs_to(&claim.entry.account, key, id)? {
                return Err(DeliveryError::KeyUsed(id.clone()).into());
            }
        }
        claim.entry.restart(context.seams.now());
        if let Phase::Sending { .. } = claim.entry.phase {
            claim.entry.phase = Phase::Untouched;
        }
        claim.save()?;
        claim.move_to(State::New)?;
    }
    print("new", ids, context)
}

/// Makes an entry for the mail service one that this process sends: it is the service, or there is none any more.
///
/// # Errors
/// The message is refused; then the entry is in the state `refused`.
#[cfg(unix)]
pub(in crate::commands) fn accept(
    outbox: &Outbox<'_>,
    id: &EntryId,
    refused: State,
    context: &Context<'_>,
) -> Result<()> {
    let Some(mut claim) = outbox.claim(id)? else {
        return Ok(());
    };
    let (State::New, Some(line)) = (claim.state(), claim.entry.input.clone()) else {
        return Ok(());
    };
    if let Err(error) = read_again(&mut claim, &line, context) {
        claim.entry.last_error = Some(error.words());
        claim.save()?;
        claim.move_to(refused)?;
        return Err(error);
    }
    Ok(())
}

/// Reads a message that `sendmail` refused again. The configuration and the aliases may have changed.
fn read_again(claim: &mut Claim<'_>, line: &CommandLine, context: &Context<'_>) -> Result<()> {
    let account = match claim.entry.account.as_str() {
        "" => context.settings.account(),
        name => context.settings.account_named(name),
    };
    let octets = read::octets_from(&mut claim.input()?, "the message", context)?;
    let (job, refused) = post::job(octets.clone(), line, account, context)?;
    let rendered = job.render(compose::plan, context)?;
    let entry = rendered.entry(None, context)?;
    claim.replace_input(entry, &rendered.submission)?;
    if let Some(refused) = refused {
        let error = refused.keep(&octets, line.clone(), context);
        context
            .ui
            .info(&format!("graphmail: warning: {}", error.words()));
    }
    Ok(())
}

pub(super) fn drop_entries(
    outbox: Option<&Outbox<'_>>,
    ids: &[EntryId],
    context: &Context<'_>,
) -> Result<Status> {
    for id in ids {
        let outbox = existing(outbox, id)?;
        let mut claim = match claim(outbox, id) {
            Err(Error::Unreadable { .. } | Error::Newer { .. }) => {
                outbox.remove_unreadable(id)?;
                continue;
            }
            claim => claim?,
        };
        if let (State::Doubtful, Some(key)) = (claim.state(), &claim.entry.idempotency_key) {
            // The message may have been sent, so its key stays in use.
            let sending = KeyState::Sending {
                begun: claim.entry.begun.unwrap_or(claim.entry.created),
                message_id: claim.entry.message.message_id.clone(),
                draft: None,
            };
            outbox
                .keys()?
                .set_state(&claim.entry.account, key, sending)?;
        }
        claim.remove()?;
    }
    print("dropped", ids, context)
}

fn existing<'o, 'a>(outbox: Option<&'o Outbox<'a>>, id: &EntryId) -> Result<&'o Outbox<'a>, Error> {
    outbox.ok_or_else(|| Error::NotFound(id.clone()))
}

fn claim<'a>(outbox: &Outbox<'a>, id: &EntryId) -> Result<Claim<'a>, Error> {
    match outbox.claim(id)? {
        Some(claim) => Ok(claim),
        None => {
            outbox.find(id)?;
            Err(Error::Held(id.clone()))
        }
    }
}

fn print(what: &str, ids: &[EntryId], context: &Context<'_>) -> Result<Status> {
    let ids: Vec<_> = ids.iter().map(EntryId::as_str).collect();
    if context.ui.output_options().json {
        context.ui.json(&json!({"ok": true, what: ids}))?;
    } else {
        context
            .ui
            .success(&format!("graphmail: {what}: {}", ids.join(", ")));
    }
    Ok(Class::Success.into())
}
