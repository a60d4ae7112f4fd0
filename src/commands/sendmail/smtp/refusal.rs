//! Tells refusals apart, for their reply codes.

use crate::commands::report::Failure;
use crate::compose;
use crate::graph;

/// Whether a browser or a script of a web page speaks, whose requests may contain lines that are commands.
/// Postfix closes the connection at the same words (`smtpd_forbidden_commands`).
pub(super) fn is_http(line: &[u8]) -> bool {
    let verb = line
        .split(u8::is_ascii_whitespace)
        .next()
        .unwrap_or_default();
    ["CONNECT", "GET", "POST", "HEAD", "PUT", "OPTIONS"]
        .iter()
        .any(|method| verb.eq_ignore_ascii_case(method.as_bytes()))
}

/// Whether Graph refused addresses in To, Cc or Bcc.
pub(super) fn has_bad_recipients(error: &Failure) -> bool {
    let error = error.downcast_ref::<graph::Error>();
    let answer = error.and_then(graph::Error::answer);
    answer.is_some_and(|answer| answer.code.as_deref() == Some("ErrorInvalidRecipients"))
}

/// Whether the message is too large for the mailbox or for any route.
pub(super) fn is_too_large(error: &Failure) -> bool {
    use compose::Error;
    let too_large = |error: &Error| {
        matches!(
            error,
            Error::TooLarge { .. }
                | Error::AttachmentTooLarge { .. }
                | Error::MessageTooLarge { .. }
                | Error::Sealed { .. }
        )
    };
    let refused = |error: &graph::Error| {
        let answer = error.answer();
        answer.is_some_and(|answer| {
            answer.status == 413 || answer.code.as_deref() == Some("ErrorMessageSizeExceeded")
        })
    };
    error.downcast_ref::<Error>().is_some_and(too_large)
        || error.downcast_ref::<graph::Error>().is_some_and(refused)
}
