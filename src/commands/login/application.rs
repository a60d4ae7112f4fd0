//! An application signs in itself: what it proves itself with, as flags name it.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::Plan;
use crate::auth::client_credentials::{self, Proof};
use crate::auth::store::Record;
use crate::auth::{Credential, certificate};
use crate::commands::Context;
use crate::commands::error::{InputError, UsageError};
use crate::config::{AccountEntry, Auth};
use crate::secret::Secret;

/// Under which the flags stand in the help.
const HEADING: &str = "Credential";

/// The flags of an application's own credentials.
#[derive(Debug, clap::Args)]
pub(super) struct Flags {
    /// The application signs in with the client secret in this file; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = HEADING, group = "credential")]
    client_secret_file: Option<PathBuf>,
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
    /// The way to sign in that the flags name.
    pub(super) const fn auth(&self) -> Option<Auth> {
        if self.client_secret_file.is_some() {
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
fn absolute(path: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
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
pub(super) fn sign_in(
    flags: &Flags,
    plan: &Plan,
    context: &mut Context<'_>,
) -> anyhow::Result<Record> {
    let app = plan.app()?;
    let credential = match plan.entry.auth {
        Auth::ClientSecret => Credential::ClientSecret(Some(client_secret(flags, context)?)),
        _ => context.settings.credential(&plan.entry).map_err(|key| {
            UsageError::new(format!("this account has no {key}"))
                .hint("name it: --certificate FILE, or --federated-token-file FILE")
        })?,
    };
    let proof = match &credential {
        Credential::ClientSecret(Some(secret)) => Proof::ClientSecret(secret),
        Credential::Certificate(files) => Proof::Certificate(files),
        Credential::FederatedTokenFile(path) => Proof::FederatedTokenFile(path),
        Credential::GitHubActions(job) => Proof::GitHubActions(job),
        Credential::ClientSecret(None)
        | Credential::DeviceCode
        | Credential::TokenCommand(_)
        | Credential::AccessToken(_) => {
            return Err(UsageError::new("no application signs in this way").into());
        }
    };
    let record = client_credentials::obtain(&app, &context.link(), proof)?;
    if let Credential::Certificate(files) = &credential {
        for warning in certificate::warnings(files, context.seams.now()) {
            context.ui.talk(&format!("graphmail: warning: {warning}"));
        }
    }
    Ok(record)
}

fn client_secret(flags: &Flags, context: &mut Context<'_>) -> anyhow::Result<Secret> {
    match &flags.client_secret_file {
        Some(path) => read_secret(path, context),
        None => Err(
            UsageError::new("this account signs in with a client secret")
                .hint("give it with --client-secret-file FILE, or - for standard input")
                .into(),
        ),
    }
}

/// The file's one line. Its text is in no error.
fn read_secret(path: &Path, context: &mut Context<'_>) -> anyhow::Result<Secret> {
    let mut text = String::new();
    let (named, read) = if path == Path::new("-") {
        (
            "standard input".to_owned(),
            context.stdin.read_to_string(&mut text),
        )
    } else {
        let read = std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text));
        (path.display().to_string(), read)
    };
    read.map_err(|error| InputError::Unreadable(named.clone(), error))
        .context("reading the client secret")?;
    let secret = text.trim();
    if secret.is_empty() || secret.contains(['\n', '\r']) {
        return Err(UsageError::new(format!(
            "{named} does not hold one line with the client secret"
        ))
        .into());
    }
    Ok(Secret::new(secret))
}
