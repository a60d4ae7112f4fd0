//! Checks the configuration, the account and its credential.

use std::fs::File;
use std::path::Path;

use jiff::Timestamp;

use super::check::{Check, Verdict};
use super::modes;
use crate::auth::certificate::NOTICE_DAYS;
use crate::auth::credential::Storage;
use crate::auth::{self, ClientSecret, Credential, certificate, client_secret, exposure};
use crate::commands::Context;
use crate::commands::error::EndsSoon;
use crate::commands::report::{self, Step};
use crate::config::{self, Account};
use crate::shell;

/// Whether the configuration files can be read, and who can write them.
pub(super) fn files(context: &Context<'_>) -> Check {
    const NAME: &str = "configuration";
    let settings = &context.settings;
    if let Err(error) = settings.require_file().and_then(|()| settings.file()) {
        return Check::of_error(NAME, error);
    }
    let places = context.settings.places();
    let found: Vec<_> = places.iter().filter(|path| path.exists()).collect();
    if let Some(wrong) = found.iter().find_map(|path| modes::check(NAME, path)) {
        return wrong;
    }
    let shown = |paths: Vec<String>| paths.join(", ");
    if found.is_empty() {
        let looked = places.iter().map(|path| path.display().to_string());
        let message = format!("there is none (looked for {})", shown(looked.collect()));
        return Check::skip(NAME, message);
    }
    let found = found.iter().map(|path| path.display().to_string());
    Check::pass(NAME, shown(found.collect()))
}

/// Whether the account names a mailbox, if it needs one.
pub(super) fn account(account: &Account, context: &Context<'_>) -> Check {
    const NAME: &str = "account";
    let mailbox = context
        .settings
        .environment()
        .get(config::variable::MAILBOX);
    let mailbox = mailbox.as_ref().or(account.mailbox.as_ref());
    let mut words = vec![account.name.clone()];
    words.extend(
        account
            .tenant
            .as_ref()
            .map(|tenant| format!("tenant {tenant}")),
    );
    words.extend(mailbox.map(|mailbox| format!("mailbox {mailbox}")));
    if account.is_application() && mailbox.is_none() {
        let message = "an application has no mailbox of its own, and none is named";
        return Check::warn(NAME, message).advised(report::mailbox_setting(&account.name));
    }
    Check::pass(NAME, words.join(", "))
}

/// The credential, if it is not in the token store, and whether its declared expiry is near.
pub(super) fn credential(account: &Account, now: Timestamp) -> Check {
    let check = source(account, now);
    let near = || EndsSoon::check(account, account.lifetime(None), NOTICE_DAYS, now);
    match account.credential_expires {
        Some(_)
            if check.status == Verdict::Pass
                && let Err(error) = near() =>
        {
            Check {
                status: Verdict::Warn,
                ..Check::of_error(&check.name, error)
            }
        }
        _ => check,
    }
}

/// The check of a credential that this user cannot use.
pub(super) fn unusable(account: &Account, context: &Context<'_>) -> Option<Check> {
    let check = credential(account, context.seams.now());
    (check.status == Verdict::Fail).then_some(check)
}

/// The source of the credential.
fn source(account: &Account, now: Timestamp) -> Check {
    const NAME: &str = "credential";
    let kind = account.credential.kind().name();
    match &account.credential {
        Credential::AccessToken(_) => {
            let message = format!(
                "{} holds a ready token, which ends within hours and is not renewed",
                config::variable::ACCESS_TOKEN
            );
            if account.name == config::ENVIRONMENT_ACCOUNT {
                Check::pass(NAME, message)
            } else {
                // It overrides the account's own credential.
                Check::warn(NAME, message).advised(Step::Unset(config::variable::ACCESS_TOKEN))
            }
        }
        Credential::ClientSecret(ClientSecret::Given(_)) => Check::pass(
            NAME,
            format!("{kind}, from {}", auth::credential::CLIENT_SECRET),
        ),
        Credential::ClientSecret(ClientSecret::Unit(credential)) => {
            let failure = client_secret::Failure::NotInUnit(credential.clone());
            Check::of_error(NAME, auth::Error::from(failure))
        }
        Credential::ClientSecret(ClientSecret::File(path)) => match File::open(path) {
            Err(source) => {
                let path = path.clone();
                let failure = client_secret::Failure::Unreadable { path, source };
                Check::of_error(NAME, auth::Error::from(failure))
            }
            Ok(_) => modes::secret(NAME, path)
                .unwrap_or_else(|| Check::pass(NAME, format!("{kind}, in {}", path.display()))),
        },
        Credential::Certificate(files) => certificate(NAME, files, now),
        Credential::FederatedTokenFile(path) => {
            federated(NAME, path, account.name == config::ENVIRONMENT_ACCOUNT)
        }
        Credential::GitHubActions(_) => Check::pass(NAME, format!("{kind}, for this job alone")),
        Credential::ClientSecret(ClientSecret::Command(_)) => {
            Check::pass(NAME, format!("{kind}, from a command"))
        }
        other if let Storage::Nothing(_) = other.storage() => {
            Check::pass(NAME, format!("{kind}, asked for each send"))
        }
        _ => Check::pass(NAME, format!("{kind}, in the token store")),
    }
}

/// The file with another issuer's token. Often it does not belong to this user: a platform projects it,
/// readable for all users and writable for none.
fn federated(name: &str, path: &Path, is_projected: bool) -> Check {
    let metadata = std::fs::metadata(path);
    let opened = metadata.and_then(|found| match found.is_file() {
        true => File::open(path).map(drop),
        // A pipe can be read only once: the token check reads it.
        false => Ok(()),
    });
    if let Err(source) = opened {
        let path = path.to_owned();
        let fault = auth::federated::Fault::Unreadable { path, source };
        return Check::of_error(name, auth::Error::from(fault));
    }
    let exposed = exposure::is_own(path).then(|| match is_projected {
        // Kubernetes gives such a file the mode 0644, and replaces it each hour.
        true => modes::check(name, path),
        false => modes::secret(name, path),
    });
    let message = format!("federated, the token in {}", path.display());
    exposed
        .flatten()
        .unwrap_or_else(|| Check::pass(name, message))
}

/// The certificate, and when it expires.
fn certificate(name: &str, files: &certificate::Files, now: Timestamp) -> Check {
    let found = certificate::read(files).and_then(|found| {
        found.check(&files.path, now)?;
        Ok(found)
    });
    match found {
        Err(fault) => Check::of_error(name, auth::Error::from(fault)),
        Ok(_) if let Some(check) = modes::secret(name, &files.path) => check,
        Ok(found) => {
            let words = format!(
                "certificate {}, {} days left",
                files.path.display(),
                found.days_left(now)
            );
            if found.not_after.duration_since(now) < certificate::NOTICE {
                let advice = format!(
                    "replace {} with a new certificate and its key, and upload the certificate to the registration",
                    shell::path(&files.path)
                );
                return Check::warn(name, words).advised(advice);
            }
            Check::pass(name, words)
        }
    }
}
