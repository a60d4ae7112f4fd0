//! The configuration file: what may stand in it, and errors that name the line.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};
use toml::de::{DeTable, DeValue};

use super::aliases::{self, Targets};
use super::keys::keys_of;
use super::outbox::OutboxEntry;
use super::place::Place;
use super::sendmail::SendmailEntry;
use super::{Error, size};
use crate::auth::store::Kind;
use crate::files;

/// Bytes of a configuration file. The largest of real hosts have some kilobytes; a parsed file takes
/// up to a hundred times its bytes.
const MOST: u64 = 524_288;

/// A configuration file's text, if there is one.
///
/// # Errors
/// [`Error::Unreadable`]
pub(super) fn text(path: &Path) -> Result<Option<String>, Error> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match files::text_at_most(path, MOST) {
        Ok(text) => Ok(Some(text)),
        // The home of some services is /dev/null.
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(error) => Err(Error::Unreadable(path.to_owned(), error)),
    }
}

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
    /// Local names and whom they mean; `default` stands for all others.
    #[serde(default, deserialize_with = "aliases::table")]
    pub aliases: BTreeMap<String, Targets>,
    /// How this program behaves as sendmail.
    #[serde(default)]
    pub sendmail: SendmailEntry,
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
    /// A user-assigned identity, for `auth = "managed-identity"`; the system-assigned one where
    /// absent.
    pub managed_identity: Option<String>,
    /// The file that holds the application's secret, for `auth = "client-secret"`: absolute.
    pub client_secret_file: Option<PathBuf>,
    /// The command that prints the application's secret, for `auth = "client-secret"`.
    pub client_secret_command: Option<String>,
    /// The certificate with its key, for `auth = "certificate"`.
    pub certificate: Option<PathBuf>,
    /// The file with the password of a PKCS#12 certificate.
    pub certificate_password_file: Option<PathBuf>,
    /// Whether the certificates go with each assertion (`x5c`).
    pub send_certificate_chain: Option<bool>,
    /// The file with another issuer's token, for `auth = "federated"`.
    pub federated_token_file: Option<PathBuf>,
    /// The mailbox to send out of; `/me` where absent.
    pub mailbox: Option<String>,
    /// Who signed in, as Entra named them: MIME's From where no other is known.
    pub username: Option<String>,
    /// Where its tokens are kept.
    #[serde(default, deserialize_with = "kind")]
    pub token_store: Option<Kind>,
    /// The bytes of the largest message that the mailbox sends, its attachments encoded
    /// (Exchange: `MaxSendSize`); 35 MB where absent.
    #[serde(default, deserialize_with = "message_limit")]
    pub message_limit: Option<u64>,
    /// The most recipients of one message (Exchange: `RecipientLimits`); 500 where absent.
    #[serde(default, deserialize_with = "recipient_limit")]
    pub recipient_limit: Option<NonZeroUsize>,
    /// The file that it was read from, if it was.
    #[serde(skip)]
    pub source: Option<PathBuf>,
}

impl AccountEntry {
    /// An account that signs in in this way, and says nothing else.
    #[must_use]
    pub const fn new(auth: Auth) -> Self {
        Self {
            auth,
            tenant: None,
            client_id: None,
            cloud: None,
            token_command: None,
            managed_identity: None,
            client_secret_file: None,
            client_secret_command: None,
            certificate: None,
            certificate_password_file: None,
            send_certificate_chain: None,
            federated_token_file: None,
            mailbox: None,
            username: None,
            token_store: None,
            message_limit: None,
            recipient_limit: None,
            source: None,
        }
    }
}

fn recipient_limit<'de, D: Deserializer<'de>>(value: D) -> Result<Option<NonZeroUsize>, D::Error> {
    NonZeroUsize::deserialize(value)
        .map(Some)
        .map_err(|_| serde::de::Error::custom("it must be a number from 1 on"))
}

fn message_limit<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "it must be a size such as 36700160 or \"150MB\""
    )]
    enum Size {
        Bytes(u64),
        Text(String),
    }
    let text = match Size::deserialize(value)? {
        Size::Bytes(bytes) => bytes.to_string(),
        Size::Text(text) => text,
    };
    size::parse(&text)
        .map(Some)
        .map_err(serde::de::Error::custom)
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
    /// A person once, in this host's browser, then the refresh token (RFC 8252).
    Browser,
    /// The application itself, with a client secret.
    ClientSecret,
    /// The application itself, with a certificate.
    Certificate,
    /// The application itself, with another issuer's token in a file.
    Federated,
    /// The application itself, with the token that GitHub Actions gives a job.
    #[serde(rename = "github-actions")]
    GitHubActions,
    /// Any program that prints a token.
    TokenCommand,
    /// The identity that Azure gives this host.
    ManagedIdentity,
    /// The sign-in of Azure's command line.
    AzureCli,
}

impl Auth {
    /// The name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DeviceCode => "device-code",
            Self::Browser => "browser",
            Self::ClientSecret => "client-secret",
            Self::Certificate => "certificate",
            Self::Federated => "federated",
            Self::GitHubActions => "github-actions",
            Self::TokenCommand => "token-command",
            Self::ManagedIdentity => "managed-identity",
            Self::AzureCli => "azure-cli",
        }
    }

    /// Whether something outside this program gives its tokens and keeps them: it needs no
    /// registration of its own, and no store.
    #[must_use]
    pub const fn is_external(self) -> bool {
        matches!(
            self,
            Self::TokenCommand | Self::ManagedIdentity | Self::AzureCli
        )
    }

    /// Whether each token is asked for with what the account names, so that no sign-in is kept.
    #[must_use]
    pub const fn is_proved_anew(self) -> bool {
        matches!(
            self,
            Self::Certificate | Self::Federated | Self::GitHubActions
        )
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
    /// The file that it was read from, if it was.
    #[serde(skip)]
    pub source: Option<PathBuf>,
}

impl File {
    /// Reads a file that may be absent.
    ///
    /// # Errors
    /// [`Error`] naming the file, and the line where there is one.
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

    /// Lays `self` over `below`: an account or cloud of `self` replaces the one of the same name whole.
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
        self.default_account = self.default_account.or(below.default_account);
        self
    }
}

struct Unknown {
    key: String,
    offset: usize,
    known: &'static [&'static str],
}

/// The first key that this program does not know.
fn unknown_key(root: &DeTable<'_>) -> Option<Unknown> {
    let within = |name, known| match root.get(name)?.get_ref() {
        DeValue::Table(keys) => unknown_in(keys, known),
        _ => None,
    };
    let unknown = unknown_in(root, keys_of::<File>())
        .or_else(|| within("outbox", keys_of::<OutboxEntry>()))
        .or_else(|| within("sendmail", keys_of::<SendmailEntry>()));
    unknown.or_else(|| {
        [
            ("accounts", keys_of::<AccountEntry>()),
            ("clouds", keys_of::<CloudEntry>()),
        ]
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
