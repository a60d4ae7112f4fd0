//! `status`: who am I, with what rights, until when.

use clap::Args as ClapArgs;
use jiff::Timestamp;
use serde_json::json;

use super::error::EndsSoon;
use super::hold::{self, Held};
use super::session::{Keep, renew_token, warn};
use super::{Context, stamp};
use crate::auth::store::Record;
use crate::auth::{self, Credential, Lifetime, certificate};
use crate::commands::report::Result;
use crate::config::Account;
use crate::exit::{Class, Status};
use crate::text::Visible;

/// Shows the account, its rights, and how long its credential and its token last
///
/// Without --check it does not touch the network.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// Obtain a token, even where there is a good one; exit status 77 where none can be had
    ///
    /// A ready token in GRAPHMAIL_ACCESS_TOKEN is taken as it is.
    #[arg(long)]
    check: bool,
    /// Exit status 77 where the credential is known to end within so many days
    ///
    /// A certificate ends at its date, a refresh token after 90 days without use. Of a client secret only
    /// the registration knows.
    #[arg(long, value_name = "DAYS")]
    warn_days: Option<u16>,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let account = context.settings.account()?;
    let keep = Keep::open(&account.name, account.token_store, context)?;
    if args.check {
        warn(renew_token(&keep, &account, context)?, context);
    }
    if args.warn_days.is_some()
        && let Credential::Certificate(files) = &account.credential
    {
        // Of what cannot be read no end is known, which is not to count as none.
        certificate::read(files).map_err(auth::Error::from)?;
    }
    let record = match keep.record(&account) {
        Err(auth::Error::Store(error)) if account.credential.kind().is_only_cached() => {
            // Whoever asked for a token has been told already.
            if !args.check {
                warn([auth::Warning::NotLoaded(error)], context);
            }
            None
        }
        record => record?,
    };
    let now = context.seams.now();
    let state = State {
        lifetime: Lifetime::of(&account.credential, record.as_ref()),
        account: &account,
        record: record.as_ref(),
        held: hold::of_account(&account, context),
        now,
    };
    let ends_soon = args.warn_days.map_or(Ok(()), |days| {
        EndsSoon::check(&account, state.lifetime, days, now)
    });
    if context.ui.manner().json {
        // One object: that it ends soon stands in its place.
        ends_soon?;
        context.ui.json(&state.as_json())?;
        return Ok(Class::Success.into());
    }
    context.ui.data(&state.as_text())?;
    ends_soon?;
    Ok(Class::Success.into())
}

/// What there is to show.
struct State<'a> {
    account: &'a Account,
    record: Option<&'a Record>,
    lifetime: Lifetime,
    /// Why nothing is sent for now.
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

    /// The permissions without what they have in common.
    fn rights(&self) -> Option<String> {
        let record = self.record?;
        let prefix = format!("{}/", record.graph);
        let short: Vec<_> = record
            .scopes
            .iter()
            .map(|scope| scope.strip_prefix(&prefix).unwrap_or(scope))
            // OpenID's own are no rights to anything in Graph.
            .filter(|scope| !matches!(*scope, "openid" | "profile" | "email" | "offline_access"))
            .collect();
        Some(short.join(" "))
    }

    fn credential(&self) -> Option<String> {
        Some(match self.lifetime {
            Lifetime::Idle(end) if end > self.now => {
                format!("{}, if it is not used before", self.ends(end))
            }
            Lifetime::Idle(end) | Lifetime::Fixed(end) => self.ends(end),
            Lifetime::Unknown if let Credential::Certificate(files) = &self.account.credential => {
                certificate::read(files).err()?.to_string()
            }
            Lifetime::Unknown => "only the service knows when it ends".to_owned(),
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
            format!("ends {} ({count} from now)", stamp(end))
        } else {
            format!("ended {} ({count} ago)", stamp(end))
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

/// Whose mailbox sends where none is named.
const fn no_mailbox(account: &Account) -> &'static str {
    if account.is_application() {
        "none: name one with send --mailbox"
    } else {
        "the signed-in user's"
    }
}
