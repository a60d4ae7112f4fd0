//! The configuration file: what may stand in it, and errors that name the line.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use toml::de::{DeTable, DeValue};

use super::Error;
use super::outbox::{OUTBOX_KEYS, OutboxEntry};
use crate::auth::store::Kind;

/// One configuration file, or several laid over each other.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct File {
    /// The account that is used when none is named.
    pub default_account: Option<String>,
    /// The accounts by name.
    #[serde(default)]
    pub accounts: BTreeMap<String, AccountEntry>,
    /// Further clouds by name.
    #[serde(default)]
    pub clouds: BTreeMap<String, CloudEntry>,
    /// How mail is kept and how much of it goes out.
    #[serde(default)]
    pub outbox: OutboxEntry,
}

/// One account. Secrets are never in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct AccountEntry {
    /// The tenant's domain or id.
    pub tenant: Option<String>,
    /// The application's id.
    pub client_id: Option<String>,
    /// The cloud's name; `global` where absent.
    pub cloud: Option<String>,
    /// How it signs in.
    pub auth: Auth,
    /// The command that prints a token, for `auth = "token-command"`.
    pub token_command: Option<String>,
    /// The mailbox to send out of; `/me` where absent.
    pub mailbox: Option<String>,
    /// Who signed in, as Entra named them: MIME's From where no other is known.
    pub username: Option<String>,
    /// Where its tokens are kept.
    #[serde(default, deserialize_with = "kind")]
    pub token_store: Option<Kind>,
}

fn kind<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Kind>, D::Error> {
    let name = String::deserialize(value)?;
    let unknown = || serde::de::Error::unknown_variant(&name, &["keyring", "file", "none"]);
    Kind::parse(&name).map(Some).ok_or_else(unknown)
}

/// The ways to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// A person once, then the refresh token (RFC 8628).
    DeviceCode,
    /// The application itself, with a client secret.
    ClientSecret,
    /// Any program that prints a token.
    TokenCommand,
}

impl Auth {
    /// The name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeviceCode => "device-code",
            Self::ClientSecret => "client-secret",
            Self::TokenCommand => "token-command",
        }
    }
}

/// A cloud that is not built in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct CloudEntry {
    /// Its Graph root.
    pub graph: String,
    /// Its login authority.
    pub login: String,
}

const ROOT_KEYS: &[&str] = &["default_account", "accounts", "clouds", "outbox"];
const ACCOUNT_KEYS: &[&str] = &[
    "tenant",
    "client_id",
    "cloud",
    "auth",
    "token_command",
    "mailbox",
    "username",
    "token_store",
];
const CLOUD_KEYS: &[&str] = &["graph", "login"];

impl File {
    /// Reads a file that may be absent.
    ///
    /// # Errors
    /// [`Error`] naming the file, and the line where there is one.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, path).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::Unreadable(path.to_owned(), error)),
        }
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
        toml::from_str(text).map_err(|error| malformed(&error))
    }

    /// Lays `self` over `below`: an account or cloud of `self` replaces the one of the same name whole.
    #[must_use]
    pub fn over(mut self, below: Self) -> Self {
        for (name, account) in below.accounts {
            self.accounts.entry(name).or_insert(account);
        }
        for (name, cloud) in below.clouds {
            self.clouds.entry(name).or_insert(cloud);
        }
        self.outbox = self.outbox.over(below.outbox);
        self.default_account = self.default_account.or(below.default_account);
        self
    }
}

/// A line of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}, line {}", self.path.display(), self.line)
    }
}

struct Unknown {
    key: String,
    offset: usize,
    known: &'static [&'static str],
}

/// The first key that this program does not know.
fn unknown_key(root: &DeTable<'_>) -> Option<Unknown> {
    let in_outbox = || match root.get("outbox")?.get_ref() {
        DeValue::Table(keys) => unknown_in(keys, OUTBOX_KEYS),
        _ => None,
    };
    unknown_in(root, ROOT_KEYS).or_else(in_outbox).or_else(|| {
        [("accounts", ACCOUNT_KEYS), ("clouds", CLOUD_KEYS)]
            .into_iter()
            .filter_map(|(name, known)| Some((root.get(name)?.get_ref(), known)))
            .filter_map(|(group, known)| match group {
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

/// The known name that is most like `name`, if any is like it at all.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
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
