//! Custom header fields.

use crate::exit::Class;

/// A custom header field: a name of RFC 5322 ftext and a value of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    name: String,
    value: String,
}

/// The longest name that leaves room for a value on its line (RFC 5322 section 2.1.1: 78 columns).
const LONGEST_NAME: usize = 75;

/// Why a field is refused as a custom field.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    /// This flag writes the field.
    Flag(&'static str),
    /// The field names recipients. Only `--to`, `--cc` and `--bcc` may do that.
    Recipients,
    /// graphmail, Exchange or a relaying server writes the field.
    Service,
}

use Refusal::{Flag, Recipients, Service};

/// The fields that are refused as custom fields, in both formats. A name that ends in `-` matches all
/// names with that prefix.
///
/// Fields that add no recipient are allowed: `Errors-To`, `List-*`, `Mail-Followup-To`, `X-Original-To`,
/// `Delivered-To`, `Auto-Submitted`, `X-Auto-Response-Suppress`.
const REFUSED: [(&str, Refusal); 30] = [
    ("From", Flag("--from")),
    ("To", Flag("--to")),
    ("Cc", Flag("--cc")),
    ("Bcc", Flag("--bcc")),
    ("Reply-To", Flag("--reply-to")),
    ("Subject", Flag("--subject")),
    ("Message-ID", Flag("--message-id")),
    ("In-Reply-To", Flag("--in-reply-to")),
    ("References", Flag("--references")),
    ("Importance", Flag("--importance")),
    ("Priority", Flag("--importance")),
    ("X-Priority", Flag("--importance")),
    ("X-MSMail-Priority", Flag("--importance")),
    ("Sensitivity", Flag("--sensitivity")),
    // A receipt goes to any address in the field. The flags set only the sender's address.
    ("Disposition-Notification-To", Flag("--read-receipt")),
    ("X-Confirm-Reading-To", Flag("--read-receipt")),
    ("Return-Receipt-To", Flag("--delivery-receipt")),
    ("Keywords", Flag("--category")),
    ("X-Message-Flag", Flag("--flag")),
    ("Deferred-Delivery", Flag("--at")),
    // RFC 5322 section 3.6.6: a server that takes recipients from fields uses Resent-To, -Cc and -Bcc
    // instead of To, Cc and Bcc. The other Resent- fields make the block valid.
    ("Resent-", Recipients),
    // Old versions of sendmail added this field if To was missing, and delivered to it.
    ("Apparently-To", Recipients),
    // Envelope recipients in Exchange's pickup and replay folders.
    ("X-Receiver", Recipients),
    ("Date", Service),
    ("Sender", Service),
    ("MIME-Version", Service),
    ("Received", Service),
    ("Return-Path", Service),
    ("Content-", Service),
    ("X-MS-Exchange-", Service),
];

impl Header {
    /// Parses a field as written in a message: `Name: value`.
    ///
    /// # Errors
    /// [`HeaderError`] if the text is not a field, or the field is refused.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let (name, value) = text
            .split_once(':')
            .ok_or_else(|| HeaderError::NoColon(text.to_owned()))?;
        // RFC 5322 section 3.6.8: printable ASCII except the colon.
        let ftext = name.bytes().all(|byte| byte.is_ascii_graphic());
        if name.is_empty() || name.len() > LONGEST_NAME || !ftext {
            return Err(HeaderError::Name(name.to_owned()));
        }
        let refused = REFUSED.iter().find(|(refused, _)| covers(refused, name));
        if let Some((_, refusal)) = refused {
            let name = name.to_owned();
            return Err(match refusal {
                Flag(flag) => HeaderError::Flag { name, flag },
                Recipients => HeaderError::Recipients(name),
                Service => HeaderError::Owned(name),
            });
        }
        let value = value.trim_matches([' ', '\t']);
        if value.is_empty() {
            return Err(HeaderError::Empty(name.to_owned()));
        }
        if value.chars().any(char::is_control) {
            return Err(HeaderError::Control(name.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    /// The field's name, as given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The field's value: not empty, without control characters, possibly not ASCII.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// Whether an entry of [`REFUSED`] matches this field.
fn covers(refused: &str, name: &str) -> bool {
    if refused.ends_with('-') {
        name.get(..refused.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(refused))
    } else {
        name.eq_ignore_ascii_case(refused)
    }
}

/// Text that is not a custom header field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Not `Name: value`.
    #[error("{0:?} is not a header field: no colon after the name")]
    NoColon(String),
    /// The name is empty or too long, or has a space, a control character or a letter that is not ASCII.
    #[error("{0:?} is not the name of a header field")]
    Name(String),
    /// A field that a flag writes.
    #[error("the header field {name} is written by {flag}")]
    Flag {
        /// The field.
        name: String,
        /// The flag to use instead.
        flag: &'static str,
    },
    /// A field other than To, Cc and Bcc that names recipients.
    #[error("the header field {0} names recipients, but Graph delivers only to To, Cc and Bcc")]
    Recipients(String),
    /// A field that only graphmail or the service writes.
    #[error("the header field {0} cannot be set: graphmail or Exchange writes it")]
    Owned(String),
    /// A field without a value.
    #[error("the header field {0} has no value")]
    Empty(String),
    /// A value with a line break, a tab or another control character.
    #[error("the header field {0} has a control character in its value")]
    Control(String),
}

impl HeaderError {
    /// The exit class.
    #[must_use]
    pub const fn class(&self) -> Class {
        match self {
            Self::Flag { .. } | Self::Recipients(_) | Self::Owned(_) => Class::Usage,
            Self::NoColon(_) | Self::Name(_) | Self::Empty(_) | Self::Control(_) => Class::Message,
        }
    }
}
