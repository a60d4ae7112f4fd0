//! The account of a run, from the configuration or only from the environment.

use std::num::NonZeroUsize;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::entry::{incomplete, usual_store};
use super::file::File;
use super::{ENVIRONMENT_ACCOUNT, Error, Settings, number, parsed, size, variable};
use crate::auth::credential::{CLIENT_SECRET, Storage};
use crate::auth::environment::{CLIENT_ID, TENANT_ID};
use crate::auth::store::{Kind, Record};
use crate::auth::{self, Claims, Credential, Lifetime};
use crate::cloud::Cloud;
use crate::secret::Secret;

/// One account, ready to be used.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its name.
    pub name: String,
    /// The tenant's domain or id.
    pub tenant: Option<String>,
    /// The application's id.
    pub client_id: Option<String>,
    /// Where it signs in and sends.
    pub cloud: Cloud,
    /// How it signs in.
    pub credential: Credential,
    /// The sending mailbox. `None`: the signed-in user's (`/me`).
    pub mailbox: Option<String>,
    /// The signed-in user.
    pub username: Option<String>,
    /// When its credential expires, if the configuration says so.
    pub credential_expires: Option<Timestamp>,
    /// Where its tokens are stored.
    pub token_store: Kind,
    /// The largest message that its mailbox may send, in bytes, if it is not the default.
    pub message_limit: Option<u64>,
    /// The most recipients of one message, if it is not the default.
    pub recipient_limit: Option<NonZeroUsize>,
}

impl Account {
    /// Whether the application itself signs in, without a user. It has no mailbox of its own.
    #[must_use]
    pub fn is_application(&self) -> bool {
        self.credential.is_application()
    }

    /// The lifetime of its credential; `record` is the stored part.
    #[must_use]
    pub fn lifetime(&self, record: Option<&Record>) -> Lifetime {
        let known = Lifetime::of_credential(&self.credential, record);
        match self.credential_expires {
            Some(end) if known.end().is_none() => Lifetime::Fixed(end),
            _ => known,
        }
    }
}

impl Settings {
    /// The account to use: the given one, the default, the only one, or the one from the environment,
    /// which has the name [`ENVIRONMENT_ACCOUNT`].
    ///
    /// `GRAPHMAIL_ACCESS_TOKEN` overrides the account's credential, and `GRAPHMAIL_MAILBOX` its mailbox.
    ///
    /// # Errors
    /// [`Error`] if there is no account, or if a key is missing.
    pub fn account(&self) -> Result<Account, Error> {
        let token = self.environment.get(variable::ACCESS_TOKEN);
        let mut account = self.selected_account(token.is_some())?;
        if let Some(token) = token {
            // The token may be of another user than the account. An opaque token tells nothing, so the account
            // is believed.
            if let Some(claims) = Claims::of_token(&token) {
                account.username = claims.username();
            }
            account.credential_expires = None;
            account.credential = Credential::AccessToken(Secret::new(token));
            account.token_store = Kind::None;
        }
        account.mailbox = self.mailbox()?.or(account.mailbox);
        account.message_limit = self.message_limit()?.or(account.message_limit);
        account.recipient_limit = self.recipient_limit()?.or(account.recipient_limit);
        Ok(account)
    }

    /// The account as in [`Settings::account`], ignoring `GRAPHMAIL_ACCESS_TOKEN`.
    ///
    /// # Errors
    /// As [`Settings::account`].
    pub fn stored_account(&self) -> Result<Account, Error> {
        self.selected_account(false)
    }

    /// The account of that name, as in [`Settings::account`].
    ///
    /// # Errors
    /// As [`Settings::account`].
    pub fn account_named(&self, name: &str) -> Result<Account, Error> {
        let settings = Self {
            account: Some(name.to_owned()),
            ..self.clone()
        };
        settings.account()
    }

    /// The name of this run's account, if a command without `--account` would use another one: here, or in a shell
    /// without this run's variables.
    #[must_use]
    pub fn other_account(&self) -> Option<String> {
        let name = self.account.as_ref()?;
        // An unreadable file is reported when it is needed.
        let file = self.file().unwrap_or_default();
        let only = file
            .accounts
            .keys()
            .next()
            .filter(|_| file.accounts.len() == 1);
        let usual = file.default_account.as_ref().or(only);
        let given = self.environment().get(variable::ACCOUNT);
        let is_usual = usual == Some(name) && given.is_none_or(|given| given == *name);
        (!is_usual && !is_environment_account(&file, name)).then(|| name.clone())
    }

    fn selected_account(&self, has_token: bool) -> Result<Account, Error> {
        let file = self.file()?;
        let named = self.account.as_ref().or(file.default_account.as_ref());
        match (named, file.accounts.keys().next()) {
            (Some(name), _) if is_environment_account(&file, name) => {
                self.unconfigured(&file, has_token)
            }
            (Some(name), _) => self.configured(&file, name),
            (None, Some(name)) if file.accounts.len() == 1 => self.configured(&file, name),
            (None, Some(_)) if !has_token => {
                Err(Error::NoDefault(file.accounts.keys().cloned().collect()))
            }
            (None, _) => self.unconfigured(&file, has_token),
        }
    }

    /// The configured account of that name.
    ///
    /// # Errors
    /// [`Error`] if the account does not exist, or if a key is missing.
    pub fn configured(&self, file: &File, name: &str) -> Result<Account, Error> {
        let Some(entry) = file.accounts.get(name) else {
            return Err(Error::UnknownAccount {
                name: name.to_owned(),
                known: file.accounts.keys().cloned().collect(),
            });
        };
        let credential = self.credential(name, entry)?;
        if !entry.auth.is_external() {
            let missing = |key| incomplete(name, entry, key);
            entry
                .client_id
                .as_ref()
                .ok_or_else(|| missing("client_id"))?;
            entry.tenant.as_ref().ok_or_else(|| missing("tenant"))?;
        }
        Ok(Account {
            name: name.to_owned(),
            tenant: entry.tenant.clone(),
            client_id: entry.client_id.clone(),
            cloud: self.cloud(file, entry.cloud.as_deref())?,
            mailbox: entry.mailbox.clone(),
            username: entry.username.clone(),
            credential_expires: entry.credential_expires.and_then(beginning),
            token_store: match credential.storage() {
                Storage::SignIn | Storage::AccessTokens => self
                    .token_store()?
                    .or(entry.token_store)
                    .unwrap_or_else(|| usual_store(entry.auth)),
                Storage::Nothing(_) => Kind::None,
            },
            credential,
            message_limit: entry.message_limit,
            recipient_limit: entry.recipient_limit,
        })
    }

    /// The account from the environment: an access token, or the variables of azure-identity.
    fn unconfigured(&self, file: &File, has_token: bool) -> Result<Account, Error> {
        let name = ENVIRONMENT_ACCOUNT.to_owned();
        let account = Account {
            name,
            tenant: None,
            client_id: None,
            cloud: self.cloud(file, None)?,
            credential: Credential::DeviceCode,
            mailbox: None,
            username: None,
            credential_expires: None,
            token_store: Kind::None,
            message_limit: None,
            recipient_limit: None,
        };
        if has_token {
            return Ok(account);
        }
        let Some((app, credential)) = auth::environment::from_environment(&self.environment)?
        else {
            let unset = |name: &&str| self.environment.get(name).is_none();
            let variables = [TENANT_ID, CLIENT_ID, CLIENT_SECRET];
            let none = match self.account.as_ref().or(file.default_account.as_ref()) {
                Some(_) => Error::NoVariables(variables.into_iter().filter(unset).collect()),
                None => Error::NoAccount(self.places()),
            };
            return Err(none);
        };
        let cloud = match self.environment.get(variable::CLOUD) {
            Some(_) => account.cloud,
            None => self.with_roots(app.cloud)?,
        };
        Ok(Account {
            tenant: Some(app.tenant),
            client_id: Some(app.client_id),
            cloud,
            credential,
            ..account
        })
    }

    /// Where tokens are stored, from the environment.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub fn token_store(&self) -> Result<Option<Kind>, Error> {
        parsed(&self.environment, variable::TOKEN_STORE, |text| {
            Kind::parse(text).ok_or_else(|| "it must be keyring, file or none".to_owned())
        })
    }

    /// The largest message that the mailbox may send, in bytes, from the environment.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub fn message_limit(&self) -> Result<Option<u64>, Error> {
        parsed(
            &self.environment,
            variable::MESSAGE_LIMIT,
            size::message_limit,
        )
    }

    /// The most recipients of one message, from the environment.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub fn recipient_limit(&self) -> Result<Option<NonZeroUsize>, Error> {
        parsed(&self.environment, variable::RECIPIENT_LIMIT, |text| {
            let parsed = text.parse().ok().and_then(number::recipients_of);
            parsed.ok_or_else(|| number::NO_RECIPIENTS.to_owned())
        })
    }
}

/// Whether the name means the account from the environment. A configured account of that name takes
/// precedence.
fn is_environment_account(file: &File, name: &str) -> bool {
    name == ENVIRONMENT_ACCOUNT && !file.accounts.contains_key(name)
}

/// The beginning of the day in UTC.
fn beginning(day: Date) -> Option<Timestamp> {
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
