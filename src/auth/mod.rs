//! Access tokens and sign-ins, and the stores that keep them.
//!
//! [`Tokens`] returns the access token for the next request: a cached one, else a refreshed one, else a
//! new one. A sign-in ([`device_code::sign_in`], [`browser::sign_in`], [`client_credentials::obtain`])
//! creates a [`store::Record`], and [`Account::save`] stores it for later runs. If Entra refuses, the
//! [`Error`] contains the refusal, and [`aadsts::remedy`] knows how to fix it.
//!
//! The table in [`credential`] has the facts about each kind of credential.
//!
//! A [`managed_identity`], the Azure CLI ([`azure_cli`]) and a [`token_command`] keep their tokens
//! themselves, so graphmail stores nothing of them.
//!
//! The secrets of a record are sent only to the hosts that the record names. A record of another
//! tenant, application or cloud is ignored.

pub mod aadsts;
mod app;
mod assertion;
pub mod azure_cli;
pub mod browser;
pub mod certificate;
mod claims;
pub mod client_credentials;
pub mod client_secret;
pub mod credential;
pub mod device_code;
mod entra;
pub mod environment;
mod error;
mod expiry;
pub mod exposure;
pub mod federated;
mod held;
pub mod lifetime;
mod lock;
pub mod managed_identity;
pub mod program;
mod refresh_token;
mod refusal;
pub mod store;
pub mod token_command;
mod tokens;

pub use app::App;
pub use claims::Claims;
pub use client_secret::ClientSecret;
pub use credential::{Credential, CredentialKind};
pub use error::{Error, Reason, Warning};
pub use held::HeldTokens;
pub use lifetime::Lifetime;
pub use managed_identity::ManagedIdentity;
pub use refusal::Refusal;
pub use tokens::{Account, Tokens};
