//! The token store: whether it answers, can be written, and will be there without a desktop.

use std::path::{Path, PathBuf};

use super::check::Check;
use super::login;
use crate::auth;
use crate::auth::store::{self, Kind, Record};
use crate::commands::Context;
use crate::commands::session::Keep;
use crate::config::{self, Account, Settings};
use crate::seams::Environment;

pub(super) const NAME: &str = "token store";

/// What the store says, and the account's record in it.
pub(super) fn check(account: &Account, context: &Context<'_>) -> (Check, Option<Record>) {
    look(account, context).unwrap_or_else(|error| {
        let check = Check::of_error(NAME, error);
        let check = match account.token_store {
            Kind::Keyring => {
                let check = Check {
                    hint: None,
                    ..check
                };
                check.mended_by(login(account, "--token-store file"))
            }
            Kind::File | Kind::None => check,
        };
        (check, None)
    })
}

fn look(account: &Account, context: &Context<'_>) -> anyhow::Result<(Check, Option<Record>)> {
    let keep = Keep::open(&account.name, account.token_store, context)?;
    let record = keep.record(account)?;
    keep.check(context)?;
    let check = match account.token_store {
        Kind::None => Check::pass(NAME, "none: nothing is kept between runs"),
        Kind::Keyring => keyring(account),
        Kind::File => file(account, context)?,
    };
    Ok((check, record))
}

/// A keyring that answers here. The Secret Service is found over the session's bus, which a cron
/// job has not.
fn keyring(account: &Account) -> Check {
    if cfg!(any(windows, target_vendor = "apple")) {
        return Check::pass(NAME, "keyring");
    }
    let message = "keyring: it answers here, but a cron job has no session and will not reach it";
    Check::warn(NAME, message).mended_by(login(account, "--token-store file"))
}

fn file(account: &Account, context: &Context<'_>) -> anyhow::Result<Check> {
    let folder = context.settings.state_folder()?;
    let path = store::File::new(&folder).path(&account.name)?;
    let shown = path.display();
    let tokens = path.parent().unwrap_or(&folder);
    writable(tokens)?;
    let elsewhere = in_bare_environment(context)?;
    if elsewhere != folder {
        let message = format!(
            "file {shown}, but a cron job looks in {}",
            elsewhere.display()
        );
        let hint = format!(
            "crontab -e: a line {}={} at its head",
            config::variable::STATE_DIR,
            folder.display()
        );
        return Ok(Check::warn(NAME, message).advised(hint));
    }
    Ok(Check::pass(NAME, format!("file {shown}")))
}

/// Makes a file in `folder`, or where that would be made: one that has no name and is gone at once.
fn writable(folder: &Path) -> Result<(), auth::Error> {
    let there = folder.ancestors().find(|folder| folder.exists());
    let there = there.unwrap_or(folder);
    tempfile::tempfile_in(there).map(drop).map_err(|source| {
        auth::Error::Store(store::Error::Io {
            doing: "make a file in",
            path: there.to_owned(),
            source,
        })
    })
}

/// The folder where a run with this HOME and nothing else looks.
fn in_bare_environment(context: &Context<'_>) -> Result<PathBuf, config::Error> {
    let home = context.settings.environment().get_os("HOME");
    let bare = Environment::of(home.map(|home| ("HOME", home)));
    Settings::of(context.flags, &bare)?.state_folder()
}
