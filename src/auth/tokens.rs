//! The bearer token of a run: cached, else refreshed, else obtained.

use std::path::Path;

use jiff::Timestamp;

use super::app::{App, Credential};
use super::error::{Error, Reason, Warning};
use super::lock::{self, Lock};
use super::store::{self, Access, Origin, Record, Store};
use super::{client_credentials, refresh_token, token_command};
use crate::http::{Link, Renew};
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
        let _lock = self.lock(seams)?;
        Ok(self.store.save(self.name, record)?)
    }

    /// Whether a record could be saved now: a sign-in is not to be found out to be in vain when a
    /// person has done it.
    ///
    /// # Errors
    /// As [`Account::save`], but for what only the saving itself can meet.
    pub fn check(&self, seams: &dyn Seams) -> Result<(), Error> {
        self.lock(seams).map(drop)
    }

    /// Forgets the record, while no other process refreshes it; whether there was one.
    ///
    /// # Errors
    /// As [`Account::save`].
    pub fn forget(&self, seams: &dyn Seams) -> Result<bool, Error> {
        let _lock = self.lock(seams)?;
        Ok(self.store.delete(self.name)?)
    }

    /// The record, if it is `app`'s and of that origin.
    ///
    /// # Errors
    /// [`Error::NotSignedIn`] or [`Error::Store`].
    pub fn record(&self, app: &App, origin: Origin) -> Result<Record, Error> {
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

    fn lock(&self, seams: &dyn Seams) -> Result<Lock, Error> {
        store::check_name(self.name)?;
        lock::acquire(self.folder, self.name, seams).map_err(|failure| match failure {
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
    error: Option<Error>,
    warnings: Vec<Warning>,
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
            error: None,
            warnings: Vec::new(),
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

    /// Why the last [`Renew::renew`] gave nothing.
    pub fn take_error(&mut self) -> Option<Error> {
        self.error.take()
    }

    /// What went wrong so far without costing the token.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    fn obtain(&mut self, refused: Option<&Secret>) -> Result<Secret, Error> {
        let access = match &self.credential {
            Credential::AccessToken(token) => lasting(token_command::token(token.expose())?),
            Credential::TokenCommand(command) => {
                lasting(token_command::run(command, token_command::LIMIT)?)
            }
            // A secret that comes from outside is not the store's business, nor is its token.
            Credential::ClientSecret(Some(secret)) => {
                client_credentials::ask(&self.app, &self.link, secret)?.1
            }
            Credential::ClientSecret(None) => self.kept(Origin::ClientSecret, refused)?,
            Credential::DeviceCode => self.kept(Origin::DeviceCode, refused)?,
            Credential::Browser => self.kept(Origin::Browser, refused)?,
        };
        let token = access.token.clone();
        self.held = Some(access);
        Ok(token)
    }

    /// The stored access token, or a new one for what is stored.
    fn kept(&mut self, origin: Origin, refused: Option<&Secret>) -> Result<Access, Error> {
        let account = self.account.ok_or(Error::NoStore)?;
        let record = account.record(&self.app, origin)?;
        if let Some(access) = record.usable(self.link.seams.now(), refused) {
            return Ok(access.clone());
        }
        let _lock = match account.lock(self.link.seams) {
            // Refreshing twice is waste, not harm: the send is not lost for that.
            Err(error @ Error::Lock { .. }) => {
                self.warnings.push(Warning::NotLocked(error));
                None
            }
            other => Some(other?),
        };
        // Another process may have had the lock, and the same wish.
        let record = account.record(&self.app, origin)?;
        if let Some(access) = record.usable(self.link.seams.now(), refused) {
            return Ok(access.clone());
        }
        let (renewed, access) = self.renewed(&account, &record)?;
        if let Err(error) = account.store.save(account.name, &renewed) {
            self.warnings.push(Warning::NotSaved(error));
        }
        Ok(access)
    }

    fn renewed(&self, account: &Account<'_>, record: &Record) -> Result<(Record, Access), Error> {
        let lacking = |what| account.not_signed_in(Reason::Incomplete(what));
        match record.origin {
            Origin::DeviceCode | Origin::Browser => {
                let token = record.refresh_token.as_ref();
                let token = token.ok_or_else(|| lacking("refresh token"))?;
                refresh_token::redeem(&self.app, &self.link, record, token)
            }
            Origin::ClientSecret => {
                let secret = record.client_secret.as_ref();
                let secret = secret.ok_or_else(|| lacking("client secret"))?;
                client_credentials::ask(&self.app, &self.link, secret)
            }
        }
    }
}

impl Renew for Tokens<'_> {
    fn renewable(&self) -> bool {
        !matches!(self.credential, Credential::AccessToken(_))
    }

    fn renew(&mut self) -> Option<Secret> {
        let refused = self.held.take().map(|access| access.token);
        match self.obtain(refused.as_ref()) {
            Ok(token) => Some(token).filter(|token| Some(token) != refused.as_ref()),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }
}

/// A token of which only Graph knows the end.
const fn lasting(token: Secret) -> Access {
    Access {
        token,
        expires_at: Timestamp::MAX,
    }
}
