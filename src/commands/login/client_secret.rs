//! Reads an application's client secret from standard input, a file, a command or a systemd credential.

use super::flags::Args;
use super::plan::Plan;
use crate::auth;
use crate::auth::CredentialKind;
use crate::auth::client_secret::{self, ClientSecret, Failure};
use crate::commands::Context;
use crate::commands::error::{InputError, UsageError};
use crate::commands::report::{Result, Step, WithContext as _};
use crate::commands::session::warn_of_credential;
use crate::secret::Secret;

/// The secret from the systemd unit, or from the source in `plan` and `args`.
pub(super) fn read(args: &Args, plan: &Plan, context: &Context<'_>) -> Result<Secret> {
    let entry = &plan.entry;
    let limit = auth::token_command::limit(context.settings.timeout);
    let mut warnings = Vec::new();
    let read = match (&entry.client_secret_file, &entry.client_secret_command) {
        _ if plan.unit_secret.is_some() => {
            let path = plan.unit_secret.clone();
            path.map_or(Ok(None), |path| {
                ClientSecret::File(path).read(limit, &mut warnings)
            })
        }
        (Some(path), _) => ClientSecret::File(path.clone()).read(limit, &mut warnings),
        (None, Some(command)) => ClientSecret::Command(command.clone()).read(limit, &mut warnings),
        (None, None) if args.client_secret_file.is_some() => {
            let place = "standard input";
            client_secret::read_stream(&mut *context.stdin.borrow_mut(), place)
                .map_err(|error| InputError::Unreadable(place.to_owned(), error))
                .context("reading the client secret")?
                .map(Some)
        }
        (None, None) => Ok(None),
    };
    warn_of_credential(warnings, context);
    let none = || {
        UsageError::new("this account signs in with a client secret")
            .hint("give it with --client-secret-file FILE, or - for standard input")
    };
    match read {
        Ok(secret) => Ok(secret.ok_or_else(none)?),
        Err(Failure::Unreadable { path, source }) => {
            let error = InputError::Unreadable(path.display().to_string(), source);
            let error =
                crate::commands::report::Failure::from(error).context("reading the client secret");
            Err(error.advised(Step::Replace(CredentialKind::ClientSecret)))
        }
        Err(failure @ Failure::NotOneLine { .. }) => Err(UsageError::new(failure.to_string())
            .hint("give the secret's value, not its id, and nothing else")
            .into()),
        Err(failure) => Err(auth::Error::from(failure).into()),
    }
}
