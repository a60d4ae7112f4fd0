//! What a message takes that becomes a draft, beside what the account holds: said before anything
//! is uploaded, with the consent that mends it.

use anyhow::Error;

use super::report;
use super::session::Keep;
use super::{Context, error::MissingRights};
use crate::auth::Credential;
use crate::config::Account;
use crate::graph;
use crate::message::Mailbox;

/// An account and the mailbox it is used for.
pub(super) struct Rights<'a> {
    account: &'a Account,
    /// Whether the mailbox is known to be another person's.
    another: bool,
    /// The permissions that the sign-in holds, where they are known: a person's, from the record.
    held: Option<Vec<String>>,
}

impl<'a> Rights<'a> {
    /// `mailbox` is the one of the request; none is the signed-in user's.
    pub(super) fn of(account: &'a Account, mailbox: Option<&str>, context: &Context<'_>) -> Self {
        Self {
            account,
            another: !account.is_application() && is_another(account, mailbox),
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
            .map(|permission| self.needed(permission))
            .filter(|needed| self.holds(needed) == Some(false))
            .collect()
    }

    /// `error` with what mends it, where Graph refuses for want of `permission`, of another's
    /// mailbox in its shared form.
    pub(super) fn explain(&self, permission: Option<&str>, error: Error) -> Error {
        let Some(permission) = permission else {
            return error;
        };
        let needed = self.needed(permission);
        if self.holds(&needed) != Some(true) {
            return report::remedied(error, self.consent(&needed));
        }
        if !self.another {
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
        missing(error).map(|permission| self.consent(&self.needed(permission)))
    }

    /// The form that the mailbox takes (Graph permissions reference, "Mail permissions").
    fn needed(&self, permission: &str) -> String {
        let suffix = if self.another { ".Shared" } else { "" };
        format!("{permission}{suffix}")
    }

    /// Whether the sign-in holds the permission, or its shared form, which holds for one's own
    /// mailbox as well; nothing where that is not known.
    fn holds(&self, needed: &str) -> Option<bool> {
        let shared = format!("{needed}.Shared");
        let held = self.held.as_ref()?;
        let is_it = |scope: &String| {
            scope.eq_ignore_ascii_case(needed) || scope.eq_ignore_ascii_case(&shared)
        };
        Some(held.iter().any(is_it))
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
                let shared = self.another || self.held.iter().flatten().any(named);
                let scopes = if shared {
                    "send+drafts+shared"
                } else {
                    "send+drafts"
                };
                let own = if self.another {
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

/// Whether the mailbox has another address than the one who signed in.
fn is_another(account: &Account, mailbox: Option<&str>) -> bool {
    let address = |text: Option<&str>| Mailbox::parse(text?).ok();
    let own = address(account.username.as_deref());
    let mailbox = address(mailbox);
    match (own, mailbox) {
        (Some(own), Some(mailbox)) => own.address() != mailbox.address(),
        _ => false,
    }
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
