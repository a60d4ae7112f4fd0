//! Errors that only the verbs know: of flags, and of the files that flags name.

use jiff::Timestamp;

use super::report::{Advice, Command, Detail, Explain, Failure, Result, Step, renewed_certificate};
use super::stamp;
use crate::auth::{Credential, Lifetime};
use crate::config::Account;
use crate::exit::Class;
use crate::outbox::EntryId;

/// Flags that contradict each other in a way that only this program can see.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct UsageError {
    message: String,
    advice: Advice,
}

impl UsageError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            advice: Advice::none(),
        }
    }

    /// With what to do instead.
    pub(super) fn hint(mut self, advice: impl Into<Advice>) -> Self {
        self.advice = advice.into();
        self
    }
}

impl Explain for UsageError {
    fn class(&self) -> Class {
        Class::Usage
    }

    fn advice(&self) -> Advice {
        self.advice.clone()
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

impl Explain for InputError {
    fn class(&self) -> Class {
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
}

impl Explain for MissingRights {
    fn class(&self) -> Class {
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
    ) -> Result<()> {
        match lifetime.end() {
            Some(end) if lifetime.ends_within(days, now) => {
                let error = Self {
                    account: account.name.clone(),
                    verb: if end > now { "ends" } else { "ended" },
                    end: stamp(end),
                    days: (end > now).then_some(days),
                };
                let is_idle = matches!(lifetime, Lifetime::Idle(_)) && end > now;
                let advice = match &account.credential {
                    _ if is_idle && days >= IDLE_DAYS => {
                        format!("it ends {IDLE_DAYS} days after its last use: ask for fewer days")
                            .into()
                    }
                    _ if is_idle => Advice::from(Command::Keepalive),
                    Credential::Certificate(files) => renewed_certificate(&files.path),
                    _ => Step::Renew.into(),
                };
                Err(Failure::from(error).advised(advice.for_account(&account.name)))
            }
            _ => Ok(()),
        }
    }
}

impl Explain for EndsSoon {
    fn class(&self) -> Class {
        Class::SignIn
    }

    fn detail(&self) -> Detail {
        Detail::of_expiry(&self.account, &self.end)
    }
}

fn within(days: Option<u16>) -> String {
    days.map_or_else(String::new, |days| match days {
        1 => ", 1 day or less from now".to_owned(),
        days => format!(", {days} days or less from now"),
    })
}

/// A job that could not be handed to the host's scheduler.
#[derive(Debug, thiserror::Error)]
#[error("installing the job: {reason}")]
pub(super) struct NotScheduled {
    /// What the scheduler's program said.
    pub(super) reason: String,
    /// What a person can do instead.
    pub(super) advice: Advice,
}

impl Explain for NotScheduled {
    fn class(&self) -> Class {
        Class::Io
    }

    fn advice(&self) -> Advice {
        self.advice.clone()
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

impl Explain for DeliveryError {
    fn class(&self) -> Class {
        match self {
            Self::KeyHeld => Class::Later,
            Self::KeyInDoubt | Self::KeptDoubtful(_) => Class::Unknown,
            Self::Doubtful(_) | Self::KeyUsed(_) | Self::NotFailed(_) => Class::Usage,
        }
    }

    fn advice(&self) -> Advice {
        let look = || Advice::from("look in Sent Items");
        match self {
            Self::KeyHeld => Step::Retry(None).into(),
            Self::KeyInDoubt => look().then("send it again with another key if it is not there"),
            Self::KeptDoubtful(id) => look()
                .then(Command::OutboxDrop(id.to_string()))
                .or(Command::OutboxRetryYes(id.to_string())),
            Self::Doubtful(id) => look().then(Command::OutboxRetryYes(id.to_string())),
            Self::KeyUsed(id) => Command::OutboxDrop(id.to_string()).into(),
            Self::NotFailed(_) => Command::OutboxFlush.into(),
        }
    }
}
