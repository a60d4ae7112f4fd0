//! What mends an error: one line, a command or a setting, where there is one.

mod application;
mod auth;

use std::io;
use std::path::Path;

use anyhow::Error;
use jiff::Timestamp;

use self::auth::{of_auth, of_environment};
use super::Remedy;
use crate::auth::exposure::{self, quoted};
use crate::auth::{Error as AuthError, store};
use crate::commands::error::{DeliveryError, EndsSoon, MissingRights, NotScheduled, UsageError};
use crate::config::{Aliases, Spot};
use crate::exit::Class;
use crate::graph::Answer;
use crate::http::{Cause, Fate, Reason as Cut};
use crate::{compose, config, delivery, graph, message, outbox};

/// The hint for `error`, asked of the innermost domain that knows it.
pub(super) fn hint(error: &Error) -> Option<String> {
    if let Some(known) = error.downcast_ref::<Remedy>() {
        return Some(known.remedy.clone());
    }
    if let Some(error) = error.downcast_ref::<MissingRights>() {
        return Some(error.remedy.clone());
    }
    if let Some(error) = error.downcast_ref::<graph::Error>() {
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
    if let Some(error) = error.downcast_ref::<message::AddressError>() {
        return of_address(error).map(ToOwned::to_owned);
    }
    if let Some(error) = error.downcast_ref::<message::AttachmentError>() {
        return of_attachment(error).map(ToOwned::to_owned);
    }
    if let Some(error) = error.downcast_ref::<message::PipedError>() {
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

const fn of_attachment(error: &message::AttachmentError) -> Option<&'static str> {
    use message::AttachmentError;
    match error {
        AttachmentError::NotRegular(_) | AttachmentError::Sizeless(_) => {
            Some("a pipe goes in through standard input: --attach '-;name=NAME'")
        }
        AttachmentError::Unkept { .. } => Some("name a folder with more room in TMPDIR"),
        _ => None,
    }
}

const fn of_piped(error: &message::PipedError) -> Option<&'static str> {
    use message::PipedError;
    match error {
        PipedError::NoSender => {
            Some("name it as mailbox in the account, or as username for the signed-in user's")
        }
        PipedError::From(_) => {
            Some("name it under allowed_from of [sendmail], or set from_policy = \"rewrite\" there")
        }
        PipedError::NoRecipients => Some(
            "name them on the command line, or in To, Cc or Bcc together with -t; of a message that was sent on, in Resent-To, -Cc or -Bcc",
        ),
        PipedError::Unfinished { .. } => {
            Some("take the comma away, or the empty line before the other recipients")
        }
        // What there is to do depends on the aliases: of_aliases.
        PipedError::Unknown(_)
        | PipedError::Aliases(_)
        | PipedError::Address { .. }
        | PipedError::Cut { .. }
        | PipedError::Clock
        | PipedError::Eml(_) => None,
    }
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
            HOMELESS.to_owned()
        }
        outbox::Error::Io { .. } | outbox::Error::Attachment { .. } | outbox::Error::Held(_) => {
            return None;
        }
    })
}

/// The error, with what mends it if it is one of these aliases.
pub(in crate::commands) fn of_aliases(error: message::PipedError, aliases: &Aliases) -> Error {
    use message::PipedError;
    let file = aliases.file().display();
    let remedy = match &error {
        PipedError::Aliases(_) if aliases.readable().is_err() => {
            format!("ls -lLd '{file}'; aliases_file of [sendmail] names another")
        }
        PipedError::Aliases(_) => {
            format!("mend it in {file}, or in [aliases] of the configuration, which goes before")
        }
        PipedError::Unknown(name) => match aliases.place_of(name) {
            Spot::Own => format!(
                "give it one in {file} or in [aliases] of the configuration; default = \"ADDRESS\" there takes all others"
            ),
            Spot::Other(name) => {
                format!("{name:?} = \"ADDRESS\" in [aliases] of the configuration gives it one")
            }
            Spot::Nowhere => "name the address itself: no alias gives it another".to_owned(),
        },
        _ => return error.into(),
    };
    super::remedied(error.into(), remedy)
}

fn of_graph(error: &graph::Error) -> Option<String> {
    match (error, error.fate()) {
        (graph::Error::NoToken(error), _) => of_auth(error),
        (graph::Error::Staged(_), Fate::Unknown) => Some(
            "graphmail draft list shows whether it is in Drafts still; look in Sent Items before sending it again"
                .to_owned(),
        ),
        (_, Fate::Unknown) => Some(
            "look in Sent Items before sending it again; graphmail does not repeat it by itself"
                .to_owned(),
        ),
        (graph::Error::Answered(answer), fate) => of_answer(answer, fate),
        (graph::Error::NoAnswer { failure, .. }, _) => Some(of_cause(failure.cause()).to_owned()),
        (graph::Error::Incomplete { .. }, _) => Some(NOT_GRAPH.to_owned()),
        (graph::Error::NoSessions { .. }, _) => {
            Some("send smaller attachments, or a link to the file".to_owned())
        }
        (graph::Error::SessionLost(_) | graph::Error::Interrupted, _) => Some(SAFE.to_owned()),
        (graph::Error::NoDraft { .. }, _) => Some("graphmail draft list".to_owned()),
        (graph::Error::Contents(error), _) => {
            let changed = error.kind() == std::io::ErrorKind::InvalidData;
            changed.then(|| CHANGES.to_owned())
        }
        (graph::Error::Journal(_) | graph::Error::NotDraft(_), _) => None,
        (graph::Error::Staged(staged), fate) => of_staged(staged, fate),
    }
}

fn of_staged(staged: &graph::Staged, fate: Fate) -> Option<String> {
    if let Some(permission) = staged.missing_permission() {
        return Some(format!(
            "the message goes as a draft: add the delegated permission {permission} to the \
             application, then: graphmail login --scopes send+drafts"
        ));
    }
    let later = |fate| matches!(fate, Fate::Later(_));
    // What its own request came to says nothing where another draft may come to another end.
    if later(fate) && !later(staged.cause.fate()) {
        return Some(SAFE.to_owned());
    }
    of_graph(&staged.cause)
}

/// What mends the error of a message that is kept: nothing where waiting does, for to run it again
/// would send it twice.
pub(in crate::commands) fn of_kept(error: &delivery::Error) -> Option<String> {
    match error.class() {
        Class::Later | Class::Unknown => None,
        _ => of_delivery(error),
    }
}

fn of_delivery(error: &delivery::Error) -> Option<String> {
    match error {
        delivery::Error::Graph(error) => of_graph(error),
        delivery::Error::Exhausted {
            until: Some(at), ..
        } => Some(safe_after(*at)),
        delivery::Error::Exhausted { until: None, .. } => Some(SAFE.to_owned()),
    }
}

fn safe_after(at: Timestamp) -> String {
    format!(
        "it is safe to run it again, after {}, or with a --max-wait that lasts until then",
        at.strftime("%Y-%m-%d %H:%M:%SZ")
    )
}

fn of_answer(answer: &Answer, fate: Fate) -> Option<String> {
    if answer.claims_required {
        return Some(CLAIMS.to_owned());
    }
    let code = answer.code.as_deref().unwrap_or_default();
    if let Some((_, hint)) = CODES.iter().find(|(known, _)| *known == code) {
        return Some((*hint).to_owned());
    }
    if let Fate::Later(Some(at)) = fate {
        return Some(safe_after(at));
    }
    let hint = match (fate, answer.status) {
        (_, 507) => FULL,
        (Fate::Later(_), 429) => {
            "it is safe to run it again in a while, or with a longer --max-wait"
        }
        (Fate::Later(_), _) => SAFE,
        (_, 300..=399) => NOT_GRAPH,
        (_, 401) => "graphmail login",
        (_, 413) => "send less at once, or a link to the file",
        _ => {
            "-vv shows what was asked and answered; Microsoft's support finds it by the request-id"
        }
    };
    Some(hint.to_owned())
}

/// What mends an outbox that this user may not make.
const HOMELESS: &str = "set GRAPHMAIL_STATE_DIR; or, for all users without a home to write in, as root: install -d -m 1733 /var/lib/graphmail";

/// What mends a refusal with this code of Graph's.
const CODES: [(&str, &str); 23] = [
    ("ErrorItemNotFound", "graphmail draft list"),
    ("ErrorInvalidIdMalformed", "graphmail draft list"),
    (
        "InvalidAuthenticationToken",
        "the token is not for this cloud, or not good any more: graphmail login, or a new token in GRAPHMAIL_ACCESS_TOKEN or from the token command",
    ),
    ("ErrorAccessDenied", CONSENT),
    ("Authorization_RequestDenied", CONSENT),
    ("Forbidden", CONSENT),
    (
        "ErrorSendAsDenied",
        "leave --from out, or have an administrator grant Send As or Send on Behalf on that mailbox",
    ),
    (
        "ErrorInvalidSender",
        "leave --from out, or name an address of the mailbox that sends",
    ),
    (
        "ErrorInvalidUser",
        "check --mailbox and the account's mailbox: the address or the id of a user of this tenant",
    ),
    (
        "ResourceNotFound",
        "check --mailbox, the tenant and the cloud",
    ),
    (
        "Request_ResourceNotFound",
        "check --mailbox, the tenant and the cloud",
    ),
    (
        "ErrorNonExistentMailbox",
        "check --mailbox: that address has no mailbox",
    ),
    (
        "MailboxNotEnabledForRESTAPI",
        "the mailbox needs an Exchange Online licence; guests and on-premises mailboxes cannot send through Graph",
    ),
    (
        "MailboxNotSupportedForRESTAPI",
        "the mailbox needs an Exchange Online licence; guests and on-premises mailboxes cannot send through Graph",
    ),
    ("ErrorInvalidRecipients", "check the recipients' addresses"),
    (
        "ErrorMessageSizeExceeded",
        "the mailbox takes no message of that size: send less, or a link",
    ),
    ("ErrorQuotaExceeded", FULL),
    (
        "ErrorSubmissionQuotaExceeded",
        "the mailbox has reached its sending limit; run it again in some hours",
    ),
    (
        "ErrorExceededMessageLimit",
        "the mailbox has reached its sending limit; run it again in some hours",
    ),
    (
        "ErrorExceededHourlyMessageLimit",
        "the mailbox has reached its sending limit; run it again in an hour",
    ),
    ("ErrorAccountSuspend", BLOCKED),
    ("ErrorMessageSubmissionBlocked", BLOCKED),
    ("ErrorMessageBlocked", BLOCKED),
];

const CLAIMS: &str = "the tenant demands a new or a stronger sign-in: graphmail login, or a new token in \
    GRAPHMAIL_ACCESS_TOKEN or from the token command";
const CONSENT: &str = "the application needs consent to Mail.Send (Mail.Send.Shared for another's mailbox), then: \
    graphmail login; an application may also be restricted to other mailboxes";
const BLOCKED: &str = "an administrator must unblock the sender (Defender: restricted entities)";

const fn of_cause(cause: &Cause) -> &'static str {
    match cause.reason {
        Cut::UntrustedCertificate | Cut::Roots => {
            "where the network has its own certificate authority, name its file in SSL_CERT_FILE; else check the clock"
        }
        Cut::Proxy => "check HTTPS_PROXY and NO_PROXY, then run it again",
        Cut::Dns => "check the network, the cloud and the URLs, then run it again",
        Cut::ConnectionRefused
        | Cut::TimedOut
        | Cut::Closed
        | Cut::Tls
        | Cut::Request
        | Cut::Other => SAFE,
    }
}

const NOT_GRAPH: &str =
    "what answered is not Graph: check HTTPS_PROXY, the cloud and GRAPHMAIL_GRAPH_URL";

const FULL: &str = "the mailbox is full; free space, then run it again";

const CHANGES: &str = "run it again when nothing writes to the file any more";

const SAFE: &str = "it is safe to run it again";

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
        store::Error::Io { path, source, .. } => return of_folder(path, source),
        store::Error::Name(_) => return None,
    })
}

/// What mends a file or folder of this user's state that cannot be read or written.
fn of_folder(path: &Path, error: &io::Error) -> Option<String> {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Some(exposure::access(path)),
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("set GRAPHMAIL_STATE_DIR to a folder that this user can write".to_owned())
        }
        _ => None,
    }
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

const fn of_compose(error: &compose::Error) -> Option<&'static str> {
    match error {
        compose::Error::NoRecipients => Some("name one with --to, --cc or --bcc"),
        compose::Error::TooManyRecipients { .. } => Some(
            "send it in parts; where the mailbox takes more, set recipient_limit in its account",
        ),
        compose::Error::TooLarge { .. } => Some("send less at once, or a link to the file"),
        compose::Error::AttachmentTooLarge { .. } => {
            Some("send a link to the file, or the file in parts")
        }
        compose::Error::MessageTooLarge { .. } => Some(
            "send less at once, or a link to the file; where the mailbox takes more, set message_limit in its account",
        ),
        compose::Error::Sealed { .. } => {
            Some("sign or encrypt a smaller message, one with a link to the file")
        }
        compose::Error::Changed { .. } => Some(CHANGES),
        compose::Error::Part { .. } => {
            Some("let the program that writes the message write that part anew, in base64")
        }
        compose::Error::Binary => Some("encode the part in base64"),
        compose::Error::DraftIsKept => {
            Some("leave --no-save out, or send less: what fits one request needs no draft")
        }
        compose::Error::NoFrom => Some("--from MAILBOX"),
        compose::Error::InlineWithoutHtml => {
            Some("--html or --html-file, with cid:CID as the image's source")
        }
        _ => None,
    }
}

fn of_address(error: &message::AddressError) -> Option<&'static str> {
    match error.fault {
        message::Fault::MissingComma | message::Fault::Special | message::Fault::NoAt => Some(
            "a name with a comma or another special character stands in quotation marks: '\"Doe, Jane\" <jane@example.org>'",
        ),
        _ => None,
    }
}
