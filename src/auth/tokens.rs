//! The bearer token of a run: cached, else refreshed, else obtained.

use std::path::Path;
use std::time::Duration;

use super::app::App;
use super::client_credentials;
use super::client_secret::ClientSecret;
use super::credential::{Credential, CredentialKind};
use super::error::{Error, Reason, Warning};
use super::lock::{self, Lock};
use super::store::{self, Access, Record, Store};
use super::{
    azure_cli, certificate, client_secret, managed_identity, refresh_token, token_command,
};
use crate::http::{Challenge, Link, Renew};
use crate::seams::Seams;
use crate::secret::Secret;

/// Where a sign-in is kept between runs.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// The account's name in the configuration.
    pub name: &'a str,
    /// Where its record is.
    pub store: &'a dyn Store,
    /// The folder under which the locks are, one for each account.
    pub folder: &'a Path,
}

impl Account<'_> {
    /// Keeps `record` in the place of the former one, while no other process refreshes it.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Lock`] or [`Error::Store`]; the former record is then still there.
    pub fn save(&self, record: &Record, seams: &dyn Seams) -> Result<(), Error> {
        let _lock = self.lock(seams, &|_| true)?;
        Ok(self.store.save(self.name, record)?)
    }

    /// Whether a record could be saved now: a sign-in is not to be found out to be in vain when a
    /// person has done it.
    ///
    /// # Errors
    /// As [`Account::save`], but for what only the saving itself can meet.
    pub fn check(&self, seams: &dyn Seams) -> Result<(), Error> {
        self.lock(seams, &|_| true).map(drop)
    }

    /// Forgets the record, while no other process refreshes it; whether there was one.
    ///
    /// # Errors
    /// As [`Account::save`].
    pub fn forget(&self, seams: &dyn Seams) -> Result<bool, Error> {
        let _lock = self.lock(seams, &|_| true)?;
        Ok(self.store.delete(self.name)?)
    }

    /// The record, if it is `app`'s and of that origin.
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

/// Gives the bearer token, with no request and no look into the store that is not needed.
pub struct Tokens<'a> {
    app: App,
    credential: Credential,
    link: Link<'a>,
    account: Option<Account<'a>>,
    held: Option<Access>,
    /// What Graph demands of the next token, until one was asked for with it.
    challenge: Option<Challenge>,
    /// Whether only a token does that was not there before.
    anew: bool,
    error: Option<Error>,
    warnings: Vec<Warning>,
    /// Whether the credential has been looked at for what is to be warned of.
    looked_at: bool,
}

impl<'a> Tokens<'a> {
    /// Tokens for `app`, by `credential`; `account` is where they are kept, if anywhere.
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
            held: None,
            challenge: None,
            anew: false,
            error: None,
            warnings: Vec::new(),
            looked_at: false,
        }
    }

    /// A token that Graph will take for some minutes more.
    ///
    /// # Errors
    /// Why there is none. The store then still has what it had.
    pub fn bearer(&mut self) -> Result<Secret, Error> {
        match &self.held {
            Some(held) if held.is_fresh(self.link.seams.now()) => Ok(held.token.clone()),
            _ => self.obtain(None),
        }
    }

    /// A token that was not there before, whatever is cached: the proof that one can be had. A ready
    /// token proves nothing more than that it can be one.
    ///
    /// # Errors
    /// As [`Tokens::bearer`].
    pub fn obtain_anew(&mut self) -> Result<Secret, Error> {
        self.anew = true;
        let obtained = self.obtain(None);
        self.anew = false;
        obtained
    }

    /// Why the last [`Renew::renew`] gave nothing.
    pub fn take_error(&mut self) -> Option<Error> {
        self.error.take()
    }

    /// What went wrong so far without costing the token.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    fn obtain(&mut self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let credential = self.credential.clone();
        let limit = token_command::limit(self.link.timeout);
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
                // A secret that comes from outside is not the store's business, nor is its token.
                Some(secret) => self.ask(&given(secret))?.1,
                None => self.kept(refused)?,
            },
            Credential::DeviceCode | Credential::Browser => self.kept(refused)?,
            Credential::Certificate(_)
            | Credential::FederatedTokenFile(_)
            | Credential::GitHubActions(_) => self.proved(&credential, refused)?,
        };
        self.look_at_certificate();
        let token = access.token.clone();
        self.held = Some(access);
        Ok(token)
    }

    /// The client secret, unless it is in the store; warns of a file that every user may read.
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

    /// The stored sign-in, and its access token if it will do.
    fn stored(
        &self,
        account: &Account<'_>,
        refused: Option<&Secret>,
    ) -> Result<(Record, Option<Access>), Error> {
        let record = account.record(&self.app, self.credential.kind())?;
        let access = self.usable(&record, refused).cloned();
        Ok((record, access))
    }

    /// The stored access token, or a new one for what is stored.
    fn kept(&mut self, refused: Option<&Secret>) -> Result<Access, Error> {
        let account = self.account.ok_or(Error::NoStore)?;
        if let (_, Some(access)) = self.stored(&account, refused)? {
            return Ok(access);
        }
        let _lock = self.lock(&account)?;
        // Another process may have had the lock, and the same wish.
        let (record, access) = self.stored(&account, refused)?;
        if let Some(access) = access {
            return Ok(access);
        }
        let (renewed, access) = self.renewed(&account, &record)?;
        self.save(&account, &renewed);
        Ok(access)
    }

    /// The stored access token, or a new one for `credential`: what is stored can be obtained again, so
    /// that a store which fails costs a warning, and one that has nothing costs a request.
    fn proved(
        &mut self,
        credential: &Credential,
        refused: Option<&Secret>,
    ) -> Result<Access, Error> {
        let Some(account) = self.account else {
            return Ok(self.ask(credential)?.1);
        };
        match self.stored(&account, refused) {
            Ok((_, Some(access))) => return Ok(access),
            Err(Error::Store(error)) => {
                self.warnings.push(Warning::NotLoaded(error));
                return Ok(self.ask(credential)?.1);
            }
            Ok((_, None)) | Err(_) => {}
        }
        let _lock = self.lock(&account)?;
        // Another process may have had the lock, and the same wish.
        if let Ok((_, Some(access))) = self.stored(&account, refused) {
            return Ok(access);
        }
        let (record, access) = self.ask(credential)?;
        self.save(&account, &record);
        Ok(access)
    }

    /// A token for the application's `credential`, with what Graph demanded of it.
    fn ask(&self, credential: &Credential) -> Result<(Record, Access), Error> {
        client_credentials::ask(&self.app, &self.link, credential, self.challenge.as_ref())
    }

    /// The account's lock, or a warning: refreshing twice is waste, not harm, for which no send is
    /// lost. An application does not wait long for another process, as its token is its own; a
    /// refresh token is waited for as long as the run has patience.
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

    /// Warns of a certificate once in a run, whether a token was asked for with it or not.
    fn look_at_certificate(&mut self) {
        if let Credential::Certificate(files) = &self.credential
            && !std::mem::replace(&mut self.looked_at, true)
        {
            let now = self.link.seams.now();
            let warnings = certificate::warnings(files, now);
            self.warnings
                .extend(warnings.into_iter().map(Warning::from));
        }
    }

    /// The record's access token, if it will do: for a challenge none does that is there already.
    fn usable<'b>(&self, record: &'b Record, refused: Option<&Secret>) -> Option<&'b Access> {
        if self.anew || self.challenge.is_some() {
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
                self.ask(&given(secret.clone()))
            }
            // Nothing of these is kept that could give a token.
            _ => Err(account.not_signed_in(Reason::OtherOrigin)),
        }
    }
}

fn given(secret: Secret) -> Credential {
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
