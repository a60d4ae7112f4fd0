//! Signs in an application.

use super::client_secret;
use super::flags::Args;
use super::plan::Plan;
use crate::auth::store::Record;
use crate::auth::{ClientSecret, Credential, CredentialKind, certificate, client_credentials};
use crate::commands::error::UsageError;
use crate::commands::report::Result;
use crate::commands::session::warn_of_credential;
use crate::commands::{Context, ledger};
use crate::config;

/// Requests a first token with the account's credential.
pub(super) fn sign_in(args: &Args, plan: &Plan, context: &Context<'_>) -> Result<Record> {
    let credential = if plan.entry.auth == CredentialKind::ClientSecret {
        let secret = client_secret::read(args, plan, context)?;
        Credential::ClientSecret(ClientSecret::Given(secret))
    } else {
        match context.settings.credential(&plan.name, &plan.entry) {
            Err(config::Error::Incomplete { key, .. }) => {
                return Err(UsageError::new(format!("this account has no {key}"))
                    .hint("name it: --certificate FILE, or --federated-token-file FILE")
                    .into());
            }
            credential => credential?,
        }
    };
    let app = plan.app()?;
    let waits = ledger::token_endpoint(&app, credential.kind(), context);
    let link = context.link().with_throttle(waits.as_ref());
    let record = client_credentials::obtain(&app, &link, &credential)?;
    if let Credential::Certificate(files) = &credential {
        warn_of_credential(certificate::warnings(files, context.seams.now()), context);
    }
    Ok(record)
}
