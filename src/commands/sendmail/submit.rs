//! Hands a message to the host's mail service, which has the aliases, the account and the outbox of all users.

use std::io::{self, Write as _};
use std::path::Path;

use crate::commands::error::ServiceError;
use crate::commands::host::{Connection, status_of, with_status};
use crate::commands::report::{Failure, Result};
use crate::commands::smtp::reply_to;
use crate::exit::Class;
use crate::files::Octets;
use crate::outbox::{CommandLine, EntryId};
use crate::smtp::{OwnCommand, Reply};

/// Hands the message over. Returns false if there is no service, or if it cannot take the message now: nothing
/// was kept then.
///
/// # Errors
/// The service refused the message, or it may have the message.
pub(super) fn submit(path: &Path, octets: &Octets, line: &CommandLine) -> Result<bool> {
    let Ok(stream) = Connection::open(path) else {
        return Ok(false);
    };
    match send(stream, octets, line) {
        Ok(reply) => understood(&reply),
        Err((_, false)) => Ok(false),
        Err((error, true)) => Err(ServiceError::NoReply(error).into()),
    }
}

/// The reply to the message; otherwise the error, and whether the service may have the whole message.
fn send(
    mut connection: Connection,
    octets: &Octets,
    line: &CommandLine,
) -> Result<String, (io::Error, bool)> {
    let before = |error: io::Error| (error, false);
    let json = serde_json::to_vec(line).map_err(|error| before(error.into()))?;
    let command = OwnCommand::Sendmail {
        line: json.len() as u64,
        message: octets.len() as u64,
    };
    let output = connection.output();
    output
        .write_all(command.line().as_bytes())
        .map_err(before)?;
    output.write_all(&json).map_err(before)?;
    let mut is_whole = true;
    for chunk in octets.chunks() {
        let chunk = chunk.map_err(|error| before(error.into()))?;
        is_whole = output.write_all(&chunk).is_ok();
        if !is_whole {
            // The service may have refused it before its end.
            break;
        }
    }
    connection.reply().map_err(|error| (error, is_whole))
}

/// The reply to a message that is on the disk.
pub(in crate::commands) fn accepted(id: &EntryId) -> Reply {
    let queued = Reply::new(250, [2, 0, 0], &format!("queued as {id}"));
    with_status(&queued, Class::Success.number())
}

/// The reply to a message that was refused, for all recipients or some.
pub(in crate::commands) fn refused(error: &Failure) -> Reply {
    with_status(&reply_to(error), error.status().number())
}

/// Whether the service has the message.
///
/// # Errors
/// It has refused the message.
fn understood(reply: &str) -> Result<bool> {
    let Some((status, words)) = status_of(reply) else {
        return Ok(false);
    };
    let class = Class::ALL
        .into_iter()
        .find(|class| class.number() == status);
    match class {
        Some(Class::Success) => Ok(true),
        // It was not kept.
        Some(Class::Outbox | Class::Io) => Ok(false),
        Some(class) => Err(ServiceError::Refused(class, words.to_owned()).into()),
        None => Ok(false),
    }
}
