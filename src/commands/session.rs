//! Opens an account: its application, its token store, its tokens.

use std::path::PathBuf;
use std::sync::Arc;

use super::context::Context;
use super::error::UsageError;
use super::ledger;
use crate::auth::credential::{CredentialKind, Storage};
use crate::auth::store::{self, Kind, Record, Store};
use crate::auth::{self, App, Claims, HeldTokens, Tokens};
use crate::budget::Budget;
use crate::commands::report::Result;
use crate::config::{self, Account};
use crate::graph::Graph;
use crate::http::Link;
use crate::secret::Secret;

/// The token store of one account. To open it does not access the store yet.
pub(super) struct AccountStore<'a> {
    account: String,
    kept: Kept<'a>,
    tokens: Arc<HeldTokens>,
    /// The folder of token files and locks.
    folder: PathBuf,
}

enum Kept<'a> {
    Keyring(&'a dyn Store),
    File(store::File),
    Nowhere,
}

impl<'a> AccountStore<'a> {
    pub(super) fn open(
        account: &str,
        kind: Kind,
        context: &Context<'a>,
    ) -> Result<Self, config::Error> {
        let folder = match kind {
            Kind::None => PathBuf::new(),
            Kind::File | Kind::Keyring => context.settings.state_folder()?,
        };
        let kept = match kind {
            Kind::Keyring => Kept::Keyring(context.keyring),
            Kind::File => Kept::File(store::File::new(&folder)),
            Kind::None => Kept::Nowhere,
        };
        Ok(Self {
            account: account.to_owned(),
            kept,
            tokens: Arc::clone(&context.tokens),
            folder,
        })
    }

    /// The stored record, if there is one.
    pub(super) fn load(&self) -> Result<Option<Record>, store::Error> {
        match self.store() {
            Some(store) => store.load(&self.account),
            None => Ok(None),
        }
    }

    /// Saves `record`; does nothing if the account has no store.
    pub(super) fn save(&self, record: &Record, context: &Context<'_>) -> Result<(), auth::Error> {
        match self.place() {
            Some(place) => place.save(record, context.seams.as_ref()),
            None => Ok(()),
        }
    }

    /// Whether a record could be saved now.
    pub(super) fn check(&self, context: &Context<'_>) -> Result<(), auth::Error> {
        if let Some(place) = self.place() {
            place.check(context.seams.as_ref())?;
        }
        match &self.kept {
            Kept::File(file) => Ok(file.check()?),
            // A keyring was checked when it was read.
            Kept::Keyring(_) | Kept::Nowhere => Ok(()),
        }
    }

    /// Removes the record; returns whether there was one.
    pub(super) fn forget(&self, context: &Context<'_>) -> Result<bool, auth::Error> {
        match self.place() {
            Some(place) => place.forget(context.seams.as_ref()),
            None => Ok(false),
        }
    }

    /// The error, if the record under this name belongs to another account: its tenant or client id is
    /// not the given one. A record that cannot be read is no such error.
    pub(super) fn taken(
        &self,
        tenant: Option<&str>,
        client_id: Option<&str>,
    ) -> Option<store::Error> {
        let record = self.load().ok()??;
        let is_other = |stored: &str, own: Option<&str>| {
            own.is_some_and(|own| !own.eq_ignore_ascii_case(stored))
        };
        (is_other(&record.tenant, tenant) || is_other(&record.client_id, client_id)).then(|| {
            store::Error::Taken {
                account: self.account.clone(),
                tenant: record.tenant,
                client_id: record.client_id,
            }
        })
    }

    /// The record with which `account` signs in; `None` if its credential needs none.
    pub(super) fn record(&self, account: &Account) -> Result<Option<Record>, auth::Error> {
        let kind = account.credential.kind();
        match account.credential.storage() {
            Storage::Nothing(_) => Ok(None),
            Storage::AccessTokens => self.cached(account, kind),
            Storage::SignIn => {
                let place = self.place().ok_or(auth::Error::NoStore)?;
                place.record(&app(account), kind).map(Some)
            }
        }
    }

    /// The cached access token of a credential that needs no record, if there is one for `account`.
    fn cached(
        &self,
        account: &Account,
        origin: CredentialKind,
    ) -> Result<Option<Record>, auth::Error> {
        let own =
            |record: &Record| record.origin == origin && record.mismatch(&app(account)).is_none();
        Ok(self.load()?.filter(own))
    }

    /// The tokens of `account`.
    pub(super) fn tokens<'b>(&'b self, account: &Account, link: Link<'b>) -> Tokens<'b> {
        Tokens::new(app(account), account.credential.clone(), link, self.place())
            .kept_in(&self.tokens, &self.account)
    }

    fn store(&self) -> Option<&dyn Store> {
        match &self.kept {
            Kept::Keyring(store) => Some(*store),
            Kept::File(store) => Some(store),
            Kept::Nowhere => None,
        }
    }

    fn place(&self) -> Option<auth::Account<'_>> {
        Some(auth::Account {
            name: &self.account,
            store: self.store()?,
            folder: &self.folder,
        })
    }
}

fn app(account: &Account) -> App {
    App {
        // A credential that issues its own tokens, such as a token command, needs neither.
        client_id: account.client_id.clone().unwrap_or_default(),
        tenant: account.tenant.clone().unwrap_or_default(),
        cloud: account.cloud.clone(),
    }
}

/// The waits that the token endpoint of `account` asked for.
pub(super) fn token_waits<'a>(account: &Account, context: &'a Context<'_>) -> Option<Budget<'a>> {
    ledger::token_endpoint(&app(account), account.credential.kind(), context)
}

/// Obtains a new token even if a valid one is cached, and stores it. This proves that the credential
/// works, and restarts the lifetime of a refresh token.
pub(super) fn renew_token(
    keep: &AccountStore<'_>,
    account: &Account,
    context: &Context<'_>,
) -> Result<Vec<auth::Warning>, auth::Error> {
    let waits = token_waits(account, context);
    let mut tokens = keep.tokens(account, context.link().with_throttle(waits.as_ref()));
    tokens.obtain_new()?;
    Ok(tokens.take_warnings())
}

/// Whether this user has an account, and an access token can be obtained for it now.
pub(super) fn has_token(context: &Context<'_>) -> bool {
    let account = context.settings.account().ok();
    account.is_some_and(|account| token(&account, context).is_some())
}

/// The claims of the account's access token, if it is an application's.
pub(super) fn application_claims(account: &Account, context: &Context<'_>) -> Option<Claims> {
    let claims = Claims::of_token(token(account, context)?.expose())?;
    claims.is_of_application().then_some(claims)
}

/// An access token, if one can be obtained now.
fn token(account: &Account, context: &Context<'_>) -> Option<Secret> {
    let keep = AccountStore::open(&account.name, account.token_store, context).ok()?;
    let waits = token_waits(account, context);
    let link = context.link().with_throttle(waits.as_ref());
    keep.tokens(account, link).bearer().ok()
}

/// Prints the warnings: errors in spite of which a token was obtained.
pub(super) fn warn(
    warnings: impl IntoIterator<Item = impl std::fmt::Display>,
    context: &Context<'_>,
) {
    for warning in warnings {
        context.ui.info(&format!("graphmail: warning: {warning}"));
    }
}

/// Prints the warnings about a credential. Its expiry is not hidden by `--quiet`: nothing is sent after it.
pub(super) fn warn_of_credential(
    warnings: impl IntoIterator<Item = impl Into<auth::Warning>>,
    context: &Context<'_>,
) {
    for warning in warnings.into_iter().map(Into::into) {
        let line = format!("graphmail: warning: {warning}");
        match warning.is_expiry() {
            true => context.ui.always(&line),
            false => context.ui.info(&line),
        }
    }
}

/// Calls `ask` with Graph for `account`, reached over `link`, and prints the warnings about its tokens.
pub(super) fn with_graph<T>(
    link: Link<'_>,
    account: &Account,
    context: &Context<'_>,
    ask: impl FnOnce(&mut Graph<'_>) -> T,
) -> Result<T, config::Error> {
    let keep = AccountStore::open(&account.name, account.token_store, context)?;
    let waits = token_waits(account, context);
    let mut graph = Graph {
        cloud: &account.cloud,
        link,
        tokens: keep.tokens(account, context.link().with_throttle(waits.as_ref())),
    };
    let answer = ask(&mut graph);
    warn_of_credential(graph.tokens.take_warnings(), context);
    Ok(answer)
}

/// The mailbox: from the flag, the variable or the account, in this order; `None` is the signed-in
/// user's.
pub(super) fn mailbox(
    flag: Option<&str>,
    account: Option<&Account>,
    context: &Context<'_>,
) -> Result<Option<String>> {
    if let Some(flag) = flag {
        check_user(flag)?;
        return Ok(Some(flag.to_owned()));
    }
    let mailbox = match context.settings.mailbox()? {
        None => account.and_then(|account| account.mailbox.clone()),
        given => given,
    };
    if mailbox.is_none() && account.is_some_and(Account::is_application) {
        return Err(config::Error::NoMailbox.into());
    }
    Ok(mailbox)
}

/// Refuses a text in a flag that cannot be a user's address or id.
pub(super) fn check_user(text: &str) -> Result<(), UsageError> {
    if config::is_user(text) {
        return Ok(());
    }
    Err(UsageError::new(format!("{text:?} is not a mailbox"))
        .hint("a mailbox is an address or a user's id"))
}
