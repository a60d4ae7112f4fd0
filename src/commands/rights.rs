//! What a message takes that becomes a draft, beside what the account holds: said before anything
//! is uploaded, with the consent that mends it.

use anyhow::Error;

use super::report;
use super::session::Keep;
use super::{Context, error::MissingRights};
use crate::access::Whose;
use crate::auth::Credential;
use crate::config::Account;
use crate::graph;

/// An account and the mailbox it is used for.
pub(super) struct Rights<'a> {
    account: &'a Account,
    whose: Whose,
    /// The permissions that the sign-in holds, where they are known: a person's, from the record.
    held: Option<Vec<String>>,
}

impl<'a> Rights<'a> {
    /// `mailbox` is the one of the request; none is the signed-in user's.
    pub(super) fn of(account: &'a Account, mailbox: Option<&str>, context: &Context<'_>) -> Self {
        Self {
            account,
            whose: Whose::of(account, mailbox),
            held: held(account, context),
        }
    }

    /// Refuses what is known to be not allowed.
    pub(super) fn check(&self, permissions: &[&str]) -> Result<(), MissingRights> {
        let missing = self.missing(permissions);
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(" and ");
        Err(MissingRights {
            account: self.account.name.clone(),
            remedy: self.consent(&missing),
            missing,
        })
    }

    /// Those that the account is known not to hold, in the form that the mailbox takes.
    pub(super) fn missing(&self, permissions: &[&str]) -> Vec<String> {
        permissions
            .iter()
            .filter(|permission| self.holds(permission) == Some(false))
            .map(|permission| self.whose.form(permission))
            .collect()
    }

    /// `error` with what mends it, where Graph refuses for want of `permission`, of another's
    /// mailbox in its shared form.
    pub(super) fn explain(&self, permission: Option<&str>, error: Error) -> Error {
        let Some(permission) = permission else {
            return error;
        };
        let needed = self.whose.form(permission);
        if self.holds(permission) != Some(true) {
            return report::remedied(error, self.consent(&needed));
        }
        if self.whose != Whose::Others {
            return error;
        }
        let remedy = format!(
            "the account holds {needed}; Exchange must also give it Full Access to that mailbox, \
             and Send As or Send on Behalf"
        );
        report::remedied(error, remedy)
    }

    /// What mends `error` of a message that is kept, where Graph refuses for want of a permission.
    pub(super) fn remedy(&self, error: &graph::Error) -> Option<String> {
        missing(error).map(|permission| self.consent(&self.whose.form(permission)))
    }

    /// Whether the sign-in has the permission for this mailbox; `None` if that is not known.
    fn holds(&self, permission: &str) -> Option<bool> {
        self.whose.is_allowed(permission, self.held.as_ref()?)
    }

    /// How the account comes to hold `missing`.
    fn consent(&self, missing: &str) -> String {
        let name = &self.account.name;
        match &self.account.credential {
            Credential::AccessToken(_) => {
                format!("the token in GRAPHMAIL_ACCESS_TOKEN must hold {missing}")
            }
            Credential::TokenCommand(_) => {
                format!("the token that the token command prints must hold {missing}")
            }
            _ if self.account.is_application() => format!(
                "the application needs the application permission {missing} with an administrator's \
                 consent, and must not be restricted to other mailboxes; a token from before that \
                 lasts up to an hour"
            ),
            _ => {
                let named = |scope: &String| scope.to_ascii_lowercase().ends_with(".shared");
                let others = self.whose == Whose::Others;
                let shared = others || self.held.iter().flatten().any(named);
                let scopes = if shared {
                    "send+drafts+shared"
                } else {
                    "send+drafts"
                };
                let own = if others {
                    " (where that mailbox is your own by another address, leave it out)"
                } else {
                    ""
                };
                format!(
                    "add the delegated permission {missing} to the application, then: \
                     graphmail login --account {name} --scopes {scopes}{own}"
                )
            }
        }
    }
}

/// The permission that Graph refuses for want of, where that is why a draft or its sending failed.
pub(super) fn missing(error: &graph::Error) -> Option<&'static str> {
    error.staged()?.missing_permission()
}

fn held(account: &Account, context: &Context<'_>) -> Option<Vec<String>> {
    if account.is_application() {
        return None;
    }
    // What is wrong with the record is told when it is used.
    let keep = Keep::open(&account.name, account.token_store, context).ok()?;
    let record = keep.record(account).ok().flatten()?;
    let prefix = account.cloud.scope("");
    let scopes = record.scopes.iter();
    let scopes = scopes.map(|scope| scope.strip_prefix(&prefix).unwrap_or(scope).to_owned());
    Some(scopes.collect()).filter(|scopes: &Vec<String>| !scopes.is_empty())
}
