//! Checks the token store: whether it can be read and written, and whether cron jobs can use it.

use std::path::PathBuf;

use super::check::{Check, Verdict};
use crate::auth;
use crate::auth::store::{self, Kind, Record};
use crate::commands::Context;
use crate::commands::report::{self, Advice, Result, Step};
use crate::commands::session::AccountStore;
use crate::config::{self, Account, Settings};
use crate::seams::Environment;

pub(super) const NAME: &str = "token store";

/// The result, and the account's record in the store.
pub(super) fn check(account: &Account, context: &Context<'_>) -> (Check, Option<Record>) {
    look(account, context).unwrap_or_else(|error| {
        let only_cached = account.credential.kind().is_only_cached();
        let costs_a_send = !(only_cached && error.downcast_ref().is_some_and(is_of_store));
        let check = Check::of_error(NAME, error);
        let check = match account.token_store {
            Kind::Keyring => check.advised(tokens_in_file()),
            Kind::File | Kind::None => check,
        };
        // A send still works: it requests a token each time, and warns.
        let check = if costs_a_send {
            check
        } else {
            Check {
                status: Verdict::Warn,
                ..check
            }
        };
        (check, None)
    })
}

/// Keep the tokens in a file; if a variable selects the keyring, unset it.
fn tokens_in_file() -> Advice {
    Advice::from(Step::TokensInFile).of_store()
}

/// Whether the error is that the store or its lock cannot be used.
const fn is_of_store(error: &auth::Error) -> bool {
    matches!(
        error,
        auth::Error::Store(_) | auth::Error::Lock { .. } | auth::Error::Busy { .. }
    )
}

fn look(account: &Account, context: &Context<'_>) -> Result<(Check, Option<Record>)> {
    let keep = AccountStore::open(&account.name, account.token_store, context)?;
    let record = keep.record(account)?;
    keep.check(context)?;
    let check = match account.token_store {
        Kind::None => Check::pass(NAME, "none: no token is stored between runs"),
        Kind::Keyring => keyring(),
        Kind::File => file(account, context)?,
    };
    Ok((check, record))
}

/// The result for a keyring that answers. The Secret Service needs the session's D-Bus, which a cron
/// job does not have: there `--as-cron` fails.
fn keyring() -> Check {
    if cfg!(any(windows, target_vendor = "apple")) {
        return Check::pass(NAME, "keyring");
    }
    Check::pass(
        NAME,
        "keyring: it works here; a cron job has no session and cannot use it",
    )
}

fn file(account: &Account, context: &Context<'_>) -> Result<Check> {
    let folder = context.settings.state_folder()?;
    let path = store::File::new(&folder).path(&account.name)?;
    let shown = path.display();
    let elsewhere = in_bare_environment(context)?;
    // No cron job uses the token of the service.
    if elsewhere != folder && !context.is_service {
        let message = format!(
            "file {shown}, but a cron job looks in {}",
            elsewhere.display()
        );
        let folder = folder.display().to_string();
        let hint = report::in_crontab(config::variable::STATE_DIR, &folder);
        return Ok(Check::warn(NAME, message).advised(hint));
    }
    Ok(Check::pass(NAME, format!("file {shown}")))
}

/// The state folder of a run with this HOME and no other variables.
fn in_bare_environment(context: &Context<'_>) -> Result<PathBuf, config::Error> {
    let home = context.settings.environment().get_os("HOME");
    let bare = Environment::from_pairs(home.map(|home| ("HOME", home)));
    Settings::from_flags(context.flags, &bare)?.state_folder()
}
