//! `logout`: removes the tokens, keeps the account.

use clap::Args as ClapArgs;

use super::session::AccountStore;
use super::{Context, done};
use crate::auth;
use crate::auth::store::{self, Kind};
use crate::commands::report::Result;
use crate::config::Account;
use crate::exit::Status;

/// Removes the stored tokens of an account; `accounts remove` also removes the account
#[derive(Debug, ClapArgs)]
pub(super) struct Args {}

pub(super) fn run(_: &Args, context: &Context<'_>) -> Result<Status> {
    let account = context.settings.stored_account()?;
    let name = &account.name;
    let words = if forget(&account, context, |_| false)? {
        format!("signed out of {name}")
    } else {
        format!("{name} was not signed in")
    };
    done(context, name, &words)
}

/// Removes the records of `account` from all token stores, not only from the selected one; returns
/// whether there was one. An error of the account's own store is returned, unless `may_fail` allows
/// it; other errors are warnings.
pub(super) fn forget(
    account: &Account,
    context: &Context<'_>,
    may_fail: fn(&store::Error) -> bool,
) -> Result<bool> {
    let name = &account.name;
    let file = context.settings.file()?;
    let recorded = file.accounts.get(name);
    let recorded = recorded.and_then(|entry| entry.token_store);
    let mut had = false;
    for kind in [Kind::File, Kind::Keyring] {
        let is_its_own = account.token_store == kind || recorded == Some(kind);
        let keep = AccountStore::open(name, kind, context)?;
        let own = (account.tenant.as_deref(), account.client_id.as_deref());
        if let Some(error) = keep.taken(own.0, own.1) {
            context.ui.info(&format!(
                "graphmail: warning: the token store {} was not changed: {error}",
                kind.name()
            ));
            continue;
        }
        match keep.forget(context) {
            Ok(found) => had |= found,
            Err(auth::Error::Store(error)) if is_its_own && may_fail(&error) => {
                context.ui.info(&format!(
                    "graphmail: warning: the keyring may still have tokens of account {name}: {error}; \
                     remove the entry {name} of the service graphmail with the keyring's own program"
                ));
            }
            Err(error) if is_its_own => return Err(error.into()),
            Err(auth::Error::Store(store::Error::Unavailable { .. })) => {}
            Err(error) => context.ui.info(&format!(
                "graphmail: warning: the token store {} may still have tokens of account {name}: {error}",
                kind.name()
            )),
        }
    }
    Ok(had)
}
