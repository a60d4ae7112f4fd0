//! Obtains a new token: a cached one does not prove that the credential still works.

use jiff::Timestamp;

use super::check::Check;
use crate::auth::store::Record;
use crate::auth::{self, Tokens};
use crate::commands::report::Step;
use crate::config::Account;
use crate::exit::Class;
use crate::http::Renew as _;
use crate::secret::Secret;

const NAME: &str = "token";

/// The new token, if it was obtained; `told` is the message of the store's check.
pub(super) fn check(
    tokens: &mut Tokens<'_>,
    account: &Account,
    stored: Option<&Record>,
    now: Timestamp,
    told: &str,
    checks: &mut Vec<Check>,
) -> Option<Secret> {
    let is_cached = stored.is_some_and(|record| record.usable(now, None).is_some());
    let token = match fresh(tokens, is_cached) {
        Ok(token) => token,
        Err(error) => {
            let person = error.class() == Class::SignIn && stored.is_some();
            let check = Check::of_error(NAME, error);
            checks.push(
                if person && !account.is_application() && check.advice.is_empty() {
                    check.advised(Step::Renew)
                } else {
                    check
                },
            );
            return None;
        }
    };
    let warnings = tokens.take_warnings();
    // The checks of the credential and the store have already reported these.
    let mut warnings = warnings
        .iter()
        .filter(|warning| !warning.is_of_file() && !warning.to_string().ends_with(told));
    checks.push(match warnings.next() {
        Some(warning) => Check::warn(NAME, warning.to_string()),
        None if tokens.renewable() => Check::pass(NAME, "a new token was issued"),
        None => {
            let message = "used unchanged: only Graph can check whether it is valid";
            Check::pass(NAME, message)
        }
    });
    Some(token)
}

/// A token that was not cached.
fn fresh(tokens: &mut Tokens<'_>, is_cached: bool) -> Result<Secret, auth::Error> {
    let first = tokens.bearer()?;
    if !is_cached {
        return Ok(first);
    }
    match (tokens.renew(None), tokens.take_error()) {
        (Some(token), _) => Ok(token),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(first),
    }
}
