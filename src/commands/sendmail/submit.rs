//! Hands a message to the host's mail service, which has the aliases, the account and the outbox of all users.

use std::io::{self, Write as _};
use std::path::Path;

use crate::commands::Context;
use crate::commands::error::ServiceError;
use crate::commands::host::{Connection, is_no_service, status_of, with_status};
use crate::commands::report::{Failure, Result};
use crate::commands::smtp::reply_to;
use crate::exit::Class;
use crate::files::Octets;
use crate::outbox::{CommandLine, EntryId};
use crate::smtp::{OwnCommand, Reply};

/// What came of handing a message over.
pub(in crate::commands) enum Submitted {
    /// The service has the message.
    Done,
    /// There is no service on this host.
    NoService,
    /// The service is down or takes no message now: it was kept nowhere.
    NotNow(ServiceError),
}

/// Hands the message over. `is_patient`: whether it waits for a service that restarts; asked only if none answers.
///
/// # Errors
/// The service refused the message, or it may have the message.
pub(in crate::commands) fn submit(
    path: &Path,
    octets: &Octets,
    line: &CommandLine,
    (is_patient, context): (impl Fn() -> bool, &Context<'_>),
) -> Result<Submitted> {
    let not_now = |why: String| Ok(Submitted::NotNow(ServiceError::NotNow(path.into(), why)));
    let stream = match Connection::open(path, is_patient, context) {
        Ok(stream) => stream,
        Err(error) if is_no_service(path, &error) => return Ok(Submitted::NoService),
        Err(error) => return not_now(error.to_string()),
    };
    match send(stream, octets, line) {
        Ok(reply) => match understood(&reply)? {
            true => Ok(Submitted::Done),
            false => not_now(
                status_of(&reply)
                    .map_or(&*reply, |(_, words)| words)
                    .to_owned(),
            ),
        },
        Err((error, false)) => not_now(error.to_string()),
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

/// The reply to a message that is on the disk; `None` if it was sent before.
pub(in crate::commands) fn queued(id: Option<&EntryId>) -> Reply {
    let words = id.map_or_else(|| "sent before".to_owned(), |id| format!("queued as {id}"));
    Reply::new(250, [2, 0, 0], &words)
}

/// As [`queued`], with the exit status of the client.
pub(in crate::commands) fn accepted(id: Option<&EntryId>) -> Reply {
    with_status(&queued(id), Class::Success.number())
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
