//! The mail service of this host: whether it runs, and what it says of itself.

use jiff::Timestamp;
use serde_json::Value;

use super::check::Check;
use crate::commands::error::ServiceError;
use crate::commands::host::running::Found;
use crate::commands::host::{self, Answer, Request};
use crate::commands::report::{Result, Run, Situation};
use crate::commands::{Context, deliver, stamp};
use crate::exit::Status;

const NAME: &str = "service";

/// What the running service knows of itself.
pub(in crate::commands) struct Facts {
    /// When it began.
    pub(in crate::commands) since: Timestamp,
    /// When it sent the last message.
    pub(in crate::commands) last_sent: Option<Timestamp>,
}

/// What this run learned of the service.
pub(super) enum Seen {
    /// There is none, or this run names its own account or outbox.
    Nothing,
    /// It printed its own checks.
    All(Status),
    /// Others may see more of it, or it does not answer.
    Check(Check),
}

/// Has the service carry out the checks, with these arguments: its configuration, its credential and its outbox are those of this host.
///
/// # Errors
/// If the connection ends before the answer.
pub(super) fn ask(args: Value, context: &Context<'_>) -> Result<Seen> {
    Ok(match host::ask(Request::Doctor(args), context)? {
        Answer::NoService => Seen::Nothing,
        Answer::Done(status) => Seen::All(status),
        Answer::Refused(path, reason) => {
            let path = path.display();
            Seen::Check(Check::pass(NAME, format!("takes mail at {path}; {reason}")))
        }
        Answer::Unreachable(path, error) => {
            let mut check = Check::of_error(NAME, host::unreachable(&path, &error));
            check.finish(&Situation::of_run(Run::Keeps, context));
            Seen::Check(check)
        }
    })
}

/// Whether the service answers whose outbox is that of this run, as in a container. `None` if there is none.
pub(super) fn of_outbox(context: &Context<'_>) -> Option<Check> {
    let found = Found::of(&deliver::folder(context).ok()?)?;
    let address = found.address;
    // The first reply may be one that refuses this address: then it does answer (RFC 5321 section 3.1).
    let mut check = match found.greeting() {
        Ok(greeting) if greeting.starts_with("220 ") || greeting.starts_with("554 ") => {
            Check::pass(NAME, format!("takes mail at {address}"))
        }
        Ok(greeting) => Check::of_error(NAME, ServiceError::Busy(greeting)),
        Err(error) => {
            let message = format!("nothing answers at {address}: {error}");
            let hint = format!(
                "start it again, or delete {} if there is no service any more",
                found.file.display()
            );
            Check::fail(NAME, message).advised(hint)
        }
    };
    check.finish(&Situation::of_run(Run::Keeps, context));
    Some(check)
}

/// What the running service says of itself.
pub(super) fn check(facts: &Facts) -> Check {
    let sent = match facts.last_sent {
        Some(sent) => format!("last message sent {}", stamp(sent)),
        None => "no message sent since".to_owned(),
    };
    Check::pass(
        NAME,
        format!("running since {}, {sent}", stamp(facts.since)),
    )
}
