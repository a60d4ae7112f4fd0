//! The exit status of a run: one [`Class`], one number.
//!
//! The numbers are those of sysexits.h, which mail programs and scripts already test. 76
//! (`EX_PROTOCOL` there) means that the service may have accepted the message.

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Graph accepted the message (202), it was queued as requested, or the command is done.
    Success,
    /// Flags are unknown, contradict each other or have no value.
    Usage,
    /// The message: no recipient, a bad address, malformed MIME, too large, refused as content.
    Message,
    /// A body, message or attachment file cannot be read.
    Input,
    /// No such user or mailbox.
    Recipient,
    /// Graph refuses permanently: licence, policy, blocked sender.
    Refused,
    /// An unclassified error: a bug in graphmail.
    Bug,
    /// The outbox cannot be written.
    Outbox,
    /// Another local I/O error.
    Io,
    /// Nothing was sent, and it is safe to run it again.
    Later,
    /// Graph may have accepted the message; graphmail does not send it again.
    Unknown,
    /// The token is missing or expired, or consent or a permission is missing.
    SignIn,
    /// The configuration is missing, unreadable or contradictory.
    Config,
}

impl Class {
    /// Every class, in the order of the numbers, for the manual.
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

    /// The name of the class in `--json` and the manual.
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

    /// The description in the manual.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Success => {
                "Graph accepted the message (202), or it is queued as requested; for other commands: done"
            }
            Self::Usage => "bad flags",
            Self::Message => {
                "no recipient, bad address, malformed header or MIME, too large, or refused by Graph as content"
            }
            Self::Input => "a body, message or attachment file cannot be read",
            Self::Recipient => "no such user or mailbox",
            Self::Refused => {
                "Graph refuses permanently: licence, policy, blocked sender; with --wait-bounce and for outbox show: the message was sent, and some recipients did not get it"
            }
            Self::Bug => "an unclassified error",
            Self::Outbox => "the outbox, or the journal of merge, cannot be written",
            Self::Io => "another local input or output error",
            Self::Later => {
                "no connection, throttled for longer than --max-wait, or refused for now; nothing was sent, and it is safe to run it again. An answer 503 has this status only with a Retry-After: graphmail-troubleshooting(7) lists the answers"
            }
            Self::Unknown => {
                "Graph may have accepted the message: the connection ended after the request began, or the answer was 408, 500, 502, 504, or 503 without Retry-After. Look in Sent Items before you send it again. If it is in the outbox, do not send it again: `graphmail outbox flush` finds out what became of it"
            }
            Self::SignIn => {
                "the token is missing or expired, consent or a permission is missing, or the account may not send as that sender"
            }
            Self::Config => "the configuration is missing, unreadable or contradictory",
        }
    }
}

/// The exit status of the process: that of a class, or that of a command that it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(u8);

impl Status {
    /// `doctor` has warnings, and nothing fails. Not a class: sysexits.h has no number for warnings.
    pub const WARNINGS: Self = Self(1);
    /// Ended by Ctrl-C, as in a shell: 128 and the number of SIGINT.
    pub const INTERRUPTED: Self = Self(130);

    /// The number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The status with that number.
    #[must_use]
    pub const fn of_number(number: u8) -> Self {
        Self(number)
    }

    /// Ended by the signal with that number, as in a shell: 128 and the number.
    #[must_use]
    pub const fn of_signal(signal: u8) -> Self {
        Self(128_u8.saturating_add(signal))
    }

    /// The status of a command: its own, or 128 and the signal's number, as in a shell.
    #[must_use]
    pub fn of_command(status: std::process::ExitStatus) -> Self {
        #[cfg(unix)]
        if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
            return Self(u8::try_from(128 + signal).unwrap_or(u8::MAX));
        }
        let number = status.code().unwrap_or_default();
        Self(u8::try_from(number).unwrap_or(u8::MAX))
    }

    /// The status of a command that could not be started, as in a shell: 127 if it does not exist, 126
    /// for any other reason.
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
