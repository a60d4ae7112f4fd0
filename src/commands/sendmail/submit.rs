//! Hands a message to the host's mail service, which has the aliases, the account and the outbox of all users.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::commands::Context;
use crate::commands::error::ServiceError;
use crate::commands::report::{Failure, Result};
use crate::commands::smtp::reply_to;
use crate::config::variable;
use crate::exit::Class;
use crate::files::Octets;
use crate::outbox::{CommandLine, EntryId};
use crate::smtp::{Reply, Submission};

/// The service's socket, unless the configuration names another.
const SOCKET: &str = "/run/graphmail/submit";

/// How long the service may need for a message. It answers as soon as the message is on its disk.
const LIMIT: Duration = Duration::from_mins(5);

/// The longest reply, in bytes.
const MAX_REPLY: u64 = 4096;

/// The service's socket. `None` if the caller chooses an account or a configuration, which are not the
/// service's.
pub(super) fn socket(context: &Context<'_>) -> Option<PathBuf> {
    let environment = context.settings.environment();
    let own = [
        variable::ACCOUNT,
        variable::CONFIG,
        variable::ACCESS_TOKEN,
        variable::MAILBOX,
    ];
    let chooses = own.iter().any(|name| environment.get_os(name).is_some());
    if chooses || context.flags.account.is_some() || context.flags.config.is_some() {
        return None;
    }
    let file = context.settings.file().ok();
    let named = file.and_then(|file| file.sendmail.submit.clone());
    Some(named.unwrap_or_else(|| PathBuf::from(SOCKET)))
}

/// Hands the message over. Returns false if there is no service, or if it cannot take the message now: nothing
/// was kept then.
///
/// # Errors
/// The service refused the message, or it may have the message.
pub(super) fn submit(path: &Path, octets: &Octets, line: &CommandLine) -> Result<bool> {
    let Ok(stream) = connect(path) else {
        return Ok(false);
    };
    match send(stream, octets, line) {
        Ok(reply) => understood(&reply),
        Err((_, false)) => Ok(false),
        Err((error, true)) => Err(ServiceError::NoReply(error).into()),
    }
}

fn connect(path: &Path) -> io::Result<BufReader<UnixStream>> {
    let stream = UnixStream::connect(path)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let mut stream = BufReader::new(stream);
    match reply(&mut stream)? {
        greeting if greeting.starts_with("220 ") => Ok(stream),
        _ => Err(io::ErrorKind::ConnectionRefused.into()),
    }
}

/// The reply to the message; otherwise the error, and whether the service may have the whole message.
fn send(
    mut stream: BufReader<UnixStream>,
    octets: &Octets,
    line: &CommandLine,
) -> Result<String, (io::Error, bool)> {
    let before = |error: io::Error| (error, false);
    let json = serde_json::to_vec(line).map_err(|error| before(error.into()))?;
    let submission = Submission {
        line: json.len() as u64,
        message: octets.len() as u64,
    };
    let (mut rest, mut last) = (octets.len(), None);
    let output = stream.get_mut();
    output
        .write_all(submission.command().as_bytes())
        .map_err(before)?;
    output.write_all(&json).map_err(before)?;
    for chunk in octets.chunks() {
        let chunk = chunk.map_err(|error| before(error.into()))?;
        rest -= chunk.len();
        if let Err(error) = output.write_all(&chunk) {
            last = Some(error);
            break;
        }
    }
    match last {
        // The service may have refused it before its end.
        Some(error) => reply(&mut stream).map_err(|_| (error, false)),
        None => reply(&mut stream).map_err(|error| (error, rest == 0)),
    }
}

fn reply(stream: &mut BufReader<UnixStream>) -> io::Result<String> {
    let mut line = String::new();
    stream.by_ref().take(MAX_REPLY).read_line(&mut line)?;
    match line.ends_with('\n') {
        true => Ok(line.trim_end().to_owned()),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// The words before the exit status in a reply.
const STATUS: &str = "exit=";

/// The reply to a message that is on the disk.
pub(in crate::commands) fn accepted(id: &EntryId) -> Reply {
    Reply::new(250, [2, 0, 0], &format!("{STATUS}0 queued as {id}"))
}

/// The reply to a message that was refused, for all recipients or some.
pub(in crate::commands) fn refused(error: &Failure) -> Reply {
    let (status, reply) = (error.status().number(), reply_to(error));
    reply.with_words(&format!("{STATUS}{status} {}", reply.words()))
}

/// Whether the service has the message.
///
/// # Errors
/// It has refused the message.
fn understood(reply: &str) -> Result<bool> {
    let words = reply.split_once(STATUS).map(|(_, words)| words);
    let Some((status, words)) = words.and_then(|words| words.split_once(' ')) else {
        return Ok(false);
    };
    let class = Class::ALL
        .into_iter()
        .find(|class| class.number().to_string() == status);
    match class {
        Some(Class::Success) => Ok(true),
        // It was not kept.
        Some(Class::Outbox | Class::Io) => Ok(false),
        Some(class) => Err(ServiceError::Refused(class, words.to_owned()).into()),
        None => Ok(false),
    }
}
