//! The section of one account in the configuration, and the credential that it names.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::trust::refuse_others;
use super::{Error, Settings, size};
use crate::auth::client_secret::CREDENTIALS_DIRECTORY;
use crate::auth::credential::{ACCESS_TOKEN, Key};
use crate::auth::federated::Job;
use crate::auth::managed_identity::{Host, Id};
use crate::auth::store::Kind;
use crate::auth::{ClientSecret, Credential, CredentialKind, ManagedIdentity, certificate};
use crate::secret::Secret;

/// One account. Secrets are never in it.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct AccountEntry {
    /// The tenant's domain or id.
    pub tenant: Option<String>,
    /// The application's id.
    pub client_id: Option<String>,
    /// The cloud's name; `global` where absent.
    pub cloud: Option<String>,
    /// How it signs in.
    pub auth: CredentialKind,
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
    pub token_store: Option<Kind>,
    /// The bytes of the largest message that the mailbox sends, its attachments encoded
    /// (Exchange: `MaxSendSize`); 35 MB where absent.
    #[serde(default, deserialize_with = "message_limit", skip_serializing)]
    pub message_limit: Option<u64>,
    /// The most recipients of one message (Exchange: `RecipientLimits`); 500 where absent.
    #[serde(default, deserialize_with = "recipient_limit", skip_serializing)]
    pub recipient_limit: Option<NonZeroUsize>,
    /// The file that it was read from, if it was.
    #[serde(skip)]
    pub source: Option<PathBuf>,
}

impl AccountEntry {
    /// The keys that `login` writes, in the order of the configuration; a key without a value is null.
    pub(super) fn keys(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(keys)) => keys,
            // A path that is not UTF-8 can be in no configuration.
            _ => Map::new(),
        }
    }

    /// The first key that names a command or a file with a secret, of whatever kind of credential.
    fn guarded_key(&self) -> Option<&'static str> {
        let keys = self.keys();
        // What is not known to be absent is guarded.
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

impl Settings {
    /// What the account of that name signs in with.
    ///
    /// # Errors
    /// [`Error`] where a key is missing or names nothing.
    pub fn credential(&self, name: &str, entry: &AccountEntry) -> Result<Credential, Error> {
        refuse_others_account(name, entry)?;
        Ok(match entry.auth {
            CredentialKind::DeviceCode => Credential::DeviceCode,
            CredentialKind::Browser => Credential::Browser,
            CredentialKind::ClientSecret => {
                Credential::ClientSecret(self.client_secret(name, entry)?)
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
            CredentialKind::GitHubActions => Credential::GitHubActions(Job::of(&self.environment)),
            // No file can name this kind.
            CredentialKind::AccessToken => {
                let token = self.environment.get(ACCESS_TOKEN);
                Credential::AccessToken(Secret::new(token.unwrap_or_default()))
            }
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
}

/// The name of the credential with the client secret in a unit of systemd's (systemd.exec(5),
/// `LoadCredential=`).
fn unit_credential(name: &str) -> String {
    format!("graphmail.{name}.client-secret")
}

/// Refuses what an account names if another user may change the file that it stands in.
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

/// Where tokens are kept when nothing else is said. Where the credential itself lies in a file or
/// comes from outside, its tokens of an hour may lie in a file too, and no server has a keyring.
#[must_use]
pub const fn usual_store(kind: CredentialKind) -> Kind {
    if kind.is_only_cached() {
        Kind::File
    } else {
        Kind::Keyring
    }
}
