//! Errors of the commands: in flags, and in files that flags name.

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::report::{Advice, Command, Detail, Explain, Failure, Result, Step, renewed_certificate};
use crate::auth::{Credential, Lifetime};
use crate::config::Account;
use crate::exit::Class;
use crate::graph::SentCopy;
use crate::message::FailedRecipient;
use crate::outbox::EntryId;
use crate::shell;
use crate::text::time as stamp;

/// Flags that clap accepts, but that contradict each other or have an invalid value.
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

    /// Adds what to do instead.
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

/// The name of standard input in errors.
pub(super) const STDIN: &str = "standard input";

/// A body or message file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputError {
    /// It cannot be read.
    #[error("{0} cannot be read: {1}")]
    Unreadable(String, std::io::Error),
    /// It is larger than any message.
    #[error("{0} has more than 150 MB, which is too large for a message")]
    TooLong(String),
    /// It is larger than any message that is kept.
    #[error("{0} has more than 512 MB, and the largest message has 150 MB")]
    Endless(&'static str),
    /// It ends in the middle of a message.
    #[error("{0} ends in the middle of a message, which was not sent")]
    Unended(&'static str),
    /// Its bytes are not UTF-8.
    #[error("{0} is not UTF-8 text (byte {1})")]
    NotText(String, usize),
    /// It begins as UTF-16, and is not.
    #[error("{0} begins with the byte order mark of UTF-16, but is not UTF-16 text")]
    NotUtf16(String),
    /// It contains a NUL byte.
    #[error("{0} contains a NUL byte (byte {1}), so it is not text")]
    Nul(String, usize),
}

impl Explain for InputError {
    fn class(&self) -> Class {
        match self {
            Self::Unreadable(..) => Class::Input,
            Self::TooLong(_)
            | Self::Endless(_)
            | Self::Unended(_)
            | Self::NotText(..)
            | Self::NotUtf16(_)
            | Self::Nul(..) => Class::Message,
        }
    }

    fn advice(&self) -> Advice {
        const ICONV: &str = "iconv -f ISO-8859-1 -t UTF-8";
        match self {
            Self::NotText(name, _) if name == STDIN => {
                format!("if it is Latin-1, pipe it through {ICONV}").into()
            }
            Self::NotText(name, _) => {
                let file = shell::path(std::path::Path::new(name));
                format!("if it is Latin-1, convert it: {ICONV} {file} >UTF-8.txt").into()
            }
            _ => Advice::none(),
        }
    }
}

/// Permissions that the account is known not to have.
#[derive(Debug, thiserror::Error)]
#[error("{what}, and the account {account:?} does not have {missing}")]
pub(super) struct MissingRights {
    /// What needs the permissions.
    pub(super) what: &'static str,
    pub(super) account: String,
    /// Graph's names of the permissions.
    pub(super) missing: String,
}

impl Explain for MissingRights {
    fn class(&self) -> Class {
        Class::SignIn
    }
}

/// A recipient did not get a message that Graph had accepted.
#[derive(Debug, thiserror::Error)]
#[error("the message was sent, but not delivered to {}", joined(failed))]
pub(super) struct Bounced {
    /// The Message-ID of the message.
    pub(super) message_id: String,
    /// Its copy in Sent Items, if it was found.
    pub(super) copy: Option<SentCopy>,
    /// The recipients that did not get it; at least one.
    pub(super) failed: Vec<FailedRecipient>,
}

/// The recipients with their errors.
fn joined(failed: &[FailedRecipient]) -> String {
    let failed: Vec<_> = failed.iter().map(ToString::to_string).collect();
    failed.join("; ")
}

impl Bounced {
    /// The failed recipients in a JSON report.
    pub(super) fn recipients(&self) -> Vec<Value> {
        let fields = |failed: &FailedRecipient| {
            json!({
                "address": failed.address,
                "status": failed.status,
                "diagnostic": failed.diagnostic,
            })
        };
        self.failed.iter().map(fields).collect()
    }
}

impl Explain for Bounced {
    fn class(&self) -> Class {
        Class::Refused
    }

    fn detail(&self) -> Detail {
        Detail::of_bounce(&self.message_id, self.copy.as_ref(), self.recipients())
    }
}

/// A credential that expires within the requested number of days.
#[derive(Debug, thiserror::Error)]
#[error("account {account:?}: the credential {verb} at {end}{}", within(*days))]
pub(super) struct EndsSoon {
    account: String,
    verb: &'static str,
    end: String,
    /// The requested days; `None` if it has expired.
    days: Option<u16>,
}

/// The lifetime of an unused refresh token in days: a renewal cannot make it longer.
const IDLE_DAYS: u16 = 90;

impl EndsSoon {
    /// Fails if the credential of `account` is known to expire within `days`.
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
                    verb: if end > now { "expires" } else { "expired" },
                    end: stamp(end),
                    days: (end > now).then_some(days),
                };
                let is_idle = matches!(lifetime, Lifetime::Idle(_)) && end > now;
                let advice = match &account.credential {
                    _ if is_idle && days >= IDLE_DAYS => format!(
                        "it expires {IDLE_DAYS} days after its last use: ask for fewer days"
                    )
                    .into(),
                    _ if is_idle => Advice::from(Command::Keepalive),
                    Credential::Certificate(files) => renewed_certificate(&files.path),
                    _ if account.credential_expires.is_some() => Advice::from(Step::Renew)
                        .then("set credential_expires = \"YYYY-MM-DD\" to its new date"),
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
        1 => ", in 1 day or less".to_owned(),
        days => format!(", in {days} days or less"),
    })
}

/// A job that could not be installed in the host's scheduler.
#[derive(Debug, thiserror::Error)]
#[error("installing the job: {reason}")]
pub(super) struct NotScheduled {
    /// The error of the scheduler's program.
    pub(super) reason: String,
    /// What the user can do instead.
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

/// What the host's mail service did with a message of `sendmail`.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServiceError {
    /// It refused the message.
    #[error("{1}")]
    Refused(Class, String),
    /// It is down, or takes no message now, and why.
    #[error("the mail service at {} takes no mail now: {}", .0.display(), .1)]
    NotNow(PathBuf, String),
    /// Nobody answers at its socket.
    #[error("nothing answers at {}: {}", .0.display(), .1)]
    NoAnswer(PathBuf, String),
    /// It has too many connections, or ends: its greeting.
    #[error("it takes no connection now: {0}")]
    Busy(String),
    /// It got the message, and there is no reply.
    #[error("the mail service of this host may have the message: {0}")]
    NoReply(std::io::Error),
}

impl Explain for ServiceError {
    fn class(&self) -> Class {
        match self {
            Self::Refused(class, _) => *class,
            Self::NotNow(..) | Self::NoAnswer(..) | Self::Busy(_) => Class::Later,
            Self::NoReply(_) => Class::Unknown,
        }
    }

    fn advice(&self) -> Advice {
        match self {
            Self::Refused(..) | Self::NotNow(..) => Advice::none(),
            Self::NoAnswer(..) => Step::Program("systemctl restart graphmail".to_owned()).into(),
            Self::Busy(_) => "end idle clients, or set connections in [smtpd]".into(),
            Self::NoReply(_) => "look for it in the outbox of the service".into(),
        }
    }
}

/// Why a message is not sent with its idempotency key, or a queue entry is not changed.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeliveryError {
    /// Another process is sending a message with the same key.
    #[error("the message was not sent: another process is sending one with this idempotency key")]
    KeyHeld,
    /// A message with this key may have been sent, and the mailbox does not show it.
    #[error("a message with this idempotency key may have been sent")]
    KeyInDoubt,
    /// The message with this key is in the outbox, and may have been sent.
    #[error("the message with this idempotency key may have been sent: it is {0} in the outbox")]
    KeptDoubtful(EntryId),
    /// The entry may have been sent: the user must confirm.
    #[error("{0} may have been sent")]
    Doubtful(EntryId),
    /// Another message was sent with the entry's key.
    #[error("another message was sent with the idempotency key of {0}")]
    KeyUsed(EntryId),
    /// The entry was sent, so its message is not kept: when, and where its copy is.
    #[error("the message of {0} was sent at {t}, and is not in the outbox any more: {2}", t = stamp(*.1))]
    WasSent(EntryId, Timestamp, String),
    /// The entry is queued or being sent.
    #[error("{0} has not failed")]
    NotFailed(EntryId),
}

impl Explain for DeliveryError {
    fn class(&self) -> Class {
        match self {
            Self::KeyHeld => Class::Later,
            Self::KeyInDoubt | Self::KeptDoubtful(_) => Class::Unknown,
            Self::Doubtful(_) | Self::KeyUsed(_) | Self::WasSent(..) | Self::NotFailed(_) => {
                Class::Usage
            }
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
            Self::WasSent(..) => Advice::none(),
            Self::KeyUsed(id) => Command::OutboxDrop(id.to_string()).into(),
            Self::NotFailed(id) => Command::OutboxFlushEntry(id.to_string()).into(),
        }
    }
}
