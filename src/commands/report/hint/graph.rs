//! What mends an error of Graph's, or of the way there.

use jiff::Timestamp;

use super::of_auth;
use crate::delivery;
use crate::exit::Class;
use crate::graph::{self, Answer};
use crate::http::{Cause, Fate, Reason as Cut};

pub(super) fn of_graph(error: &graph::Error) -> Option<String> {
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
        (
            graph::Error::Incomplete { .. }
            | graph::Error::Insecure { .. }
            | graph::Error::ForeignPage { .. }
            | graph::Error::TooManyPages(_),
            _,
        ) => Some(NOT_GRAPH.to_owned()),
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

pub(super) fn of_delivery(error: &delivery::Error) -> Option<String> {
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

pub(super) const fn of_cause(cause: &Cause) -> &'static str {
    match cause.reason {
        Cut::UntrustedCertificate | Cut::Roots => {
            "where the network has its own certificate authority, name its file in SSL_CERT_FILE; else check the clock"
        }
        Cut::CertificateTime => {
            "check this host's clock; if it is right, the certificate must be renewed by who runs the server"
        }
        Cut::CertificateName => {
            "check the URLs, HTTPS_PROXY and the name's address in DNS: another server answers"
        }
        Cut::BadCertificate => {
            "do not send over this network before who runs it, or the server, has replaced the certificate"
        }
        Cut::Proxy => "check HTTPS_PROXY and NO_PROXY, then run it again",
        Cut::Dns => "check the network, the cloud and the URLs, then run it again",
        Cut::Tls => {
            "check the port and HTTPS_PROXY, as another service may answer; it is safe to run it again"
        }
        Cut::ConnectionRefused | Cut::TimedOut | Cut::Closed | Cut::Request | Cut::Other => SAFE,
    }
}

const NOT_GRAPH: &str =
    "what answered is not Graph: check HTTPS_PROXY, the cloud and GRAPHMAIL_GRAPH_URL";

const FULL: &str = "the mailbox is full; free space, then run it again";

pub(super) const CHANGES: &str = "run it again when nothing writes to the file any more";

const SAFE: &str = "it is safe to run it again";
