//! What a run ends with: one [`Class`], one number.
//!
//! The numbers are those of sysexits.h, which mail programs and the scripts around them already
//! branch on, and 76 (`EX_PROTOCOL` there) for the one outcome that only a mail sender has: the
//! service may have taken the message.

/// How a run ended, as a script sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// 202 from Graph, kept in the outbox where that was asked for, or whatever else was asked for is done.
    Success,
    /// Flags that do not exist, contradict each other or lack their value.
    Usage,
    /// The message: no recipient, a bad address, malformed MIME, too large, refused as content.
    Message,
    /// A body, message or attachment file cannot be read.
    Input,
    /// No such user or mailbox.
    Recipient,
    /// Graph refuses for good: licence, policy, blocked sender.
    Refused,
    /// Anything unclassified: a defect of this program.
    Bug,
    /// The outbox cannot be written.
    Outbox,
    /// Other local input or output.
    Io,
    /// Nothing was sent and it is safe to run again.
    Later,
    /// Graph may have taken the message; it is not sent again by itself.
    Unknown,
    /// No token, an expired one, a consent or a permission is missing.
    SignIn,
    /// The configuration is missing, unreadable or contradictory.
    Config,
}

impl Class {
    /// Every class, in the order of their numbers: the table that the manual prints.
    pub const ALL: [Self; 13] = [
        Self::Success,
        Self::Usage,
        Self::Message,
        Self::Input,
        Self::Recipient,
        Self::Refused,
        Self::Bug,
        Self::Outbox,
        Self::Io,
        Self::Later,
        Self::Unknown,
        Self::SignIn,
        Self::Config,
    ];

    /// The process's exit status.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Usage => 64,
            Self::Message => 65,
            Self::Input => 66,
            Self::Recipient => 67,
            Self::Refused => 69,
            Self::Bug => 70,
            Self::Outbox => 73,
            Self::Io => 74,
            Self::Later => 75,
            Self::Unknown => 76,
            Self::SignIn => 77,
            Self::Config => 78,
        }
    }

    /// The name under which `--json` and the manual know the class.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "sent",
            Self::Usage => "usage",
            Self::Message => "message",
            Self::Input => "input",
            Self::Recipient => "recipient",
            Self::Refused => "refused",
            Self::Bug => "bug",
            Self::Outbox => "outbox",
            Self::Io => "io",
            Self::Later => "later",
            Self::Unknown => "unknown",
            Self::SignIn => "sign-in",
            Self::Config => "config",
        }
    }

    /// When a run ends this way, in the words of the manual.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => {
                "accepted by Graph (202), safely in the outbox where that was asked for, or done as asked"
            }
            Self::Usage => "bad flags",
            Self::Message => {
                "no recipient, bad address, malformed header or MIME, too large, or refused by Graph as content"
            }
            Self::Input => "a body, message or attachment file cannot be read",
            Self::Recipient => "no such user or mailbox",
            Self::Refused => "Graph refuses for good: licence, policy, blocked sender",
            Self::Bug => "anything unclassified",
            Self::Outbox => "the outbox cannot be written",
            Self::Io => "other local input or output",
            Self::Later => {
                "offline, throttled past --max-wait, service down; nothing was sent and it is safe to run again"
            }
            Self::Unknown => "Graph may have taken the message; it is not sent again by itself",
            Self::SignIn => {
                "no token, expired, consent or permission missing, may not send as that sender"
            }
            Self::Config => "configuration missing, unreadable or contradictory",
        }
    }
}

/// What the process ends with: a class of ours, or the status of a command that it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(u8);

impl Status {
    /// `doctor` found something to be warned of, and nothing that fails. No class: sysexits.h has
    /// no number for what works.
    pub const WARNINGS: Self = Self(1);
    /// Ended by Ctrl-C, as a shell has it: 128 and SIGINT's number.
    pub const INTERRUPTED: Self = Self(130);

    /// The number itself.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Ended by the signal of that number, as a shell has it.
    #[must_use]
    pub const fn of_signal(signal: u8) -> Self {
        Self(128_u8.saturating_add(signal))
    }

    /// The status of a command: its own, or 128 and the signal's number, as a shell has it.
    #[must_use]
    pub fn of_command(status: std::process::ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Self(u8::try_from(128 + signal).unwrap_or(u8::MAX));
        }
        let number = status.code().unwrap_or_default();
        Self(u8::try_from(number).unwrap_or(u8::MAX))
    }

    /// The status of a command that could not be started, as a shell has it: 127 for one that is
    /// not there, 126 for any other reason.
    #[must_use]
    pub fn not_started(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self(127),
            _ => Self(126),
        }
    }
}

impl From<Class> for Status {
    fn from(class: Class) -> Self {
        Self(class.number())
    }
}
