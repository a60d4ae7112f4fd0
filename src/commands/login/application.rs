//! An application signs in itself: what it proves itself with, as flags name it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{Plan, client_secret};
use crate::auth::client_credentials::{self, Proof};
use crate::auth::store::Record;
use crate::auth::{Credential, certificate};
use crate::commands::Context;
use crate::commands::error::UsageError;
use crate::commands::session::warn;
use crate::config::{self, AccountEntry, Auth};

/// Under which the flags stand in the help.
const HEADING: &str = "Credential";

/// The flags of an application's own credentials.
#[derive(Debug, PartialEq, Eq, clap::Args)]
pub(super) struct Flags {
    /// The application signs in with the client secret in this file; `-` is standard input
    ///
    /// The secret goes to the token store. With --token-store none it stays in the file alone, which
    /// is then read for each token. A unit of systemd can bring it along instead, with
    /// LoadCredential=graphmail.NAME.client-secret:FILE for the account NAME; that goes before all else,
    /// and login takes it where no flag names another credential.
    #[arg(long, value_name = "FILE", help_heading = HEADING, group = "credential")]
    pub(super) client_secret_file: Option<PathBuf>,
    /// The application signs in with the client secret that this command prints, run for each token
    #[arg(long, value_name = "COMMAND", help_heading = HEADING, group = "credential")]
    pub(super) client_secret_command: Option<String>,
    /// The application signs in with the certificate and its RSA key in this PEM file
    #[arg(long, value_name = "FILE", help_heading = HEADING, group = "credential")]
    certificate: Option<PathBuf>,
    /// The file with the password of a PKCS#12 certificate
    #[arg(
        long,
        value_name = "FILE",
        help_heading = HEADING,
        requires = "certificate",
        hide = cfg!(not(feature = "pkcs12"))
    )]
    certificate_password_file: Option<PathBuf>,
    /// Send the certificates along, for a registration that trusts their subject and issuer
    #[arg(long, help_heading = HEADING, requires = "certificate")]
    send_certificate_chain: bool,
    /// The application signs in with another issuer's token in this file, read anew each time
    #[arg(long, value_name = "FILE", help_heading = HEADING, group = "credential")]
    federated_token_file: Option<PathBuf>,
    /// The application signs in with the token that GitHub Actions gives the job
    #[arg(long, help_heading = HEADING, group = "credential")]
    github_actions: bool,
}

impl Flags {
    /// None of them.
    pub(super) const NONE: Self = Self {
        client_secret_file: None,
        client_secret_command: None,
        certificate: None,
        certificate_password_file: None,
        send_certificate_chain: false,
        federated_token_file: None,
        github_actions: false,
    };

    /// The way to sign in that the flags name.
    pub(super) const fn auth(&self) -> Option<Auth> {
        if self.client_secret_file.is_some() || self.client_secret_command.is_some() {
            Some(Auth::ClientSecret)
        } else if self.certificate.is_some() {
            Some(Auth::Certificate)
        } else if self.federated_token_file.is_some() {
            Some(Auth::Federated)
        } else if self.github_actions {
            Some(Auth::GitHubActions)
        } else {
            None
        }
    }

    /// Puts into `entry` what its way to sign in takes: from the flags, else from the account's
    /// former self.
    pub(super) fn complete(
        &self,
        entry: AccountEntry,
        former: Option<&AccountEntry>,
    ) -> anyhow::Result<AccountEntry> {
        let former = former.filter(|former| former.auth == entry.auth);
        Ok(match (entry.auth, former) {
            (Auth::ClientSecret, former) => {
                let (client_secret_file, client_secret_command) =
                    client_secret::named(self, former)?;
                AccountEntry {
                    client_secret_file,
                    client_secret_command,
                    ..entry
                }
            }
            (Auth::Certificate, Some(former)) if self.certificate.is_none() => AccountEntry {
                certificate: former.certificate.clone(),
                certificate_password_file: former.certificate_password_file.clone(),
                send_certificate_chain: former.send_certificate_chain,
                ..entry
            },
            (Auth::Certificate, _) => AccountEntry {
                certificate: absolute(self.certificate.as_deref())?,
                certificate_password_file: absolute(self.certificate_password_file.as_deref())?,
                send_certificate_chain: self.send_certificate_chain.then_some(true),
                ..entry
            },
            (Auth::Federated, former) => AccountEntry {
                federated_token_file: match &self.federated_token_file {
                    Some(given) => absolute(Some(given))?,
                    None => former.and_then(|former| former.federated_token_file.clone()),
                },
                ..entry
            },
            _ => entry,
        })
    }
}

/// The path from the root on: a later run is in another folder.
pub(super) fn absolute(path: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    let Some(path) = path else { return Ok(None) };
    let absolute = std::path::absolute(path).context("finding the present folder")?;
    if absolute.to_str().is_none() {
        return Err(UsageError::new(format!(
            "{} is not UTF-8, as a configuration is",
            absolute.display()
        ))
        .into());
    }
    Ok(Some(absolute))
}

/// Asks for a first token with what the account is to sign in with.
pub(super) fn sign_in(flags: &Flags, plan: &Plan, context: &Context<'_>) -> anyhow::Result<Record> {
    let app = plan.app()?;
    if plan.entry.auth == Auth::ClientSecret {
        let secret = client_secret::read(flags, plan, context)?;
        let proof = Proof::ClientSecret(&secret);
        return Ok(client_credentials::obtain(&app, &context.link(), proof)?);
    }
    let credential = match context.settings.credential(&plan.name, &plan.entry) {
        Err(config::Error::Incomplete { key, .. }) => {
            return Err(UsageError::new(format!("this account has no {key}"))
                .hint("name it: --certificate FILE, or --federated-token-file FILE")
                .into());
        }
        credential => credential?,
    };
    let proof = match &credential {
        Credential::Certificate(files) => Proof::Certificate(files),
        Credential::FederatedTokenFile(path) => Proof::FederatedTokenFile(path),
        Credential::GitHubActions(job) => Proof::GitHubActions(job),
        _ => return Err(UsageError::new("no application signs in this way").into()),
    };
    let record = client_credentials::obtain(&app, &context.link(), proof)?;
    if let Credential::Certificate(files) = &credential {
        warn(&certificate::warnings(files, context.seams.now()), context);
    }
    Ok(record)
}
