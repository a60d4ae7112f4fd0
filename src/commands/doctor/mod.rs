//! `doctor`: checks everything that a send needs, and says how to fix it.
//!
//! One file for each subject. It sends no mail and shows no secret, and each request has a time limit.

mod admin;
mod check;
mod configuration;
mod cron;
mod mailbox;
mod modes;
mod network;
mod outbox;
mod pam;
mod rights;
pub(super) mod sendmail;
#[cfg(unix)]
mod service;
mod store;
mod token;

use std::time::Duration;

use clap::Args as ClapArgs;
use serde::{Deserialize, Serialize};

use self::check::{Check, Verdict, Whose};
#[cfg(unix)]
pub(super) use self::service::Facts;
#[cfg(unix)]
use self::service::Seen;
use super::report::{Command, Run, Situation};
use super::session::AccountStore;
use super::{Context, ledger, report, session};
use crate::auth::Claims;
use crate::commands::report::Result;
use crate::config::{self, Account, variable};
use crate::exit::Status;
use crate::graph::{Graph, Sender};
use crate::http::{Link, WaitBudget};
use crate::secret::Secret;

/// The time limit of one request, unless `--timeout` or its variable is set: a user waits for it.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Checks everything that is needed to send mail, and says how to fix it
///
/// Checks configuration, credential, token store, proxy, certificates, network, clock, token,
/// permissions, mailbox and outbox, in this order, and which program sendmail is. Sends nothing. One
/// request takes at most 10 s, unless --timeout is given. Exit status: 0 if nothing that the account
/// needs is wrong, 1 with warnings, 78 with failures. With --verbose it also shows variables without
/// effect.
#[derive(Debug, ClapArgs, Serialize, Deserialize)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Run the checks in the environment of a cron job: HOME, LOGNAME, SHELL and PATH only
    #[cfg_attr(not(unix), arg(hide = true))]
    #[arg(long)]
    as_cron: bool,
    /// Fail if messages of more than 3 MB cannot be sent
    ///
    /// An account with a message_limit of more than that is checked without this option.
    #[arg(long)]
    large: bool,
    /// Print how an administrator grants permissions to this account: its mailbox only, or consent
    ///
    /// With a value, it prints one block that is safe to paste.
    #[arg(
        long,
        value_name = "TOOL",
        num_args = 0..=1,
        require_equals = true,
        conflicts_with_all = ["as_cron", "large"]
    )]
    admin: Option<Option<admin::Tool>>,
}

const EXAMPLES: &str = "Examples:
  graphmail doctor --as-cron
  graphmail doctor --account reports --json
  graphmail doctor --account reports --admin";

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    if let Some(tool) = args.admin {
        return admin::run(tool, context);
    }
    if args.as_cron {
        return print(&cron::examine(args.large, context)?, context);
    }
    #[cfg(unix)]
    match service::ask(
        serde_json::to_value(args).map_err(std::io::Error::from)?,
        context,
    )? {
        Seen::All(status) => return Ok(status),
        Seen::Check(check) => {
            let mut checks = vec![check];
            checks.extend(examine(args.large, Whose::Client, context));
            return print(&checks, context);
        }
        Seen::Nothing => {}
    }
    let mut checks = Vec::new();
    #[cfg(unix)]
    checks.extend(service::of_outbox(context));
    checks.extend(examine(args.large, Whose::User, context));
    print(&checks, context)
}

/// The checks in the service, for a client that asks for them.
#[cfg(unix)]
pub(super) fn of_service(args: &Args, facts: &Facts, context: &Context<'_>) -> Result<Status> {
    let mut checks = vec![service::check(facts)];
    // It would not start with it.
    checks.extend(context.settings.read_again().err().map(|error| {
        let error = report::Failure::from(error).context("the next start fails");
        Check::of_error("configuration", error)
    }));
    checks.extend(examine(args.large, Whose::Service, context));
    print(&checks, context)
}

/// Prints the checks. Returns the exit status.
fn print(checks: &[Check], context: &Context<'_>) -> Result<Status> {
    let ui = context.ui;
    if ui.output_options().json {
        ui.json(&check::as_json(checks))?;
    } else {
        ui.data(&check::as_text(checks))?;
    }
    Ok(check::status(checks))
}

/// Runs all checks.
fn examine(large: bool, whose: Whose, context: &Context<'_>) -> Vec<Check> {
    let mut checks = vec![configuration::files(context)];
    let account = context.settings.account();
    let outbox = outbox::checks(account.as_ref().ok(), whose, context);
    match account {
        // The host's account, with a secret that only the service can read.
        Ok(account)
            if whose == Whose::Client
                && let Some(check) = configuration::unusable(&account, context) =>
        {
            let message = format!("{}; the service sends the mail", check.message);
            checks.push(Check::skip(&check.name, message));
        }
        Ok(account) => {
            of_account(&account, large, context, &mut checks);
            let situation = Situation::of_account(&account, context);
            checks.iter_mut().for_each(|check| check.finish(&situation));
        }
        Err(config::Error::NoAccount(_)) if whose == Whose::Client => {
            checks.push(Check::skip(
                "account",
                "this user has none; the service sends the mail",
            ));
        }
        Err(error) => {
            let check = Check::of_error("account", error);
            let is_reported = checks
                .iter()
                .any(|earlier| earlier.message == check.message);
            let skipped = || Check::skip("account", "not checked: see the failure above");
            checks.push(if is_reported { skipped() } else { check });
        }
    }
    checks.extend(outbox);
    if cfg!(unix) {
        checks.push(sendmail::check(context));
    }
    let situation = Situation::of_run(Run::Keeps, context);
    checks.iter_mut().for_each(|check| check.finish(&situation));
    checks
}

fn of_account(account: &Account, large: bool, context: &Context<'_>, checks: &mut Vec<Check>) {
    let waits = WaitBudget::new(Duration::ZERO);
    let link = Link {
        timeout: timeout(context),
        waits: &waits,
        ..context.link()
    };
    checks.push(configuration::account(account, context));
    checks.push(configuration::credential(account, context.seams.now()));
    let (kept, stored) = store::check(account, context);
    let usable = kept.status != Verdict::Fail;
    let reported = kept.message.clone();
    checks.push(kept);
    checks.extend(network::settings(account, context));
    let reach = network::reach(account, link, checks);
    let keep = AccountStore::open(&account.name, account.token_store, context)
        .ok()
        .filter(|_| usable && reach.login);
    let sender = mailbox::sender(account, context);
    let waits_of_mailbox = sender
        .as_ref()
        .ok()
        .and_then(|sender| ledger::mailbox(account, sender, context));
    let token_waits = session::token_waits(account, context);
    let mut graph = keep.as_ref().map(|keep| Graph {
        cloud: &account.cloud,
        link: link.with_throttle(waits_of_mailbox.as_ref()),
        tokens: keep.tokens(account, link.with_throttle(token_waits.as_ref())),
    });
    let token = match &mut graph {
        Some(graph) => token::check(
            &mut graph.tokens,
            account,
            stored.as_ref(),
            link.seams.now(),
            &reported,
            checks,
        ),
        None => {
            checks.push(Check::skip("token", "not requested: see the failure above"));
            None
        }
    };
    let (Some(token), Some(keep), Some(graph)) = (token, &keep, &mut graph) else {
        return;
    };
    // The answer to the request for a new token has updated the permissions in the record.
    let record = keep.record(account).ok().flatten();
    let access = rights::access_of(record.as_ref(), &token, account);
    checks.extend(rights::checks(&access, large, account));
    checks.push(match sender {
        Ok(Sender::Me) if is_of_application(&token) => {
            Check::of_error("mailbox", config::Error::NoMailbox)
                .advised(report::mailbox_setting(&account.name))
        }
        _ if !reach.graph => Check::skip("mailbox", "not checked: Graph is not reachable"),
        Ok(sender) => mailbox::check(graph, &sender, &access, account),
        Err(error) => match error.downcast_ref() {
            // The check of the account has reported it.
            Some(config::Error::NoMailbox) => Check::skip("mailbox", "none is named"),
            _ => Check::of_error("mailbox", error),
        },
    });
}

/// Whether the token tells that it is an application's, which has no mailbox of its own.
fn is_of_application(token: &Secret) -> bool {
    Claims::of_token(token.expose()).is_some_and(|claims| claims.is_of_application())
}

/// The time limit of one request.
fn timeout(context: &Context<'_>) -> Duration {
    let settings = &context.settings;
    let asked =
        context.flags.timeout.is_some() || settings.environment().get(variable::TIMEOUT).is_some();
    if asked { settings.timeout } else { TIMEOUT }
}

/// The command that sends a test message to the account's own address.
fn trial(account: &Account) -> Command {
    // An object id is not an address.
    let mut named = [&account.mailbox, &account.username].into_iter().flatten();
    let own = named.find(|user| user.contains('@'));
    let to = own.map_or("ADDRESS", String::as_str).to_owned();
    if account.mailbox.is_none() && account.is_application() {
        Command::SendTestFrom(to)
    } else {
        Command::SendTest(to)
    }
}
