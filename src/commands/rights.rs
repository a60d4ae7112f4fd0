//! Compares the permissions that a message needs with those of the account, before anything is
//! uploaded, and advises the missing consent.

use super::report::{self, Advice, Failure, LoginOption, Result, Situation, Step};
use super::session::AccountStore;
use super::{Context, error::MissingRights};
use crate::access::{Access, DRAFTS, Grant, LOOKUPS, Permissions, READ, SEND, Whose};
use crate::auth::Credential;
use crate::auth::store::Record;
use crate::config::{Account, Settings};
use crate::delivery;
use crate::graph;
use crate::message::Mailbox;

/// The permissions of an account for one mailbox, and how it gets missing ones.
pub(super) struct AccountPermissions<'a> {
    account: &'a Account,
    /// The mailbox of the request; `None` is the signed-in user's.
    mailbox: Option<String>,
    access: Access,
}

impl<'a> AccountPermissions<'a> {
    /// `mailbox` is that of the request; `None` is the signed-in user's.
    pub(super) fn of_account(
        account: &'a Account,
        mailbox: Option<&str>,
        context: &Context<'_>,
    ) -> Self {
        Self {
            account,
            mailbox: mailbox.map(ToOwned::to_owned),
            access: Access::new(account, mailbox, held(account, context)),
        }
    }

    /// The same for messages with this From.
    pub(super) fn with_from(mut self, from: Option<&Mailbox>) -> Self {
        self.access = self.access.with_from(self.account, from);
        self
    }

    /// Fails if one of these permissions is known to be missing.
    pub(super) fn check(&self, permissions: &[&str]) -> Result<()> {
        let missing = self.access.with_grant(Grant::Missing, permissions);
        if missing.is_empty() {
            return Ok(());
        }
        Err(self.lack("the message needs a draft", missing))
    }

    /// Fails if all of these permissions are known to be missing, each of which allows `what`. The error advises
    /// the one that the scopes of `login` have.
    pub(super) fn check_any(
        &self,
        permissions: &[&str],
        (what, advised): (&'static str, &str),
    ) -> Result<()> {
        if self.access.grant_of_any(permissions) != Grant::Missing {
            return Ok(());
        }
        Err(self.lack(what, vec![self.access.form(advised)]))
    }

    /// The least permission to read the inbox that the account can get. The scopes of `login` have the larger one only.
    pub(super) fn reading(&self) -> &'static str {
        let has_scopes = !self.account.is_application()
            && !matches!(
                self.account.credential,
                Credential::AccessToken(_) | Credential::TokenCommand(_) | Credential::AzureCli
            );
        if has_scopes { DRAFTS } else { READ }
    }

    fn lack(&self, what: &'static str, missing: Vec<String>) -> Failure {
        let error = MissingRights {
            what,
            account: self.account.name.clone(),
            missing: missing.join(" and "),
        };
        Failure::from(error).advised(self.consent(missing))
    }

    /// The error of a request that Graph refused because `permission` is missing, with what to do about it.
    pub(super) fn explain(&self, permission: &str, error: Failure) -> Failure {
        match self.advice(permission) {
            Some(advice) => error.advised(advice),
            None => error,
        }
    }

    /// What to do about `error` of a queued message.
    pub(super) fn of_kept(&self, error: &delivery::Error) -> Advice {
        match error {
            delivery::Error::Graph(error) => missing(error),
            delivery::Error::Exhausted { .. } | delivery::Error::NoAnswer => None,
        }
        .map_or_else(
            || report::of_kept(error),
            |permission| self.consent(vec![self.access.form(permission)]),
        )
    }

    /// How the account gets `permission`, in the form that is needed; `None` if it has it and the mailbox is
    /// its own.
    fn advice(&self, permission: &str) -> Option<Advice> {
        let needed = self.access.form(permission);
        if self.access.grant(permission) != Grant::Granted {
            return Some(self.consent(vec![needed]));
        }
        let wanted = match (self.access.whose(DRAFTS), self.access.whose(permission)) {
            (Whose::Others, _) => "Full Access to that mailbox, and Send As or Send on Behalf",
            (_, Whose::Others) => "Send As or Send on Behalf for that From address",
            _ => return None,
        };
        Some(format!("the account holds {needed}; Exchange must also give it {wanted}").into())
    }

    /// How the account gets the permissions in `missing`.
    fn consent(&self, missing: Vec<String>) -> Advice {
        let advice = Advice::from(Step::Consent {
            scopes: self.access.scopes_with(&missing),
            permissions: missing,
            mailbox: self.mailbox.clone(),
        });
        let advice = advice.for_account(&self.account.name);
        if self.access.whose(DRAFTS) == Whose::Others {
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

/// After the sign-in `record` of the account `name`: says what a permission to look in Sent Items would add.
pub(super) fn report_lookup(name: &str, record: Option<&Record>, context: &Context<'_>) {
    // The sign-in has changed the configuration.
    let settings = Settings::from_flags(context.flags, context.settings.environment());
    let account = settings.and_then(|settings| settings.account_named(name));
    let (Ok(account), Some(record)) = (account, record) else {
        return;
    };
    let permissions = Permissions::of_sign_in(&account, &record.scopes, None);
    let access = Access::new(&account, account.mailbox.as_deref(), permissions);
    let is_missing = matches!(access.permissions, Permissions::All(_))
        && access.grant_of_any(&LOOKUPS) == Grant::Missing;
    if is_missing && !context.ui.output_options().json {
        let (text, wanted) = access.without_lookup();
        let scopes = LoginOption::Scopes(access.scopes_with(&[wanted]));
        let login = Situation::named(name, context).run(scopes);
        context.ui.info(&format!("graphmail: {text}: {login}"));
    }
}

/// The warning about a permission that an application's token does not name.
pub(super) fn not_named(permission: &str) -> String {
    format!("the token does not name {permission}: it is not granted, or granted in Exchange only")
}

/// The permissions of the account, if its token names them or its record is of a user.
pub(super) fn held(account: &Account, context: &Context<'_>) -> Permissions {
    if let Credential::AccessToken(token) = &account.credential {
        return Permissions::of_token(token.expose());
    }
    if account.is_application() {
        return Permissions::Unknown;
    }
    // An error in the record is reported when it is used.
    let keep = AccountStore::open(&account.name, account.token_store, context).ok();
    let record = keep.and_then(|keep| keep.record(account).ok().flatten());
    record.map_or(Permissions::Unknown, |record| {
        Permissions::of_sign_in(account, &record.scopes, None)
    })
}
