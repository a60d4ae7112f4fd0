//! The settings of a run: flags override the environment, which overrides the files, which override
//! defaults.

mod account;
mod aliases;
mod check;
mod cloud;
mod duration;
mod edit;
mod entry;
mod error;
mod file;
mod folders;
mod keys;
mod load;
mod message;
mod number;
mod outbox;
mod place;
mod sendmail;
mod sendmail_config;
mod size;
mod smtpd;
mod trust;
pub mod variable;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use account::Account;
pub use aliases::{AliasScope, Aliases, POSTMASTER, Targets};

use duration::duration;
pub use duration::limit;
pub use edit::{check_writable, put_account, remove_account, use_account};
pub use entry::{AccountEntry, usual_store};
pub use error::Error;
pub use file::{File, sections};
pub use folders::{NoFolder, home_state, host_state};
pub use keys::nearest;
pub(crate) use message::FormatChoice;
pub use message::is_user;
pub use outbox::OutboxEntry;
pub use place::Place;
pub use sendmail::{FromChoice, NameTemplate, SendmailEntry};
pub use sendmail_config::permitted_config;
pub use size::parse as parse_size;
pub use smtpd::{LogEntry, SmtpUser, SmtpdEntry};

use crate::seams::Environment;

/// The name of an account that comes from the environment alone.
pub const ENVIRONMENT_ACCOUNT: &str = "environment";
/// The name that `login` gives to an account without `--account`.
pub const FIRST_ACCOUNT: &str = "default";

/// The default of `--timeout`: long enough for a 4 MB body over a slow line and for Exchange's
/// processing.
const TIMEOUT: Duration = Duration::from_mins(2);
/// The default of `--max-wait`.
const MAX_WAIT: Duration = Duration::from_mins(1);

/// The heading of the options that every command takes.
pub const GLOBAL_OPTIONS: &str = "Global options";

/// The options that every command takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = GLOBAL_OPTIONS)]
pub struct Flags {
    /// The account to use: see `accounts list`
    #[arg(short = 'A', long, global = true, value_name = "NAME")]
    pub account: Option<String>,
    /// Read only this configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print exactly one JSON object on standard output, on success and on failure
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print more messages; twice: also each HTTP exchange, without secrets and bodies
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Append a line for each send to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// The maximum time for one request: 30s, 2m [default: 2m]
    #[arg(long, global = true, value_name = "DURATION", value_parser = limit)]
    pub timeout: Option<Duration>,
    /// The maximum total time of waits for throttling and retries [default: 1m; 10s if the message can be
    /// queued]
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub max_wait: Option<Duration>,
}

/// The settings of a run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name of the account, from flag or environment.
    account: Option<String>,
    /// Whether the name is from the flag.
    account_is_flagged: bool,
    /// The configuration file, from flag or environment.
    config: Option<PathBuf>,
    /// Whether to print one JSON object on standard output.
    pub json: bool,
    /// Whether to print only errors.
    pub quiet: bool,
    /// The verbosity: 0, 1 or 2.
    pub verbose: u8,
    /// The file that gets a line for each send.
    pub log_file: Option<PathBuf>,
    /// The maximum time for one request.
    pub timeout: Duration,
    /// The maximum total time of waits, if set.
    pub max_wait: Option<Duration>,
    environment: Environment,
    /// What was read. Clones share it.
    loaded: Arc<load::Loaded>,
}

impl Settings {
    /// Merges flags and environment; flags take precedence.
    ///
    /// # Errors
    /// [`Error::Variable`] if any variable has an invalid value.
    pub fn from_flags(flags: &Flags, environment: &Environment) -> Result<Self, Error> {
        let quiet = flags.quiet || switch(environment, variable::QUIET)?;
        let verbose = match flags.verbose {
            0 if !quiet => parsed(environment, variable::VERBOSE, |text| {
                text.parse::<u8>()
                    .map_err(|_| "it must be 0, 1 or 2".to_owned())
            })?
            .unwrap_or(0),
            given => given,
        };
        let settings = Self {
            account: flags
                .account
                .clone()
                .or_else(|| environment.get(variable::ACCOUNT)),
            account_is_flagged: flags.account.is_some(),
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
                None => parsed(environment, variable::TIMEOUT, limit)?.unwrap_or(TIMEOUT),
            },
            max_wait: match flags.max_wait {
                None => parsed(environment, variable::MAX_WAIT, duration)?,
                given => given,
            },
            environment: environment.clone(),
            loaded: Arc::default(),
        };
        settings.token_store()?;
        settings.message_limit()?;
        settings.recipient_limit()?;
        settings.mailbox()?;
        settings.from()?;
        settings.reply_to()?;
        settings.format()?;
        settings.queue()?;
        Ok(settings)
    }

    /// The settings of a run whose variables are unusable: only the folder, the configuration and the account
    /// of a message that is kept.
    ///
    /// # Errors
    /// As [`Settings::from_flags`].
    pub fn without_variables(flags: &Flags, environment: &Environment) -> Result<Self, Error> {
        const KEPT: [&str; 3] = [variable::STATE_DIR, variable::CONFIG, variable::ACCOUNT];
        let is_own = |name: &str| name.starts_with(variable::PREFIX) && !KEPT.contains(&name);
        let others = environment.iter();
        let others = others.filter(|(name, _)| !name.to_str().is_some_and(is_own));
        Self::from_flags(flags, &Environment::from_pairs(others))
    }

    /// The unknown variables that begin with `GRAPHMAIL_`, each with the most similar known name.
    #[must_use]
    pub fn unknown_variables(&self) -> Vec<(String, Option<&'static str>)> {
        let known = variable::TABLE.iter().map(|(name, _)| *name);
        let known: Vec<_> = known
            .chain([variable::SANDBOX_URL, variable::SANDBOX_PID])
            .collect();
        // The common prefix would make all names similar.
        let own = |name: &'static str| name.strip_prefix(variable::PREFIX).unwrap_or(name);
        let short: Vec<_> = known.iter().copied().map(own).collect();
        let names = self.environment.iter().map(|(name, _)| name);
        let names = names.filter_map(std::ffi::OsStr::to_str);
        let mut unknown = Vec::new();
        for name in names.filter(|name| !known.contains(name)) {
            let Some(rest) = name.strip_prefix(variable::PREFIX) else {
                continue;
            };
            let nearest = keys::nearest(rest, short.iter().copied());
            let nearest = nearest.and_then(|near| known.iter().find(|known| own(known) == near));
            unknown.push((name.to_owned(), nearest.copied()));
        }
        unknown
    }

    /// The same settings, with the configuration as it is now.
    ///
    /// # Errors
    /// As [`Settings::require_file`] and [`Settings::file`].
    pub fn read_again(&self) -> Result<Self, Error> {
        let settings = Self {
            loaded: Arc::default(),
            ..self.clone()
        };
        settings.require_file()?;
        settings.file()?;
        Ok(settings)
    }

    /// Refuses a missing configuration file if flag or environment name it. All commands check this
    /// first, even if they do not read it, except `login`, which creates the file.
    ///
    /// # Errors
    /// [`Error::Missing`].
    pub fn require_file(&self) -> Result<(), Error> {
        match &self.config {
            Some(path) if !path.exists() => Err(Error::Missing(path.clone())),
            _ => Ok(()),
        }
    }

    /// The maximum total time of all waits in a run.
    #[must_use]
    pub fn patience(&self) -> Duration {
        self.max_wait.unwrap_or(MAX_WAIT)
    }

    /// The environment that the settings came from.
    #[must_use]
    pub const fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The configuration file from flag or environment.
    #[must_use]
    pub fn config_file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// The name of the account from flag or environment.
    #[must_use]
    pub fn account_name(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The account from the flag. Commands that list accounts are not restricted by the environment.
    #[must_use]
    pub fn flagged_account(&self) -> Option<&str> {
        self.account_name().filter(|_| self.account_is_flagged)
    }

    /// The paths of the configuration files, by precedence, even if the files do not exist.
    #[must_use]
    pub fn places(&self) -> Vec<PathBuf> {
        match &self.config {
            Some(path) => vec![path.clone()],
            None => folders::user_config(&self.environment)
                .into_iter()
                .chain([folders::system_config()])
                .collect(),
        }
    }

    /// The file that declares the account; without an account, the first file that exists.
    #[must_use]
    pub fn file_of(&self, account: Option<&str>) -> Option<PathBuf> {
        let declares = |path: &PathBuf| match account {
            None => path.exists(),
            Some(name) => {
                matches!(File::read(path), Ok(Some(file)) if file.accounts.contains_key(name))
            }
        };
        self.places().into_iter().find(declares)
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

    /// The folder of token files, locks and the outbox.
    ///
    /// # Errors
    /// [`Error::NoHome`].
    pub fn state_folder(&self) -> Result<PathBuf, Error> {
        folders::state(&self.environment)
    }

    /// Why this user has no folder for an outbox. `None` if there is one. Without a folder, mail is sent
    /// without an outbox.
    #[must_use]
    pub fn lacking_folder(&self) -> Option<NoFolder> {
        folders::lacking(&self.environment)
    }
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

/// Whether the environment requests JSON, for errors that occur before settings are read.
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
