//! Custom header fields.

use crate::exit::Class;

/// A header field of the user's own: a name of RFC 5322 ftext, a value of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    name: String,
    value: String,
}

/// The longest name that leaves its line room for a value (RFC 5322 section 2.1.1: 78 columns).
const LONGEST_NAME: usize = 75;

/// Who else writes a field, so that it is refused as a custom one.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    /// The flag that writes it.
    Flag(&'static str),
    /// Nobody: it names recipients, and only `--to`, `--cc` and `--bcc` name recipients.
    Recipients,
    /// graphmail, Exchange or the servers on the way.
    Service,
}

use Refusal::{Flag, Recipients, Service};

/// The fields that are refused as custom ones, in either format. A name that ends in `-` stands for
/// all names that begin so.
///
/// Fields that only tell a reader where to answer or complain, or where a message came from, add
/// nobody who gets it, and are allowed: `Errors-To`, `List-*`, `Mail-Followup-To`, `X-Original-To`,
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
    // A receipt goes to whatever address the field names; the flags name the sender's alone.
    ("Disposition-Notification-To", Flag("--read-receipt")),
    ("X-Confirm-Reading-To", Flag("--read-receipt")),
    ("Return-Receipt-To", Flag("--delivery-receipt")),
    ("Keywords", Flag("--category")),
    ("X-Message-Flag", Flag("--flag")),
    ("Deferred-Delivery", Flag("--at")),
    // RFC 5322 section 3.6.6: a server that delivers by fields delivers to Resent-To, -Cc and -Bcc
    // in place of To, Cc and Bcc. The others of the block make it one that counts.
    ("Resent-", Recipients),
    // What sendmail added where To was missing, and once delivered to.
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
    /// A field as it stands in a message: `Name: value`.
    ///
    /// # Errors
    /// [`HeaderError`] where that is not a field, or is a field with another owner.
    pub fn parse(text: &str) -> Result<Self, HeaderError> {
        let (name, value) = text
            .split_once(':')
            .ok_or_else(|| HeaderError::NoColon(text.to_owned()))?;
        // RFC 5322 section 3.6.8: printable ASCII but the colon.
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

    /// The field's value: not empty, no controls, possibly not ASCII.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// Whether an entry of [`REFUSED`] means this field.
fn covers(refused: &str, name: &str) -> bool {
    if refused.ends_with('-') {
        name.get(..refused.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(refused))
    } else {
        name.eq_ignore_ascii_case(refused)
    }
}

/// Text that is no custom header field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Not `Name: value`.
    #[error("{0:?} is not a header field: no colon after the name")]
    NoColon(String),
    /// The name is empty, fills a line, or has a space, a control or a letter that is not ASCII.
    #[error("{0:?} is not a header field's name")]
    Name(String),
    /// A field that a flag of its own writes.
    #[error("the header field {name} is written by {flag}")]
    Flag {
        /// The field.
        name: String,
        /// The flag to use in its place.
        flag: &'static str,
    },
    /// A field that names recipients besides To, Cc and Bcc.
    #[error("the header field {0} names recipients, and Graph delivers to To, Cc and Bcc alone")]
    Recipients(String),
    /// A field that only graphmail or the service writes.
    #[error("the header field {0} is not the user's to write")]
    Owned(String),
    /// A field without a value.
    #[error("the header field {0} has no value")]
    Empty(String),
    /// A value with a line break, a tab or another control.
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
