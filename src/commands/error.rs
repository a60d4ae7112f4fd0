//! Errors that only the verbs know: of flags, and of the files that flags name.

use jiff::Timestamp;

use super::stamp;
use crate::auth::{Credential, Lifetime};
use crate::config::Account;
use crate::exit::Class;
use crate::outbox::EntryId;
use crate::shell::path as quoted;

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
    /// It ends in the middle of a message.
    #[error("{0} ends within a message, which is not sent")]
    Unended(&'static str),
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
            Self::TooLong(_) | Self::Unended(_) | Self::NotText(..) | Self::Nul(..) => {
                Class::Message
            }
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

/// A credential that ends sooner than somebody wanted to be told.
#[derive(Debug, thiserror::Error)]
#[error("account {account:?}: the credential {verb} at {end}{}", within(*days))]
pub(super) struct EndsSoon {
    account: String,
    verb: &'static str,
    end: String,
    /// The days that were asked for; none where it has ended.
    days: Option<u16>,
    remedy: String,
}

/// The days that a refresh token lasts without use: no renewal puts its end further off.
const IDLE_DAYS: u16 = 90;

impl EndsSoon {
    /// The error, if the credential of `account` is known to end within `days`.
    pub(super) fn check(
        account: &Account,
        lifetime: Lifetime,
        days: u16,
        now: Timestamp,
    ) -> Result<(), Self> {
        match lifetime.end() {
            Some(end) if lifetime.ends_within(days, now) => Err(Self {
                account: account.name.clone(),
                verb: if end > now { "ends" } else { "ended" },
                end: stamp(end),
                days: (end > now).then_some(days),
                remedy: match lifetime {
                    Lifetime::Idle(_) if end > now && days >= IDLE_DAYS => {
                        format!("it ends {IDLE_DAYS} days after its last use: ask for fewer days")
                    }
                    _ => new_life(account, end > now && matches!(lifetime, Lifetime::Idle(_))),
                },
            }),
            _ => Ok(()),
        }
    }

    /// Whose credential it is.
    pub(super) fn account(&self) -> &str {
        &self.account
    }

    /// When it ends or ended, as a report has it.
    pub(super) fn end(&self) -> &str {
        &self.end
    }

    /// The command that gives it a new life.
    pub(super) fn remedy(&self) -> String {
        self.remedy.clone()
    }

    #[expect(
        clippy::unused_self,
        reason = "asked in the same way as every other error"
    )]
    pub(super) const fn class(&self) -> Class {
        Class::SignIn
    }
}

fn within(days: Option<u16>) -> String {
    days.map_or_else(String::new, |days| match days {
        1 => ", 1 day or less from now".to_owned(),
        days => format!(", {days} days or less from now"),
    })
}

/// What gives the credential of `account` a new life.
fn new_life(account: &Account, is_renewable: bool) -> String {
    let name = &account.name;
    match account.credential {
        _ if is_renewable => format!("graphmail keepalive --account {name}"),
        Credential::Certificate(ref files) => format!(
            "replace {} with a new certificate and its key, and upload the certificate to the registration",
            quoted(&files.path)
        ),
        _ => format!("graphmail login --account {name}"),
    }
}

/// A job that could not be handed to the host's scheduler.
#[derive(Debug, thiserror::Error)]
#[error("installing the job: {reason}")]
pub(super) struct NotScheduled {
    /// What the scheduler's program said.
    pub(super) reason: String,
    /// What a person can do instead.
    pub(super) remedy: String,
}

impl NotScheduled {
    #[expect(
        clippy::unused_self,
        reason = "asked in the same way as every other error"
    )]
    pub(super) const fn class(&self) -> Class {
        Class::Io
    }
}

/// Why a message is not sent under its idempotency key, or an entry of the outbox not touched.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeliveryError {
    /// Another process is sending under it.
    #[error("the message was not sent: another process is sending one under this idempotency key")]
    KeyHeld,
    /// A message may have been sent under it, and the mailbox cannot tell.
    #[error("a message may have been sent under this idempotency key")]
    KeyInDoubt,
    /// Its message is in the outbox, and may have been sent.
    #[error("the message under this idempotency key may have been sent: it is {0} in the outbox")]
    KeptDoubtful(EntryId),
    /// The entry may have been sent: it takes a person's word.
    #[error("{0} may have been sent")]
    Doubtful(EntryId),
    /// The entry's key was used for another message since.
    #[error("another message was sent under the idempotency key of {0}")]
    KeyUsed(EntryId),
    /// The entry is on its way, so there is nothing to do.
    #[error("{0} has not failed")]
    NotFailed(EntryId),
}

impl DeliveryError {
    pub(super) const fn class(&self) -> Class {
        match self {
            Self::KeyHeld => Class::Later,
            Self::KeyInDoubt | Self::KeptDoubtful(_) => Class::Unknown,
            Self::Doubtful(_) | Self::KeyUsed(_) | Self::NotFailed(_) => Class::Usage,
        }
    }

    /// What to do about it.
    pub(super) fn remedy(&self) -> Option<String> {
        Some(match self {
            Self::KeyHeld => "it is safe to run it again".to_owned(),
            Self::KeyInDoubt => {
                "look in Sent Items; another key sends it again, this one does not".to_owned()
            }
            Self::KeptDoubtful(id) => {
                format!("look in Sent Items, then: graphmail outbox drop {id}, or retry {id} --yes")
            }
            Self::Doubtful(id) => {
                format!(
                    "look in Sent Items first; if it is not there: graphmail outbox retry {id} --yes"
                )
            }
            Self::KeyUsed(id) => format!("graphmail outbox drop {id}"),
            Self::NotFailed(_) => "graphmail outbox flush".to_owned(),
        })
    }
}
