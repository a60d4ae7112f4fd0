//! Advised commands, as this run must be given them: for its account, with its configuration file,
//! and never past a variable that goes before what they change.

use anyhow::Error;

use super::hint::hint;
use super::remedied;
use crate::auth::{self, Credential, environment, store};
use crate::commands::Context;
use crate::commands::error::NotScheduled;
use crate::config::{Account, ENVIRONMENT_ACCOUNT, Settings, usual_store, variable};
use crate::shell::{self, path as quoted};

/// The commands that act on one account.
const ACTING: [&str; 4] = [
    "graphmail login",
    "graphmail keepalive",
    "graphmail doctor",
    "graphmail draft list",
];

/// The verbs that read the configuration.
const CONFIGURED: [&str; 7] = [
    "login",
    "keepalive",
    "doctor",
    "draft",
    "outbox",
    "accounts",
    "send",
];

const LOGIN: &str = "graphmail login";

/// The alternatives of an account that nobody knows more of.
pub(super) const ANEW: &str =
    "graphmail login, or a new token in GRAPHMAIL_ACCESS_TOKEN or from the token command";

/// What a run has to do with the sign-in of its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::commands) enum Run {
    /// It goes by what the account signs in with, as the environment overrides that.
    Uses,
    /// It makes the sign-in.
    SignsIn,
    /// It changes what is stored, or keeps it alive.
    Keeps,
}

/// The error of a run, with its hint as this run must be given it.
pub(in crate::commands) fn of_run(error: Error, run: Run, context: &Context<'_>) -> Error {
    let Some(first) = hint(&error) else {
        return error;
    };
    // The line of a job is whole.
    if error.downcast_ref::<NotScheduled>().is_some() {
        return error;
    }
    let settings = &context.settings;
    let uses = run == Run::Uses;
    let account = uses.then(|| settings.account().ok()).flatten();
    let told = match &account {
        // There is no account yet for another login to move.
        None if run == Run::SignsIn && settings.stored_account().is_err() => first.replace(
            "graphmail login --token-store file",
            "add --token-store file to this command",
        ),
        Some(account) if is_of_store(&error) => {
            of_store(account, &context.settings).unwrap_or_else(|| first.clone())
        }
        Some(account) => instead(&first, account),
        None => first.clone(),
    };
    let told = complete(&told, context);
    if told == first {
        error
    } else {
        remedied(error, told)
    }
}

/// The hint with the account and the configuration file of this run in its commands.
pub(in crate::commands) fn complete(hint: &str, context: &Context<'_>) -> String {
    let named = match context.settings.other_account() {
        Some(account) => naming(hint, &account),
        None => hint.to_owned(),
    };
    configured(named, context)
}

/// The hint with the configuration file that a flag named. One that the environment names is there
/// for the advised command too.
pub(in crate::commands) fn configured(hint: String, context: &Context<'_>) -> String {
    let Some(file) = &context.flags.config else {
        return hint;
    };
    let file = quoted(file);
    CONFIGURED.iter().fold(hint, |hint, verb| {
        hint.replace(
            &format!("graphmail {verb}"),
            &format!("graphmail --config {file} {verb}"),
        )
    })
}

/// `hint` with `account` in each command that acts on one and names none: it would act on the
/// default account, and report that all is well.
pub(in crate::commands) fn naming(hint: &str, account: &str) -> String {
    let account = shell::word(account);
    ACTING.iter().fold(hint.to_owned(), |hint, command| {
        let mut parts = hint.split(command);
        let mut named = parts.next().unwrap_or_default().to_owned();
        for rest in parts {
            let is_named = [" --account", " --help"]
                .iter()
                .any(|word| rest.starts_with(word));
            let option = if is_named {
                String::new()
            } else {
                format!(" --account {account}")
            };
            named += &format!("{command}{option}{rest}");
        }
        named
    })
}

fn is_of_store(error: &Error) -> bool {
    let is_stores = |error: &auth::Error| {
        matches!(
            error,
            auth::Error::NotSignedIn { .. } | auth::Error::Store(_) | auth::Error::NoStore
        )
    };
    let of_graph = match error.downcast_ref() {
        Some(crate::graph::Error::NoToken(error)) => is_stores(error),
        _ => false,
    };
    of_graph
        || error.downcast_ref().is_some_and(is_stores)
        || error.downcast_ref::<store::Error>().is_some()
}

/// What mends an error of the token store, where the environment names another than the account.
pub(in crate::commands) fn of_store(account: &Account, settings: &Settings) -> Option<String> {
    let given = settings.token_store().ok()??;
    let file = settings.file().ok()?;
    let entry = file.accounts.get(&account.name)?;
    let own = entry.token_store.unwrap_or_else(|| usual_store(entry.auth));
    (given != own && given == account.token_store)
        .then(|| format!("unset {}", variable::TOKEN_STORE))
}

/// The hint with what gives this account a new token in the place of `graphmail login`, where that
/// would not.
pub(in crate::commands) fn instead(hint: &str, account: &Account) -> String {
    let of_environment = account.name == ENVIRONMENT_ACCOUNT;
    let anew = match &account.credential {
        Credential::AccessToken(_) => "put a new token into GRAPHMAIL_ACCESS_TOKEN",
        Credential::AzureCli => "az login",
        Credential::TokenCommand(_) => "let the token command print a new token",
        Credential::Certificate(_) if of_environment => {
            "set AZURE_CLIENT_CERTIFICATE_PATH to a file that this user can read"
        }
        Credential::FederatedTokenFile(_) if of_environment => {
            "set AZURE_FEDERATED_TOKEN_FILE to a file that this user can read"
        }
        _ if of_environment => "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET",
        _ => return hint.to_owned(),
    };
    let hint = hint.replace(
        "--certificate-password-file FILE",
        if of_environment {
            environment::CERTIFICATE_PASSWORD
        } else {
            "--certificate-password-file FILE"
        },
    );
    let hint = hint
        .replace(
            "name a file that this user can read: graphmail login",
            LOGIN,
        )
        .replace(ANEW, LOGIN);
    let mut parts = hint.split(LOGIN);
    let mut told = parts.next().unwrap_or_default().to_owned();
    for rest in parts {
        if rest.starts_with(" --help") {
            told += LOGIN;
            told += rest;
            continue;
        }
        let options = rest.find([';', ',', ')', ':']).unwrap_or(rest.len());
        told += anew;
        told += rest.get(options..).unwrap_or_default();
    }
    told
}
