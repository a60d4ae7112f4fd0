//! `doctor`: looks at everything that a send will need, and says what mends it.
//!
//! A file for each thing that is looked at. Nothing is sent, no secret is shown, and no request
//! takes longer than its limit.

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
mod sendmail;
mod store;
mod token;

use std::time::Duration;

use clap::Args as ClapArgs;

use self::check::{Check, Verdict};
use super::Context;
use super::report::{Command, Run, Situation};
use super::session::Keep;
use crate::commands::report::Result;
use crate::config::{self, Account, variable};
use crate::exit::Status;
use crate::graph::Graph;
use crate::http::{Link, WaitBudget};

/// One request takes at most this long unless `--timeout` or its variable says otherwise: somebody
/// waits, and what is slower than this will not do for cron either.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Looks for what would keep mail from being sent, and says what mends it
///
/// Checks configuration, credential, token store, proxy, certificates, network, clock, token, rights,
/// mailbox and outbox, in this order, and which program sendmail is. Sends nothing. One request takes at most
/// 10 s unless --timeout says otherwise. Exit status: 0 if all is well, 1 with warnings, 78 with
/// failures.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Look with the environment of a cron job: HOME, LOGNAME, SHELL and PATH, and nothing else
    #[cfg_attr(not(unix), arg(hide = true))]
    #[arg(long)]
    as_cron: bool,
    /// Print what an administrator runs for this account: consent, or rights to its mailbox alone
    #[arg(long, conflicts_with = "as_cron")]
    admin: bool,
}

const EXAMPLES: &str = "Examples:
  graphmail doctor --as-cron
  graphmail doctor --account reports --json
  graphmail doctor --account reports --admin";

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    if args.admin {
        return admin::run(context);
    }
    let checks = if args.as_cron {
        cron::examine(context)?
    } else {
        examine(context)
    };
    let ui = context.ui;
    if ui.manner().json {
        ui.json(&check::as_json(&checks))?;
    } else {
        ui.data(&check::as_text(&checks))?;
    }
    Ok(check::status(&checks))
}

/// All checks, each with what the ones before it found.
fn examine(context: &Context<'_>) -> Vec<Check> {
    let mut checks = vec![configuration::files(context)];
    let account = context.settings.account();
    let outbox = outbox::checks(account.as_ref().ok(), context);
    match account {
        Ok(account) => {
            of_account(&account, context, &mut checks);
            let situation = Situation::of_account(&account, context);
            checks.iter_mut().for_each(|check| check.finish(&situation));
        }
        Err(error) => {
            let check = Check::of_error("account", error);
            let told = checks
                .iter()
                .any(|earlier| earlier.message == check.message);
            let unread = || Check::skip("account", "not looked for: see the failure above");
            checks.push(if told { unread() } else { check });
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

fn of_account(account: &Account, context: &Context<'_>, checks: &mut Vec<Check>) {
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
    let told = kept.message.clone();
    checks.push(kept);
    checks.extend(network::settings(account, context));
    let reach = network::reach(account, link, checks);
    let keep = Keep::open(&account.name, account.token_store, context)
        .ok()
        .filter(|_| usable && reach.login);
    let mut graph = keep.as_ref().map(|keep| Graph {
        cloud: &account.cloud,
        link,
        tokens: keep.tokens(account, link),
    });
    let token = match &mut graph {
        Some(graph) => token::check(
            &mut graph.tokens,
            account,
            stored.as_ref(),
            link.seams.now(),
            &told,
            checks,
        ),
        None => {
            checks.push(Check::skip("token", "not asked for: see the failure above"));
            None
        }
    };
    let (Some(token), Some(keep), Some(graph)) = (token, &keep, &mut graph) else {
        return;
    };
    // The answer to the request for a new token has told the rights anew.
    let record = keep.record(account).ok().flatten();
    let sender = mailbox::sender(account, context);
    let rights = rights::of(record.as_ref(), &token, account);
    checks.extend(rights.checks(account));
    checks.push(match sender {
        _ if !reach.graph => Check::skip("mailbox", "not looked at: Graph is not reachable"),
        Ok(sender) => mailbox::check(graph, &sender, &rights, account),
        Err(error) => match error.downcast_ref() {
            // The account's own check has told of it.
            Some(config::Error::NoMailbox) => Check::skip("mailbox", "none is named"),
            _ => Check::of_error("mailbox", error),
        },
    });
}

/// The longest that one request may take.
fn timeout(context: &Context<'_>) -> Duration {
    let settings = &context.settings;
    let asked =
        context.flags.timeout.is_some() || settings.environment().get(variable::TIMEOUT).is_some();
    if asked { settings.timeout } else { TIMEOUT }
}

/// The command that proves what cannot be seen: a message to the one who sends it.
fn trial(account: &Account) -> Command {
    // Mail goes to no object id.
    let mut named = [&account.mailbox, &account.username].into_iter().flatten();
    let own = named.find(|user| user.contains('@'));
    let to = own.map_or("ADDRESS", String::as_str).to_owned();
    if account.mailbox.is_none() && account.is_application() {
        Command::SendTestFrom(to)
    } else {
        Command::SendTest(to)
    }
}
