//! What the outcome of an attempt means: for its entry, and for others of the mailbox.

use crate::commands::report::Situation;
use crate::commands::rights::AccountPermissions;
use crate::commands::{Context, report};
use crate::delivery::{self, Outcome, Settled};
use crate::exit::Class;
use crate::graph;

/// The state of an entry and why it was not sent.
pub(super) fn settled_as(
    settled: &Settled,
    (class, why): (Class, String),
) -> (&'static str, (Class, String)) {
    match settled {
        Settled::Sent => ("sent", (Class::Success, String::new())),
        Settled::Kept(_) if why.is_empty() || class == Class::Unknown => {
            let why = "it was not sent and will be tried again".to_owned();
            ("kept", (Class::Later, why))
        }
        Settled::Kept(_) => ("kept", (class, why)),
        Settled::Failed => ("failed", (class, why)),
        Settled::GivenUp => {
            // A temporary fault that lasts for five days is permanent. Other classes say what is to be done.
            let class = if class == Class::Later {
                Class::Refused
            } else {
                class
            };
            ("failed", (class, delivery::given_up(why)))
        }
        Settled::Doubtful(_) => ("doubtful", (Class::Unknown, why)),
    }
}

/// The class and the text of the outcome of a message from this account and mailbox, with a hint.
pub(in crate::commands) fn reason(
    outcome: &Outcome,
    (account, mailbox): (&str, Option<&str>),
    context: &Context<'_>,
) -> (Class, String) {
    let Some(error) = outcome.error() else {
        return (Class::Success, String::new());
    };
    let hint = match context.settings.account_named(account) {
        Ok(account) => {
            let rights = AccountPermissions::of_account(&account, mailbox, context);
            Situation::of_account(&account, context).line(&rights.of_kept(error))
        }
        Err(_) => Situation::named(account, context).line(&report::of_kept(error)),
    };
    let why = match hint {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    };
    (error.class(), why)
}

/// Whether other entries of the mailbox may succeed: not if there is no connection or no access token, or
/// if the mailbox is throttled.
pub(super) fn others_may_succeed(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Deferred(_, delivery::Error::Graph(error)) => {
            error.answer().is_some() || matches!(error, graph::Error::Contents(_))
        }
        Outcome::Deferred(_, delivery::Error::Exhausted { .. } | delivery::Error::NoAnswer) => {
            false
        }
        Outcome::Accepted(_) | Outcome::Rejected(_) | Outcome::Unknown(_) => true,
    }
}
