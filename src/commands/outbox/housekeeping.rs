//! What keeps an outbox tidy, for `outbox flush` and for the service.

use super::bounce::Unreadable;
use super::show;
use crate::commands::report::Result;
use crate::commands::{Context, ledger};
use crate::outbox::{EntryId, Error, Keys, Outbox};

/// Removes what ended processes left, and old idempotency keys.
///
/// # Errors
/// If the outbox cannot be written.
pub(in crate::commands) fn tidy(
    outbox: &Outbox<'_>,
    keys: &Keys<'_>,
    context: &Context<'_>,
) -> Result<()> {
    outbox.sweep()?;
    ledger::remove_abandoned(context);
    // A damaged journal does not stop the delivery.
    let text = match keys.compact(context.settings.file()?.outbox.key_age()) {
        Ok(0) => return Ok(()),
        Ok(damaged) => format!(
            "graphmail: warning: damaged records of idempotency keys: {damaged}; look in Sent Items before you use \
             an old key again"
        ),
        Err(error) => format!("graphmail: warning: removing old keys: {error}"),
    };
    context.ui.info(&text);
    Ok(())
}

/// Sets an entry aside whose file cannot be read, so that it is reported. `None` if it was set aside before,
/// or if a newer version can read it.
///
/// # Errors
/// If the outbox cannot be written.
pub(in crate::commands) fn set_aside(
    outbox: &Outbox<'_>,
    id: &EntryId,
    why: &Error,
) -> Result<Option<Unreadable>, Error> {
    if matches!(why, Error::Newer { .. }) {
        return Ok(None);
    }
    let state = outbox.set_aside(id)?;
    Ok(state.map(|state| Unreadable {
        id: id.clone(),
        state,
        why: show::reason(why),
    }))
}
