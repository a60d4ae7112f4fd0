//! An application signs in itself: what it proves itself with, as flags name it.

use super::flags::{Flags, absolute};
use super::{Plan, client_secret};
use crate::auth::client_credentials::{self, Proof};
use crate::auth::store::Record;
use crate::auth::{Credential, certificate};
use crate::commands::Context;
use crate::commands::error::UsageError;
use crate::commands::report::Result;
use crate::commands::session::warn;
use crate::config::{self, AccountEntry, Auth};

impl Flags {
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
    ) -> Result<AccountEntry> {
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

/// Asks for a first token with what the account is to sign in with.
pub(super) fn sign_in(flags: &Flags, plan: &Plan, context: &Context<'_>) -> Result<Record> {
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
