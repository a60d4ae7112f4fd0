//! Chooses the token store of a new sign-in, before the user signs in.

use super::flags::Args;
use super::plan::Plan;
use crate::auth;
use crate::auth::store::{self, Kind, Record};
use crate::commands::Context;
use crate::commands::error::UsageError;
use crate::commands::report::{Advice, Command, Failure, LoginOption, Result, Situation};
use crate::commands::session::AccountStore;
use crate::config::{self, AccountEntry};

/// The store of the option, the environment or the former account, else the keyring if it answers.
///
/// There is no silent fallback: a user or an option has to accept tokens in a file.
pub(super) fn choose(plan: &Plan, flag: Option<&str>, context: &Context<'_>) -> Result<Kind> {
    let named = match flag {
        Some(name) => Kind::parse(name),
        None => context.settings.token_store()?.or(plan.entry.token_store),
    };
    let is_elsewhere = plan.entry.client_secret_command.is_some() || plan.unit_secret.is_some();
    if plan.entry.auth.is_external() || is_elsewhere {
        return Ok(Kind::None);
    }
    match named.unwrap_or_else(|| config::usual_store(plan.entry.auth)) {
        Kind::None if plan.entry.auth.is_only_cached() => Ok(Kind::None),
        // The secret stays in its file.
        Kind::None if plan.entry.client_secret_file.is_some() => Ok(Kind::None),
        Kind::None => Err(UsageError::new(
            "with the token store none, the sign-in would not be stored",
        )
        .hint("use --token-store keyring or file")
        .into()),
        Kind::Keyring => keyring_or_file(plan, named.is_some(), context),
        Kind::File => {
            // A folder that other users may read is reported now, not after the sign-in.
            match AccountStore::open(&plan.name, Kind::File, context)?.load() {
                // A record that cannot be read is replaced by this login.
                Ok(_) | Err(store::Error::Unreadable { .. }) => Ok(Kind::File),
                Err(error) => Err(error.into()),
            }
        }
    }
}

/// The keyring if it answers; else the file, if a user at the terminal agrees.
fn keyring_or_file(plan: &Plan, named: bool, context: &Context<'_>) -> Result<Kind> {
    let error = match context.keyring.load(&plan.name) {
        // A record that cannot be read is replaced by this login.
        Ok(_) | Err(store::Error::Unreadable { .. }) => return Ok(Kind::Keyring),
        Err(error) => error,
    };
    if named || !(context.terminal.stdin && context.terminal.stderr) {
        return Err(error.into());
    }
    context.ui.always(&format!("graphmail: {error}"));
    context
        .ui
        .always("Keep the tokens in a file that only you can read? [y/N]");
    match context.reads_yes()? {
        true => Ok(Kind::File),
        false => Err(error.into()),
    }
}

/// Whether the options only name a token store, and the account is already there or stores nothing.
pub(super) fn is_in_store(args: &Args, plan: &Plan, kept: Kind, context: &Context<'_>) -> bool {
    let Some(former) = &plan.former else {
        return false;
    };
    let AccountEntry {
        client_id,
        tenant,
        cloud,
        mailbox,
        ..
    } = &plan.entry;
    let is_same = (client_id, tenant, cloud, mailbox)
        == (
            &former.client_id,
            &former.tenant,
            &former.cloud,
            &former.mailbox,
        );
    let is_elsewhere = former.auth.is_external() || former.client_secret_command.is_some();
    let before = match former.token_store {
        _ if is_elsewhere => Kind::None,
        Some(before) => before,
        None => config::usual_store(former.auth),
    };
    if !args.names_only_a_store() || !is_same || before != kept {
        return false;
    }
    match kept {
        Kind::None => true,
        Kind::Keyring | Kind::File => {
            former_record(plan, kept, context).is_some_and(|record| record.is_ok())
        }
    }
}

/// The sign-in from the account's former store, if the options only name a new store. If it is missing,
/// the user signs in again.
///
/// # Errors
/// The former store may have it and does not answer. The user did not ask for a new sign-in, so none
/// is started.
pub(super) fn sign_in_to_move(
    args: &Args,
    plan: &Plan,
    kept: Kind,
    context: &Context<'_>,
) -> Result<Option<Record>> {
    let former = plan.former.as_ref();
    let Some((former, before)) = former.and_then(|former| Some((former, former.token_store?)))
    else {
        return Ok(None);
    };
    if !args.names_only_a_store() || before == kept || kept == Kind::None {
        return Ok(None);
    }
    match former_record(plan, before, context) {
        Some(Err(
            error @ auth::Error::Store(store::Error::Locked { .. } | store::Error::TimedOut { .. }),
        )) if !former.auth.is_only_cached() => {
            let again = LoginOption::Credential(former.auth);
            let options = vec![again, LoginOption::TokenStore(kept.name())];
            let advice = Advice::from("unlock the keyring and run it again")
                .or(Command::Login(options))
                .for_account(&plan.name);
            Err(Failure::from(error).advised(advice))
        }
        found => Ok(found.and_then(Result::ok)),
    }
}

/// The account's stored sign-in.
fn former_record(
    plan: &Plan,
    store: Kind,
    context: &Context<'_>,
) -> Option<Result<Record, auth::Error>> {
    let settings = &context.settings;
    let account = settings
        .configured(&*settings.file().ok()?, &plan.name)
        .ok()?;
    let keep = AccountStore::open(&plan.name, store, context).ok()?;
    keep.record(&account).transpose()
}

/// Deletes what the account kept in its former store.
pub(super) fn delete_from_former_store(plan: &Plan, kept: Kind, context: &Context<'_>) {
    let before = plan.former.as_ref().and_then(|former| former.token_store);
    let Some(before) = before.filter(|before| *before != kept) else {
        return;
    };
    if let Err(error) = delete_from(before, plan, context) {
        let former = before.name();
        let situation = Situation::named(&plan.name, context);
        let again = match kept {
            Kind::None => situation.run(Command::Logout),
            kept => situation.run(LoginOption::TokenStore(kept.name())),
        };
        context.ui.info(&format!(
            "graphmail: warning: the tokens in the previous store ({former}) were not removed: {error:#}; \
             when it is available, remove them with: {again}"
        ));
    }
}

/// Deletes what an earlier move could not delete, if the account is already in `kept`. A store that does
/// not exist has nothing to delete.
pub(super) fn delete_leftovers(plan: &Plan, kept: Kind, context: &Context<'_>) {
    let other = match kept {
        Kind::Keyring => Kind::File,
        Kind::File => Kind::Keyring,
        Kind::None => return,
    };
    let absent = |error: &Failure| {
        let error = error.downcast_ref();
        matches!(
            error,
            Some(auth::Error::Store(store::Error::Unavailable { .. }))
        )
    };
    match delete_from(other, plan, context) {
        Err(error) if !absent(&error) => context.ui.info(&format!(
            "graphmail: warning: the token store {} may still have tokens of account {}: {error:#}",
            other.name(),
            plan.name
        )),
        _ => {}
    }
}

fn delete_from(store: Kind, plan: &Plan, context: &Context<'_>) -> Result<bool> {
    Ok(AccountStore::open(&plan.name, store, context)?.forget(context)?)
}
