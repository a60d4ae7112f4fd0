//! The one place where an error becomes words, a hint, JSON and an exit class.

mod advice;
mod hint;

use anyhow::Error;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) use self::advice::{Run, complete, configured, instead, naming, of_run, of_store};
use self::hint::hint;
pub(super) use self::hint::{of_aliases, of_kept};
use super::error::{DeliveryError, EndsSoon, InputError, MissingRights, NotScheduled, UsageError};
use crate::exit::{Class, Status};
use crate::http::Fate;
use crate::text::Visible;
use crate::ui::Ui;
use crate::{auth, compose, config, delivery, graph, interrupt, message, outbox, sandbox};

/// Asks the error's own domain what class it is of.
pub(super) fn class_of(error: &Error) -> Class {
    macro_rules! class_of {
        ($($kind:ty),* $(,)?) => {
            $(if let Some(error) = error.downcast_ref::<$kind>() { return error.class(); })*
        };
    }
    class_of!(
        graph::Error,
        delivery::Error,
        outbox::Error,
        auth::Error,
        auth::store::Error,
        compose::Error,
        config::Error,
        message::AddressError,
        message::AttachmentError,
        message::EmlError,
        message::HeaderError,
        message::MessageIdError,
        message::PipedError,
        message::TimeError,
        sandbox::Error,
        DeliveryError,
        InputError,
        MissingRights,
        UsageError,
        EndsSoon,
        NotScheduled,
    );
    if error
        .chain()
        .any(<dyn std::error::Error>::is::<std::io::Error>)
    {
        return Class::Io;
    }
    Class::Bug
}

/// What the process ends with after `error`.
pub(super) fn status_of(error: &Error) -> Status {
    let of_graph = error.downcast_ref::<graph::Error>();
    let of_auth = error.downcast_ref::<auth::Error>();
    if of_graph.is_some_and(graph::Error::is_interruption)
        || of_auth.is_some_and(auth::Error::is_interruption)
    {
        interrupt::status()
    } else {
        class_of(error).into()
    }
}

/// The error with what it means for `what`, which was to be sent.
pub(super) fn unsent(what: &str, error: graph::Error) -> Error {
    let fate = match error.fate() {
        Fate::Unknown => "may have been sent",
        Fate::Done | Fate::Refused | Fate::Later(_) => "was not sent",
    };
    Error::new(error).context(format!("{what} {fate}"))
}

/// What mends an error, where only the verb that met it knows.
#[derive(Debug)]
struct Remedy {
    /// Those of the error.
    words: String,
    remedy: String,
}

impl std::fmt::Display for Remedy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.words)
    }
}

/// The error, with this as its hint.
pub(super) fn remedied(error: Error, remedy: String) -> Error {
    let words = error.to_string();
    error.context(Remedy { words, remedy })
}

/// The error of what was done for `account`: the commands in its hint name that account.
pub(super) fn of_account(error: Error, account: &str) -> Error {
    match hint(&error) {
        Some(hint) => {
            let named = naming(&hint, account);
            remedied(error, named)
        }
        None => error,
    }
}

/// `request-id` and `client-request-id` of the exchange that failed.
pub(super) fn request_ids(error: &Error) -> (Option<&str>, Option<&str>) {
    error
        .downcast_ref::<graph::Error>()
        .map_or((None, None), |error| {
            (error.request_id(), error.client_request_id())
        })
}

/// Tells of an error, as lines or as JSON.
pub(super) fn failure(error: &Error, now: Timestamp, ui: &Ui<'_>) -> Status {
    let class = class_of(error);
    let status = status_of(error);
    let words = words(error);
    let hint = hint(error);
    if ui.manner().json {
        let detail = detail(error, now);
        tell_json((class, status), &words, hint.as_deref(), detail, ui);
    }
    tell(&words, hint.as_deref(), ui);
    status
}

/// The words of an error, and what mends it.
pub(super) fn explained(error: &Error) -> (String, Option<String>) {
    (words(error), hint(error))
}

/// `graphmail: error: what was attempted: why`, then the hint on its own line.
fn tell(words: &str, hint: Option<&str>, ui: &Ui<'_>) {
    ui.say(with_hint(format!("graphmail: error: {words}"), hint));
}

/// A line, and the hint on its own.
pub(super) fn with_hint(line: String, hint: Option<&str>) -> Visible {
    let hint = hint.map(|hint| format!("hint: {hint}"));
    Visible::lines([Some(line), hint].into_iter().flatten())
}

/// The error and its causes, outermost first, each once.
pub(super) fn words(error: &Error) -> String {
    let mut words = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // An error that shows its own cause need not be followed by it.
        if !words.ends_with(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    match request_ids(error) {
        (Some(graph), Some(ours)) => {
            format!("{words} (request-id {graph}, client-request-id {ours})")
        }
        (None, Some(ours)) => format!("{words} (client-request-id {ours})"),
        _ => words,
    }
}

/// What a JSON report has of some errors alone, mostly Graph's; `retry_after` in seconds from `now`.
fn detail(error: &Error, now: Timestamp) -> Value {
    let seconds = |at: Timestamp| at.duration_since(now).as_secs().max(0);
    if let Some(delivery::Error::Exhausted { until, .. }) = error.downcast_ref() {
        return json!({"retry_after": until.map(seconds)});
    }
    if let Some(error) = error.downcast_ref::<EndsSoon>() {
        return json!({"account": error.account(), "credential_expires": error.end()});
    }
    let Some(error) = error.downcast_ref::<graph::Error>() else {
        return json!({});
    };
    json!({
        "graph_code": error.answer().and_then(|answer| answer.code.as_deref()),
        "request_id": error.request_id(),
        "client_request_id": error.client_request_id(),
        "retry_after": match error.fate() {
            Fate::Later(Some(at)) => Some(seconds(at)),
            _ => None,
        },
    })
}

fn tell_json(
    (class, status): (Class, Status),
    words: &str,
    hint: Option<&str>,
    detail: Value,
    ui: &Ui<'_>,
) {
    let mut body = json!({
        "class": class.name(),
        "exit": status.number(),
        "message": words,
        "hint": hint,
    });
    if let (Some(body), Value::Object(detail)) = (body.as_object_mut(), detail) {
        body.extend(detail.into_iter().filter(|(_, value)| !value.is_null()));
        body.retain(|_, value| !value.is_null());
    }
    // A closed standard output leaves nobody to tell.
    drop(ui.json(&json!({"ok": false, "error": body})));
}

/// Tells of a command line that could not be understood; prints help and version, which are none.
/// `help` is the command that shows what the command line could have been.
pub(super) fn usage(error: &clap::Error, help: &str, ui: &Ui<'_>) -> Class {
    let text = error.render().to_string();
    if !error.use_stderr() {
        drop(ui.data(&Visible::block(text.trim_end_matches('\n'))));
        return Class::Success;
    }
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        ui.say(Visible::block(text.trim_end()));
        return Class::Usage;
    }
    // clap: "error: WHAT", blank line, "  tip: HINT", usage, "For more information, try '--help'."
    let what = text.split("\n\n").next().unwrap_or_default();
    let what = what.trim_start_matches("error: ");
    let words = what.split_whitespace().collect::<Vec<_>>().join(" ");
    let tip = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "));
    let hint = tip.unwrap_or(help);
    if ui.manner().json {
        tell_json(
            (Class::Usage, Class::Usage.into()),
            &words,
            Some(hint),
            json!({}),
            ui,
        );
    }
    tell(&words, Some(hint), ui);
    Class::Usage
}
