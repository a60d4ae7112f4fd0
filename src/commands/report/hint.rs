//! What mends an error: one line, a command or a setting, where there is one.

mod application;
mod auth;
mod graph;
mod message;

use std::io;
use std::path::Path;

use anyhow::Error;

use self::auth::{of_auth, of_environment};
pub(in crate::commands) use self::graph::of_kept;
use self::graph::{of_cause, of_delivery, of_graph};
pub(in crate::commands) use self::message::of_aliases;
use self::message::{of_address, of_attachment, of_compose, of_header, of_piped};
use super::Remedy;
use crate::auth::exposure;
use crate::auth::{Error as AuthError, store};
use crate::commands::error::{DeliveryError, EndsSoon, MissingRights, NotScheduled, UsageError};
use crate::files::Untrusted;
use crate::shell::path as quoted;
use crate::{compose, config, delivery, outbox};

/// The hint for `error`, asked of the innermost domain that knows it.
pub(super) fn hint(error: &Error) -> Option<String> {
    if let Some(known) = error.downcast_ref::<Remedy>() {
        return Some(known.remedy.clone());
    }
    if let Some(error) = error.downcast_ref::<MissingRights>() {
        return Some(error.remedy.clone());
    }
    if let Some(error) = error.downcast_ref::<crate::graph::Error>() {
        return of_graph(error);
    }
    if let Some(error) = error.downcast_ref::<AuthError>() {
        return of_auth(error);
    }
    if let Some(error) = error.downcast_ref::<store::Error>() {
        return of_store(error);
    }
    if let Some(error) = error.downcast_ref::<config::Error>() {
        return of_config(error);
    }
    if let Some(error) = error.downcast_ref::<compose::Error>() {
        return of_compose(error).map(ToOwned::to_owned);
    }
    if let Some(error) = error.downcast_ref::<crate::message::AddressError>() {
        return of_address(error).map(ToOwned::to_owned);
    }
    if let Some(error) = error.downcast_ref::<crate::message::HeaderError>() {
        return of_header(error).map(ToOwned::to_owned);
    }
    if let Some(error) = error.downcast_ref::<crate::message::AttachmentError>() {
        return of_attachment(error).map(ToOwned::to_owned);
    }
    if let Some(error) = error.downcast_ref::<crate::message::PipedError>() {
        return of_piped(error).map(ToOwned::to_owned);
    }
    if let Some(error) = error.downcast_ref::<DeliveryError>() {
        return error.remedy();
    }
    if let Some(error) = error.downcast_ref::<delivery::Error>() {
        return of_delivery(error);
    }
    if let Some(error) = error.downcast_ref::<outbox::Error>() {
        return of_outbox(error);
    }
    if let Some(error) = error.downcast_ref::<UsageError>() {
        return error.remedy().map(ToOwned::to_owned);
    }
    if let Some(error) = error.downcast_ref::<EndsSoon>() {
        return Some(error.remedy());
    }
    if let Some(error) = error.downcast_ref::<NotScheduled>() {
        return Some(error.remedy.clone());
    }
    None
}

fn of_outbox(error: &outbox::Error) -> Option<String> {
    Some(match error {
        outbox::Error::Exposed(path) => format!("as its owner: chmod 700 {}", quoted(path)),
        outbox::Error::Name(_) | outbox::Error::NotFound(_) => "graphmail outbox list".to_owned(),
        outbox::Error::Unreadable { id, .. } => format!(
            "what is left of it: graphmail outbox show {id} --message; then: graphmail outbox drop {id}"
        ),
        outbox::Error::Newer { .. } => {
            "leave it to the newer graphmail that has kept it".to_owned()
        }
        outbox::Error::Io { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            Untrusted::of(source).map_or_else(|| HOMELESS.to_owned(), Untrusted::remedy)
        }
        outbox::Error::Io { .. } | outbox::Error::Attachment { .. } | outbox::Error::Held(_) => {
            return None;
        }
    })
}

/// What mends a state folder that this user may not make.
const HOMELESS: &str = "set GRAPHMAIL_STATE_DIR; or, for a user without a home to write in, as root: install -d -m 700 -o USER /var/lib/graphmail/$(id -u USER)";

fn of_store(error: &store::Error) -> Option<String> {
    Some(match error {
        store::Error::Locked { .. } | store::Error::TimedOut { .. } => {
            "unlock the keyring, or keep the tokens in a file: graphmail login --token-store file".to_owned()
        }
        store::Error::Unavailable { .. } => {
            "on a host without a keyring keep the tokens in a file: graphmail login --token-store file".to_owned()
        }
        store::Error::Failed { .. } | store::Error::Unreadable { .. } => "graphmail login".to_owned(),
        store::Error::TooLong { .. } => "graphmail login --token-store file".to_owned(),
        store::Error::Exposed { path, wanted, .. } => {
            format!("chmod {wanted:o} {}", quoted(path))
        }
        store::Error::Foreign { path, .. } => {
            format!("run it as the owner of {}, or set GRAPHMAIL_STATE_DIR", path.display())
        }
        store::Error::Taken { .. } => {
            "take another name for the account: --account NAME, or set GRAPHMAIL_STATE_DIR to a folder of its own".to_owned()
        }
        store::Error::Io { path, source, .. } => return of_folder(path, source),
        store::Error::Name(_) => return None,
    })
}

/// What mends a file or folder of this user's state that cannot be read or written.
fn of_folder(path: &Path, error: &io::Error) -> Option<String> {
    if let Some(untrusted) = Untrusted::of(error) {
        return Some(untrusted.remedy());
    }
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            Some(exposure::access(path).unwrap_or_else(|| HOMELESS.to_owned()))
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("set GRAPHMAIL_STATE_DIR to a folder that this user can write".to_owned())
        }
        _ => None,
    }
}

fn of_config(error: &config::Error) -> Option<String> {
    Some(match error {
        config::Error::NoAccount => "graphmail login --client-id ID --tenant TENANT".to_owned(),
        config::Error::NoVariables(_) => {
            "set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH or AZURE_FEDERATED_TOKEN_FILE".to_owned()
        }
        config::Error::UnknownAccount { known, .. } if known.is_empty() => {
            "there are none yet: graphmail login --client-id ID --tenant TENANT".to_owned()
        }
        config::Error::UnknownAccount { known, .. } => format!("there are: {}", known.join(", ")),
        config::Error::NoDefault(known) => format!(
            "graphmail accounts use NAME, or --account NAME: {}",
            known.join(", ")
        ),
        config::Error::UnknownCloud { nearest, .. } => match nearest {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "the clouds are global, usgov, dod, china and those under [clouds]".to_owned(),
        },
        config::Error::UnknownKey { nearest, .. } => format!("did you mean {}?", (*nearest)?),
        config::Error::Missing(_) => "graphmail login writes it".to_owned(),
        config::Error::Incomplete { account, key, .. } => {
            let flag = match *key {
                "certificate" => " --certificate FILE",
                "federated_token_file" => " --federated-token-file FILE",
                _ => "",
            };
            format!("graphmail login --account {account}{flag}")
        }
        config::Error::Untrusted { untrusted, .. } => untrusted.remedy(),
        config::Error::NoMailbox => "name it with --mailbox USER, or in the account".to_owned(),
        config::Error::Busy { path, .. } => format!(
            "run it again; if nothing changes the configuration: fuser {}",
            quoted(path)
        ),
        config::Error::NoHome => "set HOME, or --config and GRAPHMAIL_STATE_DIR".to_owned(),
        config::Error::Malformed { place, .. } => {
            format!("edit {}:{}", place.path.display(), place.line)
        }
        config::Error::Unreadable(path, _) => format!("ls -ld {}", quoted(path)),
        config::Error::Environment(fault) => of_environment(fault)?,
        config::Error::Root { .. }
        | config::Error::Account { .. }
        | config::Error::Unwritable(..)
        | config::Error::Variable { .. }
        | config::Error::ManagedIdentity(_) => return None,
    })
}
