//! What mends an error: one line, a command or a setting, where there is one.

use anyhow::Error;

use super::UsageError;
use crate::auth::{self, Reason, aadsts, store};
use crate::{compose, config, graph, message};

/// The hint for `error`, asked of the innermost domain that knows it.
pub(super) fn hint(error: &Error) -> Option<String> {
    if let Some(error) = error.downcast_ref::<graph::Error>() {
        return of_graph(error);
    }
    if let Some(error) = error.downcast_ref::<auth::Error>() {
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
    if let Some(error) = error.downcast_ref::<message::AddressError>() {
        return of_address(error).map(ToOwned::to_owned);
    }
    if let Some(error) = error.downcast_ref::<UsageError>() {
        return error.hint.map(ToOwned::to_owned);
    }
    None
}

fn of_auth(error: &auth::Error) -> Option<String> {
    let hint = match error {
        auth::Error::NotSignedIn { account, reason } => {
            return Some(not_signed_in(account, reason));
        }
        auth::Error::Refused { refusal, .. } => {
            let advice = refusal.codes.iter().find_map(|code| aadsts::advice(*code));
            advice.unwrap_or("sign in again: graphmail login")
        }
        auth::Error::Store(error) => return of_store(error),
        auth::Error::NoStore => {
            "use the token store keyring or file: graphmail login --token-store file"
        }
        auth::Error::Declined | auth::Error::CodeExpired => "graphmail login",
        auth::Error::ManyTenants(_) => "name the tenant: its domain or its id",
        auth::Error::Busy { .. } => "run it again; if that process hangs, end it",
        auth::Error::Unintelligible { .. } => {
            "check HTTPS_PROXY, the cloud and GRAPHMAIL_LOGIN_URL"
        }
        auth::Error::NotConfigured(_) => NETWORK_SETTINGS,
        auth::Error::Unavailable { .. } => NOTHING_SENT,
        auth::Error::Lock { .. }
        | auth::Error::Command(_)
        | auth::Error::AccessToken(_)
        | auth::Error::Environment(_) => return None,
    };
    Some(hint.to_owned())
}

fn not_signed_in(account: &str, reason: &Reason) -> String {
    match reason {
        Reason::Mismatch(_) => format!(
            "graphmail login --account {account}, or take the other cloud, URL or application out of the environment"
        ),
        Reason::NoRecord | Reason::OtherOrigin | Reason::Incomplete(_) => {
            format!("graphmail login --account {account}")
        }
    }
}

const NETWORK_SETTINGS: &str =
    "check HTTPS_PROXY, and SSL_CERT_FILE where the network has its own certificate authority";
const NOTHING_SENT: &str = "nothing was sent; it is safe to run it again";

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
            format!("chmod {wanted:o} '{}'", path.display())
        }
        store::Error::Foreign { path, .. } => {
            format!("run it as the owner of '{}', or set GRAPHMAIL_STATE_DIR", path.display())
        }
        store::Error::Io { .. } | store::Error::Name(_) => return None,
    })
}

fn of_config(error: &config::Error) -> Option<String> {
    Some(match error {
        config::Error::NoAccount => "graphmail login --client-id ID --tenant TENANT".to_owned(),
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
        config::Error::Incomplete { account, .. } => format!("graphmail login --account {account}"),
        config::Error::NoMailbox => "name it with --mailbox USER, or in the account".to_owned(),
        config::Error::NoHome => "set HOME, or --config and GRAPHMAIL_STATE_DIR".to_owned(),
        config::Error::Root { .. }
        | config::Error::Malformed { .. }
        | config::Error::Unreadable(..)
        | config::Error::Unwritable(..)
        | config::Error::Variable { .. }
        | config::Error::Environment(_) => return None,
    })
}

const fn of_compose(error: &compose::Error) -> Option<&'static str> {
    match error {
        compose::Error::NoRecipients => Some("name one with --to, --cc or --bcc"),
        compose::Error::TooManyRecipients { .. } => Some("send it in parts"),
        compose::Error::TooLarge { .. } => Some("send less at once, or a link to the file"),
        compose::Error::NoFrom => Some("--from MAILBOX"),
        compose::Error::InlineWithoutHtml => {
            Some("--html or --html-file, with cid:CID as the image's source")
        }
        _ => None,
    }
}

fn of_address(error: &message::AddressError) -> Option<&'static str> {
    match error.fault {
        message::Fault::MissingComma | message::Fault::Special => Some(
            "a name with a comma or another special character stands in quotation marks: '\"Doe, Jane\" <jane@example.org>'",
        ),
        _ => None,
    }
}

fn of_graph(_: &graph::Error) -> Option<String> {
    None
}
