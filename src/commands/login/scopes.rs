//! The permissions to ask a user for: only those that sending needs.

use super::flags::Args;
use super::plan::Plan;
use crate::access::{self, DRAFTS, LOOKUP, SEND};
use crate::auth::store::{Kind, Record};
use crate::commands::Context;
use crate::commands::report::Result;
use crate::commands::session::AccountStore;
use crate::text;

/// The permissions in `--scopes`, else those that the account has, else those that its mailbox needs.
pub(super) fn permissions(
    args: &Args,
    plan: &Plan,
    kept: Kind,
    context: &Context<'_>,
) -> Result<Vec<String>> {
    if let Some(scopes) = &args.scopes {
        return Ok(parse(scopes));
    }
    let mut permissions = stored_permissions(plan, kept, context)?;
    let mailbox = plan.entry.mailbox.as_ref();
    let shared = mailbox.map(|_| access::shared(SEND));
    for needed in [Some(SEND.to_owned()), shared].into_iter().flatten() {
        if !permissions.contains(&needed) {
            permissions.push(needed);
        }
    }
    Ok(permissions)
}

/// What the service did not give of what was asked for: the refresh token, and some of these permissions.
pub(super) fn lacks(record: &Record, permissions: &[String]) -> Vec<String> {
    let mut lacks = Vec::new();
    if record.refresh_token.is_none() {
        let end = record
            .access
            .as_ref()
            .map(|access| text::time(access.expires_at));
        let end = end.map_or_else(String::new, |end| format!(" at {end}"));
        lacks.push(format!(
            "the service issued no refresh token, so the sign-in ends{end}; it needs the scope offline_access"
        ));
    }
    let is_granted = |permission: &String| {
        let mut scopes = record.scopes.iter();
        scopes.any(|scope| {
            let name = scope.rsplit('/').next().unwrap_or(scope);
            name.eq_ignore_ascii_case(permission)
        })
    };
    let missing: Vec<_> = permissions
        .iter()
        .filter(|one| !is_granted(one))
        .cloned()
        .collect();
    if !missing.is_empty() {
        lacks.push(format!(
            "the service did not grant {}",
            missing.join(" and ")
        ));
    }
    lacks
}

/// The permissions for `send+drafts+shared`.
fn parse(scopes: &str) -> Vec<String> {
    let has = |name| scopes.split('+').any(|scope| scope == name);
    let (drafts, lookup, shared) = (has("drafts"), has("lookup"), has("shared"));
    [
        (SEND.to_owned(), true),
        (access::shared(SEND), shared),
        (LOOKUP.to_owned(), lookup),
        (access::shared(LOOKUP), lookup && shared),
        (DRAFTS.to_owned(), drafts),
        (access::shared(DRAFTS), drafts && shared),
    ]
    .into_iter()
    .filter_map(|(permission, asked)| asked.then_some(permission))
    .collect()
}

/// The mail permissions of the former sign-in, if it was this application's.
fn stored_permissions(plan: &Plan, kept: Kind, context: &Context<'_>) -> Result<Vec<String>> {
    let app = plan.app()?;
    // A record that cannot be read is replaced by this login.
    let record = AccountStore::open(&plan.name, kept, context)?
        .load()
        .ok()
        .flatten();
    let own = record.filter(|record: &Record| record.mismatch(&app).is_none());
    let prefix = app.cloud.scope("");
    Ok(own
        .iter()
        .flat_map(|record| &record.scopes)
        .map(|scope| scope.strip_prefix(&prefix).unwrap_or(scope))
        .filter(|scope| scope.starts_with("Mail."))
        .map(ToOwned::to_owned)
        .collect())
}
