//! `accounts`: lists, chooses and removes accounts.

use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};

use super::error::UsageError;
use super::{Context, done, keepalive, logout};
use crate::auth::store;
use crate::commands::report::{Advice, Command, Result, Run, Situation, Step};
use crate::commands::table::{self, Column, Row};
use crate::config::{self, Account, ENVIRONMENT_ACCOUNT};
use crate::exit::{Class, Status};

/// Lists, chooses and removes accounts
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists the accounts, also that of the environment; a star marks the default
    List,
    /// Makes an account the default
    Use {
        /// The account
        name: String,
    },
    /// Removes an account and its tokens
    ///
    /// If a weekly keepalive job for the account is installed, it stays, and the command that removes it is printed.
    Remove {
        /// The account
        name: String,
    },
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    match &args.verb {
        Verb::List => list(context),
        Verb::Use { name } => choose(name, context),
        Verb::Remove { name } => remove(name, context),
    }
}

/// The columns of a list.
const COLUMNS: [Column; 5] = [
    Column::whole("  NAME"),
    Column::whole("AUTH"),
    Column::whole("TOKENS"),
    Column::text("MAILBOX"),
    Column::text(""),
];

fn list(context: &Context<'_>) -> Result<Status> {
    let file = context.settings.file()?;
    let mut accounts = file
        .accounts
        .keys()
        .map(|name| context.settings.configured(&file, name))
        .collect::<Result<Vec<_>, _>>()?;
    let of_environment = of_environment(context)?;
    let is_of_environment =
        |account: &Account| of_environment.is_some() && account.name == ENVIRONMENT_ACCOUNT;
    accounts.extend(of_environment.clone());
    let is_default = |account: &Account| match &file.default_account {
        Some(name) => *name == account.name,
        None if is_of_environment(account) => file.accounts.is_empty(),
        None => file.accounts.len() == 1,
    };
    if context.ui.output_options().json {
        let accounts: Vec<_> = accounts
            .iter()
            .map(|account| as_json(account, is_default(account), is_of_environment(account)))
            .collect();
        context
            .ui
            .json(&json!({"ok": true, "accounts": accounts}))?;
        return Ok(Class::Success.into());
    }
    let row = |account: &Account| {
        let user = account.mailbox.as_deref().or(account.username.as_deref());
        let user = user.or(account.tenant.as_deref()).unwrap_or_default();
        let source = match is_of_environment(account) {
            true => "(from the environment)",
            false => "",
        };
        let mark = if is_default(account) { "*" } else { " " };
        Row {
            cells: vec![
                format!("{mark} {}", account.name),
                account.credential.kind().name().to_owned(),
                account.token_store.name().to_owned(),
                user.to_owned(),
                source.to_owned(),
            ],
            note: None,
        }
    };
    table::print(&COLUMNS, accounts.iter().map(row).collect(), context)?;
    if accounts.is_empty() {
        let login = Situation::of_run(Run::SignsIn, context).run(Command::Login(Vec::new()));
        context
            .ui
            .info(&format!("graphmail: no accounts yet: {login}"));
    }
    Ok(Class::Success.into())
}

fn as_json(account: &Account, is_default: bool, is_of_environment: bool) -> Value {
    json!({
        "name": account.name,
        "default": is_default,
        "from_environment": is_of_environment,
        "auth": account.credential.kind().name(),
        "cloud": account.cloud.name(),
        "tenant": account.tenant,
        "client_id": account.client_id,
        "mailbox": account.mailbox,
        "username": account.username,
        "token_store": account.token_store.name(),
    })
}

/// The account that variables declare, unless the configuration has one of its name.
fn of_environment(context: &Context<'_>) -> Result<Option<Account>> {
    let settings = &context.settings;
    let is_configured = settings.file()?.accounts.contains_key(ENVIRONMENT_ACCOUNT);
    // Incomplete variables are reported when the account is used.
    let account = || settings.account_named(ENVIRONMENT_ACCOUNT).ok();
    Ok(if is_configured { None } else { account() })
}

fn choose(name: &str, context: &Context<'_>) -> Result<Status> {
    let settings = &context.settings;
    if name != ENVIRONMENT_ACCOUNT || of_environment(context)?.is_none() {
        settings.configured(&*settings.file()?, name)?;
    }
    config::use_account(&settings.own_file()?, name, context.seams.as_ref())?;
    done(context, name, &format!("{name} is the default account"))
}

fn remove(name: &str, context: &Context<'_>) -> Result<Status> {
    let settings = &context.settings;
    if let Some(account) = of_environment(context)?.filter(|account| account.name == name) {
        let advice = account.credential.kind().facts().variable.map(Step::Unset);
        return Err(UsageError::new(format!(
            "{name} is an account of the environment, not of the configuration"
        ))
        .hint(advice.map_or_else(Advice::none, Advice::from))
        .into());
    }
    let account = settings.configured(&*settings.file()?, name)?;
    let own = settings.own_file()?;
    let mine = config::File::read(&own)?.unwrap_or_default();
    if !mine.accounts.contains_key(name) {
        return Err(UsageError::new(format!(
            "{name} is an account of all users of this host, not in {}",
            own.display()
        ))
        .into());
    }
    // The tokens are removed first: if this fails, the account is still listed and can be removed again.
    logout::forget(&account, context, is_unreachable)?;
    config::remove_account(&own, name, context.seams.as_ref())?;
    // A job that was installed for the only account does not name it.
    let is_last = mine.accounts.len() == 1;
    let jobs: Vec<_> = [Some(Some(name)), is_last.then_some(None)]
        .into_iter()
        .flatten()
        .collect();
    for command in keepalive::removal(&jobs, context) {
        context.ui.info(&format!(
            "graphmail: warning: its weekly job is still installed: {command}"
        ));
    }
    done(context, name, &format!("removed {name}"))
}

/// Whether there is no keyring, or one that does not answer, for example because the configuration was
/// copied from a desktop. The account can still be removed. A locked keyring can be unlocked.
const fn is_unreachable(error: &store::Error) -> bool {
    matches!(
        error,
        store::Error::Unavailable { .. } | store::Error::TimedOut { .. }
    )
}
