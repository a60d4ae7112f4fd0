//! Messages that the host's mail service did not take: the user's outbox keeps them, and hands them over later.

use std::path::Path;

use super::refused;
use super::submit::{Submitted, submit};
use crate::commands::error::ServiceError;
use crate::commands::report::{self, Command, Failure, Result, Run, Situation};
use crate::commands::send::read;
use crate::commands::{Context, deliver, host};
use crate::exit::{Class, Status};
use crate::files::Octets;
use crate::outbox::{Claim, CommandLine, Entry, EntryId, Listed, Outbox, State};

/// Keeps a message that the service does not take now, and reports why. The exit status is 0, as for each queued
/// message: a caller that repeats the message after 75 would send it twice.
pub(super) fn keep(
    why: ServiceError,
    octets: &Octets,
    line: CommandLine,
    context: &Context<'_>,
) -> Result<Status> {
    let error = Failure::from(why);
    match refused::put(&error, octets, (line, State::New), context) {
        Ok(Some(id)) => {
            let words = error.words();
            let line = format!("graphmail: queued in the outbox as {id}: {words}");
            // Where root has named no outbox of its own, its commands are about the service's.
            let of_root = host::flush_of_root().filter(|_| host::socket(context).is_some());
            let hint = of_root.map_or_else(
                || Situation::of_run(Run::Keeps, context).run(Command::OutboxFlush),
                str::to_owned,
            );
            context.ui.info(report::with_hint(line, Some(&hint)));
            Ok(Class::Success.into())
        }
        Ok(None) => Err(error),
        Err(cause) => Err(refused::not_kept(error, &cause)),
    }
}

/// Whether the entry is for the service.
pub(in crate::commands) const fn is_for_service(entry: &Entry, state: State) -> bool {
    entry.input.is_some() && !matches!(state, State::Failed)
}

/// Hands the messages over that were kept before. What the service does not take stays.
pub(super) fn others(socket: &Path, context: &Context<'_>) {
    let hand_over = |outbox: &Outbox<'_>, id: &EntryId| {
        let done = one(outbox, id, socket, context);
        done.map(|_| true)
    };
    // The caller's own message was taken.
    drop(each_waiting(context, hand_over));
}

/// Whether a message waits for the service.
pub(super) fn waits(context: &Context<'_>) -> bool {
    let mut waits = false;
    // If the outbox cannot be read, the caller is patient.
    drop(each_waiting(context, |_, _| {
        waits = true;
        Ok(false)
    }));
    waits
}

/// Calls `each` with every message that waits for the service, oldest first, until it returns false.
fn each_waiting(
    context: &Context<'_>,
    mut each: impl FnMut(&Outbox<'_>, &EntryId) -> Result<bool>,
) -> Result<()> {
    let (root, seams) = (deliver::folder(context)?, context.seams.as_ref());
    let Some(outbox) = Outbox::existing(&root, seams)? else {
        return Ok(());
    };
    for id in [outbox.ids(State::New)?, outbox.ids(State::Doubtful)?].concat() {
        if let Listed {
            state: state @ (State::New | State::Doubtful),
            entry: Ok(entry),
            ..
        } = outbox.find(&id)?
            && is_for_service(&entry, state)
            && !each(&outbox, &id)?
        {
            break;
        }
    }
    Ok(())
}

/// What became of an entry for the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum HandedOver {
    /// The service has it, or another process hands it over.
    Done,
    /// There is no service any more.
    NoService,
}

/// Hands an entry over, and removes it.
///
/// # Errors
/// The service does not take it. The entry is as it was, failed if the service refused it, or doubtful if the service
/// may have it; then it is handed over again, which does not double it.
pub(in crate::commands) fn one(
    outbox: &Outbox<'_>,
    id: &EntryId,
    socket: &Path,
    context: &Context<'_>,
) -> Result<HandedOver> {
    let Some(mut claim) = outbox.claim(id)? else {
        return Ok(HandedOver::Done);
    };
    let was = claim.state();
    let (State::New | State::Doubtful, Some(mut line)) = (was, claim.entry.input.clone()) else {
        return Ok(HandedOver::Done);
    };
    line.kept_as = Some(id.to_string());
    let octets = read::octets_from(&mut claim.input()?, "the message", context)?;
    // If this process is killed, the service may have the message.
    claim.move_to(State::Doubtful)?;
    let (error, state) = match submit(socket, &octets, &line, (|| true, context)) {
        Ok(Submitted::Done) => {
            claim.remove()?;
            return Ok(HandedOver::Done);
        }
        Ok(Submitted::NoService) => {
            claim.move_to(was)?;
            return Ok(HandedOver::NoService);
        }
        Ok(Submitted::NotNow(why)) => (why.into(), was),
        Err(error) if error.class() == Class::Unknown => (error, State::Doubtful),
        Err(error) => (error, State::Failed),
    };
    settle(&mut claim, &error, state)?;
    Err(error)
}

fn settle(claim: &mut Claim<'_>, error: &Failure, state: State) -> Result<()> {
    claim.entry.last_error = Some(error.words());
    claim.save()?;
    Ok(claim.move_to(state)?)
}
