//! `keepalive`: uses a refresh token, so that it does not expire, and installs a weekly job for that.

mod install;
mod job;

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::json;

pub(super) use self::install::removal;
use self::job::Job;
use super::error::EndsSoon;
use super::session::{AccountStore, renew_token, warn_of_credential};
use super::{Context, doctor, stamp};
use crate::auth::certificate::{self, NOTICE_DAYS};
use crate::auth::store::Kind;
use crate::auth::{self, Credential, Lifetime};
use crate::commands::report::{self, Command, Failure, LoginOption, Result, Run, Situation};
use crate::config::{self, Account, variable};
use crate::exit::{Class, Status};

/// Renews the sign-in of an account, which otherwise expires after 90 days without use
///
/// A send also renews it, if the access token has expired; use this for accounts that rarely send. For a
/// certificate, or an account with credential_expires, it exits 77 if that date is at most 30 days away. Other
/// accounts do not need it. If the weekly job fails, cron mails its error, and the unit its status.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// Renew all accounts of the configuration
    #[arg(long)]
    all: bool,
    /// Print the weekly job that does this, and renew nothing
    #[arg(
        long,
        value_name = "SCHEDULER",
        num_args = 0..=1,
        default_missing_value = "systemd",
        conflicts_with = "install"
    )]
    print: Option<Scheduler>,
    /// Install the weekly job: a timer of the user's systemd, or a line in the user's crontab
    #[arg(
        long,
        value_name = "SCHEDULER",
        num_args = 0..=1,
        default_missing_value = "systemd"
    )]
    install: Option<Scheduler>,
}

/// What starts the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scheduler {
    /// A service and a timer of the user's manager.
    Systemd,
    /// A line of the user's crontab.
    Cron,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let (accounts, broken) = accounts(args, context)?;
    if let Some(scheduler) = args.print.or(args.install) {
        warn_of_keyrings(&accounts, context);
        if args.install.is_some() && !accounts.iter().any(needs_job) {
            return nothing_to_install(&accounts, context);
        }
        let mut job = Job::for_accounts(args.all, &context.settings)?;
        if scheduler == Scheduler::Cron {
            warn_of_passwords(&job.leave_out_passwords(), context);
        }
        warn_of_network(&job, context);
        warn_of_mail(context);
        if args.print.is_some() {
            return print(scheduler, &job, context);
        }
        if context
            .settings
            .environment()
            .get(variable::SANDBOX_URL)
            .is_some()
        {
            let line = "graphmail: this is the sandbox: nothing is installed; this is the job";
            context.ui.info(line);
            return print(scheduler, &job, context);
        }
        if args.all {
            warn_of_single_jobs(&accounts, context);
        }
        return match scheduler {
            Scheduler::Systemd => install::systemd(&job, context),
            Scheduler::Cron => install::cron(&job, context),
        };
    }
    let mut kept = Vec::new();
    let mut failures: Vec<(String, Failure)> = Vec::new();
    for account in &accounts {
        match keep_alive(account, context) {
            Ok(lifetime) => kept.push((account, lifetime)),
            Err(error) if accounts.len() == 1 && broken.is_empty() => return Err(error),
            // The other accounts must still be renewed.
            Err(error) => failures.push((account.name.clone(), error)),
        }
    }
    failures.extend(broken.into_iter().map(|(name, error)| (name, error.into())));
    let mut failed = None;
    for (name, error) in failures {
        let error = error
            .for_account(&name)
            .context(format!("renewing account {name}"));
        match &failed {
            None => failed = Some(error),
            Some(_) => context
                .ui
                .always(&format!("graphmail: warning: {}", error.words())),
        }
    }
    tell(&kept, failed.is_none(), context)?;
    failed.map_or_else(|| Ok(Class::Success.into()), Err)
}

/// Accounts that cannot be used, by name.
type Broken = Vec<(String, config::Error)>;

/// The accounts to renew, and those whose configuration is wrong.
fn accounts(args: &Args, context: &Context<'_>) -> Result<(Vec<Account>, Broken)> {
    let settings = &context.settings;
    if !args.all {
        return Ok((vec![settings.stored_account()?], Vec::new()));
    }
    let file = settings.file()?;
    let (mut accounts, mut broken) = (Vec::new(), Vec::new());
    for name in file.accounts.keys() {
        match settings.configured(&file, name) {
            Ok(account) => accounts.push(account),
            Err(error) => broken.push((name.clone(), error)),
        }
    }
    Ok((accounts, broken))
}

/// Whether a weekly job has something to do: renew the sign-in, or watch the date of the credential.
fn needs_job(account: &Account) -> bool {
    account.credential.kind().expires_unused()
        || matches!(account.credential, Credential::Certificate(_))
        || account.credential_expires.is_some()
}

/// The known date of a credential that is not renewed by use.
///
/// # Errors
/// It is near, or the certificate cannot be read.
fn watch(account: &Account, context: &Context<'_>) -> Result<Option<Lifetime>> {
    if let Credential::Certificate(files) = &account.credential {
        certificate::read(files).map_err(auth::Error::from)?;
    }
    let lifetime = account.lifetime(None);
    EndsSoon::check(account, lifetime, NOTICE_DAYS, context.seams.now())?;
    Ok(lifetime.end().map(|_| lifetime))
}

/// Uses the refresh token, and stores the new one, or watches the date of another credential; `None` if there
/// is nothing to do.
fn keep_alive(account: &Account, context: &Context<'_>) -> Result<Option<Lifetime>> {
    if !account.credential.kind().expires_unused() {
        return watch(account, context);
    }
    let keep = AccountStore::open(&account.name, account.token_store, context)?;
    let mut lost = None;
    let mut warnings = Vec::new();
    for warning in renew_token(&keep, account, context)? {
        match warning {
            auth::Warning::NotSaved(error) => lost = Some(error),
            other => warnings.push(other),
        }
    }
    warn_of_credential(warnings, context);
    if let Some(error) = lost {
        return Err(Failure::from(error).context("storing the renewed sign-in"));
    }
    let record = keep.record(account)?;
    Ok(Some(account.lifetime(record.as_ref())))
}

fn tell(kept: &[(&Account, Option<Lifetime>)], whole: bool, context: &Context<'_>) -> Result<()> {
    if context.ui.output_options().json {
        if !whole {
            return Ok(());
        }
        let accounts: Vec<_> = kept
            .iter()
            .map(|(account, lifetime)| {
                json!({
                    "account": account.name,
                    "renewed": account.credential.kind().expires_unused(),
                    "credential_expires": lifetime.and_then(Lifetime::end).map(stamp),
                })
            })
            .collect();
        context
            .ui
            .json(&json!({"ok": true, "accounts": accounts}))?;
        return Ok(());
    }
    for (account, lifetime) in kept {
        let name = &account.name;
        context.ui.info(&match lifetime {
            None => format!("graphmail: account {name}: there is no refresh token to keep alive"),
            Some(Lifetime::Fixed(end)) if !account.credential.kind().expires_unused() => {
                format!(
                    "graphmail: account {name}: the credential is valid until {}",
                    stamp(*end)
                )
            }
            Some(lifetime) => match lifetime.end() {
                Some(end) => format!(
                    "graphmail: account {name} is renewed until {}, if it is not used before",
                    stamp(end)
                ),
                None => format!("graphmail: account {name} is renewed"),
            },
        });
    }
    if kept.is_empty() && whole {
        let login = Situation::of_run(Run::SignsIn, context).run(Command::Login(Vec::new()));
        context
            .ui
            .info(&format!("graphmail: no accounts yet: {login}"));
    }
    Ok(())
}

/// Installs no job: none of the accounts has a refresh token.
fn nothing_to_install(accounts: &[Account], context: &Context<'_>) -> Result<Status> {
    if context.ui.output_options().json {
        context.ui.json(&json!({"ok": true, "installed": null}))?;
        return Ok(Class::Success.into());
    }
    for Account { name, .. } in accounts {
        context.ui.info(&format!(
            "graphmail: account {name}: there is no refresh token to keep alive, so no job is needed"
        ));
    }
    Ok(Class::Success.into())
}

/// All users of the host can read the command line of a process, but only the owner can read the
/// variables of a crontab.
fn warn_of_passwords(names: &[&str], context: &Context<'_>) {
    for name in names {
        context.ui.info(&format!(
            "graphmail: warning: {name} holds a password, which a job's command line would show to \
             every user of this host; it was left out; to set it, {}",
            report::in_crontab(name, "…")
        ));
    }
}

/// The job keeps this shell's network variables, even if they change later.
fn warn_of_network(job: &Job, context: &Context<'_>) {
    let names = job.network();
    if !names.is_empty() {
        context.ui.info(&format!(
            "graphmail: warning: the job uses the current value of {}; later changes in the environment have no effect on it",
            names.join(", ")
        ));
    }
}

/// A job for all accounts replaces the jobs of single accounts.
fn warn_of_single_jobs(accounts: &[Account], context: &Context<'_>) {
    let names: Vec<_> = accounts
        .iter()
        .map(|account| Some(account.name.as_str()))
        .collect();
    for command in removal(&names, context) {
        context.ui.info(&format!(
            "graphmail: warning: the job of a single account is no longer needed: {command}"
        ));
    }
}

/// The mail of a job that fails must reach somebody.
fn warn_of_mail(context: &Context<'_>) {
    if let Some(fault) = doctor::sendmail::fault(context) {
        context.ui.info(&format!(
            "graphmail: warning: nobody gets the mail of a job that fails: {fault}"
        ));
    }
}

/// A job cannot unlock a keyring.
fn warn_of_keyrings(accounts: &[Account], context: &Context<'_>) {
    let in_keyring = |account: &&Account| {
        account.credential.kind().expires_unused() && account.token_store == Kind::Keyring
    };
    for account in accounts.iter().filter(in_keyring) {
        let name = &account.name;
        let fix = Situation::named(name, context).run(LoginOption::TokenStore("file"));
        context.ui.info(&format!(
            "graphmail: warning: the job may find the keyring of account {name} locked: {fix}"
        ));
    }
}

fn print(scheduler: Scheduler, job: &Job, context: &Context<'_>) -> Result<Status> {
    if context.ui.output_options().json {
        context.ui.json(&match scheduler {
            Scheduler::Systemd => json!({
                "ok": true,
                "units": {
                    job.unit("service"): job.service(),
                    job.unit("timer"): job::TIMER,
                    job::FAILED.0: job::FAILED.1,
                },
            }),
            Scheduler::Cron => json!({"ok": true, "line": job.cron_line()}),
        })?;
        return Ok(Class::Success.into());
    }
    let text = match scheduler {
        Scheduler::Systemd => format!(
            "# {}\n{}\n# {}\n{}\n# {}\n{}",
            job.unit("service"),
            job.service(),
            job.unit("timer"),
            job::TIMER,
            job::FAILED.0,
            job::FAILED.1
        ),
        Scheduler::Cron => job.cron_line() + "\n",
    };
    // The user redirects it to a file: no filtering.
    context.ui.raw(text.as_bytes())?;
    Ok(Class::Success.into())
}
