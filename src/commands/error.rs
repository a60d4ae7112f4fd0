//! Errors that only the verbs know: of flags, and of the files that flags name.

use crate::exit::Class;

/// Flags that contradict each other in a way that only this program can see.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct UsageError {
    message: String,
    hint: Option<&'static str>,
}

impl UsageError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    pub(super) const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What to do instead.
    pub(super) const fn remedy(&self) -> Option<&'static str> {
        self.hint
    }

    #[expect(
        clippy::unused_self,
        reason = "asked in the same way as every other error"
    )]
    pub(super) const fn class(&self) -> Class {
        Class::Usage
    }
}

/// A body or message file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputError {
    /// It cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, std::io::Error),
    /// It has no end that a message could hold.
    #[error("{0} holds more than 150 MB, which no message may")]
    TooLong(String),
    /// Its bytes are not UTF-8.
    #[error("{0} is not UTF-8 text (byte {1})")]
    NotText(String, usize),
    /// It holds a NUL, which no mail may.
    #[error("{0} holds a NUL byte (byte {1}), so it is not text")]
    Nul(String, usize),
}

impl InputError {
    pub(super) const fn class(&self) -> Class {
        match self {
            Self::Unreadable(..) => Class::Input,
            Self::TooLong(_) | Self::NotText(..) | Self::Nul(..) => Class::Message,
        }
    }
}

/// What the account's sign-in is known not to allow.
#[derive(Debug, thiserror::Error)]
#[error("it goes through Drafts, for which the account {account:?} does not hold {missing}")]
pub(super) struct MissingRights {
    pub(super) account: String,
    /// Graph's names of the permissions.
    pub(super) missing: String,
    /// The consent to give.
    pub(super) remedy: String,
}

impl MissingRights {
    #[expect(
        clippy::unused_self,
        reason = "asked in the same way as every other error"
    )]
    pub(super) const fn class(&self) -> Class {
        Class::SignIn
    }
}
