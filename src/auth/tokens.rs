//! The access token of a run: a cached one, else a refreshed one, else a new one.

use std::path::Path;
use std::time::Duration;

use super::app::App;
use super::client_credentials;
use super::client_secret::ClientSecret;
use super::credential::{Credential, CredentialKind, Storage};
use super::error::{Error, Reason, Warning};
use super::held::HeldTokens;
use super::lock::{self, Lock};
use super::store::{self, Access, Record, Store};
use super::{
    azure_cli, certificate, client_secret, managed_identity, refresh_token, token_command,
};
use crate::http::{Challenge, Link, Renew};
use crate::seams::Seams;
use crate::secret::Secret;

/// The place where an account's sign-in is stored.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// The account's name in the configuration.
    pub name: &'a str,
    /// The token store.
    pub store: &'a dyn Store,
    /// The folder with the lock files, one for each account.
    pub folder: &'a Path,
}

impl Account<'_> {
    /// Replaces the stored record while no other process refreshes it.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Lock`] or [`Error::Store`]; the previous record is still there.
    pub fn save(&self, record: &Record, seams: &dyn Seams) -> Result<(), Error> {
        let _lock = self.lock(seams, &|_| true)?;
        Ok(self.store.save(self.name, record)?)
    }

    /// Checks that a record could be saved now, so that a user does not sign in in vain.
    ///
    /// # Errors
    /// As [`Account::save`], except for errors of the writing itself.
    pub fn check(&self, seams: &dyn Seams) -> Result<(), Error> {
        self.lock(seams, &|_| true).map(drop)
    }

    /// Deletes the record while no other process refreshes it, and returns whether there was one.
    ///
    /// # Errors
    /// As [`Account::save`].
    pub fn forget(&self, seams: &dyn Seams) -> Result<bool, Error> {
        let _lock = self.lock(seams, &|_| true)?;
        Ok(self.store.delete(self.name)?)
    }

    /// The record, if it belongs to `app` and has this origin.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] or [`Error::Store`].
    pub fn record(&self, app: &App, origin: CredentialKind) -> Result<Record, Error> {
        let reason = match self.store.load(self.name)? {
            None => Reason::NoRecord,
            Some(record) => match record.mismatch(app) {
                Some(mismatch) => mismatch.into(),
                None if record.origin == origin => return Ok(record),
                None => Reason::OtherOrigin,
            },
        };
        Err(self.not_signed_in(reason))
    }

    fn not_signed_in(&self, reason: Reason) -> Error {
        Error::NotSignedIn {
            account: self.name.to_owned(),
            reason,
        }
    }

    fn lock(&self, seams: &dyn Seams, may_wait: &dyn Fn(Duration) -> bool) -> Result<Lock, Error> {
        store::check_name(self.name)?;
        lock::acquire(self.folder, self.name, seams, may_wait).map_err(|failure| match failure {
            lock::Failure::Held { path, waited } => Error::Busy { path, waited },
            lock::Failure::Io { path, source } => Error::Lock { path, source },
        })
    }
}

/// Returns the access token, with as few requests and store reads as possible.
pub struct Tokens<'a> {
    app: App,
    credential: Credential,
    link: Link<'a>,
    account: Option<Account<'a>>,
    /// The tokens of the process, and the account's name.
    shared: Option<(&'a HeldTokens, &'a str)>,
    held: Option<Access>,
    /// The claims that Graph requires of the next token.
    challenge: Option<Challenge>,
    /// Whether only a newly obtained token will do.
    only_new: bool,
    error: Option<Error>,
    warnings: Vec<Warning>,
    /// Whether the certificate has been checked for warnings.
    looked_at: bool,
}

impl<'a> Tokens<'a> {
    /// Tokens for `app`, obtained with `credential`. `account` is where they are stored, if anywhere.
    #[must_use]
    pub const fn new(
        app: App,
        credential: Credential,
        link: Link<'a>,
        account: Option<Account<'a>>,
    ) -> Self {
        Self {
            app,
            credential,
            link,
            account,
            shared: None,
            held: None,
            challenge: None,
            only_new: false,
            error: None,
            warnings: Vec::new(),
            looked_at: false,
        }
    }

    /// The same tokens. The process keeps them under this name of an account. Those that a store keeps are read from the
    /// store each time: a user may have signed in since.
    #[must_use]
    pub fn kept_in(mut self, held: &'a HeldTokens, account: &'a str) -> Self {
        let is_stored = !matches!(self.credential.storage(), Storage::Nothing(_));
        self.shared = Some((held, account)).filter(|_| self.account.is_none() || !is_stored);
        self
    }

    /// An access token that is valid for some minutes more.
    ///
    /// # Errors
    /// Why there is none. The store is unchanged.
    pub fn bearer(&mut self) -> Result<Secret, Error> {
        match &self.held {
            Some(held) if held.is_fresh(self.link.seams.now()) => Ok(held.token.clone()),
            _ => self.obtain(None),
        }
    }

    /// A newly obtained token, to prove that the credential works. A token from [`ACCESS_TOKEN`](super::credential::ACCESS_TOKEN) is only
    /// checked for its form.
    ///
    /// # Errors
    /// As [`Tokens::bearer`].
    pub fn obtain_new(&mut self) -> Result<Secret, Error> {
        self.only_new = true;
        let obtained = self.obtain(None);
        self.only_new = false;
        obtained
    }

    /// Why the last [`Renew::renew`] returned `None`.
    pub fn take_error(&mut self) -> Option<Error> {
        self.error.take()
    }

    /// The problems so far that did not prevent a token.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    fn obtain(&mut self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let access = match self.remembered(refused) {
            Some(access) => access,
            None => self.obtain_access(refused)?,
        };
        let token = access.token.clone();
        self.held = Some(access);
        Ok(token)
    }

    /// A token that this process has. After a claims challenge, none can be used.
    fn remembered(&self, refused: Option<&Secret>) -> Option<Access> {
        if self.only_new || self.challenge.is_some() {
            return None;
        }
        let (held, account) = self.shared?;
        held.usable((account, &self.app), self.link.seams.now(), refused)
    }

    fn obtain_access(&mut self, refused: Option<&Secret>) -> Result<Access, Error> {
        let credential = self.credential.clone();
        let limit = self.link.time_for(token_command::LIMIT);
        let access = match &credential {
            Credential::AccessToken(token) => {
                Access::lasting(token_command::token(token.expose())?)
            }
            Credential::TokenCommand(command) => {
                Access::lasting(token_command::run(command, limit)?)
            }
            // The platform and az keep their tokens themselves.
            Credential::ManagedIdentity(identity) => {
                managed_identity::obtain(identity, &self.app.cloud, &self.link)?
            }
            Credential::AzureCli => azure_cli::obtain(&self.app, limit, self.link.seams)?,
            Credential::ClientSecret(source) => match self.client_secret(source, limit)? {
                // If the secret comes from outside, neither it nor its token is stored.
                Some(secret) => self.request(&secret_credential(secret))?.1,
                None => self.stored_or_refreshed(refused)?,
            },
            Credential::DeviceCode | Credential::Browser => self.stored_or_refreshed(refused)?,
            Credential::Certificate(_)
            | Credential::FederatedTokenFile(_)
            | Credential::GitHubActions(_) => self.stored_or_obtained(&credential, refused)?,
        };
        self.check_certificate();
        if let Some((held, account)) = self.shared {
            held.keep(account, &self.app, &access);
        }
        Ok(access)
    }

    /// The client secret, unless it is in the store. Warns about a file that every user may read.
    fn client_secret(
        &mut self,
        source: &ClientSecret,
        limit: Duration,
    ) -> Result<Option<Secret>, client_secret::Failure> {
        let mut exposed = Vec::new();
        let secret = source.read(limit, &mut exposed);
        self.warnings.extend(exposed.into_iter().map(Warning::from));
        secret
    }

    /// The stored sign-in, and its access token if it can be used.
    fn stored(
        &self,
        account: &Account<'_>,
        refused: Option<&Secret>,
    ) -> Result<(Record, Option<Access>), Error> {
        let record = account.record(&self.app, self.credential.kind())?;
        let access = self.usable(&record, refused).cloned();
        Ok((record, access))
    }

    /// The stored access token, or a new one obtained with the stored sign-in.
    fn stored_or_refreshed(&mut self, refused: Option<&Secret>) -> Result<Access, Error> {
        let account = self.account.ok_or(Error::NoStore)?;
        if let (_, Some(access)) = self.stored(&account, refused)? {
            return Ok(access);
        }
        let _lock = self.lock(&account)?;
        // Another process may have refreshed it while this one waited for the lock.
        let (record, access) = self.stored(&account, refused)?;
        if let Some(access) = access {
            return Ok(access);
        }
        let (renewed, access) = self.renewed(&account, &record)?;
        self.save(&account, &renewed);
        Ok(access)
    }

    /// The stored access token, or a new one obtained with `credential`. If the store fails, there is only a
    /// warning; if it is empty, there is one more request.
    fn stored_or_obtained(
        &mut self,
        credential: &Credential,
        refused: Option<&Secret>,
    ) -> Result<Access, Error> {
        let Some(account) = self.account else {
            return Ok(self.request(credential)?.1);
        };
        match self.stored(&account, refused) {
            Ok((_, Some(access))) => return Ok(access),
            Err(Error::Store(error)) => {
                self.warnings.push(Warning::NotLoaded(error));
                return Ok(self.request(credential)?.1);
            }
            Ok((_, None)) | Err(_) => {}
        }
        let _lock = self.lock(&account)?;
        // Another process may have refreshed it while this one waited for the lock.
        if let Ok((_, Some(access))) = self.stored(&account, refused) {
            return Ok(access);
        }
        let (record, access) = self.request(credential)?;
        self.save(&account, &record);
        Ok(access)
    }

    /// A new token for the application's `credential`, with the claims that Graph required.
    fn request(&self, credential: &Credential) -> Result<(Record, Access), Error> {
        client_credentials::request_token(
            &self.app,
            &self.link,
            credential,
            self.challenge.as_ref(),
        )
    }

    /// Locks the account, or warns: a second refresh is a waste, but does no harm, so no send fails for
    /// it. For an application, the wait is short. For a refresh token, it may take the rest of the wait
    /// budget.
    fn lock(&mut self, account: &Account<'_>) -> Result<Option<Lock>, Error> {
        let is_application = self.credential.kind().is_application();
        let waits = self.link.waits;
        let may_wait = |waited| !is_application && waits.allows(waited);
        match account.lock(self.link.seams, &may_wait) {
            Err(error @ Error::Busy { .. }) if is_application => {
                self.warnings.push(Warning::NotLocked(error));
                Ok(None)
            }
            Err(error @ Error::Lock { .. }) => {
                self.warnings.push(Warning::NotLocked(error));
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    fn save(&mut self, account: &Account<'_>, record: &Record) {
        if let Err(error) = account.store.save(account.name, record) {
            self.warnings.push(Warning::NotSaved(error));
        }
    }

    /// Warns about a certificate once in a run, whether a token was requested with it or not.
    fn check_certificate(&mut self) {
        if let Credential::Certificate(files) = &self.credential
            && !std::mem::replace(&mut self.looked_at, true)
        {
            let now = self.link.seams.now();
            let warnings = certificate::warnings(files, now);
            self.warnings
                .extend(warnings.into_iter().map(Warning::from));
        }
    }

    /// The record's access token, if it can be used. After a claims challenge, no stored token can be used.
    fn usable<'b>(&self, record: &'b Record, refused: Option<&Secret>) -> Option<&'b Access> {
        if self.only_new || self.challenge.is_some() {
            return None;
        }
        record.usable(self.link.seams.now(), refused)
    }

    fn renewed(&self, account: &Account<'_>, record: &Record) -> Result<(Record, Access), Error> {
        let challenge = self.challenge.as_ref();
        let lacking = |what| account.not_signed_in(Reason::Incomplete(what));
        match record.origin {
            CredentialKind::DeviceCode | CredentialKind::Browser => {
                let token = record.refresh_token.as_ref();
                let token = token.ok_or_else(|| lacking("refresh token"))?;
                refresh_token::redeem(&self.app, &self.link, record, token, challenge)
            }
            CredentialKind::ClientSecret => {
                let secret = record.client_secret.as_ref();
                let secret = secret.ok_or_else(|| lacking("client secret"))?;
                self.request(&secret_credential(secret.clone()))
            }
            // Nothing is stored with which these could obtain a token.
            _ => Err(account.not_signed_in(Reason::OtherOrigin)),
        }
    }
}

fn secret_credential(secret: Secret) -> Credential {
    Credential::ClientSecret(ClientSecret::Given(secret))
}

impl Renew for Tokens<'_> {
    fn renewable(&self) -> bool {
        !matches!(self.credential, Credential::AccessToken(_))
    }

    fn renew(&mut self, challenge: Option<&Challenge>) -> Option<Secret> {
        let refused = self.held.take().map(|access| access.token);
        self.challenge = challenge.cloned();
        let obtained = self.obtain(refused.as_ref());
        self.challenge = None;
        match obtained {
            Ok(token) => Some(token).filter(|token| Some(token) != refused.as_ref()),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }
}
