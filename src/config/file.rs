//! Parses the configuration file. Errors name the line.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::Error;
use super::aliases::{self, Targets};
use super::entry::AccountEntry;
use super::keys::keys_of;
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
    #[serde(default, deserialize_with = "aliases::table")]
    pub aliases: BTreeMap<String, Targets>,
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
    pub graph: String,
    /// Its login authority.
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
        let malformed = |error: &toml::de::Error| Error::Malformed {
            place: at(error.span().map_or(0, |span| span.start)),
            reason: error.message().trim().replace('\n', ", "),
        };
        let table = DeTable::parse(text).map_err(|error| malformed(&error))?;
        unknown_key(table.get_ref()).map_or(Ok(()), |unknown| {
            Err(Error::UnknownKey {
                place: at(unknown.offset),
                nearest: nearest(&unknown.key, unknown.known),
                key: unknown.key,
            })
        })?;
        let mut file: Self = toml::from_str(text).map_err(|error| malformed(&error))?;
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

struct Unknown {
    key: String,
    offset: usize,
    known: &'static [&'static str],
}

/// The first unknown key.
fn unknown_key(root: &DeTable<'_>) -> Option<Unknown> {
    let section = |name| match root.get(name)?.get_ref() {
        DeValue::Table(keys) => Some(keys),
        _ => None,
    };
    let within = |name, known| unknown_in(section(name)?, known);
    let unknown = unknown_in(root, keys_of::<File>())
        .or_else(|| within("outbox", keys_of::<OutboxEntry>()))
        .or_else(|| within("sendmail", keys_of::<SendmailEntry>()))
        .or_else(|| within("smtpd", keys_of::<SmtpdEntry>()))
        .or_else(|| within("log", keys_of::<LogEntry>()));
    unknown.or_else(|| {
        let users = section("smtpd").and_then(|keys| keys.get("users"));
        [
            (root.get("accounts"), keys_of::<AccountEntry>()),
            (root.get("clouds"), keys_of::<CloudEntry>()),
            (users, keys_of::<SmtpUser>()),
        ]
        .into_iter()
        .filter_map(|(group, known)| match group?.get_ref() {
            DeValue::Table(entries) => Some((entries, known)),
            _ => None,
        })
        .flat_map(|(entries, known)| entries.values().map(move |entry| (entry, known)))
        .find_map(|(entry, known)| match entry.get_ref() {
            DeValue::Table(keys) => unknown_in(keys, known),
            _ => None,
        })
    })
}

fn unknown_in(table: &DeTable<'_>, known: &'static [&'static str]) -> Option<Unknown> {
    table
        .keys()
        .find(|key| !known.contains(&key.get_ref().as_ref()))
        .map(|key| Unknown {
            key: key.get_ref().to_string(),
            offset: key.span().start,
            known,
        })
}

/// The known name that is most similar to `name`, if one is similar enough.
#[must_use]
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), *candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, candidate)| candidate)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}
