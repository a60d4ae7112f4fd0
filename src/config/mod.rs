//! Defaults < files < environment < flags, settled once into what a run goes by.

mod edit;
mod file;
mod folders;
pub mod variable;

use std::path::PathBuf;
use std::time::Duration;

pub use edit::{put_account, remove_account, use_account};
pub use file::{AccountEntry, Auth, File, Place};

use crate::auth::store::Kind;
use crate::auth::{self, Credential};
use crate::cloud::{Cloud, InvalidRoot};
use crate::exit::Class;
use crate::seams::Environment;
use crate::secret::Secret;

/// The name of an account that comes from the environment alone.
pub const ENVIRONMENT_ACCOUNT: &str = "environment";
/// The name that `login` gives an account when no other is said.
pub const FIRST_ACCOUNT: &str = "default";

/// One request takes at most this long unless `--timeout` says otherwise: a 4 MB body over a slow
/// line and Exchange's own work fit in it.
const TIMEOUT: Duration = Duration::from_mins(2);
/// All waits together take at most this long unless `--max-wait` says otherwise.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// The options that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Flags {
    /// The account to use, of those that `accounts list` shows
    #[arg(short = 'A', long, global = true, value_name = "NAME")]
    pub account: Option<String>,
    /// Read this configuration file, alone
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print exactly one JSON object on standard output, on success and on failure
    #[arg(long, global = true)]
    pub json: bool,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more; twice: each HTTP exchange, without secrets and bodies
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Append a line for each send to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// The longest that one request may take: 30s, 2m [default: 2m]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// The longest that all waits for throttling and retries may take together [default: 1m]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub max_wait: Option<Duration>,
}

/// What a run goes by, whatever its command.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The account that was asked for by name.
    account: Option<String>,
    /// The configuration file that was asked for.
    config: Option<PathBuf>,
    /// One JSON object on standard output.
    pub json: bool,
    /// Nothing but errors.
    pub quiet: bool,
    /// 0, 1 or 2.
    pub verbose: u8,
    /// The file that gets a line for each send.
    pub log_file: Option<PathBuf>,
    /// The longest that one request may take.
    pub timeout: Duration,
    /// The longest that all waits may take together.
    pub max_wait: Duration,
    environment: Environment,
}

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
}

/// A configuration that cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No account is configured and the environment holds no credential.
    #[error("no account is signed in")]
    NoAccount,
    /// The account that was asked for does not exist.
    #[error("there is no account {name:?}")]
    UnknownAccount {
        /// As it was asked for.
        name: String,
        /// The accounts that there are.
        known: Vec<String>,
    },
    /// Several accounts and no default.
    #[error("there are several accounts and none is the default")]
    NoDefault(Vec<String>),
    /// The cloud that was asked for does not exist.
    #[error("there is no cloud {name:?}")]
    UnknownCloud {
        /// As it was asked for.
        name: String,
        /// The nearest that there is.
        nearest: Option<String>,
    },
    /// A Graph root or a login authority that no token may be sent to.
    #[error("{name}: {reason}")]
    Root {
        /// The variable or key that holds it.
        name: String,
        /// What is wrong with it.
        reason: InvalidRoot,
    },
    /// A key that is not known.
    #[error("{place}: unknown key {key:?}")]
    UnknownKey {
        /// Where it stands.
        place: Place,
        /// The key.
        key: String,
        /// The known key most like it.
        nearest: Option<&'static str>,
    },
    /// Not TOML, or a value of the wrong kind.
    #[error("{place}: {reason}")]
    Malformed {
        /// Where.
        place: Place,
        /// What the parser says.
        reason: String,
    },
    /// The configuration file that was asked for is not there.
    #[error("{} is not there", .0.display())]
    Missing(PathBuf),
    /// A key that the account's way of signing in needs.
    #[error("account {account:?} has auth = {auth:?} but no {key}")]
    Incomplete {
        /// The account.
        account: String,
        /// Its way of signing in.
        auth: &'static str,
        /// The missing key.
        key: &'static str,
    },
    /// The file is there and cannot be read.
    #[error("{} cannot be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, std::io::Error),
    /// The file cannot be written.
    #[error("{} cannot be written: {}", .0.display(), .1)]
    Unwritable(PathBuf, std::io::Error),
    /// A variable whose value cannot be followed.
    #[error("{variable} is {value:?}: {reason}")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An application sends out of a mailbox that must be named.
    #[error("an application has no mailbox of its own")]
    NoMailbox,
    /// The Azure SDKs' variables are there and not whole.
    #[error(transparent)]
    Environment(#[from] auth::environment::Fault),
    /// Neither HOME nor XDG variables.
    #[error("HOME is not set, so there is no place for this program's files")]
    NoHome,
}

impl Error {
    /// How a run that ends on this error ends.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::NoAccount => Class::SignIn,
            Self::Unwritable(..) => Class::Io,
            _ => Class::Config,
        }
    }
}

impl Settings {
    /// Settles flags over environment.
    ///
    /// # Errors
    /// [`Error::Variable`] where a variable's value cannot be followed.
    pub fn of(flags: &Flags, environment: &Environment) -> Result<Self, Error> {
        let quiet = flags.quiet || switch(environment, variable::QUIET)?;
        let verbose = match flags.verbose {
            0 if !quiet => parsed(environment, variable::VERBOSE, |text| {
                text.parse::<u8>().map_err(|error| error.to_string())
            })?
            .unwrap_or(0),
            given => given,
        };
        Ok(Self {
            account: flags
                .account
                .clone()
                .or_else(|| environment.get(variable::ACCOUNT)),
            config: flags
                .config
                .clone()
                .or_else(|| environment.path(variable::CONFIG)),
            json: flags.json || switch(environment, variable::JSON)?,
            quiet: quiet && flags.verbose == 0,
            verbose,
            log_file: flags
                .log_file
                .clone()
                .or_else(|| environment.path(variable::LOG_FILE)),
            timeout: match flags.timeout {
                Some(given) => given,
                None => parsed(environment, variable::TIMEOUT, duration)?.unwrap_or(TIMEOUT),
            },
            max_wait: match flags.max_wait {
                Some(given) => given,
                None => parsed(environment, variable::MAX_WAIT, duration)?.unwrap_or(MAX_WAIT),
            },
            environment: environment.clone(),
        })
    }

    /// The environment that the settings came from.
    #[must_use]
    pub const fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The name of the account that was asked for, by flag or environment.
    #[must_use]
    pub fn account_name(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The files that count, laid over each other.
    ///
    /// # Errors
    /// [`Error`] naming file and line.
    pub fn file(&self) -> Result<File, Error> {
        if let Some(path) = &self.config {
            return Ok(File::read(path)?.unwrap_or_default());
        }
        let user = match folders::user_config(&self.environment) {
            Some(path) => File::read(&path)?,
            None => None,
        };
        let system = File::read(&folders::system_config())?;
        Ok(user.unwrap_or_default().over(system.unwrap_or_default()))
    }

    /// The file that `login` and `accounts` change.
    ///
    /// # Errors
    /// [`Error::NoHome`].
    pub fn own_file(&self) -> Result<PathBuf, Error> {
        self.config
            .clone()
            .or_else(|| folders::user_config(&self.environment))
            .ok_or(Error::NoHome)
    }

    /// The folder of token files and locks.
    ///
    /// # Errors
    /// [`Error::NoHome`].
    pub fn state_folder(&self) -> Result<PathBuf, Error> {
        folders::state(&self.environment)
    }

    /// The account to use: the named one, the default, the only one, or the environment's.
    ///
    /// A ready token in `GRAPHMAIL_ACCESS_TOKEN` takes the place of the account's credential.
    ///
    /// # Errors
    /// [`Error`] where there is none, or it is not whole.
    pub fn account(&self) -> Result<Account, Error> {
        let file = self.file()?;
        let token = self
            .environment
            .get(variable::ACCESS_TOKEN)
            .map(Secret::new);
        let named = self
            .account
            .clone()
            .or_else(|| file.default_account.clone());
        let name = match named {
            Some(name) => Some(name),
            None if file.accounts.len() > 1 && token.is_none() => {
                return Err(Error::NoDefault(file.accounts.keys().cloned().collect()));
            }
            None if file.accounts.len() == 1 => file.accounts.keys().next().cloned(),
            None => None,
        };
        let mut account = match name {
            Some(name) => self.configured(&file, &name)?,
            None => self.unconfigured(&file, token.is_some())?,
        };
        if let Some(token) = token {
            account.credential = Credential::AccessToken(token);
            account.token_store = Kind::None;
        }
        Ok(account)
    }

    /// The configured account of that name.
    ///
    /// # Errors
    /// [`Error`] where there is none of that name, or it is not whole.
    pub fn configured(&self, file: &File, name: &str) -> Result<Account, Error> {
        let Some(entry) = file.accounts.get(name) else {
            return Err(match (&self.config, file.accounts.is_empty()) {
                (Some(path), true) if !path.exists() => Error::Missing(path.clone()),
                _ => Error::UnknownAccount {
                    name: name.to_owned(),
                    known: file.accounts.keys().cloned().collect(),
                },
            });
        };
        let missing = |key| Error::Incomplete {
            account: name.to_owned(),
            auth: entry.auth.name(),
            key,
        };
        let credential = match entry.auth {
            Auth::DeviceCode => Credential::DeviceCode,
            Auth::ClientSecret => Credential::ClientSecret(None),
            Auth::TokenCommand => Credential::TokenCommand(
                entry
                    .token_command
                    .clone()
                    .ok_or_else(|| missing("token_command"))?,
            ),
        };
        if entry.auth != Auth::TokenCommand {
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
            credential,
            mailbox: entry.mailbox.clone(),
            username: entry.username.clone(),
            token_store: match entry.auth {
                Auth::TokenCommand => Kind::None,
                Auth::DeviceCode | Auth::ClientSecret => self
                    .token_store()?
                    .or(entry.token_store)
                    .unwrap_or(Kind::Keyring),
            },
        })
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
        };
        if has_token {
            return Ok(account);
        }
        let Some((app, credential)) = auth::environment::from_environment(&self.environment)?
        else {
            return Err(Error::NoAccount);
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

    /// The cloud of that name, else the environment's, else the global one; then with the roots
    /// that the environment sets.
    ///
    /// # Errors
    /// [`Error::UnknownCloud`], [`Error::Root`].
    pub fn cloud(&self, file: &File, name: Option<&str>) -> Result<Cloud, Error> {
        let name = self
            .environment
            .get(variable::CLOUD)
            .or_else(|| name.map(ToOwned::to_owned))
            .unwrap_or_else(|| "global".to_owned());
        let cloud = match file.clouds.get(&name) {
            Some(entry) => {
                Cloud::new(&name, &entry.graph, &entry.login).map_err(|reason| Error::Root {
                    name: format!("cloud {name:?} of the configuration"),
                    reason,
                })?
            }
            None => Cloud::national(&name).ok_or_else(|| unknown_cloud(&name, file))?,
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

/// Reads a duration: `30s`, `2m`, `1h 30m`, or a bare number of seconds.
fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let duration: jiff::SignedDuration = text
        .parse()
        .map_err(|_| "not a duration such as 30s, 2m or 1h30m".to_owned())?;
    Duration::try_from(duration).map_err(|_| "a duration cannot be negative".to_owned())
}

fn parsed<T>(
    environment: &Environment,
    variable: &'static str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, Error> {
    let Some(value) = environment.get(variable) else {
        return Ok(None);
    };
    match parse(&value) {
        Ok(parsed) => Ok(Some(parsed)),
        Err(reason) => Err(Error::Variable {
            variable,
            value,
            reason,
        }),
    }
}

/// Whether the environment asks for JSON, on the way to an error about something else.
#[must_use]
pub fn wants_json(environment: &Environment) -> bool {
    switch(environment, variable::JSON).unwrap_or(false)
}

fn switch(environment: &Environment, variable: &'static str) -> Result<bool, Error> {
    parsed(environment, variable, |text| match text {
        "1" | "true" | "yes" => Ok(true),
        "0" | "false" | "no" => Ok(false),
        _ => Err("it must be 1 or 0".to_owned()),
    })
    .map(|set| set.unwrap_or(false))
}
