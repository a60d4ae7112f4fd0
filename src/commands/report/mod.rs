//! Reports an error as text, advice, JSON and exit class.
//!
//! ```text
//! failure    the error of a command, made from a domain's error
//! explain    class, advice and detail of each domain's errors
//! advice     what to do, as data
//! command    the commands of graphmail that an advice can print
//! situation  the run that an advice is for; renders the advice
//! ```

mod advice;
mod command;
mod explain;
mod failure;
mod situation;

use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) use self::advice::{Advice, SignIn, Step};
pub(super) use self::command::{Command, LoginOption};
pub(super) use self::explain::{
    COMPLETES, graph_codes, mailbox_setting, of_aliases, of_kept, renewed_certificate,
};
pub(super) use self::failure::{Detail, Explain, Failure, Result, WithContext};
pub(super) use self::situation::{Run, Situation};
use crate::exit::{Class, Status};
use crate::graph;
use crate::http::RequestOutcome;
use crate::text::Visible;
use crate::ui::Ui;

/// The error, with the context that `what` was not sent or may have been sent.
pub(super) fn unsent(what: &str, error: graph::Error) -> Failure {
    let request_outcome = match error.request_outcome() {
        RequestOutcome::Unknown => "may have been sent",
        RequestOutcome::Done | RequestOutcome::Refused | RequestOutcome::Later(_) => "was not sent",
    };
    Failure::from(error).context(format!("{what} {request_outcome}"))
}

/// How to set a variable for cron jobs.
pub(super) fn in_crontab(name: &str, value: &str) -> String {
    format!("run crontab -e and add the line {name}={value} at the top")
}

/// Reports an error, as lines or as JSON.
pub(super) fn failure(
    failure: &Failure,
    situation: &Situation<'_>,
    now: Timestamp,
    ui: &Ui<'_>,
) -> Status {
    let status = failure.status();
    let words = failure.words();
    let hint = situation.line(failure.advice());
    if ui.output_options().json {
        let detail = detail(failure.detail(), now);
        print_json(
            (failure.class(), status),
            &words,
            hint.as_deref(),
            detail,
            ui,
        );
    }
    print(&words, hint.as_deref(), ui);
    status
}

/// `graphmail: error: what was attempted: why`, then the hint on its own line.
fn print(words: &str, hint: Option<&str>, ui: &Ui<'_>) {
    ui.always(with_hint(format!("graphmail: error: {words}"), hint));
}

/// A line, and the hint on a second line.
pub(super) fn with_hint(line: String, hint: Option<&str>) -> Visible {
    let hint = hint.map(|hint| format!("hint: {hint}"));
    Visible::lines([Some(line), hint].into_iter().flatten())
}

/// The details in a JSON report; `retry_after` in seconds from `now`.
fn detail(detail: &Detail, now: Timestamp) -> Value {
    let seconds = |at: Timestamp| at.duration_since(now).as_secs().max(0);
    let (account, end) = detail.expiry.clone().unzip();
    json!({
        "account": account,
        "credential_expires": end,
        "graph_code": detail.graph_code,
        "entra_code": detail.entra_code,
        "correlation_id": detail.correlation_id,
        "trace_id": detail.trace_id,
        "request_id": detail.request_id,
        "client_request_id": detail.client_request_id,
        "retry_after": detail.retry_at.map(seconds),
        "rows": (!detail.rows.is_empty()).then_some(&detail.rows),
        "message_id": detail.message_id,
        "failed_recipients": (!detail.failed_recipients.is_empty()).then_some(&detail.failed_recipients),
    })
}

fn print_json(
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
        body.extend(detail);
        body.retain(|_, value| !value.is_null());
    }
    // The error is also written to standard error.
    drop(ui.json(&json!({"ok": false, "error": body})));
}

/// The option that an unknown one could be, if clap knows none: it does not see a letter that is doubled.
fn nearest_option(error: &clap::Error, options: &[String]) -> Option<String> {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let unknown = unknown.strip_prefix("--")?;
    let likeness = |option: &&String| strsim::normalized_damerau_levenshtein(unknown, option);
    let nearest = options
        .iter()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let nearest = nearest.filter(|option| likeness(option) > 0.6)?;
    Some(format!("a similar argument exists: '--{nearest}'"))
}

/// Reports an invalid command line, or prints help or version, which clap also returns as errors.
/// `help` is the command that shows the help, and `options` are the long options of the command.
pub(super) fn usage(error: &clap::Error, (help, options): (&str, &[String]), ui: &Ui<'_>) -> Class {
    let text = error.render().to_string();
    if !error.use_stderr() {
        drop(ui.data(&Visible::block(text.trim_end_matches('\n'))));
        return Class::Success;
    }
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        if ui.output_options().json {
            let command = help.trim_end_matches(" --help");
            let words = format!("{command:?} needs another command or an argument");
            print_json(
                (Class::Usage, Class::Usage.into()),
                &words,
                Some(help),
                json!({}),
                ui,
            );
        }
        ui.always(Visible::block(text.trim_end()));
        return Class::Usage;
    }
    // clap: "error: WHAT", blank line, "  tip: HINT", usage, "For more information, try '--help'."
    let what = text.split("\n\n").next().unwrap_or_default();
    let what = what.trim_start_matches("error: ");
    let words = what.split_whitespace().collect::<Vec<_>>().join(" ");
    let tip = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("tip: "));
    let nearest = nearest_option(error, options);
    let hint = tip.or(nearest.as_deref()).unwrap_or(help);
    if ui.output_options().json {
        print_json(
            (Class::Usage, Class::Usage.into()),
            &words,
            Some(hint),
            json!({}),
            ui,
        );
    }
    print(&words, Some(hint), ui);
    Class::Usage
}
