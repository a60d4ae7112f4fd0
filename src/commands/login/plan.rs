//! Decides what to sign in to, before the user is asked for anything.

use std::path::PathBuf;

use uuid::Uuid;

use super::flags::Args;
use super::prompt;
use crate::auth::credential::{Principal, Storage};
use crate::auth::managed_identity::Id;
use crate::auth::store::Kind;
use crate::auth::{App, Claims, CredentialKind, Tokens};
use crate::commands::error::UsageError;
use crate::commands::report::{Failure, Result};
use crate::commands::session::check_user;
use crate::commands::{Context, ledger};
use crate::config::{self, AccountEntry, FIRST_ACCOUNT};
use crate::message::Mailbox;
use crate::secret::Secret;

/// What to sign in to, from options, environment and the former account.
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) former: Option<AccountEntry>,
    pub(super) entry: AccountEntry,
    /// The systemd credential, if the account signs in with it.
    pub(super) unit_secret: Option<PathBuf>,
    pub(super) cloud: crate::cloud::Cloud,
}

/// Whether the text has the form of an id in Entra: that of a UUID.
fn is_id(text: &str) -> bool {
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

/// Whether the text can name a tenant: its id, one of its domains, or one of the words for several tenants (Entra:
/// "OpenID Connect on the Microsoft identity platform", tenant).
fn is_tenant(text: &str) -> bool {
    let is_character = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let is_domain = text.contains('.') && text.chars().all(is_character);
    let is_word = matches!(text, "common" | "organizations" | "consumers");
    is_id(text) || is_domain || is_word
}

impl Plan {
    pub(super) fn new(args: &Args, context: &Context<'_>) -> Result<Self> {
        let settings = &context.settings;
        let file = settings.file()?;
        let name = settings
            .account_name()
            .map(ToOwned::to_owned)
            .or_else(|| file.default_account.clone())
            .unwrap_or_else(|| FIRST_ACCOUNT.to_owned());
        let former = file.accounts.get(&name).cloned();
        let unit_secret = settings
            .unit_secret(&name)
            .filter(|_| args.credential().is_none());
        let kind = args.kind(former.as_ref(), unit_secret.is_some());
        let entry = args.entry(kind, former.as_ref(), settings.environment())?;
        let cloud = settings.cloud_named(&file, entry.cloud.as_deref())?;
        if !entry.auth.is_external() && (entry.client_id.is_none() || entry.tenant.is_none()) {
            prompt::how_to_register(&cloud, entry.auth.is_application(), context.ui);
            return Err(UsageError::new("login needs --client-id and --tenant")
                .hint("add --client-id ID --tenant TENANT to this command")
                .into());
        }
        let plan = Self {
            name,
            former,
            unit_secret: unit_secret.filter(|_| entry.auth == CredentialKind::ClientSecret),
            entry,
            cloud,
        };
        plan.refuse_malformed_values()?;
        plan.refuse_options_without_effect(args)?;
        plan.refuse_application_of_external_credential(args)?;
        plan.refuse_to_replace_another(settings.account_name().is_some())?;
        Ok(plan)
    }

    /// Refuses malformed ids, domains and addresses before the service is asked.
    fn refuse_malformed_values(&self) -> Result<(), UsageError> {
        let AccountEntry {
            client_id,
            tenant,
            managed_identity,
            mailbox,
            ..
        } = &self.entry;
        if let Some(id) = client_id.as_ref().filter(|id| !is_id(id)) {
            return Err(
                UsageError::new(format!("--client-id: {id:?} is not an application id")).hint(
                    "copy the application (client) id from the overview page of the application",
                ),
            );
        }
        if let Some(tenant) = tenant.as_ref().filter(|tenant| !is_tenant(tenant)) {
            return Err(UsageError::new(format!(
                "--tenant: {tenant:?} is neither a domain, such as contoso.com, nor a tenant id"
            )));
        }
        if let Some(Err(error)) = managed_identity.as_deref().map(Id::parse) {
            return Err(UsageError::new(error.to_string()));
        }
        mailbox.as_deref().map_or(Ok(()), |mailbox| {
            check_user(mailbox)?;
            // Graph knows a user by the address with which the user signs in, or by the object id.
            let is_address =
                Mailbox::parse(mailbox).is_ok_and(|parsed| parsed.address().as_str() == mailbox);
            if is_address || is_id(mailbox) {
                return Ok(());
            }
            Err(UsageError::new(format!(
                "--mailbox: {mailbox:?} is neither an address nor a user's id"
            )))
        })
    }

    /// Refuses options that this kind of credential ignores.
    fn refuse_options_without_effect(&self, args: &Args) -> Result<(), UsageError> {
        let facts = self.entry.auth.facts();
        let is_new = args.credential().is_some();
        let keeps_nothing =
            facts.storage != Storage::SignIn && facts.storage != Storage::AccessTokens;
        let store = args.token_store.as_deref().filter(|store| *store != "none");
        let (option, why) = if args.scopes.is_some() && facts.principal != Principal::Person {
            ("--scopes", "its permissions are not requested at login")
        } else if is_new && keeps_nothing && store.is_some() {
            ("--token-store", "nothing of it is stored")
        } else {
            return Ok(());
        };
        Err(UsageError::new(format!(
            "{option} has no effect for the credential {}: {why}",
            facts.name
        ))
        .hint(format!("omit {option}")))
    }

    /// A managed identity or the Azure CLI has its own application. So an option that names an application
    /// needs an option for the credential. If there is one, clap refuses the pair.
    fn refuse_application_of_external_credential(&self, args: &Args) -> Result<(), UsageError> {
        let facts = self.entry.auth.facts();
        let given = [
            ("client_id", "--client-id", &args.client_id),
            ("tenant", "--tenant", &args.tenant),
        ];
        let refused = given
            .into_iter()
            .find(|(key, _, given)| given.is_some() && facts.decides.contains(key));
        let Some((_, flag, _)) = refused else {
            return Ok(());
        };
        Err(UsageError::new(format!(
            "the account {:?} signs in with {}, which takes no {flag}",
            self.name,
            facts.name
        ))
        .hint("name the new credential too: --device-code, --client-secret-file FILE or --certificate FILE"))
    }

    /// Replaces an account of another application only if the user named the account.
    fn refuse_to_replace_another(&self, named: bool) -> Result<(), UsageError> {
        let Some(former) = &self.former else {
            return Ok(());
        };
        let entry = &self.entry;
        if named
            || (is_same(former.client_id.as_deref(), entry.client_id.as_deref())
                && is_same(former.tenant.as_deref(), entry.tenant.as_deref()))
        {
            return Ok(());
        }
        Err(UsageError::new(format!(
            "the account {:?} is of another application or tenant",
            self.name
        ))
        .hint("name the account with --account: a new name to add one, this name to replace it"))
    }

    /// Whether the configuration declares the account already, and it or a variable this token store.
    pub(super) fn is_declared(&self, kept: Kind, context: &Context<'_>) -> bool {
        let of_variable = context.settings.token_store().ok().flatten();
        self.former.as_ref().is_some_and(|former| {
            let store = former
                .token_store
                .unwrap_or_else(|| config::usual_store(former.auth));
            let keys = |entry: &AccountEntry| {
                AccountEntry {
                    token_store: None,
                    username: None,
                    ..entry.clone()
                }
                .keys()
            };
            of_variable.unwrap_or(store) == kept && keys(former) == keys(&self.entry)
        })
    }

    /// The username of the former account, if this one takes its tokens from the same source.
    fn former_username(&self) -> Option<String> {
        let former = self.former.as_ref()?;
        let is_same =
            former.auth == self.entry.auth && former.token_command == self.entry.token_command;
        former.username.clone().filter(|_| is_same)
    }

    /// The user who signed in before, if it was to the same tenant.
    pub(super) fn known_username(&self) -> Option<&str> {
        let former = self.former.as_ref()?;
        let username = former.username.as_deref();
        username.filter(|_| is_same(former.tenant.as_deref(), self.entry.tenant.as_deref()))
    }

    /// Obtains a token with an external credential, to prove that it works. Returns it and its user: the one that
    /// the token tells, else the former one.
    ///
    /// # Errors
    /// There is no token, or the token is of an application and no mailbox is named.
    pub(super) fn check_external(&self, context: &Context<'_>) -> Result<(Option<String>, Secret)> {
        let app = App {
            client_id: String::new(),
            tenant: self.entry.tenant.clone().unwrap_or_default(),
            cloud: self.cloud.clone(),
        };
        let credential = context.settings.credential(&self.name, &self.entry)?;
        let waits = ledger::token_endpoint(&app, credential.kind(), context);
        let link = context.link().with_throttle(waits.as_ref());
        let is_known = credential.is_application();
        let token = Tokens::new(app, credential, link, None).bearer()?;
        let Some(claims) = Claims::of_token(token.expose()) else {
            return Ok((self.former_username(), token));
        };
        if !claims.is_of_application() {
            let username = claims.username().or_else(|| self.former_username());
            return Ok((username, token));
        }
        // A kind that is always an application's is stored without a mailbox, for send --mailbox.
        if self.entry.mailbox.is_none() && !is_known {
            let error = Failure::from(config::Error::NoMailbox);
            return Err(error.advised("add --mailbox USER to this command"));
        }
        Ok((None, token))
    }

    pub(super) fn app(&self) -> Result<App> {
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

/// Whether the former value, if any, equals the new one. None of these values is case-sensitive.
fn is_same(former: Option<&str>, now: Option<&str>) -> bool {
    former.is_none() || former.map(str::to_lowercase) == now.map(str::to_lowercase)
}
