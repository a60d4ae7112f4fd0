//! Lines that are no command of SMTP.

use smtp_proto::Error;

use super::reply::Reply;

/// Whether a browser or a script of a web page speaks, whose requests may contain lines that are commands.
/// Postfix closes the connection at the same words (`smtpd_forbidden_commands`).
pub(super) fn is_http(line: &[u8]) -> bool {
    let mut words = line.split(u8::is_ascii_whitespace);
    let verb = words.next().unwrap_or_default();
    ["CONNECT", "GET", "POST", "HEAD", "PUT", "OPTIONS"]
        .iter()
        .any(|method| verb.eq_ignore_ascii_case(method.as_bytes()))
}

/// The reply to a line that cannot be read.
pub(super) fn refusal(error: &Error) -> Reply {
    match error {
        Error::InvalidSenderAddress => Reply::new(553, [5, 1, 7], "invalid address"),
        Error::InvalidRecipientAddress => Reply::new(553, [5, 1, 3], "invalid address"),
        Error::SyntaxError { syntax } => Reply::new(501, [5, 5, 2], syntax),
        Error::InvalidParameter { param } => Reply::new(501, [5, 5, 4], param),
        Error::UnsupportedParameter { param } => {
            Reply::new(555, [5, 5, 4], &format!("unsupported parameter {param}"))
        }
        Error::NeedsMoreData { .. }
        | Error::UnknownCommand
        | Error::ResponseTooLong
        | Error::InvalidResponse { .. } => Reply::new(500, [5, 5, 1], "unknown command"),
    }
}
