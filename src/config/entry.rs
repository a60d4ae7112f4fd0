//! The section of an account in the configuration, and its credential.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::message::deserialize_mailbox;
use super::trust::refuse_others;
use super::{Error, Settings, number, size};
use crate::auth::client_secret::CREDENTIALS_DIRECTORY;
use crate::auth::credential::{ACCESS_TOKEN, CLIENT_SECRET_FILE, Key};
use crate::auth::federated::Job;
use crate::auth::managed_identity::{Host, Id};
use crate::auth::store::Kind;
use crate::auth::{ClientSecret, Credential, CredentialKind, ManagedIdentity, certificate};
use crate::secret::Secret;

/// The section of one account. It never contains secrets.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct AccountEntry {
    /// The tenant's domain or id.
    pub tenant: Option<String>,
    /// The application's id.
    pub client_id: Option<String>,
    /// The cloud's name. `None`: `global`.
    pub cloud: Option<String>,
    /// How it signs in.
    pub auth: CredentialKind,
    /// The command that prints a token, for `auth = "token-command"`.
    pub token_command: Option<String>,
    /// A user-assigned identity, for `auth = "managed-identity"`. `None`: the system-assigned one.
    #[serde(default, deserialize_with = "identity")]
    pub managed_identity: Option<String>,
    /// The absolute path of the file with the client secret, for `auth = "client-secret"`.
    pub client_secret_file: Option<PathBuf>,
    /// The command that prints the client secret, for `auth = "client-secret"`.
    pub client_secret_command: Option<String>,
    /// The certificate with its key, for `auth = "certificate"`.
    pub certificate: Option<PathBuf>,
    /// The file with the password of a PKCS#12 certificate.
    pub certificate_password_file: Option<PathBuf>,
    /// Whether each assertion contains the certificate chain (`x5c`).
    pub send_certificate_chain: Option<bool>,
    /// The file with another issuer's token, for `auth = "federated"`.
    pub federated_token_file: Option<PathBuf>,
    /// The sending mailbox. `None`: the signed-in user's (`/me`).
    #[serde(default, deserialize_with = "deserialize_mailbox")]
    pub mailbox: Option<String>,
    /// The signed-in user's name in Entra. It is the From of a MIME message if no other is known.
    pub username: Option<String>,
    /// When its credential expires, if only the service knows, as of a client secret: a day, in UTC.
    #[serde(default, deserialize_with = "day", skip_serializing)]
    pub credential_expires: Option<Date>,
    /// Where its tokens are stored.
    pub token_store: Option<Kind>,
    /// The largest message that the mailbox may send, in bytes, with encoded attachments (Exchange:
    /// `MaxSendSize`). `None`: 35 MB.
    #[serde(default, deserialize_with = "message_limit", skip_serializing)]
    pub message_limit: Option<u64>,
    /// The most recipients of one message (Exchange: `RecipientLimits`). `None`: 500.
    #[serde(default, deserialize_with = "number::recipients", skip_serializing)]
    pub recipient_limit: Option<NonZeroUsize>,
    /// The file from which it was read.
    #[serde(skip)]
    pub source: Option<PathBuf>,
}

impl AccountEntry {
    /// The keys that `login` writes, in the order of the configuration. A key without a value is null.
    #[must_use]
    pub fn keys(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(keys)) => keys,
            // A path that is not UTF-8 cannot be written to a configuration.
            _ => Map::new(),
        }
    }

    /// The first key of any kind of credential that names a command or a file with a secret.
    fn guarded_key(&self) -> Option<&'static str> {
        let keys = self.keys();
        // A key counts as set unless it is known to be absent.
        let is_set = |key: &str| keys.get(key) != Some(&Value::Null);
        CredentialKind::ALL
            .into_iter()
            .flat_map(|kind| kind.facts().keys.iter().map(move |key| (kind, *key)))
            .find_map(|(kind, key)| match key {
                // Every account has this key; only the value matters.
                Key::Guarded("auth") => (self.auth == kind).then_some("auth"),
                Key::Guarded(key) => is_set(key).then_some(key),
                Key::Plain(_) => None,
            })
    }
}

/// Reads the id of a managed identity.
fn identity<'de, D: Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(value)?;
    match Id::parse(&text) {
        Ok(_) => Ok(Some(text)),
        Err(error) => Err(serde::de::Error::custom(error)),
    }
}

/// Reads a day, with or without quotation marks.
fn day<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Date>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Day {
        Toml(toml::value::Datetime),
        Text(String),
    }
    let text = Day::deserialize(value).map(|day| match day {
        Day::Toml(day) => day.to_string(),
        Day::Text(text) => text,
    });
    let day = text.ok().and_then(|text| text.parse().ok());
    let no_day = || serde::de::Error::custom("it must be a day, such as \"2027-06-30\"");
    day.map(Some).ok_or_else(no_day)
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
    size::message_limit(&text)
        .map(Some)
        .map_err(serde::de::Error::custom)
}

impl Settings {
    /// The credential of the account.
    ///
    /// # Errors
    /// [`Error`] if a key is missing or invalid.
    pub fn credential(&self, name: &str, entry: &AccountEntry) -> Result<Credential, Error> {
        refuse_others_account(name, entry)?;
        Ok(match entry.auth {
            CredentialKind::DeviceCode => Credential::DeviceCode,
            CredentialKind::Browser => Credential::Browser,
            CredentialKind::ClientSecret => {
                Credential::ClientSecret(self.client_secret(name, entry))
            }
            CredentialKind::TokenCommand => {
                let command = entry.token_command.clone();
                let command = command.ok_or_else(|| incomplete(name, entry, "token_command"))?;
                Credential::TokenCommand(command)
            }
            CredentialKind::ManagedIdentity => Credential::ManagedIdentity(ManagedIdentity {
                id: entry
                    .managed_identity
                    .as_deref()
                    .map(Id::parse)
                    .transpose()?,
                host: Host::detect(&self.environment),
            }),
            CredentialKind::AzureCli => Credential::AzureCli,
            CredentialKind::Certificate => Credential::Certificate(certificate::Files {
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
            CredentialKind::Federated => Credential::FederatedTokenFile(
                entry
                    .federated_token_file
                    .clone()
                    .ok_or_else(|| incomplete(name, entry, "federated_token_file"))?,
            ),
            CredentialKind::GitHubActions => {
                Credential::GitHubActions(Job::from_environment(&self.environment))
            }
            // A configuration file cannot choose this kind.
            CredentialKind::AccessToken => {
                let token = self.environment.get(ACCESS_TOKEN);
                Credential::AccessToken(Secret::new(token.unwrap_or_default()))
            }
        })
    }

    /// The file of the systemd credential `graphmail.NAME.client-secret`, if this run is in a unit with
    /// that credential.
    #[must_use]
    pub fn unit_secret(&self, name: &str) -> Option<PathBuf> {
        let folder = self.environment.path(CREDENTIALS_DIRECTORY)?;
        Some(folder.join(unit_credential(name))).filter(|path| path.exists())
    }

    /// The source of the client secret: the file of the environment; else the systemd credential of the unit, which may be the only one
    /// that the unit's user can read; else the file or the command of the account; else the token store.
    fn client_secret(&self, name: &str, entry: &AccountEntry) -> ClientSecret {
        if let Some(path) = self.environment.path(CLIENT_SECRET_FILE) {
            return ClientSecret::File(path);
        }
        let (file, command) = (&entry.client_secret_file, &entry.client_secret_command);
        match (self.unit_secret(name), file, command) {
            (Some(path), ..) => ClientSecret::File(path),
            (None, Some(path), _) => ClientSecret::File(path.clone()),
            (None, None, Some(command)) => ClientSecret::Command(command.clone()),
            // With `token_store = "none"` nothing is stored, so only the unit can have the secret.
            (None, None, None) if entry.token_store == Some(Kind::None) => {
                ClientSecret::Unit(unit_credential(name))
            }
            (None, None, None) => ClientSecret::Stored,
        }
    }
}

/// The name of the systemd credential with the client secret (systemd.exec(5), `LoadCredential=`).
fn unit_credential(name: &str) -> String {
    format!("graphmail.{name}.client-secret")
}

/// Refuses the commands and secret files of an account if another user can change the configuration file.
fn refuse_others_account(name: &str, entry: &AccountEntry) -> Result<(), Error> {
    let source = entry.source.as_deref();
    entry.guarded_key().map_or(Ok(()), |key| {
        refuse_others(|| format!("account {name:?}"), source, key)
    })
}

pub(super) fn incomplete(name: &str, entry: &AccountEntry, key: &'static str) -> Error {
    Error::Incomplete {
        account: name.to_owned(),
        auth: entry.auth.name(),
        key,
    }
}

/// The default token store. If the credential itself is in a file or external, its short-lived access
/// tokens may be in a file too, and servers have no keyring.
#[must_use]
pub const fn usual_store(kind: CredentialKind) -> Kind {
    if kind.is_only_cached() {
        Kind::File
    } else {
        Kind::Keyring
    }
}
