//! `login`: sign in once, and keep what later runs need.

mod client_secret;
mod prompt;
mod scopes;
mod store;

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use super::Context;
use super::error::UsageError;
use super::session::{Keep, check_user};
use crate::auth::managed_identity::Id;
use crate::auth::store::{Kind, Record};
use crate::auth::{self, App, Tokens};
use crate::config::{self, AccountEntry, Auth, FIRST_ACCOUNT, variable};
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
    /// The application signs in with the client secret in this file; `-` is standard input
    ///
    /// The secret goes to the token store. With --token-store none it stays in the file alone, which
    /// is then read for each token. A unit of systemd can bring it along instead, with
    /// LoadCredential=graphmail.NAME.client-secret:FILE for the account NAME; that goes before the store.
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Credential",
        group = "credential"
    )]
    client_secret_file: Option<PathBuf>,
    /// The application signs in with the client secret that this command prints, run for each token
    #[arg(
        long,
        value_name = "COMMAND",
        help_heading = "Credential",
        group = "credential"
    )]
    client_secret_command: Option<String>,
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

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Status> {
    let plan = Plan::of(args, context)?;
    let Plan { name, entry, .. } = &plan;
    auth::store::check_name(name)?;
    let kept = store::choose(&plan, args.token_store.as_deref(), context)?;
    Keep::open(name, kept, context)?.check(context)?;
    let record = match store::moved(args, &plan, kept, context) {
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
    config::put_account(&context.settings.own_file()?, name, &entry)?;
    store::forget_elsewhere(&plan, kept, context);
    signed_in(&plan, kept, username.as_deref(), context)
}

/// Signs in; the record is what is to be kept of it, if anything is.
fn sign_in(
    args: &Args,
    plan: &Plan,
    kept: Kind,
    context: &mut Context<'_>,
) -> anyhow::Result<Option<Record>> {
    let entry = &plan.entry;
    Ok(match entry.auth {
        Auth::TokenCommand => {
            let command = entry.token_command.as_deref().unwrap_or_default();
            auth::token_command::run(command, auth::token_command::LIMIT)
                .map_err(auth::Error::from)?;
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
        Auth::ClientSecret => {
            client_secret::kept(client_secret::sign_in(args, plan, context)?, kept)
        }
    })
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
        let auth = method(args, former.as_ref());
        let client_id = pick(&args.client_id, variable::CLIENT_ID, |entry| {
            &entry.client_id
        });
        let tenant = pick(&args.tenant, variable::TENANT, |entry| &entry.tenant);
        let cloud_name = pick(&args.cloud, variable::CLOUD, |entry| &entry.cloud);
        let mailbox = pick(&args.mailbox, variable::MAILBOX, |entry| &entry.mailbox);
        let own = |kind, given: &Option<String>, key: fn(&AccountEntry) -> &Option<String>| {
            let former = || key(former.as_ref()?).clone();
            (auth == kind).then(|| given.clone().or_else(former))?
        };
        let token_command = own(Auth::TokenCommand, &args.token_command, |entry| {
            &entry.token_command
        });
        let managed_identity = own(Auth::ManagedIdentity, &args.managed_identity, |entry| {
            &entry.managed_identity
        });
        let (client_secret_file, client_secret_command) =
            client_secret::named(args, former.as_ref(), auth)?;
        let entry = AccountEntry {
            // The platform knows both of its identity, the Azure CLI its application.
            tenant: tenant.filter(|_| auth != Auth::ManagedIdentity),
            client_id: client_id
                .filter(|_| !matches!(auth, Auth::ManagedIdentity | Auth::AzureCli)),
            cloud: cloud_name,
            auth,
            token_command,
            managed_identity: managed_identity.filter(|id| !id.is_empty()),
            client_secret_file,
            client_secret_command,
            mailbox,
            username: None,
            token_store: former.as_ref().and_then(|former| former.token_store),
            // A login changes neither, and leaves what a person wrote there.
            message_limit: None,
            recipient_limit: None,
        };
        let cloud = settings.cloud_named(&file, entry.cloud.as_deref())?;
        if !entry.auth.is_external() && (entry.client_id.is_none() || entry.tenant.is_none()) {
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
            managed_identity,
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
        if let Some(Err(error)) = managed_identity.as_deref().map(Id::parse) {
            return Err(UsageError::new(error.to_string()));
        }
        mailbox.as_deref().map_or(Ok(()), check_user)
    }

    /// An account is another application's only where it is named on purpose.
    fn refuse_to_replace_another(&self, named: bool) -> Result<(), UsageError> {
        let Some(former) = &self.former else {
            return Ok(());
        };
        let same = |one: &Option<String>, other: &Option<String>| {
            one.is_none()
                || one.as_deref().map(str::to_lowercase) == other.as_deref().map(str::to_lowercase)
        };
        if named
            || (same(&former.client_id, &self.entry.client_id)
                && same(&former.tenant, &self.entry.tenant))
        {
            return Ok(());
        }
        Err(UsageError::new(format!(
            "the account {:?} is of another application or tenant",
            self.name
        ))
        .hint("name the account with --account: a new name to add one, this name to replace it"))
    }

    /// What gives its tokens itself says nothing of its user: what was written of it before stays.
    fn former_username(&self) -> Option<String> {
        let former = self.former.as_ref()?;
        let same = self.entry.auth.is_external() && former.auth == self.entry.auth;
        former.username.clone().filter(|_| same)
    }

    /// The tokens of what gives them itself.
    fn tokens<'a>(&self, context: &'a Context<'_>) -> Result<Tokens<'a>, config::Error> {
        let app = App {
            client_id: String::new(),
            tenant: self.entry.tenant.clone().unwrap_or_default(),
            cloud: self.cloud.clone(),
        };
        let credential = context.settings.credential(&self.name, &self.entry)?;
        Ok(Tokens::new(app, credential, context.link(), None))
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

impl Args {
    /// Whether everything else is to stay as it is.
    const fn ask_for_a_store_alone(&self) -> bool {
        matches!(
            self,
            Self {
                client_id: None,
                tenant: None,
                cloud: None,
                device_code: false,
                client_secret_file: None,
                client_secret_command: None,
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

fn method(args: &Args, former: Option<&AccountEntry>) -> Auth {
    if args.token_command.is_some() {
        Auth::TokenCommand
    } else if args.managed_identity.is_some() {
        Auth::ManagedIdentity
    } else if args.azure_cli {
        Auth::AzureCli
    } else if args.client_secret_file.is_some() || args.client_secret_command.is_some() {
        Auth::ClientSecret
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

fn takes_tokens(name: &str, source: &str, context: &Context<'_>) -> Status {
    context.ui.talk(&format!(
        "graphmail: account {name} takes its tokens from {source}"
    ));
    Class::Success.into()
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
        (Auth::TokenCommand, _) => return Ok(takes_tokens(name, "the command", context)),
        (Auth::ManagedIdentity, _) => {
            return Ok(takes_tokens(name, "this host's managed identity", context));
        }
        (Auth::AzureCli, _) => return Ok(takes_tokens(name, "the Azure CLI", context)),
        (Auth::ClientSecret, _) => "the application",
        (Auth::DeviceCode, username) => username.unwrap_or("the user"),
    };
    context.ui.talk(&format!(
        "graphmail: account {name} is signed in as {who} (token store: {})",
        kept.name()
    ));
    Ok(Class::Success.into())
}
