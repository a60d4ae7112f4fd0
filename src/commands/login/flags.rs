//! The flags of an application's own credentials.

use std::path::{Path, PathBuf};

use crate::commands::error::UsageError;
use crate::commands::report::{Result, WithContext as _};

/// Under which the flags stand in the help.
const HEADING: &str = "Credential";

/// The flags of an application's own credentials.
#[derive(Debug, PartialEq, Eq, clap::Args)]
pub(super) struct Flags {
    /// The application signs in with the client secret in this file; `-` is standard input
    ///
    /// The secret goes to the token store. With --token-store none it stays in the file alone, which
    /// is then read for each token. A unit of systemd can bring it along instead, with
    /// LoadCredential=graphmail.NAME.client-secret:FILE for the account NAME; that takes precedence,
    /// and login takes it where no flag names another credential.
    #[arg(long, value_name = "FILE", help_heading = HEADING, group = "credential")]
    pub(super) client_secret_file: Option<PathBuf>,
    /// The application signs in with the client secret that this command prints, run for each token
    #[arg(long, value_name = "COMMAND", help_heading = HEADING, group = "credential")]
    pub(super) client_secret_command: Option<String>,
    /// The application signs in with the certificate and its RSA key in this PEM file
    #[arg(long, value_name = "FILE", help_heading = HEADING, group = "credential")]
    pub(super) certificate: Option<PathBuf>,
    /// The file with the password of a PKCS#12 certificate
    #[arg(
        long,
        value_name = "FILE",
        help_heading = HEADING,
        requires = "certificate",
        hide = cfg!(not(feature = "pkcs12"))
    )]
    pub(super) certificate_password_file: Option<PathBuf>,
    /// Send the certificates along, for a registration that trusts their subject and issuer
    #[arg(long, help_heading = HEADING, requires = "certificate")]
    pub(super) send_certificate_chain: bool,
    /// The application signs in with another issuer's token in this file, read for each token
    #[arg(long, value_name = "FILE", help_heading = HEADING, group = "credential")]
    pub(super) federated_token_file: Option<PathBuf>,
    /// The application signs in with the token that GitHub Actions gives the job
    #[arg(long, help_heading = HEADING, group = "credential")]
    pub(super) github_actions: bool,
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
}

/// The path from the root on: a later run is in another folder.
pub(super) fn absolute(path: Option<&Path>) -> Result<Option<PathBuf>> {
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
