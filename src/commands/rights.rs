//! Compares the permissions that a message needs with those of the account, before anything is
//! uploaded, and advises the missing consent.

use super::report::{Advice, Failure, Result, Step};
use super::session::Keep;
use super::{Context, error::MissingRights};
use crate::access::{DRAFTS, SEND, Whose, has_lookup, scopes};
use crate::config::Account;
use crate::graph;

/// The permissions of an account for one mailbox.
pub(super) struct Rights<'a> {
    account: &'a Account,
    whose: Whose,
    /// The permissions of the sign-in, if they are known: a user's record names them.
    held: Option<Vec<String>>,
}

impl<'a> Rights<'a> {
    /// `mailbox` is that of the request; `None` is the signed-in user's.
    pub(super) fn of(account: &'a Account, mailbox: Option<&str>, context: &Context<'_>) -> Self {
        Self {
            account,
            whose: Whose::of(account, mailbox),
            held: held(account, context),
        }
    }

    /// Fails if one of these permissions is known to be missing.
    pub(super) fn check(&self, permissions: &[&str]) -> Result<()> {
        let missing = self.missing(permissions);
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(" and ");
        let advice = self.consent(&missing);
        let error = MissingRights {
            account: self.account.name.clone(),
            missing,
        };
        Err(Failure::from(error).advised(advice))
    }

    /// Those of `permissions` that are known to be missing, in the form that the mailbox needs.
    pub(super) fn missing(&self, permissions: &[&str]) -> Vec<String> {
        permissions
            .iter()
            .filter(|permission| self.holds(permission) == Some(false))
            .map(|permission| self.whose.form(permission))
            .collect()
    }

    /// The error of a request that Graph refused because `permission` is missing, with what to do about it.
    pub(super) fn explain(&self, permission: &str, error: Failure) -> Failure {
        match self.advice(permission) {
            Some(advice) => error.advised(advice),
            None => error,
        }
    }

    /// What to do about `error` of a queued message, if Graph refuses because a permission is missing.
    pub(super) fn of_error(&self, error: &graph::Error) -> Option<Advice> {
        Some(self.consent(&self.whose.form(missing(error)?)))
    }

    /// How the account gets `permission`, in the form that the mailbox needs; `None` if it has it and the
    /// mailbox is its own.
    fn advice(&self, permission: &str) -> Option<Advice> {
        let needed = self.whose.form(permission);
        if self.holds(permission) != Some(true) {
            return Some(self.consent(&needed));
        }
        (self.whose == Whose::Others).then(|| {
            format!(
                "the account holds {needed}; Exchange must also give it Full Access to that mailbox, \
                 and Send As or Send on Behalf"
            )
            .into()
        })
    }

    /// Whether the sign-in has the permission for this mailbox; `None` if that is not known.
    fn holds(&self, permission: &str) -> Option<bool> {
        self.whose.is_allowed(permission, self.held.as_ref()?)
    }

    /// How the account gets the permissions in `missing`.
    fn consent(&self, missing: &str) -> Advice {
        let held = self.held.as_deref().unwrap_or_default();
        let is_of_drafts = |scope: &String| scope.to_ascii_lowercase().contains("readwrite");
        let drafts = missing.contains(DRAFTS) || held.iter().any(is_of_drafts);
        let advice = Advice::from(Step::Consent {
            permission: missing.to_owned(),
            scopes: scopes(drafts, has_lookup(held), self.whose.needs_shared(held)),
        });
        let advice = advice.for_account(&self.account.name);
        if self.whose == Whose::Others {
            return advice.or("do not name the mailbox, if it is another address of your own");
        }
        advice
    }
}

/// The permission that is missing, if Graph refused the message for that reason.
pub(super) fn missing(error: &graph::Error) -> Option<&'static str> {
    match error.staged() {
        Some(staged) => staged.missing_permission(),
        None => error.is_denied().then_some(SEND),
    }
}

fn held(account: &Account, context: &Context<'_>) -> Option<Vec<String>> {
    if account.is_application() {
        return None;
    }
    // An error in the record is reported when it is used.
    let keep = Keep::open(&account.name, account.token_store, context).ok()?;
    let record = keep.record(account).ok().flatten()?;
    let prefix = account.cloud.scope("");
    let scopes = record.scopes.iter();
    let scopes = scopes.map(|scope| scope.strip_prefix(&prefix).unwrap_or(scope).to_owned());
    Some(scopes.collect()).filter(|scopes: &Vec<String>| !scopes.is_empty())
}
