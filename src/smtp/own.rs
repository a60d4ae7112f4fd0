//! Commands of this program's own clients, which a service offers on its Unix socket.

/// What follows a command, by sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnCommand {
    /// A command line of `sendmail` as JSON, and a message as it was read: so the service does all that depends on
    /// aliases and on the account.
    Sendmail {
        /// The size of the command line.
        line: u64,
        /// The size of the message.
        message: u64,
    },
    /// A command for the outbox, as JSON.
    Outbox {
        /// Its size.
        size: u64,
    },
}

const SENDMAIL: &str = "XSENDMAIL ";
const OUTBOX: &str = "XOUTBOX ";

impl OwnCommand {
    /// The command, with its line end.
    #[must_use]
    pub fn line(self) -> String {
        match self {
            Self::Sendmail { line, message } => format!("{SENDMAIL}{line} {message}\r\n"),
            Self::Outbox { size } => format!("{OUTBOX}{size}\r\n"),
        }
    }

    /// The command of a line; `None` if it is another one's.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?.trim_end();
        if let Some(size) = text.strip_prefix(OUTBOX) {
            let size = size.parse().ok()?;
            return Some(Self::Outbox { size });
        }
        let (line, message) = text.strip_prefix(SENDMAIL)?.split_once(' ')?;
        Some(Self::Sendmail {
            line: line.parse().ok()?,
            message: message.parse().ok()?,
        })
    }
}
