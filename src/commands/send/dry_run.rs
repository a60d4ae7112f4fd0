//! `--dry-run`: everything is checked and rendered, nothing leaves this host.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Target;
use super::args::DryRun;
use crate::commands::Context;
use crate::commands::error::UsageError;
use crate::compose::{self, Call, Choice, Limits, Plan};
use crate::exit::{Class, Status};
use crate::graph::Sender;
use crate::message::Mail;
use crate::submission::Submission;

pub(super) fn run(
    form: DryRun,
    mail: &Mail,
    choice: Choice,
    limits: &Limits,
    target: &Target,
    context: &Context<'_>,
) -> anyhow::Result<Status> {
    // A message is shown in the form that was asked for, if it can take that form at all.
    let choice = match (form, choice) {
        (DryRun::Json, Choice::Auto) => Choice::Json,
        (DryRun::Eml, Choice::Auto) => Choice::Mime,
        (_, choice) => choice,
    };
    let plan = compose::plan(mail, choice, limits)?;
    let submission = compose::render(mail, &plan, context.seams.as_ref(), limits)?;
    let url = url(target);
    let ui = context.ui;
    if ui.manner().json {
        ui.json(&as_json(&plan, &submission, &url, target))?;
        return Ok(Class::Success.into());
    }
    match form {
        DryRun::Plan => ui.data(as_text(&plan, &submission, &url, target).as_bytes())?,
        DryRun::Json | DryRun::Eml => ui.data(&shown(&submission)?)?,
        DryRun::Curl if matches!(submission, Submission::Staged { .. }) => {
            return Err(
                UsageError::new("no single command sends a draft with its attachments")
                    .hint("--dry-run=plan shows the requests")
                    .into(),
            );
        }
        DryRun::Curl => ui.data(as_curl(&submission, &url).as_bytes())?,
    }
    Ok(Class::Success.into())
}

fn url(target: &Target) -> String {
    target.sender.send_mail_url(target.cloud()).to_string()
}

/// The request's JSON, laid out for reading, or the message that its base64 holds.
fn shown(submission: &Submission) -> anyhow::Result<Vec<u8>> {
    if let Some(eml) = compose::decode(submission) {
        return Ok(eml);
    }
    let value: Value = serde_json::from_slice(submission.body())?;
    Ok(format!("{value:#}\n").into_bytes())
}

fn as_text(plan: &Plan, submission: &Submission, url: &str, target: &Target) -> String {
    let format = submission.format();
    let mut text = String::new();
    let _ = writeln!(text, "account      {}", target.account_name());
    let _ = writeln!(text, "mailbox      {}", mailbox(target));
    let _ = writeln!(text, "recipients   {}", submission.recipients());
    let _ = writeln!(text, "format       {}", format.name());
    for reason in plan.reasons() {
        let _ = writeln!(text, "             {reason}");
    }
    match plan {
        Plan::Direct { .. } => {
            let _ = writeln!(text, "request      POST {url}");
            let _ = writeln!(
                text,
                "             {}, {} bytes",
                format.content_type(),
                submission.body().len()
            );
        }
        Plan::Staged {
            calls,
            notes,
            total,
            ..
        } => staged_as_text(calls, notes, *total, &mut text),
    }
    let _ = writeln!(text, "permissions  {}", plan.permissions().join(", "));
    text
}

fn staged_as_text(calls: &[Call], notes: &[String], total: u64, text: &mut String) {
    for (index, call) in calls.iter().enumerate() {
        let label = if index == 0 { "requests" } else { "" };
        let _ = write!(text, "{label:<12} {} {}", call.method, call.what);
        if let Some(name) = &call.name {
            let _ = write!(text, ", {name}");
        }
        if call.count != 1 {
            let _ = write!(text, ", {} times", call.count);
        }
        if call.bytes > 0 {
            let _ = write!(text, ", {} bytes", call.bytes);
        }
        text.push('\n');
    }
    let _ = writeln!(text, "             {total} bytes together");
    for (index, note) in notes.iter().enumerate() {
        let label = if index == 0 { "notes" } else { "" };
        let _ = writeln!(text, "{label:<12} {note}");
    }
}

fn as_json(plan: &Plan, submission: &Submission, url: &str, target: &Target) -> Value {
    let (notes, requests) = match plan {
        Plan::Direct { .. } => (
            &[][..],
            json!([{
                "method": "POST",
                "url": url,
                "content_type": submission.format().content_type(),
                "bytes": submission.body().len(),
            }]),
        ),
        Plan::Staged { notes, calls, .. } => (&notes[..], calls.iter().map(call).collect()),
    };
    json!({
        "ok": true,
        "status": "dry-run",
        "transport": submission.transport(),
        "recipients": submission.recipients(),
        "message_id": submission.message_id(),
        "account": target.account.as_ref().map(|account| &account.name),
        "reasons": plan.reasons(),
        "notes": notes,
        "permissions": plan.permissions(),
        "requests": requests,
    })
}

fn call(call: &Call) -> Value {
    json!({
        "method": call.method,
        "what": call.what,
        "name": call.name,
        "count": call.count,
        "bytes": call.bytes,
    })
}

/// A command that sends the same body: any size fits, for a here-document is no argument.
fn as_curl(submission: &Submission, url: &str) -> String {
    let url = shlex::try_quote(url).map_or_else(|_| url.to_owned(), Into::into);
    format!(
        "curl --request POST {url} \\\n  --header \"Authorization: Bearer $GRAPHMAIL_ACCESS_TOKEN\" \\\n  \
         --header 'Content-Type: {}' \\\n  --data-binary @- <<'GRAPHMAIL'\n{}\nGRAPHMAIL\n",
        submission.format().content_type(),
        String::from_utf8_lossy(submission.body()),
    )
}

fn mailbox(target: &Target) -> &str {
    match &target.sender {
        Sender::Me => "the signed-in user's",
        Sender::User(user) => user,
    }
}
