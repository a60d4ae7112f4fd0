//! Settings of a message from the environment: mailbox, From, Reply-To and format.

use serde::{Deserialize, Deserializer};

use super::{Error, Settings, parsed, variable};
use crate::message::Mailbox;

/// The format of the request. `--help` describes its values at the option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FormatChoice {
    Auto,
    Json,
    Mime,
}

/// Whether `text` can be a user's address or id: it must be one word, and must not be a relative path segment
/// in a URL.
#[must_use]
pub fn is_user(text: &str) -> bool {
    let is_printable = |c: char| !c.is_whitespace() && !c.is_control();
    !matches!(text, "" | "." | "..") && text.chars().all(is_printable)
}

/// Reads a mailbox: a user's address or id.
fn mailbox(text: &str) -> Result<String, String> {
    match Mailbox::parse(text) {
        Err(error) if error.is_encoded_word() => Err(error.fault.to_string()),
        _ if is_user(text) => Ok(text.to_owned()),
        _ => Err("it is neither an address nor a user's id".to_owned()),
    }
}

/// Reads the key `mailbox` of an account.
pub(super) fn deserialize_mailbox<'de, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(value)?;
    let named = |reason| serde::de::Error::custom(format!("{text:?}: {reason}"));
    mailbox(&text).map(Some).map_err(named)
}

impl Settings {
    /// The sending mailbox, from the environment.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub fn mailbox(&self) -> Result<Option<String>, Error> {
        parsed(&self.environment, variable::MAILBOX, mailbox)
    }

    /// From, from the environment.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub fn from(&self) -> Result<Option<Mailbox>, Error> {
        parsed(&self.environment, variable::FROM, |text| {
            Mailbox::parse(text).map_err(|error| error.fault.to_string())
        })
    }

    /// Reply-To, from the environment.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub fn reply_to(&self) -> Result<Option<Vec<Mailbox>>, Error> {
        parsed(&self.environment, variable::REPLY_TO, |text| {
            Mailbox::parse_list(text).map_err(|error| error.to_string())
        })
    }

    /// The format of the request, from the environment.
    ///
    /// # Errors
    /// [`Error::Variable`].
    pub(crate) fn format(&self) -> Result<Option<FormatChoice>, Error> {
        parsed(&self.environment, variable::FORMAT, |text| {
            clap::ValueEnum::from_str(text, false)
                .map_err(|_| "it must be auto, json or mime".to_owned())
        })
    }
}
