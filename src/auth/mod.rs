//! Tokens: cached, else refreshed, else obtained; and the stores that keep them.
//!
//! [`Tokens`] answers the one question of the rest of the program: which bearer token now? A
//! sign-in ([`device_code::sign_in`], [`browser::sign_in`], [`client_credentials::obtain`]) makes a [`store::Record`],
//! [`Account::save`] keeps it, and every later run starts from there. What Entra says no to is an
//! [`Error`] with its data; [`aadsts::remedy`] knows what a person can do about it.
//!
//! What is known of each kind of credential is a row of the table in [`credential`]; all others ask it.
//!
//! A [`managed_identity`], the Azure CLI ([`azure_cli`]) and a [`token_command`] keep their tokens
//! themselves: of those nothing is stored.
//!
//! A record's secrets go to the hosts that it names and to no other: a record of another tenant,
//! application or cloud counts as none.

pub mod aadsts;
mod app;
mod assertion;
pub mod azure_cli;
pub mod browser;
pub mod certificate;
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
pub use client_secret::ClientSecret;
pub use credential::{Credential, CredentialKind};
pub use error::{Error, Reason, Warning};
pub use lifetime::Lifetime;
pub use managed_identity::ManagedIdentity;
pub use refusal::Refusal;
pub use tokens::{Account, Tokens};
