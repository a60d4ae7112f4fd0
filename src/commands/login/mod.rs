//! `login`: signs in once, and stores what later runs need.

mod application;
mod browser;
mod client_secret;
mod flags;
mod mailbox;
mod plan;
mod prompt;
mod scopes;
mod store;

pub(super) use self::flags::Args;
use self::plan::Plan;
use crate::commands::report::{Command, LoginOption, Result, Situation};

use serde_json::json;

use super::session::{AccountStore, warn};
use super::{Context, ledger, rights};
use crate::auth::credential::{Principal, Storage};
use crate::auth::store::{Kind, Record};
use crate::auth::{self, App, CredentialKind};
use crate::config::{self, AccountEntry};
use crate::exit::{Class, Status};

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let plan = Plan::new(args, context)?;
    let Plan { name, entry, .. } = &plan;
    auth::store::check_name(name)?;
    let kept = store::choose(&plan, args.token_store.as_deref(), context)?;
    if store::is_in_store(args, &plan, kept, context) {
        store::delete_leftovers(&plan, kept, context);
        return nothing_to_move(&plan, kept, context);
    }
    let file = context.settings.own_file()?;
    // An account that is declared in a file of the administrator needs no change.
    let is_declared = plan.is_declared(kept, context);
    let is_writable = match config::check_writable(&file) {
        Err(error) if !is_declared => return Err(error.into()),
        checked => checked.is_ok(),
    };
    let keep = AccountStore::open(name, kept, context)?;
    keep.check(context)?;
    if plan.former.is_none()
        && let Some(error) = keep.taken(entry.tenant.as_deref(), entry.client_id.as_deref())
    {
        // It belongs to the account of that name in another configuration.
        return Err(auth::Error::from(error).into());
    }
    let SignedIn { record, username } = match store::sign_in_to_move(args, &plan, kept, context)? {
        Some(record) => record.into(),
        None => sign_in(args, &plan, kept, context)
            .map_err(|error| error.for_sign_in(args.given(plan.entry.auth)))?,
    };
    if let Some(record) = &record {
        AccountStore::open(name, kept, context)?.save(record, context)?;
    }
    let entry = AccountEntry {
        token_store: Some(kept),
        username: username.clone(),
        // The secret is in the token store.
        client_secret_file: entry
            .client_secret_file
            .clone()
            .filter(|_| kept == Kind::None),
        ..entry.clone()
    };
    if is_writable {
        config::put_account(&file, name, &entry, context.seams.as_ref())?;
    }
    store::delete_from_former_store(&plan, kept, context);
    let status = signed_in(&plan, kept, username.as_deref(), context)?;
    rights::report_lookup(name, record.as_ref(), context);
    Ok(status)
}

/// The result of a sign-in.
struct SignedIn {
    /// What the token store keeps, if anything.
    record: Option<Record>,
    /// The user, if one is known.
    username: Option<String>,
}

impl From<Record> for SignedIn {
    fn from(record: Record) -> Self {
        Self {
            username: record.username.clone(),
            record: Some(record),
        }
    }
}

/// Signs in.
fn sign_in(args: &Args, plan: &Plan, kept: Kind, context: &Context<'_>) -> Result<SignedIn> {
    Ok(match plan.entry.auth {
        kind if kind.is_external() => {
            let (username, token) = plan.check_external(context)?;
            mailbox::check(plan, &token, &[], context)?;
            SignedIn {
                username,
                record: None,
            }
        }
        CredentialKind::DeviceCode => {
            let permissions = scopes::permissions(args, plan, kept, context)?;
            let record = device_code(&plan.app()?, &permissions, context)?;
            check_mailbox(plan, &record, context)?;
            warn(scopes::lacks(&record, &permissions), context);
            record.into()
        }
        CredentialKind::Browser => {
            let permissions = scopes::permissions(args, plan, kept, context)?;
            let record = browser::run(args, plan, &permissions, context)?;
            check_mailbox(plan, &record, context)?;
            warn(scopes::lacks(&record, &permissions), context);
            record.into()
        }
        _ => {
            let record = application::sign_in(args, plan, context)?;
            check_mailbox(plan, &record, context)?;
            // With the token store none, nothing is stored.
            SignedIn {
                record: (kept != Kind::None).then_some(record),
                username: None,
            }
        }
    })
}

/// Checks the mailbox with the token in the record.
fn check_mailbox(plan: &Plan, record: &Record, context: &Context<'_>) -> Result<()> {
    record.access.as_ref().map_or(Ok(()), |access| {
        mailbox::check(plan, &access.token, &record.scopes, context)
    })
}

fn device_code(app: &App, permissions: &[String], context: &Context<'_>) -> Result<Record> {
    let permissions: Vec<_> = permissions.iter().map(String::as_str).collect();
    let waits = ledger::token_endpoint(app, CredentialKind::DeviceCode, context);
    let link = context.link().with_throttle(waits.as_ref());
    let record = auth::device_code::sign_in(app, &link, &permissions, &mut |prompt| {
        prompt::show(prompt, context);
    });
    context.ui.finish();
    Ok(record?)
}

/// Says that there is nothing to move to the requested store.
fn nothing_to_move(plan: &Plan, kept: Kind, context: &Context<'_>) -> Result<Status> {
    let name = &plan.name;
    if context.ui.output_options().json {
        let former = plan.former.as_ref();
        let username = former.and_then(|former| former.username.as_deref());
        return signed_in(plan, kept, username, context);
    }
    context.ui.info(&match kept {
        Kind::None => format!(
            "graphmail: account {name} keeps nothing in a token store: there is nothing to move"
        ),
        kept => format!(
            "graphmail: account {name} is already in the token store {}",
            kept.name()
        ),
    });
    Ok(Class::Success.into())
}

fn signed_in(
    plan: &Plan,
    kept: Kind,
    username: Option<&str>,
    context: &Context<'_>,
) -> Result<Status> {
    let Plan { name, entry, .. } = plan;
    if context.ui.output_options().json {
        context.ui.json(&json!({
            "ok": true,
            "account": name,
            "auth": entry.auth.name(),
            "username": username,
            "token_store": kept.name(),
        }))?;
        return Ok(Class::Success.into());
    }
    let facts = entry.auth.facts();
    if let Storage::Nothing(source) = facts.storage {
        let who = username.map_or_else(String::new, |user| format!(", as {user}"));
        context.ui.info(&format!(
            "graphmail: account {name} takes its tokens from {source}{who}"
        ));
        return Ok(Class::Success.into());
    }
    let is_person = facts.principal == Principal::Person;
    let who = match username {
        username if is_person => username.unwrap_or("the user"),
        _ => "the application",
    };
    context.ui.info(&format!(
        "graphmail: account {name} is signed in as {who} (token store: {})",
        kept.name()
    ));
    if !is_person && entry.mailbox.is_none() {
        let once = Situation::named(name, context).run(Command::Login(vec![
            LoginOption::Credential(entry.auth),
            LoginOption::Mailbox,
        ]));
        context.ui.info(&format!(
            "graphmail: an application has no mailbox: name one with send --mailbox USER, or permanently: {once}"
        ));
    }
    Ok(Class::Success.into())
}
