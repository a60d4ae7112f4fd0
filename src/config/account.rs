//! The account of a run: the configured one, or what the environment alone makes.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::file::{self, AccountEntry, Auth, File};
use super::{ENVIRONMENT_ACCOUNT, Error, Settings, parsed, size, variable};
use crate::auth::client_secret::CREDENTIALS_DIRECTORY;
use crate::auth::environment::{CLIENT_ID, CLIENT_SECRET, TENANT_ID};
use crate::auth::federated::Job;
use crate::auth::managed_identity::{Host, Id};
use crate::auth::store::Kind;
use crate::auth::{self, ClientSecret, Credential, ManagedIdentity, certificate};
use crate::cloud::Cloud;
use crate::files;
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
    /// The mailbox to send out of; `/me` where absent.
    pub mailbox: Option<String>,
    /// Who signed in.
    pub username: Option<String>,
    /// Where its tokens are kept.
    pub token_store: Kind,
    /// The bytes of the largest message that its mailbox sends, where it is not the default.
    pub message_limit: Option<u64>,
    /// The most recipients of one message, where it is not the default.
    pub recipient_limit: Option<NonZeroUsize>,
}

impl Account {
    /// Whether it is an application's own, which has no mailbox.
    #[must_use]
    pub const fn is_application(&self) -> bool {
        self.credential.is_application()
    }
}

impl Settings {
    /// The account to use: the named one, the default, the only one, or the environment's, which
    /// is also named: [`ENVIRONMENT_ACCOUNT`].
    ///
    /// A ready token in `GRAPHMAIL_ACCESS_TOKEN` takes the place of the account's credential, and
    /// `GRAPHMAIL_MAILBOX` of its mailbox.
    ///
    /// # Errors
    /// [`Error`] where there is none, or it is not whole.
    pub fn account(&self) -> Result<Account, Error> {
        let token = self.environment.get(variable::ACCESS_TOKEN);
        let mut account = self.chosen(token.is_some())?;
        if let Some(token) = token {
            account.credential = Credential::AccessToken(Secret::new(token));
            account.token_store = Kind::None;
        }
        let mailbox = self.environment.get(variable::MAILBOX);
        account.mailbox = mailbox.or(account.mailbox);
        account.message_limit = self.message_limit()?.or(account.message_limit);
        account.recipient_limit = self.recipient_limit()?.or(account.recipient_limit);
        Ok(account)
    }

    /// The account as [`Settings::account`], whatever `GRAPHMAIL_ACCESS_TOKEN` says.
    ///
    /// # Errors
    /// As [`Settings::account`].
    pub fn stored_account(&self) -> Result<Account, Error> {
        self.chosen(false)
    }

    /// The account of that name, as [`Settings::account`] would give it were it asked for.
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

    /// The account of this run, where a command that names none would act on another.
    #[must_use]
    pub fn other_account(&self) -> Option<String> {
        let name = self.account.as_ref()?;
        // What cannot be read is told of by whoever needs it.
        let file = self.file().unwrap_or_default();
        let only = file
            .accounts
            .keys()
            .next()
            .filter(|_| file.accounts.len() == 1);
        let usual = file.default_account.as_ref().or(only);
        (usual != Some(name) && !is_of_environment(&file, name)).then(|| name.clone())
    }

    fn chosen(&self, has_token: bool) -> Result<Account, Error> {
        let file = self.file()?;
        let named = self.account.as_ref().or(file.default_account.as_ref());
        match (named, file.accounts.keys().next()) {
            (Some(name), _) if is_of_environment(&file, name) => {
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
    /// [`Error`] where there is none of that name, or it is not whole.
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
            token_store: match &credential {
                Credential::DeviceCode
                | Credential::Browser
                | Credential::ClientSecret(ClientSecret::Stored)
                | Credential::Certificate(_)
                | Credential::FederatedTokenFile(_)
                | Credential::GitHubActions(_) => self
                    .token_store()?
                    .or(entry.token_store)
                    .unwrap_or_else(|| usual_store(entry.auth)),
                // What comes from outside for each run is kept nowhere.
                _ => Kind::None,
            },
            credential,
            message_limit: entry.message_limit,
            recipient_limit: entry.recipient_limit,
        })
    }

    /// What the account of that name signs in with.
    ///
    /// # Errors
    /// [`Error`] where a key is missing or names nothing.
    pub fn credential(&self, name: &str, entry: &AccountEntry) -> Result<Credential, Error> {
        refuse_others_account(name, entry)?;
        Ok(match entry.auth {
            Auth::DeviceCode => Credential::DeviceCode,
            Auth::Browser => Credential::Browser,
            Auth::ClientSecret => Credential::ClientSecret(self.client_secret(name, entry)?),
            Auth::TokenCommand => {
                let command = entry.token_command.clone();
                let command = command.ok_or_else(|| incomplete(name, entry, "token_command"))?;
                Credential::TokenCommand(command)
            }
            Auth::ManagedIdentity => Credential::ManagedIdentity(ManagedIdentity {
                id: entry
                    .managed_identity
                    .as_deref()
                    .map(Id::parse)
                    .transpose()?,
                host: Host::detect(&self.environment),
            }),
            Auth::AzureCli => Credential::AzureCli,
            Auth::Certificate => Credential::Certificate(certificate::Files {
                path: entry
                    .certificate
                    .clone()
                    .ok_or_else(|| incomplete(name, entry, "certificate"))?,
                password: entry
                    .certificate_password_file
                    .clone()
                    .map(certificate::Password::File),
                send_chain: entry.send_certificate_chain.unwrap_or_default(),
            }),
            Auth::Federated => Credential::FederatedTokenFile(
                entry
                    .federated_token_file
                    .clone()
                    .ok_or_else(|| incomplete(name, entry, "federated_token_file"))?,
            ),
            Auth::GitHubActions => Credential::GitHubActions(Job::of(&self.environment)),
        })
    }

    /// The file of the credential `graphmail.NAME.client-secret` of systemd's unit, where this run is
    /// in a unit that has it.
    #[must_use]
    pub fn unit_secret(&self, name: &str) -> Option<PathBuf> {
        let folder = self.environment.path(CREDENTIALS_DIRECTORY)?;
        Some(folder.join(unit_credential(name))).filter(|path| path.exists())
    }

    /// Where the secret of an application comes from: the unit's credential, which is there on
    /// purpose and may be all that its user can read; else the file or the command that the account
    /// names, else the store.
    fn client_secret(&self, name: &str, entry: &AccountEntry) -> Result<ClientSecret, Error> {
        let wrong = |reason| Error::Account {
            account: name.to_owned(),
            reason,
        };
        match (&entry.client_secret_file, &entry.client_secret_command) {
            (Some(_), Some(_)) => Err(wrong(
                "client_secret_file and client_secret_command exclude each other",
            )),
            (Some(path), None) if path.is_relative() => {
                Err(wrong("client_secret_file is no absolute path"))
            }
            (file, command) => Ok(match (self.unit_secret(name), file, command) {
                (Some(path), ..) => ClientSecret::File(path),
                (None, Some(path), _) => ClientSecret::File(path.clone()),
                (None, None, Some(command)) => ClientSecret::Command(command.clone()),
                // Nothing was stored, so that nothing else can have it.
                (None, None, None) if entry.token_store == Some(Kind::None) => {
                    ClientSecret::Unit(unit_credential(name))
                }
                (None, None, None) => ClientSecret::Stored,
            }),
        }
    }

    /// The account that the environment alone makes: a ready token, or azure-identity's variables.
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
            let none = match &self.account {
                Some(_) => Error::NoVariables(variables.into_iter().filter(unset).collect()),
                None => Error::NoAccount,
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

    /// Where tokens are kept, as the environment says.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub fn token_store(&self) -> Result<Option<Kind>, Error> {
        parsed(&self.environment, variable::TOKEN_STORE, |text| {
            Kind::parse(text).ok_or_else(|| "it must be keyring, file or none".to_owned())
        })
    }

    /// The largest message that the mailbox sends, in bytes, as the environment says.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub fn message_limit(&self) -> Result<Option<u64>, Error> {
        parsed(&self.environment, variable::MESSAGE_LIMIT, size::parse)
    }

    /// The most recipients of one message, as the environment says.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub fn recipient_limit(&self) -> Result<Option<NonZeroUsize>, Error> {
        parsed(&self.environment, variable::RECIPIENT_LIMIT, |text| {
            text.parse()
                .map_err(|_| "it must be a number from 1 on".to_owned())
        })
    }

    /// The environment's cloud, else the one of that name, else the global one; then with the
    /// roots that the environment sets.
    ///
    /// # Errors
    /// As [`Settings::cloud_named`].
    pub fn cloud(&self, file: &File, name: Option<&str>) -> Result<Cloud, Error> {
        let chosen = self.environment.get(variable::CLOUD);
        self.cloud_named(file, chosen.as_deref().or(name))
    }

    /// The cloud of that name, else the global one; then with the roots that the environment sets.
    ///
    /// # Errors
    /// [`Error::UnknownCloud`], [`Error::Root`].
    pub fn cloud_named(&self, file: &File, name: Option<&str>) -> Result<Cloud, Error> {
        let name = name.unwrap_or("global");
        let cloud = match file.clouds.get(name) {
            Some(entry) => {
                let source = entry.source.as_deref();
                refuse_others(|| format!("cloud {name:?}"), source, "login")?;
                Cloud::new(name, &entry.graph, &entry.login).map_err(|reason| Error::Root {
                    name: format!("cloud {name:?} of the configuration"),
                    reason,
                })?
            }
            None => Cloud::national(name).ok_or_else(|| unknown_cloud(name, file))?,
        };
        self.with_roots(cloud)
    }

    /// `cloud` with the roots that the environment sets in their place.
    fn with_roots(&self, mut cloud: Cloud) -> Result<Cloud, Error> {
        let root = |name: &str, reason| Error::Root {
            name: name.to_owned(),
            reason,
        };
        if let Some(graph) = self.environment.get(variable::GRAPH_URL) {
            cloud = cloud
                .with_graph(&graph)
                .map_err(|reason| root(variable::GRAPH_URL, reason))?;
        }
        if let Some(login) = self.environment.get(variable::LOGIN_URL) {
            cloud = cloud
                .with_login(&login)
                .map_err(|reason| root(variable::LOGIN_URL, reason))?;
        }
        Ok(cloud)
    }
}

/// The name of the credential with the client secret in a unit of systemd's (systemd.exec(5),
/// `LoadCredential=`).
fn unit_credential(name: &str) -> String {
    format!("graphmail.{name}.client-secret")
}

/// Whether the name means what the environment alone makes, beside a configuration too.
fn is_of_environment(file: &File, name: &str) -> bool {
    name == ENVIRONMENT_ACCOUNT && !file.accounts.contains_key(name)
}

/// Refuses a command, a secret's file or a URL of a file that another user may change (as
/// ssh_config(5) does).
pub(super) fn refuse_others(
    owner: impl FnOnce() -> String,
    source: Option<&Path>,
    key: &'static str,
) -> Result<(), Error> {
    match source.and_then(files::untrusted) {
        None => Ok(()),
        Some(untrusted) => Err(Error::Untrusted {
            owner: owner(),
            key,
            untrusted,
        }),
    }
}

/// Refuses what an account names if another user may change the file that it stands in.
fn refuse_others_account(name: &str, entry: &AccountEntry) -> Result<(), Error> {
    let named = [
        ("token_command", entry.token_command.is_some()),
        // The program az loads extensions from the same home.
        ("auth", entry.auth == Auth::AzureCli),
        (
            "client_secret_command",
            entry.client_secret_command.is_some(),
        ),
        ("client_secret_file", entry.client_secret_file.is_some()),
        ("certificate", entry.certificate.is_some()),
        (
            "certificate_password_file",
            entry.certificate_password_file.is_some(),
        ),
        ("federated_token_file", entry.federated_token_file.is_some()),
    ];
    match named.into_iter().find(|(_, named)| *named) {
        Some((key, _)) => {
            refuse_others(|| format!("account {name:?}"), entry.source.as_deref(), key)
        }
        None => Ok(()),
    }
}

fn incomplete(name: &str, entry: &AccountEntry, key: &'static str) -> Error {
    Error::Incomplete {
        account: name.to_owned(),
        auth: entry.auth.name(),
        key,
    }
}

/// Where tokens are kept when nothing else is said. Where the credential itself lies in a file or
/// comes from outside, its tokens of an hour may lie in a file too, and no server has a keyring.
#[must_use]
pub const fn usual_store(auth: Auth) -> Kind {
    if auth.is_proved_anew() {
        Kind::File
    } else {
        Kind::Keyring
    }
}

fn unknown_cloud(name: &str, file: &File) -> Error {
    let known: Vec<&str> = Cloud::NAMES
        .into_iter()
        .chain(file.clouds.keys().map(String::as_str))
        .collect();
    Error::UnknownCloud {
        name: name.to_owned(),
        nearest: file::nearest(name, &known).map(ToOwned::to_owned),
    }
}
