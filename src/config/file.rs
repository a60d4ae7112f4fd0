//! Parses the configuration file. Errors name the line.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::DeTable;

use super::Error;
use super::aliases::{self, Targets};
use super::check::{self, Fault, Known, NAME};
use super::entry::AccountEntry;
use super::keys::{keys_of, nearest};
use super::outbox::OutboxEntry;
use super::place::Place;
use super::sendmail::SendmailEntry;
use super::smtpd::{LogEntry, SmtpUser, SmtpdEntry};
use crate::files;

/// The largest configuration file in bytes. Real files have a few kilobytes. A parsed file takes up to a
/// hundred times its size in memory.
const MAX_SIZE: u64 = 524_288;

/// The text of a configuration file. `None` if it does not exist.
///
/// # Errors
/// [`Error::Unreadable`]
pub(super) fn text(path: &Path) -> Result<Option<String>, Error> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match files::text_at_most(path, MAX_SIZE) {
        Ok(text) => Ok(Some(text)),
        // Some services have the home /dev/null.
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(error) => Err(Error::Unreadable(path.to_owned(), error)),
    }
}

/// A configuration file, or several that were merged.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct File {
    /// The account that is used without `--account`.
    pub default_account: Option<String>,
    /// The accounts by name.
    #[serde(default)]
    pub accounts: BTreeMap<String, AccountEntry>,
    /// Further clouds by name.
    #[serde(default)]
    pub clouds: BTreeMap<String, CloudEntry>,
    /// Aliases of local names. `default` is for all names without an alias.
    #[serde(default)]
    pub aliases: BTreeMap<String, Targets>,
    /// Where each alias is.
    #[serde(skip)]
    pub(super) alias_places: BTreeMap<String, Place>,
    /// Settings of `graphmail sendmail`.
    #[serde(default)]
    pub sendmail: SendmailEntry,
    /// Settings of the outbox.
    #[serde(default)]
    pub outbox: OutboxEntry,
    /// Settings of `graphmail smtpd`.
    #[serde(default)]
    pub smtpd: SmtpdEntry,
    /// What is logged.
    #[serde(default)]
    pub log: LogEntry,
}

/// A cloud that is not built in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct CloudEntry {
    /// Its Graph root.
    #[serde(deserialize_with = "super::cloud::root")]
    pub graph: String,
    /// Its login authority.
    #[serde(deserialize_with = "super::cloud::root")]
    pub login: String,
    /// The file from which it was read.
    #[serde(skip)]
    pub source: Option<PathBuf>,
}

impl File {
    /// Reads a file. `None` if it does not exist.
    ///
    /// # Errors
    /// [`Error`] with the file and, if known, the line.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        let text = text(path)?;
        text.map(|text| Self::parse(&text, path)).transpose()
    }

    fn parse(text: &str, path: &Path) -> Result<Self, Error> {
        let at = |offset: usize| Place {
            path: path.to_owned(),
            line: line_of(text, offset),
        };
        let malformed = |fault: Fault| Error::Malformed {
            place: at(fault.offset),
            reason: fault.reason,
            nearest: fault.nearest,
        };
        let fault = |error: &toml::de::Error, what: &str| {
            let offset = error.span().map_or(0, |span| span.start);
            let reason = error.message().trim().replace('\n', ", ");
            malformed(Fault::new(offset, format!("{what}: {reason}")))
        };
        let table = DeTable::parse(text).map_err(|error| fault(&error, "this is not TOML"))?;
        let root = table.get_ref();
        check::unknown_key(root, &sections()).map_or(Ok(()), |unknown| {
            Err(Error::UnknownKey {
                place: at(unknown.offset),
                nearest: nearest(&unknown.key, unknown.known.iter().copied()),
                key: unknown.key,
            })
        })?;
        check::wrong_value(root, text, &sections()).map_err(malformed)?;
        aliases::check_table(root).map_err(malformed)?;
        let mut file: Self = toml::from_str(text).map_err(|error| {
            let key = error
                .span()
                .and_then(|span| check::key_at(root, span.start));
            fault(
                &error,
                &key.unwrap_or_else(|| "the configuration".to_owned()),
            )
        })?;
        let written = root
            .get("aliases")
            .and_then(|value| value.get_ref().as_table());
        for key in written.into_iter().flat_map(DeTable::keys) {
            let name = key.get_ref().to_string();
            file.alias_places.insert(name, at(key.span().start));
        }
        file.sendmail.source = Some(path.to_owned());
        for account in file.accounts.values_mut() {
            account.source = Some(path.to_owned());
        }
        for cloud in file.clouds.values_mut() {
            cloud.source = Some(path.to_owned());
        }
        Ok(file)
    }

    /// Merges `self` over `below`. An account or cloud of `self` replaces the whole one of the same name.
    #[must_use]
    pub fn over(mut self, below: Self) -> Self {
        for (name, account) in below.accounts {
            self.accounts.entry(name).or_insert(account);
        }
        for (name, cloud) in below.clouds {
            self.clouds.entry(name).or_insert(cloud);
        }
        for (name, place) in below.alias_places {
            self.alias_places.entry(name).or_insert(place);
        }
        for (name, targets) in below.aliases {
            self.aliases.entry(name).or_insert(targets);
        }
        self.sendmail = self.sendmail.over(below.sendmail);
        self.outbox = self.outbox.over(below.outbox);
        self.smtpd = self.smtpd.over(below.smtpd);
        self.log = self.log.over(below.log);
        self.default_account = self.default_account.or(below.default_account);
        self
    }
}

/// The sections of a configuration: the path of each, in which [`NAME`] stands for any name, and its keys.
#[must_use]
pub fn sections() -> [Known; 8] {
    [
        (&[], keys_of::<File>()),
        (&["outbox"], keys_of::<OutboxEntry>()),
        (&["sendmail"], keys_of::<SendmailEntry>()),
        (&["smtpd"], keys_of::<SmtpdEntry>()),
        (&["log"], keys_of::<LogEntry>()),
        (&["accounts", NAME], keys_of::<AccountEntry>()),
        (&["clouds", NAME], keys_of::<CloudEntry>()),
        (&["smtpd", "users", NAME], keys_of::<SmtpUser>()),
    ]
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}
