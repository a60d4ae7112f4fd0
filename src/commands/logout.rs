//! `logout`: forget the tokens, keep the account.

use clap::Args as ClapArgs;

use super::Context;
use super::accounts::done;
use super::session::Keep;
use crate::exit::Status;

/// Forgets an account's tokens; `login` brings them back, `accounts remove` forgets the rest
#[derive(Debug, ClapArgs)]
pub(super) struct Args {}

pub(super) fn run(_: &Args, context: &Context<'_>) -> anyhow::Result<Status> {
    let account = context.settings.stored_account()?;
    let name = &account.name;
    let had = Keep::open(name, account.token_store, context)?.forget(context)?;
    let words = if had {
        format!("signed out of {name}")
    } else {
        format!("{name} was not signed in")
    };
    done(context, name, &words)
}
