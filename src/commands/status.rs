//! `status`: shows the account, its permissions and when they expire.

use clap::Args as ClapArgs;
use jiff::Timestamp;
use serde_json::json;

use super::error::EndsSoon;
use super::hold::{self, Held};
use super::session::{AccountStore, renew_token, warn};
use super::{Context, stamp};
use crate::access::Permissions;
use crate::auth::store::Record;
use crate::auth::{self, Credential, Lifetime, certificate};
use crate::commands::report::Result;
use crate::config::Account;
use crate::exit::{Class, Status};
use crate::secret::Secret;
use crate::text::Visible;

/// Shows the account, its permissions, and when its credential and its token expire
///
/// Without --check it does not use the network.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// Obtain a new token; exits 77 if none can be obtained
    ///
    /// A token in GRAPHMAIL_ACCESS_TOKEN is only checked for its form.
    #[arg(long)]
    check: bool,
    /// Exits 77 if the credential is known to expire within this many days
    ///
    /// A certificate expires at its date, a refresh token after 90 days without use. The expiry of a client
    /// secret is only in the registration: write it into the account as credential_expires = "YYYY-MM-DD".
    #[arg(long, value_name = "DAYS")]
    warn_days: Option<u16>,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let account = context.settings.account()?;
    let keep = AccountStore::open(&account.name, account.token_store, context)?;
    if args.check {
        warn(renew_token(&keep, &account, context)?, context);
    }
    if args.warn_days.is_some()
        && let Credential::Certificate(files) = &account.credential
    {
        // If the store cannot be read, the expiry is unknown, which must not count as no expiry.
        certificate::read(files).map_err(auth::Error::from)?;
    }
    let record = match keep.record(&account) {
        Err(auth::Error::Store(error)) if account.credential.kind().is_only_cached() => {
            // With --check, the error was already reported.
            if !args.check {
                warn([auth::Warning::NotLoaded(error)], context);
            }
            None
        }
        record => record?,
    };
    let now = context.seams.now();
    let state = State {
        lifetime: account.lifetime(record.as_ref()),
        account: &account,
        record: record.as_ref(),
        held: hold::of_account(&account, context),
        now,
    };
    let is_stored = account.credential.kind().expires_unused();
    if args.warn_days.is_some() && state.lifetime == Lifetime::Unknown && !is_stored {
        context.ui.info(&format!(
            "graphmail: warning: only the service knows when the credential of account {} expires: set \
             credential_expires = \"YYYY-MM-DD\" under [accounts.{0}]",
            account.name
        ));
    }
    let ends_soon = args.warn_days.map_or(Ok(()), |days| {
        EndsSoon::check(&account, state.lifetime, days, now)
    });
    if context.ui.output_options().json {
        // The JSON object includes the expiry, so there is no extra message.
        ends_soon?;
        context.ui.json(&state.as_json())?;
        return Ok(Class::Success.into());
    }
    context.ui.data(&state.as_text())?;
    ends_soon?;
    Ok(Class::Success.into())
}

/// What status shows.
struct State<'a> {
    account: &'a Account,
    record: Option<&'a Record>,
    lifetime: Lifetime,
    /// Why nothing is sent at present.
    held: Option<Held>,
    now: Timestamp,
}

impl State<'_> {
    fn as_json(&self) -> serde_json::Value {
        let Self {
            account, record, ..
        } = self;
        json!({
            "ok": true,
            "account": account.name,
            "auth": account.credential.kind().name(),
            "cloud": account.cloud.name(),
            "graph": account.cloud.graph(),
            "tenant": account.tenant,
            "client_id": account.client_id,
            "mailbox": account.mailbox,
            "username": self.username(),
            "token_store": account.token_store.name(),
            "scopes": record.map(|record| &record.scopes),
            "roles": match self.permissions() {
                Permissions::Named(roles) => Some(roles),
                Permissions::All(_) | Permissions::Unknown => None,
            },
            "credential_lifetime": self.lifetime.name(),
            "credential_expires": self.lifetime.end().map(stamp),
            "credential_renewed": record.and_then(|record| record.renewed_at).map(stamp),
            "access_token_expires": record
                .and_then(|record| record.access.as_ref())
                .map(|access| stamp(access.expires_at)),
            "throttled": self.held.as_ref().map(Held::as_json),
        })
    }

    fn as_text(&self) -> Visible {
        let Account {
            name,
            credential,
            mailbox,
            token_store,
            cloud,
            tenant,
            client_id,
            ..
        } = self.account;
        let mailbox = mailbox.as_deref().unwrap_or(no_mailbox(self.account));
        let rows = [
            ("account", Some(name.clone())),
            ("signed in as", self.username().map(ToOwned::to_owned)),
            ("auth", Some(credential.kind().name().to_owned())),
            ("mailbox", Some(mailbox.to_owned())),
            ("throttled", self.held.as_ref().map(Held::as_text)),
            ("rights", self.rights()),
            ("credential", self.credential()),
            ("access token", self.access_token()),
            ("token store", Some(token_store.name().to_owned())),
            (
                "cloud",
                Some(format!("{} ({})", cloud.name(), cloud.graph())),
            ),
            ("tenant", tenant.clone()),
            ("client id", client_id.clone()),
        ];
        rows.into_iter()
            .filter_map(|(name, value)| Some(Visible::line(&format!("{name:13} {}", value?))))
            .collect()
    }

    /// The permissions of the sign-in. The roles of an application are in its last token.
    fn permissions(&self) -> Permissions {
        let token = match &self.account.credential {
            Credential::AccessToken(token) => Some(token),
            _ => self
                .record
                .and_then(|record| Some(&record.access.as_ref()?.token)),
        };
        let scopes = self.record.map_or(&[][..], |record| &record.scopes);
        Permissions::of_sign_in(self.account, scopes, token.map(Secret::expose))
    }

    /// The permissions without their common prefix.
    fn rights(&self) -> Option<String> {
        let permissions = self.permissions();
        let names = permissions.names().iter().map(String::as_str);
        // OpenID's scopes are not Graph permissions.
        let is_of_graph =
            |name: &&str| !matches!(*name, "openid" | "profile" | "email" | "offline_access");
        let names: Vec<_> = names.filter(is_of_graph).collect();
        match permissions {
            Permissions::Unknown => None,
            Permissions::Named(_) if names.is_empty() => {
                Some("none in the token; Exchange may have granted some for its mailbox".to_owned())
            }
            Permissions::Named(_) | Permissions::All(_) => Some(names.join(" ")),
        }
    }

    fn credential(&self) -> Option<String> {
        Some(match self.lifetime {
            Lifetime::Idle(end) if end > self.now => {
                format!("{}, unless it is used before", self.ends(end))
            }
            Lifetime::Idle(end) | Lifetime::Fixed(end) => self.ends(end),
            Lifetime::Unknown if let Credential::Certificate(files) = &self.account.credential => {
                certificate::read(files).err()?.to_string()
            }
            Lifetime::Unknown => "only the service knows when it expires".to_owned(),
            Lifetime::Foreign => return None,
        })
    }

    fn ends(&self, end: Timestamp) -> String {
        let days = end.duration_since(self.now).as_hours() / 24;
        let count = match days.unsigned_abs() {
            1 => "1 day".to_owned(),
            count => format!("{count} days"),
        };
        if end > self.now {
            format!("expires {} ({count} from now)", stamp(end))
        } else {
            format!("expired {} ({count} ago)", stamp(end))
        }
    }

    fn access_token(&self) -> Option<String> {
        let record = self.record?;
        let until = record.access.as_ref()?.expires_at;
        let renewable = record.refresh_token.is_some() || self.account.is_application();
        let renewed = if renewable { ", renewed as needed" } else { "" };
        Some(format!("until {}{renewed}", stamp(until)))
    }

    fn username(&self) -> Option<&str> {
        let stored = self.record.and_then(|record| record.username.as_deref());
        stored.or(self.account.username.as_deref())
    }
}

/// The mailbox that sends if none is configured.
fn no_mailbox(account: &Account) -> &'static str {
    if account.is_application() {
        "none: name one with send --mailbox"
    } else {
        "the signed-in user's"
    }
}
