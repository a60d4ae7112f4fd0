//! What mends a message.

use anyhow::Error;

use super::graph::CHANGES;
use crate::commands::report::remedied;
use crate::config::{AliasScope, Aliases};
use crate::{compose, message};

pub(super) const fn of_attachment(error: &message::AttachmentError) -> Option<&'static str> {
    use message::AttachmentError;
    match error {
        AttachmentError::NotRegular(_) | AttachmentError::Sizeless(_) => {
            Some("a pipe goes in through standard input: --attach '-;name=NAME'")
        }
        AttachmentError::Folder(_) => Some("attach the files in it, or an archive of it"),
        AttachmentError::Unkept { .. } => Some("name a folder with more room in TMPDIR"),
        _ => None,
    }
}

pub(super) const fn of_piped(error: &message::PipedError) -> Option<&'static str> {
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
        | PipedError::TooMuch(_)
        | PipedError::Clock
        | PipedError::Eml(_) => None,
    }
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
        PipedError::Unknown(name) => match aliases.scope_of(name) {
            AliasScope::Own => format!(
                "give it one in {file} or in [aliases] of the configuration; default = \"ADDRESS\" there takes all others"
            ),
            AliasScope::Other(name) => {
                format!("{name:?} = \"ADDRESS\" in [aliases] of the configuration gives it one")
            }
            AliasScope::Nowhere => "name the address itself: no alias gives it another".to_owned(),
        },
        _ => return error.into(),
    };
    remedied(error.into(), remedy)
}

pub(super) const fn of_compose(error: &compose::Error) -> Option<&'static str> {
    match error {
        compose::Error::NoRecipients => Some("name one with --to, --cc or --bcc"),
        compose::Error::TooManyRecipients { .. } => Some(
            "send it in parts; where the mailbox takes more, set recipient_limit in its account",
        ),
        compose::Error::TooManyAttachments { .. } => {
            Some("send them in several messages, or as one archive")
        }
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
        compose::Error::Unread { .. } => {
            Some("let the program that writes the message write it anew")
        }
        compose::Error::Truncated { .. } => {
            Some("its file was cut off as it was written or copied: take it from its source again")
        }
        compose::Error::Binary => Some("encode the part in base64"),
        compose::Error::Outside { .. } => {
            Some("give that text a part of its own, between two delimiter lines")
        }
        compose::Error::TooMuch(_) => {
            Some("send the attachments as one archive, or in several messages")
        }
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

pub(super) fn of_address(error: &message::AddressError) -> Option<&'static str> {
    match error.fault {
        message::Fault::MissingComma | message::Fault::Special | message::Fault::NoAt => Some(
            "a name with a comma or another special character stands in quotation marks: '\"Doe, Jane\" <jane@example.org>'",
        ),
        message::Fault::EncodedWord => {
            Some("write the address in plain ASCII; only the name in front of it may be encoded")
        }
        _ => None,
    }
}

pub(super) const fn of_header(error: &message::HeaderError) -> Option<&'static str> {
    match error {
        message::HeaderError::Recipients(_) => Some("name the recipients with --to, --cc or --bcc"),
        _ => None,
    }
}
