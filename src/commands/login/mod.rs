//! `login`: sign in once, and keep what later runs need.

mod browser;
mod prompt;
mod scopes;
mod store;

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args as ClapArgs;
use serde_json::json;

use super::Context;
use super::error::{InputError, UsageError};
use super::session::{Keep, check_user};
use crate::auth::store::{Kind, Record};
use crate::auth::{self, App};
use crate::config::{self, AccountEntry, Auth, FIRST_ACCOUNT, variable};
use crate::exit::{Class, Status};
use crate::secret::Secret;

/// Signs in and stores the account
///
/// The account goes to the configuration and the secret to the store, never the other way round.
/// An application in your own tenant is needed; `graphmail login` without one says how to register it.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The application (client) id of the registration
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The tenant: a domain or an id
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
    /// The cloud: global, usgov, dod, china, or one of the configuration's own
    #[arg(long, value_name = "NAME")]
    cloud: Option<String>,
    /// A person signs in once on any device with a browser (the default)
    #[arg(long, help_heading = "Credential", group = "credential")]
    device_code: bool,
    /// A person signs in once with this host's browser, where the tenant forbids the code
    #[arg(long, help_heading = "Credential", group = "credential")]
    browser: bool,
    /// Prints the page's URL and opens no browser
    #[arg(long, help_heading = "Credential", requires = "browser")]
    no_open: bool,
    /// The application signs in with the client secret in this file; `-` is standard input
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Credential",
        group = "credential"
    )]
    client_secret_file: Option<PathBuf>,
    /// A command that prints an access token, run for each send
    #[arg(
        long,
        value_name = "COMMAND",
        help_heading = "Credential",
        group = "credential"
    )]
    token_command: Option<String>,
    /// What to ask the user's consent for: send; drafts for large messages; shared for the mailboxes of others
    ///
    /// Without it: what the account had, else send, and shared where --mailbox is given.
    #[arg(
        long,
        value_name = "SCOPES",
        value_parser = ["send", "send+drafts", "send+shared", "send+drafts+shared"]
    )]
    scopes: Option<String>,
    /// The mailbox to send out of, if not the signed-in user's own
    #[arg(long, value_name = "USER")]
    mailbox: Option<String>,
    /// Where tokens are kept: keyring, file (for this user alone) or none
    #[arg(long, value_name = "STORE", value_parser = ["keyring", "file", "none"])]
    token_store: Option<String>,
}

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Status> {
    let plan = Plan::of(args, context)?;
    let Plan { name, entry, .. } = &plan;
    auth::store::check_name(name)?;
    let kept = store::choose(&plan, args.token_store.as_deref(), context)?;
    Keep::open(name, kept, context)?.check(context)?;
    let record = match entry.auth {
        Auth::TokenCommand => {
            let command = entry.token_command.as_deref().unwrap_or_default();
            auth::token_command::run(command, auth::token_command::LIMIT)
                .map_err(auth::Error::from)?;
            None
        }
        Auth::DeviceCode => {
            let permissions = scopes::permissions(args, &plan, kept, context)?;
            Some(device_code(&plan.app()?, &permissions, context)?)
        }
        Auth::Browser => {
            let permissions = scopes::permissions(args, &plan, kept, context)?;
            Some(browser::run(args, &plan, &permissions, context)?)
        }
        Auth::ClientSecret => Some(client_secret(args, &plan.app()?, context)?),
    };
    let username = record.as_ref().and_then(|record| record.username.clone());
    if let Some(record) = &record {
        Keep::open(name, kept, context)?.save(record, context)?;
    }
    let entry = AccountEntry {
        token_store: Some(kept),
        username: username.clone().or_else(|| plan.username_of_command()),
        ..entry.clone()
    };
    config::put_account(&context.settings.own_file()?, name, &entry)?;
    store::forget_elsewhere(&plan, kept, context);
    signed_in(&plan, kept, username.as_deref(), context)
}

/// What is to be signed in, as flags, environment and the account's former self say.
struct Plan {
    name: String,
    former: Option<AccountEntry>,
    entry: AccountEntry,
    cloud: crate::cloud::Cloud,
}

impl Plan {
    fn of(args: &Args, context: &Context<'_>) -> anyhow::Result<Self> {
        let settings = &context.settings;
        let environment = settings.environment();
        let file = settings.file()?;
        let name = settings
            .account_name()
            .map(ToOwned::to_owned)
            .or_else(|| file.default_account.clone())
            .unwrap_or_else(|| FIRST_ACCOUNT.to_owned());
        let former = file.accounts.get(&name).cloned();
        let pick = |flag: &Option<String>, variable, key: fn(&AccountEntry) -> &Option<String>| {
            flag.clone()
                .filter(|given| !given.is_empty())
                .or_else(|| environment.get(variable))
                .or_else(|| key(former.as_ref()?).clone())
        };
        let client_id = pick(&args.client_id, variable::CLIENT_ID, |entry| {
            &entry.client_id
        });
        let tenant = pick(&args.tenant, variable::TENANT, |entry| &entry.tenant);
        let cloud_name = pick(&args.cloud, variable::CLOUD, |entry| &entry.cloud);
        let mailbox = pick(&args.mailbox, variable::MAILBOX, |entry| &entry.mailbox);
        let auth = method(args, former.as_ref());
        let token_command = match auth {
            Auth::TokenCommand => args
                .token_command
                .clone()
                .or_else(|| former.as_ref()?.token_command.clone()),
            Auth::DeviceCode | Auth::Browser | Auth::ClientSecret => None,
        };
        let entry = AccountEntry {
            tenant,
            client_id,
            cloud: cloud_name,
            auth,
            token_command,
            mailbox,
            username: None,
            token_store: former.as_ref().and_then(|former| former.token_store),
        };
        let cloud = settings.cloud_named(&file, entry.cloud.as_deref())?;
        if entry.auth != Auth::TokenCommand && (entry.client_id.is_none() || entry.tenant.is_none())
        {
            prompt::how_to_register(&cloud, context.ui);
            return Err(UsageError::new("login needs --client-id and --tenant")
                .hint("graphmail login --client-id ID --tenant TENANT")
                .into());
        }
        let plan = Self {
            name,
            former,
            entry,
            cloud,
        };
        plan.refuse_what_cannot_be()?;
        plan.refuse_to_replace_another(settings.account_name().is_some())?;
        Ok(plan)
    }

    /// Refuses what no application, tenant or mailbox is called, before it is asked for.
    fn refuse_what_cannot_be(&self) -> Result<(), UsageError> {
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let AccountEntry {
            client_id,
            tenant,
            mailbox,
            ..
        } = &self.entry;
        for (flag, value) in [("--client-id", client_id), ("--tenant", tenant)] {
            if let Some(value) = value.as_ref().filter(|value| !value.chars().all(word)) {
                return Err(UsageError::new(format!(
                    "{flag}: {value:?} is no id and no domain"
                )));
            }
        }
        mailbox.as_deref().map_or(Ok(()), check_user)
    }

    /// An account is another application's only where it is named on purpose.
    fn refuse_to_replace_another(&self, named: bool) -> Result<(), UsageError> {
        let Some(former) = &self.former else {
            return Ok(());
        };
        let entry = &self.entry;
        if named
            || (same(former.client_id.as_deref(), entry.client_id.as_deref())
                && same(former.tenant.as_deref(), entry.tenant.as_deref()))
        {
            return Ok(());
        }
        Err(UsageError::new(format!(
            "the account {:?} is of another application or tenant",
            self.name
        ))
        .hint("name the account with --account: a new name to add one, this name to replace it"))
    }

    /// A command says nothing of its user: what was written of it before stays.
    fn username_of_command(&self) -> Option<String> {
        let former = self.former.as_ref()?;
        let same = self.entry.auth == Auth::TokenCommand && former.auth == Auth::TokenCommand;
        former.username.clone().filter(|_| same)
    }

    /// Who signed in before, if it was to the same tenant.
    fn known_username(&self) -> Option<&str> {
        let former = self.former.as_ref()?;
        let username = former.username.as_deref();
        username.filter(|_| same(former.tenant.as_deref(), self.entry.tenant.as_deref()))
    }

    fn app(&self) -> anyhow::Result<App> {
        let (Some(client_id), Some(tenant)) = (&self.entry.client_id, &self.entry.tenant) else {
            return Err(UsageError::new("login needs --client-id and --tenant").into());
        };
        Ok(App {
            client_id: client_id.clone(),
            tenant: tenant.clone(),
            cloud: self.cloud.clone(),
        })
    }
}

/// Whether what an account was written with, if anything, is this: nothing tells upper from lower case.
fn same(former: Option<&str>, now: Option<&str>) -> bool {
    former.is_none() || former.map(str::to_lowercase) == now.map(str::to_lowercase)
}

fn method(args: &Args, former: Option<&AccountEntry>) -> Auth {
    if args.token_command.is_some() {
        Auth::TokenCommand
    } else if args.client_secret_file.is_some() {
        Auth::ClientSecret
    } else if args.browser {
        Auth::Browser
    } else if args.device_code || args.client_id.is_some() || args.tenant.is_some() {
        // Another application begins anew, whatever the account was before.
        Auth::DeviceCode
    } else {
        former.map_or(Auth::DeviceCode, |former| former.auth)
    }
}

fn device_code(app: &App, permissions: &[String], context: &Context<'_>) -> anyhow::Result<Record> {
    let permissions: Vec<_> = permissions.iter().map(String::as_str).collect();
    let record = auth::device_code::sign_in(app, &context.link(), &permissions, &mut |prompt| {
        prompt::show(prompt, context);
    });
    context.ui.finish();
    Ok(record?)
}

fn client_secret(args: &Args, app: &App, context: &mut Context<'_>) -> anyhow::Result<Record> {
    let Some(path) = &args.client_secret_file else {
        return Err(
            UsageError::new("this account signs in with a client secret")
                .hint("give it with --client-secret-file FILE, or - for standard input")
                .into(),
        );
    };
    let secret = read_secret(path, context)?;
    Ok(auth::client_credentials::obtain(
        app,
        &context.link(),
        &secret,
    )?)
}

/// The file's one line. Its text is in no error.
fn read_secret(path: &Path, context: &mut Context<'_>) -> anyhow::Result<Secret> {
    let mut text = String::new();
    let (named, read) = if path == Path::new("-") {
        (
            "standard input".to_owned(),
            context.stdin.read_to_string(&mut text),
        )
    } else {
        let read = std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text));
        (path.display().to_string(), read)
    };
    read.map_err(|error| InputError::Unreadable(named.clone(), error))
        .context("reading the client secret")?;
    let secret = text.trim();
    if secret.is_empty() || secret.contains(['\n', '\r']) {
        return Err(UsageError::new(format!(
            "{named} does not hold one line with the client secret"
        ))
        .into());
    }
    Ok(Secret::new(secret))
}

fn signed_in(
    plan: &Plan,
    kept: Kind,
    username: Option<&str>,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    let Plan { name, entry, .. } = plan;
    if context.ui.manner().json {
        context.ui.json(&json!({
            "ok": true,
            "account": name,
            "auth": entry.auth.name(),
            "username": username,
            "token_store": kept.name(),
        }))?;
        return Ok(Class::Success.into());
    }
    let who = match (entry.auth, username) {
        (Auth::TokenCommand, _) => {
            context.ui.talk(&format!(
                "graphmail: account {name} takes its tokens from the command"
            ));
            return Ok(Class::Success.into());
        }
        (Auth::ClientSecret, _) => "the application",
        (Auth::DeviceCode | Auth::Browser, username) => username.unwrap_or("the user"),
    };
    context.ui.talk(&format!(
        "graphmail: account {name} is signed in as {who} (token store: {})",
        kept.name()
    ));
    Ok(Class::Success.into())
}
