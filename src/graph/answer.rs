//! Graph's error answers.

use std::fmt;

use serde_json::Value;

use crate::exit::Class;
use crate::http::{RequestOutcome, Response};
use crate::text;

/// An error answer. Its text is status, code and message: `HTTP 403
/// ErrorSendAsDenied: The user account … does not have the right to send mail on behalf of …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The most specific code that graphmail knows, else the outermost code.
    pub code: Option<String>,
    /// The first line of Graph's message, for people. Programs use the code.
    pub message: Option<String>,
    /// Graph's id of the request.
    pub request_id: Option<String>,
    /// The id that graphmail chose for the request.
    pub client_request_id: String,
    /// Whether the token lacks required claims, even after graphmail renewed it with them. Then the
    /// user has to sign in again (`insufficient_claims`;
    /// Entra: "Claims challenges, claims requests, and client capabilities").
    pub claims_required: bool,
    /// What became of the request.
    pub request_outcome: RequestOutcome,
}

/// The exit class of each code, which takes precedence over the status. `Later` and `Unknown` mark
/// codes of a busy or failing mailbox store that come with the status of a refusal.
///
/// Sources: Graph, "Microsoft Graph error responses and resource types"; the codes of Exchange, which
/// Graph passes on ("ResponseCode" in the EWS reference); reports by users of Graph.
const CODES: [(&str, Class); 51] = [
    ("InvalidAuthenticationToken", Class::SignIn),
    ("ErrorAccessDenied", Class::SignIn),
    ("Authorization_RequestDenied", Class::SignIn),
    ("Forbidden", Class::SignIn),
    ("ErrorSendAsDenied", Class::SignIn),
    ("ErrorInvalidSender", Class::Message),
    ("ErrorInvalidRecipients", Class::Message),
    ("ErrorRecipientLimitExceeded", Class::Message),
    ("ErrorExceededMaxRecipientLimit", Class::Message),
    ("ErrorMessageSizeExceeded", Class::Message),
    ("ErrorAttachmentSizeLimitExceeded", Class::Message),
    ("ErrorMimeContentInvalid", Class::Message),
    ("ErrorMimeContentConversionFailed", Class::Message),
    ("InvalidInternetMessageHeader", Class::Message),
    ("InvalidInternetMessageHeaderCollection", Class::Message),
    ("ErrorItemNotFound", Class::Input),
    ("ErrorInvalidIdMalformed", Class::Input),
    ("ErrorInvalidUser", Class::Recipient),
    ("ResourceNotFound", Class::Recipient),
    ("Request_ResourceNotFound", Class::Recipient),
    ("ErrorNonExistentMailbox", Class::Recipient),
    ("MailboxNotEnabledForRESTAPI", Class::Refused),
    ("MailboxNotSupportedForRESTAPI", Class::Refused),
    ("ErrorAccountSuspend", Class::Refused),
    ("ErrorAccountSuspendShowTierUpgrade", Class::Refused),
    ("ErrorMessageSubmissionBlocked", Class::Refused),
    ("ErrorMessageBlocked", Class::Refused),
    ("ErrorQuotaExceeded", Class::Later),
    ("ErrorSubmissionQuotaExceeded", Class::Later),
    ("ErrorExceededMessageLimit", Class::Later),
    ("ErrorExceededHourlyMessageLimit", Class::Later),
    ("ErrorMessageThrottled", Class::Later),
    ("ApplicationThrottled", Class::Later),
    ("TooManyRequests", Class::Later),
    ("CommandConcurrencyLimitReached", Class::Later),
    ("ErrorServerBusy", Class::Later),
    ("ErrorMailboxStoreUnavailable", Class::Later),
    ("ErrorMailboxMoveInProgress", Class::Later),
    ("ErrorIrresolvableConflict", Class::Later),
    ("ErrorMessageTransientError", Class::Unknown),
    ("ErrorMessageTimeout", Class::Unknown),
    ("ErrorInternalServerError", Class::Unknown),
    ("ErrorInternalServerTransientError", Class::Unknown),
    ("RequestBodyRead", Class::Bug),
    ("UnableToDeserializePostBody", Class::Bug),
    (
        "ErrorAttachmentSizeShouldNotBeLessThanMinimumSize",
        Class::Bug,
    ),
    ("ErrorMimeContentInvalidBase64String", Class::Bug),
    ("ErrorInvalidArgument", Class::Bug),
    ("ErrorInvalidParameter", Class::Bug),
    ("ErrorInvalidPropertySet", Class::Bug),
    ("ErrorInvalidRequest", Class::Bug),
];

impl Answer {
    /// Reads the error in `response`. A body of another shape is ignored.
    pub(super) fn new(
        response: &Response,
        request_outcome: RequestOutcome,
        client_request_id: String,
    ) -> Self {
        let body: Value = match response.body.len() <= LARGEST_BODY {
            true => serde_json::from_slice(&response.body).unwrap_or_default(),
            false => Value::Null,
        };
        let levels = || levels(&body);
        let codes = || levels().filter_map(|level| string(level, "code"));
        let known = codes().filter(|code| class_of(code).is_some()).last();
        let code = known.or_else(|| codes().next());
        let request_id = response
            .header("request-id")
            .or_else(|| levels().find_map(|level| string(level, "request-id")));
        let claims_required = response.headers.iter().any(|(name, value)| {
            name == "www-authenticate" && value.contains("insufficient_claims")
        });
        Self {
            status: response.status,
            message: levels()
                .next()
                .and_then(|error| string(error, "message"))
                .map(first_line),
            request_id: request_id.map(|id| text::filter(id, LONGEST_ID + 1)),
            request_outcome: match (request_outcome, code.and_then(class_of)) {
                (RequestOutcome::Refused, Some(Class::Later)) => RequestOutcome::Later(None),
                (RequestOutcome::Refused, Some(Class::Unknown)) => RequestOutcome::Unknown,
                _ if request_outcome == RequestOutcome::Refused && response.status == 507 => {
                    RequestOutcome::Later(None)
                }
                // 409 (Conflict): another request was changing the same resource.
                (RequestOutcome::Refused, None) if response.status == 409 => {
                    RequestOutcome::Later(None)
                }
                _ => request_outcome,
            },
            code: code.map(|code| text::filter(code, LONGEST_CODE + 1)),
            client_request_id,
            claims_required,
        }
    }

    /// Whether the message does not exist: it was deleted, or moved under another id. A 404 without
    /// this code proves nothing, because the mailbox can be missing for a moment.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.status == 404 && self.code.as_deref() == Some("ErrorItemNotFound")
    }

    /// Whether the id is malformed.
    pub(super) fn is_no_id(&self) -> bool {
        self.code.as_deref() == Some("ErrorInvalidIdMalformed")
    }

    /// The exit class.
    pub(super) fn class(&self) -> Class {
        match self.request_outcome {
            RequestOutcome::Unknown => return Class::Unknown,
            RequestOutcome::Later(_) => return Class::Later,
            RequestOutcome::Done | RequestOutcome::Refused => {}
        }
        if self.claims_required {
            return Class::SignIn;
        }
        let known = self.code.as_deref().and_then(class_of);
        known.unwrap_or(match self.status {
            // Graph does not redirect: the URL is wrong, or a network's sign-in page answered.
            // 407 is a proxy's, 501 and 505 are of a server that is not Graph.
            300..=399 | 407 | 501 | 505 => Class::Config,
            401 => Class::SignIn,
            402 | 403 | 451 => Class::Refused,
            404 => Class::Recipient,
            // RFC 9110 section 15: an unknown status is as the x00 of its class.
            400..=499 => Class::Message,
            _ => Class::Later,
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HTTP {}", self.status)?;
        if (200..300).contains(&self.status) {
            formatter.write_str(", expected 202")?;
        }
        if let Some(code) = &self.code {
            write!(formatter, " {code}")?;
        }
        match &self.message {
            Some(message) => write!(formatter, ": {message}"),
            None => Ok(()),
        }
    }
}

/// The codes that graphmail knows, for the manual.
pub fn codes() -> impl Iterator<Item = &'static str> {
    CODES.iter().map(|(code, _)| *code)
}

/// The class of a known code.
#[must_use]
pub fn class_of(code: &str) -> Option<Class> {
    CODES
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, class)| *class)
}

/// The error object and its nested errors, outermost first. Graph uses both spellings.
fn levels(body: &Value) -> impl Iterator<Item = &Value> {
    std::iter::successors(body.get("error"), |level| {
        level.get("innerError").or_else(|| level.get("innererror"))
    })
}

fn string<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    object
        .get(name)?
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// The largest body that is read as an error, in bytes. Graph's have some hundreds.
const LARGEST_BODY: usize = 1_048_576;

/// The longest code that is kept, in characters. The longest known one has 49.
const LONGEST_CODE: usize = 100;

/// The longest request id that is kept, in characters. Graph's are UUIDs of 36.
const LONGEST_ID: usize = 100;

/// The longest message that is shown, in characters.
const LONGEST_MESSAGE: usize = 300;

/// The first line, filtered for a terminal.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    text::filter(line, LONGEST_MESSAGE + 1)
}
