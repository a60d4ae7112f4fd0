//! The mail service of this host, for the commands that use it.

use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Context;
use crate::config::variable;
use crate::smtp::Reply;

/// The service's socket, unless the configuration names another.
const SOCKET: &str = "/run/graphmail/submit";

/// How long the service may need for an answer.
const LIMIT: Duration = Duration::from_mins(5);

/// The longest reply, in bytes.
const MAX_REPLY: u64 = 4096;

/// The service's socket. `None` if the caller chooses an account, a configuration or an outbox, which are not the
/// service's.
pub(super) fn socket(context: &Context<'_>) -> Option<PathBuf> {
    let environment = context.settings.environment();
    let own = [
        variable::ACCOUNT,
        variable::CONFIG,
        variable::ACCESS_TOKEN,
        variable::MAILBOX,
        variable::STATE_DIR,
    ];
    let chooses = own.iter().any(|name| environment.get_os(name).is_some());
    if chooses || context.flags.account.is_some() || context.flags.config.is_some() {
        return None;
    }
    let file = context.settings.file().ok();
    let named = file.and_then(|file| file.sendmail.submit.clone());
    Some(named.unwrap_or_else(|| PathBuf::from(SOCKET)))
}

/// A connection to the service.
pub(super) struct Connection(BufReader<UnixStream>);

impl Connection {
    /// Connects, and reads the greeting.
    ///
    /// # Errors
    /// There is no service, or it takes no connection now.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        let mut connection = Self(BufReader::new(stream));
        match connection.reply()? {
            greeting if greeting.starts_with("220 ") => Ok(connection),
            _ => Err(io::ErrorKind::ConnectionRefused.into()),
        }
    }

    pub(super) fn output(&mut self) -> &mut impl Write {
        self.0.get_mut()
    }

    /// The next reply, without its line end.
    pub(super) fn reply(&mut self) -> io::Result<String> {
        let mut line = String::new();
        (&mut self.0).take(MAX_REPLY).read_line(&mut line)?;
        match line.ends_with('\n') {
            true => Ok(line.trim_end().to_owned()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// The next `size` bytes.
    pub(super) fn bytes(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.0).take(size).read_to_end(&mut bytes)?;
        match bytes.len() as u64 == size {
            true => Ok(bytes),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// The words before the exit status in a reply.
const STATUS: &str = "exit=";

/// A reply that also says with which status the client exits.
pub(super) fn with_status(reply: &Reply, status: u8) -> Reply {
    reply.with_words(&format!("{STATUS}{status} {}", reply.words()))
}

/// The exit status and the other words of a reply; `None` if it says no status.
pub(super) fn status_of(reply: &str) -> Option<(u8, &str)> {
    let (_, words) = reply.split_once(STATUS)?;
    let (status, words) = words.split_once(' ')?;
    Some((status.parse().ok()?, words))
}
