//! Advice for errors of Graph, and of the connection to it.

use jiff::Timestamp;

use super::auth::of_auth;
use super::message::CHANGES;
use super::transport::of_cause;
use crate::access;
use crate::commands::report::advice::{Advice, Step};
use crate::commands::report::command::Command;
use crate::commands::report::failure::{Detail, Explain};
use crate::delivery;
use crate::exit::Class;
use crate::graph::{self, Answer};
use crate::http::RequestOutcome;

impl Explain for graph::Error {
    fn class(&self) -> Class {
        Self::class(self)
    }

    fn is_interruption(&self) -> bool {
        Self::is_interruption(self)
    }

    fn advice(&self) -> Advice {
        of_graph(self)
    }

    fn detail(&self) -> Detail {
        if let Self::NoToken(error) = self {
            return error.detail();
        }
        let code = self.answer().and_then(|answer| answer.code.clone());
        Detail {
            graph_code: code,
            request_id: self.request_id().map(ToOwned::to_owned),
            client_request_id: self.client_request_id().map(ToOwned::to_owned),
            retry_at: retry_at(self.request_outcome()),
            ..Detail::default()
        }
    }
}

const fn retry_at(request_outcome: RequestOutcome) -> Option<Timestamp> {
    match request_outcome {
        RequestOutcome::Later(at) => at,
        RequestOutcome::Done | RequestOutcome::Refused | RequestOutcome::Unknown => None,
    }
}

impl Explain for delivery::Error {
    fn class(&self) -> Class {
        Self::class(self)
    }

    fn advice(&self) -> Advice {
        of_delivery(self)
    }

    fn detail(&self) -> Detail {
        match self {
            Self::Graph(error) => error.detail(),
            Self::Exhausted { until, .. } => Detail {
                retry_at: *until,
                ..Detail::default()
            },
            Self::NoAnswer => Detail::default(),
        }
    }
}

fn of_graph(error: &graph::Error) -> Advice {
    match (error, error.request_outcome()) {
        (graph::Error::NoToken(error), _) => of_auth(error),
        (graph::Error::Staged(_), RequestOutcome::Unknown) => {
            Advice::from(Command::DraftList(None))
                .then("if it is not there, look in Sent Items before sending it again")
        }
        (_, RequestOutcome::Unknown) => {
            "look in Sent Items before sending it again; graphmail does not repeat it".into()
        }
        (graph::Error::Answered(answer), request_outcome) => of_answer(answer, request_outcome),
        (graph::Error::NoAnswer { .. }, RequestOutcome::Later(Some(at))) => {
            Step::Retry(Some(at)).into()
        }
        (graph::Error::NoAnswer { failure, .. }, _) => of_cause(failure.cause()),
        (
            graph::Error::Incomplete { .. }
            | graph::Error::Insecure { .. }
            | graph::Error::ForeignPage { .. }
            | graph::Error::TooManyPages(_),
            _,
        ) => NOT_GRAPH.into(),
        (graph::Error::NoSessions { .. }, _) => {
            "send smaller attachments, or a link to the file".into()
        }
        (graph::Error::SessionLost(_) | graph::Error::Interrupted, _) => Step::Retry(None).into(),
        (graph::Error::NoDraft { .. }, _) => Command::DraftList(None).into(),
        (graph::Error::Contents(error), _) if error.kind() == std::io::ErrorKind::InvalidData => {
            CHANGES.into()
        }
        (graph::Error::Contents(_) | graph::Error::Journal(_) | graph::Error::NotDraft(_), _) => {
            Advice::none()
        }
        (graph::Error::Staged(staged), request_outcome) => of_staged(staged, request_outcome),
    }
}

fn of_staged(staged: &graph::Staged, request_outcome: RequestOutcome) -> Advice {
    match staged.missing_permission() {
        Some(access::DRAFTS) => return Step::Grant(access::DRAFTS).into(),
        Some(_) => return Step::Grant(access::SEND).into(),
        None => {}
    }
    let later = |request_outcome| matches!(request_outcome, RequestOutcome::Later(_));
    // The result of its own request says nothing if another draft may have another result.
    if later(request_outcome) && !later(staged.cause.request_outcome()) {
        return Step::Retry(None).into();
    }
    of_graph(&staged.cause)
}

/// Advice for the error of a queued message: none if graphmail retries it, because to run the command
/// again would send a second message.
pub(in crate::commands) fn of_kept(error: &delivery::Error) -> Advice {
    match error.class() {
        Class::Later | Class::Unknown => Advice::none(),
        _ => of_delivery(error),
    }
}

fn of_delivery(error: &delivery::Error) -> Advice {
    match error {
        delivery::Error::Graph(error) => of_graph(error),
        delivery::Error::Exhausted { until, .. } => Step::Retry(*until).into(),
        delivery::Error::NoAnswer => Step::Retry(None).into(),
    }
}

fn of_answer(answer: &Answer, request_outcome: RequestOutcome) -> Advice {
    if answer.claims_required {
        return Advice::from(Step::Renew).because("the tenant demands a new or a stronger sign-in");
    }
    let code = answer.code.as_deref().unwrap_or_default();
    match code {
        "ErrorItemNotFound" | "ErrorInvalidIdMalformed" => return Command::DraftList(None).into(),
        "InvalidAuthenticationToken" => {
            return Advice::from(Step::NewToken)
                .because("the token is not for this cloud, or is no longer valid");
        }
        "ErrorAccessDenied" | "Authorization_RequestDenied" | "Forbidden" => {
            return Step::Grant(access::SEND).into();
        }
        _ => {}
    }
    if let Some(advice) = graph_advice(code) {
        return advice.into();
    }
    match (request_outcome, answer.status) {
        (RequestOutcome::Later(Some(at)), _) => Step::Retry(Some(at)).into(),
        (_, 507) => FULL.into(),
        (RequestOutcome::Later(_), 429) => {
            "it is safe to run it again in a while, or with a longer --max-wait".into()
        }
        (RequestOutcome::Later(_), _) => Step::Retry(None).into(),
        (_, 300..=399) => NOT_GRAPH.into(),
        (_, 401) => Step::NewToken.into(),
        (_, 407) => {
            "the proxy demands a sign-in: set it in HTTPS_PROXY, http://USER:PASSWORD@HOST:PORT"
                .into()
        }
        (_, 451) => "the service refuses for legal reasons: ask its administrator".into(),
        (_, 501 | 505) => NOT_GRAPH.into(),
        (_, 413) => "send less at once, or a link to the file".into(),
        _ => "-vv shows the exchange; Microsoft's support finds it by the request-id".into(),
    }
}

/// The advice for an error code of Graph, if the code decides it.
pub(in crate::commands) fn graph_advice(code: &str) -> Option<&'static str> {
    let found = CODES.iter().find(|(known, _)| *known == code);
    found.map(|(_, advice)| *advice)
}

/// Advice for each error code of Graph.
const CODES: [(&str, &str); 17] = [
    (
        "ErrorSendAsDenied",
        "omit --from, or have an administrator grant Send As or Send on Behalf on that mailbox",
    ),
    (
        "ErrorInvalidSender",
        "omit --from, or name an address of the sending mailbox",
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
        "send less, or a link to the file: the mailbox accepts no message of that size",
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

const BLOCKED: &str = "an administrator must unblock the sender (Defender: restricted entities)";

const NOT_GRAPH: &str =
    "another service than Graph answered: check HTTPS_PROXY, the cloud and GRAPHMAIL_GRAPH_URL";

const FULL: &str = "free space in the mailbox, then run it again";
