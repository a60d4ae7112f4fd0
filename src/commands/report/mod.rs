//! Reports an error as text, advice, JSON and exit class.
//!
//! ```text
//! failure    the error of a command, made from a domain's error
//! explain    class, advice and detail of each domain's errors
//! advice     what to do, as data
//! command    the commands of graphmail that an advice can print
//! print      error and hint as lines or as JSON
//! usage      a command line that cannot be read
//! situation  the run that an advice is for; renders the advice
//! ```

mod advice;
mod command;
mod explain;
mod failure;
mod print;
mod situation;
mod usage;

use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) use self::advice::{Advice, SignIn, Step};
pub(super) use self::command::{Command, LoginOption};
pub(super) use self::explain::{
    COMPLETES, graph_advice, mailbox_setting, of_aliases, of_kept, renewed_certificate,
};
pub(super) use self::failure::{Detail, Explain, Failure, Result, WithContext};
pub(super) use self::print::with_hint;
use self::print::{print, print_json};
pub(super) use self::situation::{Run, Situation};
pub(super) use self::usage::{Asked, usage};
use crate::exit::Status;
use crate::graph;
use crate::http::RequestOutcome;
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
        "id": detail.copy.0,
        "web_link": detail.copy.1,
        "message_id": detail.message_id,
        "failed_recipients": (!detail.failed_recipients.is_empty()).then_some(&detail.failed_recipients),
    })
}
