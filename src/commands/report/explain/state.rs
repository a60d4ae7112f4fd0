//! Advice for errors of local files: configuration, token store and queue.

use std::io;
use std::path::Path;

use super::application::of_environment;
use super::explain;
use crate::auth::credential::Key;
use crate::auth::{CredentialKind, exposure, store};
use crate::commands::report::advice::{Advice, Step};
use crate::commands::report::command::{Command, LoginOption};
use crate::config::{self, ENVIRONMENT_ACCOUNT, variable};
use crate::files::Untrusted;
use crate::outbox;
use crate::shell::path as quoted;

explain! {
    config::Error => of_config,
    outbox::Error => of_outbox,
    store::Error => of_store,
}

fn of_outbox(error: &outbox::Error) -> Advice {
    match error {
        outbox::Error::Exposed(path) => {
            Step::Program(format!("as its owner: chmod 700 {}", quoted(path))).into()
        }
        outbox::Error::Name(_) | outbox::Error::NotFound(_) => Command::OutboxList.into(),
        outbox::Error::Unreadable { id, .. } => {
            Advice::from(Command::OutboxShowMessage(id.to_string()))
                .then(Command::OutboxDrop(id.to_string()))
                .because("the rest of it can be read")
        }
        outbox::Error::Newer { .. } => "leave it to the newer graphmail that queued it".into(),
        outbox::Error::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            Untrusted::in_error(source).map_or_else(no_folder, of_untrusted)
        }
        outbox::Error::Io { .. } | outbox::Error::Attachment { .. } | outbox::Error::Held(_) => {
            Advice::none()
        }
    }
}

fn of_untrusted(untrusted: &Untrusted) -> Advice {
    Step::Program(untrusted.remedy()).into()
}

/// Advice if this user may not create the state folder.
fn no_folder() -> Advice {
    Advice::from(Step::Set("GRAPHMAIL_STATE_DIR", "a folder that this user can write")).or(
        Step::Program(
            "as root, for a user without a home: install -d -m 700 -o USER /var/lib/graphmail/$(id -u USER)"
                .to_owned(),
        ),
    )
}

pub(super) fn of_store(error: &store::Error) -> Advice {
    let advice = match error {
        store::Error::Locked { .. } | store::Error::TimedOut { .. } => {
            Advice::from("unlock the keyring").or(Step::TokensInFile)
        }
        store::Error::Unavailable { .. } => {
            Advice::from(Step::TokensInFile).because("this host has no keyring")
        }
        store::Error::TooLong { .. } => Step::TokensInFile.into(),
        store::Error::Failed { .. } | store::Error::Unreadable { .. } => Step::Renew.into(),
        store::Error::Exposed { path, wanted, .. } => {
            Step::Program(format!("chmod {wanted:o} {}", quoted(path))).into()
        }
        store::Error::Foreign { path, .. } => {
            Advice::from(format!("run it as the owner of {}", path.display()))
                .or(Step::Set("GRAPHMAIL_STATE_DIR", "a folder of this user"))
        }
        store::Error::Taken { .. } => Advice::from("choose another name: --account NAME")
            .or(Step::Set("GRAPHMAIL_STATE_DIR", "another folder")),
        store::Error::Io { path, source, .. } => of_folder(path, source),
        store::Error::Name(_) => Advice::none(),
    };
    advice.of_store()
}

/// Advice if a file or folder of the state cannot be read or written.
pub(super) fn of_folder(path: &Path, error: &io::Error) -> Advice {
    if let Some(untrusted) = Untrusted::in_error(error) {
        return of_untrusted(untrusted);
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            exposure::access(path).map_or_else(no_folder, |line| Step::Program(line).into())
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            Step::Set("GRAPHMAIL_STATE_DIR", "a folder that this user can write").into()
        }
        _ => Advice::none(),
    }
}

fn of_config(error: &config::Error) -> Advice {
    match error {
        config::Error::NoAccount(_) => LoginOption::Application.into(),
        config::Error::NoVariables(_) => {
            "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, GRAPHMAIL_CLIENT_SECRET_FILE, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE".into()
        }
        config::Error::UnknownAccount { known, .. } if known.is_empty() => {
            Advice::from(LoginOption::Application).because("there are no accounts yet")
        }
        config::Error::UnknownAccount { name, known } if let Some(near) = config::nearest(name, known.iter().map(String::as_str)) => {
            format!("did you mean {near}?").into()
        }
        config::Error::UnknownAccount { known, .. } => {
            format!("the accounts are: {}", known.join(", ")).into()
        }
        config::Error::NoDefault(known) => of_no_default(known),
        config::Error::UnknownCloud { nearest, .. } => match nearest {
            Some(nearest) => format!("did you mean {nearest}?").into(),
            None => "the clouds are global, usgov, dod, china and those under [clouds]".into(),
        },
        config::Error::UnknownKey { nearest, .. } => {
            nearest.map_or_else(Advice::none, |nearest| format!("did you mean {nearest}?").into())
        }
        config::Error::Missing(_) => {
            Advice::from(LoginOption::Application).because("login writes that file")
        }
        config::Error::Incomplete { account, key, .. } => of_incomplete(key).for_account(account),
        config::Error::Untrusted { untrusted, .. } => of_untrusted(untrusted),
        config::Error::OpenRelay(_) => {
            "set allow = [\"192.168.1.0/24\"] in [smtpd], or [smtpd.users.NAME]".into()
        }
        config::Error::NoMailbox => "name it with --mailbox USER, in GRAPHMAIL_MAILBOX or in the account".into(),
        config::Error::PlainPasswords(_) | config::Error::NoCertificate(_) => {
            "set certificate and key in [smtpd]".into()
        }
        config::Error::Busy { path, .. } => Advice::from(Step::Retry(None)).or(Step::Program(
            format!("fuser {} shows the process that holds the lock", quoted(path)),
        )),
        config::Error::NoHome => "set HOME, or --config and GRAPHMAIL_STATE_DIR".into(),
        config::Error::Malformed { nearest: Some(nearest), .. } => {
            format!("did you mean {nearest:?}?").into()
        }
        config::Error::Malformed { place, .. } => {
            Step::Edit(format!("edit {}:{}", place.path.display(), place.line)).into()
        }
        config::Error::Unreadable(path, _) => {
            Step::Program(format!("ls -ld {}", quoted(path))).into()
        }
        config::Error::Environment(fault) => of_environment(fault),
        config::Error::Root { .. }
        | config::Error::Unwritable(..)
        | config::Error::Variable { .. }
        | config::Error::ManagedIdentity(_) => Advice::none(),
    }
}

/// How the account with this name gets a mailbox for all runs.
pub(in crate::commands) fn mailbox_setting(account: &str) -> Step {
    Step::Edit(match account {
        ENVIRONMENT_ACCOUNT => format!("{}=ADDRESS", variable::MAILBOX),
        name => format!("mailbox = \"ADDRESS\" under [accounts.{name}]"),
    })
}

/// Advice if none of these accounts is the default.
fn of_no_default(known: &[String]) -> Advice {
    let mut commands = known.iter().map(|name| Command::AccountsUse(name.clone()));
    let first = commands.next().map_or_else(Advice::none, Advice::from);
    first
        .or("name one with --account")
        .because(format!("the accounts are {}", known.join(", ")))
}

/// Advice if the account lacks this key.
fn of_incomplete(key: &str) -> Advice {
    if matches!(key, "client_id" | "tenant") {
        return LoginOption::Application.into();
    }
    let is_of = |kind: &CredentialKind| {
        let mut keys = kind.facts().keys.iter();
        keys.any(|of| matches!(of, Key::Plain(name) | Key::Guarded(name) if *name == key))
    };
    match CredentialKind::ALL.into_iter().find(is_of) {
        Some(kind) => Step::Replace(kind).into(),
        None => Command::Login(Vec::new()).into(),
    }
}
