//! Advice for errors of a message, its files and its recipients.

use super::explain;
use crate::commands::report::advice::{Advice, Step};
use crate::commands::report::failure::Failure;
use crate::config::{AliasScope, Aliases};
use crate::{compose, message, sandbox};

explain! {
    compose::Error => |error: &compose::Error| match error {
        compose::Error::NoFrom => Advice::from("add --from ADDRESS").or(Step::SenderAddress),
        compose::Error::TooManyRecipients { .. } => edit(
            "send it in parts; if the mailbox accepts more, set recipient_limit in its account",
        ),
        compose::Error::MessageTooLarge { .. } => edit(
            "send less at once, or a link to the file; if the mailbox accepts more, set message_limit in its account",
        ),
        _ => optional(of_compose(error)),
    },
    message::AddressError => |error| optional(of_address(error)),
    message::AttachmentError => |error| optional(of_attachment(error)),
    message::EmlError => |error| optional(of_eml(error)),
    message::HeaderError => |error| optional(of_header(error)),
    message::MessageIdError => |_| Advice::none(),
    message::SendmailError => |error: &message::SendmailError| match error {
        message::SendmailError::NoSender => Step::SenderAddress.into(),
        message::SendmailError::From(_) => {
            edit("name it under allowed_from of [sendmail], or set from_policy = \"rewrite\" there")
        }
        _ => optional(of_sendmail(error)),
    },
    message::TimeError => |_| Advice::none(),
    sandbox::Error => |_| Advice::none(),
}

/// Advice to change the configuration.
fn edit(instruction: impl Into<String>) -> Advice {
    Step::Edit(instruction.into()).into()
}

fn optional(instruction: Option<&'static str>) -> Advice {
    instruction.map_or_else(Advice::none, Advice::from)
}

pub(super) const CHANGES: &str = "run it again after all writes to the file have ended";

const fn of_attachment(error: &message::AttachmentError) -> Option<&'static str> {
    use message::AttachmentError;
    match error {
        AttachmentError::NotRegular(_) | AttachmentError::Sizeless(_) => {
            Some("attach a pipe through standard input: --attach '-;name=NAME'")
        }
        AttachmentError::Folder(_) => Some("attach the files in it, or an archive of it"),
        _ => None,
    }
}

/// The command that adds what a message lacks.
pub(in crate::commands) const COMPLETES: &str =
    "graphmail sendmail RECIPIENT completes a message from standard input";

fn of_eml(error: &message::EmlError) -> Option<&'static str> {
    use message::EmlError;
    match error {
        EmlError::NoFrom
        | EmlError::Address {
            field: "From" | "To" | "Cc" | "Bcc",
            ..
        } => Some(COMPLETES),
        _ => None,
    }
}

fn of_sendmail(error: &message::SendmailError) -> Option<&'static str> {
    use message::SendmailError;
    match error {
        SendmailError::NoRecipients => Some(
            "name them on the command line, or in To, Cc or Bcc with -t; for a resent message, in Resent-To, Resent-Cc or Resent-Bcc",
        ),
        SendmailError::Unfinished { .. } => {
            Some("remove the comma, or the empty line before the other recipients")
        }
        SendmailError::Program(_) => {
            Some("name an address, or run the program with the message as its standard input")
        }
        SendmailError::Recipient { source, .. } => of_address(source),
        SendmailError::Loop { .. } => Some(
            "look in these fields for the servers and forwarding rules between which it goes round",
        ),
        // The advice depends on the aliases: see of_aliases.
        SendmailError::Unknown(_)
        | SendmailError::Aliases(_)
        | SendmailError::Alias { .. }
        | SendmailError::Address { .. }
        | SendmailError::Recipients { .. }
        | SendmailError::Cut { .. }
        | SendmailError::Sender(_)
        | SendmailError::TooMuch(_)
        | SendmailError::Clock
        | SendmailError::NoSender
        | SendmailError::From(_)
        | SendmailError::Eml(_) => None,
    }
}

/// The error, with advice if these aliases are its cause.
pub(in crate::commands) fn of_aliases(error: message::SendmailError, aliases: &Aliases) -> Failure {
    use message::SendmailError;
    let file = aliases.file().display();
    let first = match &error {
        SendmailError::Recipients { errors, .. } => {
            let of_settings = errors.iter().find(|error| error.is_of_settings());
            of_settings.unwrap_or(&error)
        }
        error => error,
    };
    let advice: Advice = match first {
        SendmailError::Aliases(_) | SendmailError::Alias { .. } => edit(match aliases.readable() {
            Err(_) => format!("ls -lLd '{file}'; aliases_file of [sendmail] names another file"),
            Ok(()) => format!(
                "correct it in {file}, or in [aliases] of the configuration, which takes precedence"
            ),
        }),
        SendmailError::Unknown(name) => match aliases.scope_of(name) {
            AliasScope::Own => edit(format!(
                "give it one in {file} or in [aliases] of the configuration; default = \"ADDRESS\" there receives all other mail"
            )),
            AliasScope::Other(name) => edit(format!(
                "{name:?} = \"ADDRESS\" in [aliases] of the configuration gives it one"
            )),
            AliasScope::Nowhere => "use the address itself: no alias gives it another".into(),
        },
        _ => return error.into(),
    };
    Failure::from(error).advised(advice)
}

const fn of_compose(error: &compose::Error) -> Option<&'static str> {
    match error {
        compose::Error::NoRecipients => Some("name one with --to, --cc or --bcc"),
        compose::Error::TooManyAttachments { .. } => {
            Some("send them in several messages, or as one archive")
        }
        compose::Error::TooLarge { .. } => Some("send a long text as a file: --attach FILE"),
        compose::Error::AttachmentTooLarge { .. } => {
            Some("send a link to the file, or the file in parts")
        }
        compose::Error::Sealed { .. } => {
            Some("sign or encrypt a smaller message, one with a link to the file")
        }
        compose::Error::Changed { .. } => Some(CHANGES),
        compose::Error::Part { .. } => {
            Some("let the program that writes the message encode that part in base64")
        }
        compose::Error::Name { .. } => {
            Some("let the program that writes the message encode the name in UTF-8")
        }
        compose::Error::Unread { .. } => {
            Some("let the program that writes the message write it again")
        }
        compose::Error::Truncated { .. } => {
            Some("the file was cut off when it was written or copied: get it from its source again")
        }
        compose::Error::Binary => Some("encode the part in base64"),
        compose::Error::Outside { .. } => {
            Some("put that text into its own part, between two delimiter lines")
        }
        compose::Error::TooMuch(_) => {
            Some("send the attachments as one archive, or in several messages")
        }
        compose::Error::DraftIsKept => {
            Some("omit --no-save, or send less: a message that fits one request needs no draft")
        }
        compose::Error::Subject => {
            Some("write the subject on one line, without control characters")
        }
        compose::Error::InlineWithoutHtml => {
            Some("--html or --html-file, with cid:CID as the image's source")
        }
        _ => None,
    }
}

fn of_address(error: &message::AddressError) -> Option<&'static str> {
    match error.fault {
        message::Fault::MissingComma | message::Fault::Special | message::Fault::NoAt => Some(
            "put a name with a comma or another special character in quotation marks: '\"Doe, Jane\" <jane@example.org>'",
        ),
        message::Fault::EncodedWord => {
            Some("write the address in plain ASCII; only the display name may be encoded")
        }
        _ => None,
    }
}

const fn of_header(error: &message::HeaderError) -> Option<&'static str> {
    match error {
        message::HeaderError::Recipients(_) => Some("name the recipients with --to, --cc or --bcc"),
        _ => None,
    }
}
