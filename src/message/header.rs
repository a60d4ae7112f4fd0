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

/// Fields that have a flag of their own, and the flag.
const FLAGS: [(&str, &str); 19] = [
    ("From", "--from"),
    ("To", "--to"),
    ("Cc", "--cc"),
    ("Bcc", "--bcc"),
    ("Reply-To", "--reply-to"),
    ("Subject", "--subject"),
    ("Message-ID", "--message-id"),
    ("In-Reply-To", "--in-reply-to"),
    ("References", "--references"),
    ("Importance", "--importance"),
    ("Priority", "--importance"),
    ("X-Priority", "--importance"),
    ("X-MSMail-Priority", "--importance"),
    ("Sensitivity", "--sensitivity"),
    ("Disposition-Notification-To", "--read-receipt"),
    ("Return-Receipt-To", "--delivery-receipt"),
    ("Keywords", "--category"),
    ("X-Message-Flag", "--flag"),
    ("Deferred-Delivery", "--at"),
];

/// Fields that the program or the service writes, by name or by the beginning of the name.
const OWNED: [&str; 7] = [
    "Date",
    "Sender",
    "MIME-Version",
    "Received",
    "Return-Path",
    "Content-",
    "X-MS-Exchange-",
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
        if let Some((_, flag)) = FLAGS
            .iter()
            .find(|(owned, _)| name.eq_ignore_ascii_case(owned))
        {
            return Err(HeaderError::Flag {
                name: name.to_owned(),
                flag,
            });
        }
        if OWNED.iter().any(|owned| is_owned(name, owned)) {
            return Err(HeaderError::Owned(name.to_owned()));
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

fn is_owned(name: &str, owned: &str) -> bool {
    if owned.ends_with('-') {
        name.get(..owned.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(owned))
    } else {
        name.eq_ignore_ascii_case(owned)
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
            Self::Flag { .. } | Self::Owned(_) => Class::Usage,
            Self::NoColon(_) | Self::Name(_) | Self::Empty(_) | Self::Control(_) => Class::Message,
        }
    }
}
