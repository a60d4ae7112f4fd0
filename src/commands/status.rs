//! `status`: who am I, with what rights, until when.

use clap::Args as ClapArgs;
use serde_json::json;

use super::session::{Keep, credential_name};
use super::{Context, stamp};
use crate::auth::Credential;
use crate::auth::store::Record;
use crate::config::Account;
use crate::exit::{Class, Status};

/// Shows the account, its rights and how long its tokens last, without touching the network
#[derive(Debug, ClapArgs)]
pub(super) struct Args {}

pub(super) fn run(_: &Args, context: &Context<'_>) -> anyhow::Result<Status> {
    let account = context.settings.account()?;
    let record = Keep::open(&account.name, account.token_store, context)?.record(&account)?;
    if context.ui.manner().json {
        context.ui.json(&as_json(&account, record.as_ref()))?;
    } else {
        context
            .ui
            .data(as_text(&account, record.as_ref()).as_bytes())?;
    }
    Ok(Class::Success.into())
}

fn as_json(account: &Account, record: Option<&Record>) -> serde_json::Value {
    json!({
        "ok": true,
        "account": account.name,
        "auth": credential_name(&account.credential),
        "cloud": account.cloud.name(),
        "graph": account.cloud.graph(),
        "tenant": account.tenant,
        "client_id": account.client_id,
        "mailbox": account.mailbox,
        "username": username(account, record),
        "token_store": account.token_store.name(),
        "scopes": record.map(|record| &record.scopes),
        "access_token_expires": record
            .and_then(|record| record.access.as_ref())
            .map(|access| stamp(access.expires_at)),
    })
}

fn as_text(account: &Account, record: Option<&Record>) -> String {
    let scopes = record.map(|record| {
        let prefix = format!("{}/", record.graph);
        let short: Vec<_> = record
            .scopes
            .iter()
            .map(|scope| scope.strip_prefix(&prefix).unwrap_or(scope))
            // OpenID's own are no rights to anything in Graph.
            .filter(|scope| !matches!(*scope, "openid" | "profile" | "email" | "offline_access"))
            .collect();
        short.join(" ")
    });
    let expires = record.and_then(|record| {
        let until = record.access.as_ref()?.expires_at;
        let renewable = record.refresh_token.is_some() || account.is_application();
        let renewed = if renewable { ", renewed as needed" } else { "" };
        Some(format!("until {}{renewed}", stamp(until)))
    });
    [
        ("account", Some(account.name.clone())),
        (
            "signed in as",
            username(account, record).map(ToOwned::to_owned),
        ),
        (
            "auth",
            Some(credential_name(&account.credential).to_owned()),
        ),
        (
            "mailbox",
            Some(
                account
                    .mailbox
                    .clone()
                    .unwrap_or_else(|| no_mailbox(&account.credential).to_owned()),
            ),
        ),
        ("rights", scopes),
        ("access token", expires),
        ("token store", Some(account.token_store.name().to_owned())),
        (
            "cloud",
            Some(format!(
                "{} ({})",
                account.cloud.name(),
                account.cloud.graph()
            )),
        ),
        ("tenant", account.tenant.clone()),
        ("client id", account.client_id.clone()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some(format!("{name:13} {}\n", value?)))
    .collect()
}

/// Whose mailbox sends where none is named.
const fn no_mailbox(credential: &Credential) -> &'static str {
    if credential.is_application() {
        "none: name one with send --mailbox"
    } else {
        "the signed-in user's"
    }
}

fn username<'a>(account: &'a Account, record: Option<&'a Record>) -> Option<&'a str> {
    record
        .and_then(|record| record.username.as_deref())
        .or(account.username.as_deref())
}
