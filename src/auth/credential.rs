//! The credentials that graphmail can sign in with: one table with the facts about each kind.
//!
//! The rest of the program uses this table and does not list the kinds again.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::certificate;
use super::claims::Claims;
use super::client_secret::ClientSecret;
use super::federated::Job;
use super::managed_identity::ManagedIdentity;
use crate::secret::Secret;

/// The environment variable with an access token. It is used unchanged and not stored.
pub const ACCESS_TOKEN: &str = "GRAPHMAIL_ACCESS_TOKEN";
/// The environment variable with the application's client secret (azure-identity).
pub const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";
/// The environment variable with the path of a file with the client secret, such as a container's
/// `/run/secrets/…`. It takes precedence over [`CLIENT_SECRET`] and over the account's source.
pub const CLIENT_SECRET_FILE: &str = "GRAPHMAIL_CLIENT_SECRET_FILE";
/// The environment variable with the path of the application's certificate and key (azure-identity).
pub const CERTIFICATE_PATH: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
/// The environment variable with the path of another issuer's token (AKS workload identity).
pub const FEDERATED_TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";

/// The kinds of credential. The configuration (`auth = "…"`) and stored records know a kind by its
/// [`name`](CredentialKind::name).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CredentialKind {
    /// A user signs in on any device (RFC 8628); later runs use the refresh token.
    #[default]
    DeviceCode,
    /// A user signs in with this host's browser (RFC 8252); later runs use the refresh token.
    Browser,
    /// The application's client secret (RFC 6749 section 2.3.1).
    ClientSecret,
    /// The application's certificate, which signs an assertion (RFC 7523).
    Certificate,
    /// Another issuer's token in a file, presented as the application's assertion.
    Federated,
    /// The token that GitHub Actions issues to a job, presented as the application's assertion.
    #[serde(rename = "github-actions")]
    GitHubActions,
    /// A command that prints an access token.
    TokenCommand,
    /// The identity that Azure assigns to this host.
    ManagedIdentity,
    /// The sign-in of the Azure CLI.
    AzureCli,
    /// An access token in [`ACCESS_TOKEN`]. No configuration can name it.
    #[serde(skip)]
    AccessToken,
}

/// The facts about a kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The name in the configuration and in `status`.
    pub name: &'static str,
    /// The option of `graphmail login` that selects it.
    pub option: &'static str,
    /// The account keys that only this kind uses.
    pub keys: &'static [Key],
    /// The account keys that this source decides itself, so that an account must not set them.
    pub decides: &'static [&'static str],
    /// The environment variable that supplies it without a configuration.
    pub variable: Option<&'static str>,
    /// Whether its tokens act for a user or for the application.
    pub principal: Principal,
    /// What the token store keeps of it.
    pub storage: Storage,
    /// How it is renewed after it has expired.
    pub renewal: Renewal,
    /// How long it lasts.
    pub expiry: Expiry,
}

/// A key of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The value is an ordinary setting.
    Plain(&'static str),
    /// The value names a command or a file with a secret. It is refused in a configuration file that
    /// another user may change.
    Guarded(&'static str),
}

/// Whether tokens act for a user or for the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// The signed-in user (delegated permissions).
    Person,
    /// The application itself, which has no mailbox (application permissions).
    Application,
    /// Only the program that supplies the token knows.
    Unknown,
}

/// What the token store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// The sign-in: a refresh token or a client secret.
    SignIn,
    /// Only access tokens. The account names the credential with which the next one is obtained.
    AccessTokens,
    /// Nothing: a source outside graphmail keeps the tokens and knows its application.
    Nothing(&'static str),
}

/// How a credential is renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Sign in again: `graphmail login`.
    SignIn,
    /// `az login`.
    AzLogin,
    /// Put a new client secret into its file, or into the unit's credential.
    ClientSecret,
    /// Put a new certificate with its key into its file, and register the certificate.
    Certificate,
    /// Set this variable to a new value.
    Variable(&'static str),
    /// Correct the account's command, so that it prints a new one.
    Command,
    /// The platform renews it: a managed identity, or the issuer of a federated token.
    Platform,
}

/// How long a credential lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Until it has not been used for [`IDLE`](super::lifetime::IDLE).
    Idle,
    /// Until the date in the certificate.
    Certificate,
    /// Only the service knows.
    Unknown,
    /// Each run obtains it from its source.
    Foreign,
}

impl CredentialKind {
    /// Every kind, in the order of the manual.
    pub const ALL: [Self; 10] = [
        Self::DeviceCode,
        Self::Browser,
        Self::ClientSecret,
        Self::Certificate,
        Self::Federated,
        Self::GitHubActions,
        Self::TokenCommand,
        Self::ManagedIdentity,
        Self::AzureCli,
        Self::AccessToken,
    ];

    /// The facts about this kind.
    #[must_use]
    pub const fn facts(self) -> Facts {
        match self {
            Self::DeviceCode => DEVICE_CODE,
            Self::Browser => Facts {
                name: "browser",
                option: "--browser",
                ..DEVICE_CODE
            },
            Self::ClientSecret => SECRET,
            Self::Certificate => CERTIFICATE,
            Self::Federated => FEDERATED,
            Self::GitHubActions => Facts {
                name: "github-actions",
                option: "--github-actions",
                keys: &[],
                variable: None,
                ..FEDERATED
            },
            Self::TokenCommand => TOKEN_COMMAND,
            Self::ManagedIdentity => MANAGED_IDENTITY,
            Self::AzureCli => AZURE_CLI,
            Self::AccessToken => READY_TOKEN,
        }
    }

    /// The name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.facts().name
    }

    /// Whether the tokens act for the application itself, which has no mailbox.
    #[must_use]
    pub const fn is_application(self) -> bool {
        matches!(self.facts().principal, Principal::Application)
    }

    /// Whether a source outside graphmail keeps the tokens. Then the account names no application, and
    /// graphmail stores nothing.
    #[must_use]
    pub const fn is_external(self) -> bool {
        matches!(self.facts().storage, Storage::Nothing(_))
    }

    /// Whether the sign-in expires if it is not used, so that a weekly run keeps it valid.
    #[must_use]
    pub const fn expires_unused(self) -> bool {
        matches!(self.facts().expiry, Expiry::Idle)
    }

    /// Whether the store keeps only access tokens, which can be requested again.
    #[must_use]
    pub const fn is_only_cached(self) -> bool {
        matches!(self.facts().storage, Storage::AccessTokens)
    }
}

const DEVICE_CODE: Facts = Facts {
    name: "device-code",
    option: "--device-code",
    keys: &[],
    decides: &[],
    variable: None,
    principal: Principal::Person,
    storage: Storage::SignIn,
    renewal: Renewal::SignIn,
    expiry: Expiry::Idle,
};

const SECRET: Facts = Facts {
    name: "client-secret",
    option: "--client-secret-file FILE",
    keys: &[
        Key::Guarded("client_secret_command"),
        Key::Guarded("client_secret_file"),
    ],
    decides: &[],
    variable: Some(CLIENT_SECRET),
    principal: Principal::Application,
    storage: Storage::SignIn,
    renewal: Renewal::SignIn,
    expiry: Expiry::Unknown,
};

const CERTIFICATE: Facts = Facts {
    name: "certificate",
    option: "--certificate FILE",
    keys: &[
        Key::Guarded("certificate"),
        Key::Guarded("certificate_password_file"),
        Key::Plain("send_certificate_chain"),
    ],
    decides: &[],
    variable: Some(CERTIFICATE_PATH),
    principal: Principal::Application,
    storage: Storage::AccessTokens,
    renewal: Renewal::Certificate,
    expiry: Expiry::Certificate,
};

const FEDERATED: Facts = Facts {
    name: "federated",
    option: "--federated-token-file FILE",
    keys: &[Key::Guarded("federated_token_file")],
    decides: &[],
    variable: Some(FEDERATED_TOKEN_FILE),
    principal: Principal::Application,
    storage: Storage::AccessTokens,
    renewal: Renewal::Platform,
    expiry: Expiry::Foreign,
};

const TOKEN_COMMAND: Facts = Facts {
    name: "token-command",
    option: "--token-command COMMAND",
    keys: &[Key::Guarded("token_command")],
    decides: &[],
    variable: None,
    principal: Principal::Unknown,
    storage: Storage::Nothing("the command"),
    renewal: Renewal::Command,
    expiry: Expiry::Foreign,
};

const MANAGED_IDENTITY: Facts = Facts {
    name: "managed-identity",
    option: "--managed-identity",
    keys: &[Key::Plain("managed_identity")],
    decides: &["client_id", "tenant"],
    principal: Principal::Application,
    storage: Storage::Nothing("this host's managed identity"),
    renewal: Renewal::Platform,
    ..TOKEN_COMMAND
};

const AZURE_CLI: Facts = Facts {
    name: "azure-cli",
    option: "--azure-cli",
    // az loads extensions from the same home folder.
    keys: &[Key::Guarded("auth")],
    decides: &["client_id"],
    storage: Storage::Nothing("the Azure CLI"),
    renewal: Renewal::AzLogin,
    ..TOKEN_COMMAND
};

const READY_TOKEN: Facts = Facts {
    name: "access-token",
    option: "",
    keys: &[],
    variable: Some(ACCESS_TOKEN),
    storage: Storage::Nothing(ACCESS_TOKEN),
    renewal: Renewal::Variable(ACCESS_TOKEN),
    ..TOKEN_COMMAND
};

/// A credential with the values that are needed to obtain a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// The refresh token is in the store.
    DeviceCode,
    /// The refresh token is in the store.
    Browser,
    /// The source of the secret.
    ClientSecret(ClientSecret),
    /// The files with the certificate and its key.
    Certificate(certificate::Files),
    /// The file with the other issuer's token.
    FederatedTokenFile(PathBuf),
    /// The job of GitHub Actions.
    GitHubActions(Job),
    /// The shell command.
    TokenCommand(String),
    /// The identity of this host.
    ManagedIdentity(ManagedIdentity),
    /// The program `az`.
    AzureCli,
    /// The token itself.
    AccessToken(Secret),
}

impl Credential {
    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> CredentialKind {
        match self {
            Self::DeviceCode => CredentialKind::DeviceCode,
            Self::Browser => CredentialKind::Browser,
            Self::ClientSecret(_) => CredentialKind::ClientSecret,
            Self::Certificate(_) => CredentialKind::Certificate,
            Self::FederatedTokenFile(_) => CredentialKind::Federated,
            Self::GitHubActions(_) => CredentialKind::GitHubActions,
            Self::TokenCommand(_) => CredentialKind::TokenCommand,
            Self::ManagedIdentity(_) => CredentialKind::ManagedIdentity,
            Self::AzureCli => CredentialKind::AzureCli,
            Self::AccessToken(_) => CredentialKind::AccessToken,
        }
    }

    /// Whether the tokens act for the application itself, which has no mailbox. Only a ready token tells it
    /// before it is used.
    #[must_use]
    pub fn is_application(&self) -> bool {
        match self {
            Self::AccessToken(token) => {
                Claims::of_token(token.expose()).is_some_and(|claims| claims.is_of_application())
            }
            other => other.kind().is_application(),
        }
    }

    /// What the store keeps of this credential. A client secret from outside is not stored.
    #[must_use]
    pub const fn storage(&self) -> Storage {
        match self {
            Self::ClientSecret(source) if !matches!(source, ClientSecret::Stored) => {
                Storage::Nothing("the client secret's source")
            }
            _ => self.kind().facts().storage,
        }
    }

    /// How this credential is renewed. A client secret is renewed at its source.
    #[must_use]
    pub const fn renewal(&self) -> Renewal {
        match self {
            Self::ClientSecret(ClientSecret::Given(_)) => Renewal::Variable(CLIENT_SECRET),
            Self::ClientSecret(ClientSecret::Unit(_) | ClientSecret::File(_)) => {
                Renewal::ClientSecret
            }
            Self::ClientSecret(ClientSecret::Command(_)) => Renewal::Command,
            _ => self.kind().facts().renewal,
        }
    }
}
