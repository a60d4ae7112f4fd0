//! The mail service of this host: whether it runs, and what it says of itself.

use jiff::Timestamp;
use serde_json::Value;

use super::check::Check;
use crate::commands::host::{self, Answer, Request};
use crate::commands::report::{Result, Run, Situation};
use crate::commands::{Context, stamp};
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
