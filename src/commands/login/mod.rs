//! `login`: sign in once, and keep what later runs need.

mod application;
mod browser;
mod client_secret;
mod flags;
mod plan;
mod prompt;
mod scopes;
mod store;

use self::plan::Plan;
use crate::commands::report::{LoginOption, Result, Situation};

use clap::Args as ClapArgs;
use serde_json::json;

use super::Context;
use super::session::Keep;
use crate::auth::store::{Kind, Record};
use crate::auth::{self, App};
use crate::config::{self, AccountEntry, Auth};
use crate::exit::{Class, Status};

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
    #[command(flatten)]
    application: flags::Flags,
    /// A command that prints an access token, run for each send
    #[arg(
        long,
        value_name = "COMMAND",
        help_heading = "Credential",
        group = "credential"
    )]
    token_command: Option<String>,
    /// The identity that Azure gives this host: a virtual machine, App Service, Functions, Container
    /// Apps, an Arc server
    ///
    /// Without an ID, the system-assigned one; else a user-assigned one, by its client id, as
    /// object:OBJECT-ID, or by its resource id.
    #[arg(
        long,
        value_name = "ID",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with_all = ["client_id", "tenant"],
        help_heading = "Credential",
        group = "credential"
    )]
    managed_identity: Option<String>,
    /// The sign-in of the Azure CLI, `az login`, asked for each send
    ///
    /// A person's sign-in there does not allow mail, as the CLI's own application has no right to
    /// it; an application's (az login --service-principal, az login --identity) does.
    #[arg(
        long,
        conflicts_with = "client_id",
        help_heading = "Credential",
        group = "credential"
    )]
    azure_cli: bool,
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
    /// Where tokens are kept: keyring, file (for this user alone) or none, for what each run has anew
    ///
    /// Alone, it moves what an account has there, without a new sign-in.
    #[arg(long, value_name = "STORE", value_parser = ["keyring", "file", "none"])]
    token_store: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let plan = Plan::of(args, context)?;
    let Plan { name, entry, .. } = &plan;
    auth::store::check_name(name)?;
    let kept = store::choose(&plan, args.token_store.as_deref(), context)?;
    if store::is_there(args, &plan, kept, context) {
        store::forget_rest(&plan, kept, context);
        return stays(&plan, kept, context);
    }
    let keep = Keep::open(name, kept, context)?;
    keep.check(context)?;
    if plan.former.is_none()
        && let Some(error) = keep.taken(entry.tenant.as_deref(), entry.client_id.as_deref())
    {
        // Of the account of that name in another configuration.
        return Err(auth::Error::from(error).into());
    }
    let record = match store::moved(args, &plan, kept, context)? {
        Some(record) => Some(record),
        None => sign_in(args, &plan, kept, context)?,
    };
    let username = record.as_ref().and_then(|record| record.username.clone());
    if let Some(record) = &record {
        Keep::open(name, kept, context)?.save(record, context)?;
    }
    let entry = AccountEntry {
        token_store: Some(kept),
        username: username.clone().or_else(|| plan.former_username()),
        // The store has it.
        client_secret_file: entry
            .client_secret_file
            .clone()
            .filter(|_| kept == Kind::None),
        ..entry.clone()
    };
    config::put_account(
        &context.settings.own_file()?,
        name,
        &entry,
        context.seams.as_ref(),
    )?;
    store::forget_elsewhere(&plan, kept, context);
    signed_in(&plan, kept, username.as_deref(), context)
}

/// Signs in; the record is what is to be kept of it, if anything is.
fn sign_in(args: &Args, plan: &Plan, kept: Kind, context: &Context<'_>) -> Result<Option<Record>> {
    let entry = &plan.entry;
    Ok(match entry.auth {
        Auth::TokenCommand => {
            let command = entry.token_command.as_deref().unwrap_or_default();
            let limit = auth::token_command::limit(context.settings.timeout);
            auth::token_command::run(command, limit).map_err(auth::Error::from)?;
            None
        }
        Auth::ManagedIdentity | Auth::AzureCli => {
            plan.tokens(context)?.bearer()?;
            None
        }
        Auth::DeviceCode => {
            let permissions = scopes::permissions(args, plan, kept, context)?;
            Some(device_code(&plan.app()?, &permissions, context)?)
        }
        Auth::Browser => {
            let permissions = scopes::permissions(args, plan, kept, context)?;
            Some(browser::run(args, plan, &permissions, context)?)
        }
        Auth::ClientSecret | Auth::Certificate | Auth::Federated | Auth::GitHubActions => {
            let record = application::sign_in(&args.application, plan, context)?;
            // In a store that keeps nothing, nothing is kept.
            (kept != Kind::None).then_some(record)
        }
    })
}

impl Args {
    /// Whether a flag says what the account signs in with.
    const fn names_a_credential(&self) -> bool {
        self.device_code
            || self.browser
            || self.token_command.is_some()
            || self.managed_identity.is_some()
            || self.azure_cli
            || self.application.auth().is_some()
    }

    /// Whether everything else is to stay as it is.
    const fn ask_for_a_store_alone(&self) -> bool {
        matches!(
            self,
            Self {
                client_id: None,
                tenant: None,
                cloud: None,
                device_code: false,
                browser: false,
                no_open: _,
                application: flags::Flags::NONE,
                token_command: None,
                managed_identity: None,
                azure_cli: false,
                scopes: None,
                mailbox: None,
                token_store: Some(_),
            }
        )
    }
}

fn device_code(app: &App, permissions: &[String], context: &Context<'_>) -> Result<Record> {
    let permissions: Vec<_> = permissions.iter().map(String::as_str).collect();
    let record = auth::device_code::sign_in(app, &context.link(), &permissions, &mut |prompt| {
        prompt::show(prompt, context);
    });
    context.ui.finish();
    Ok(record?)
}

/// Says that nothing is to be done for the store that was asked for.
fn stays(plan: &Plan, kept: Kind, context: &Context<'_>) -> Result<Status> {
    let name = &plan.name;
    if context.ui.manner().json {
        let former = plan.former.as_ref();
        let username = former.and_then(|former| former.username.as_deref());
        return signed_in(plan, kept, username, context);
    }
    context.ui.info(&match kept {
        Kind::None => format!(
            "graphmail: account {name} keeps nothing in a token store: there is nothing to move"
        ),
        kept => format!(
            "graphmail: account {name} is in the token store {} already: there is nothing to do",
            kept.name()
        ),
    });
    Ok(Class::Success.into())
}

fn takes_tokens(name: &str, source: &str, context: &Context<'_>) -> Status {
    context.ui.info(&format!(
        "graphmail: account {name} takes its tokens from {source}"
    ));
    Class::Success.into()
}

fn signed_in(
    plan: &Plan,
    kept: Kind,
    username: Option<&str>,
    context: &Context<'_>,
) -> Result<Status> {
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
        (Auth::TokenCommand, _) => return Ok(takes_tokens(name, "the command", context)),
        (Auth::ManagedIdentity, _) => {
            return Ok(takes_tokens(name, "this host's managed identity", context));
        }
        (Auth::AzureCli, _) => return Ok(takes_tokens(name, "the Azure CLI", context)),
        (Auth::DeviceCode | Auth::Browser, username) => username.unwrap_or("the user"),
        _ => "the application",
    };
    context.ui.info(&format!(
        "graphmail: account {name} is signed in as {who} (token store: {})",
        kept.name()
    ));
    let is_person = matches!(entry.auth, Auth::DeviceCode | Auth::Browser);
    if !is_person && entry.mailbox.is_none() {
        let once = Situation::named(name, context).run(LoginOption::Mailbox);
        context.ui.info(&format!(
            "graphmail: it has no mailbox of its own: name one with send --mailbox USER, or once for all: {once}"
        ));
    }
    Ok(Class::Success.into())
}
