//! `--dry-run`: checks and renders the message without network access.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::args::DryRun;
use super::{Job, Planner, Target, read};
use crate::access::{Access, Grant, Permissions, SEND, Whose};
use crate::auth::CredentialKind;
use crate::commands::error::UsageError;
use crate::commands::report::Result;
use crate::commands::{Context, rights, stamp};
use crate::compose::{self, Call, Choice, Plan, Staged};
use crate::exit::{Class, Status};
use crate::message::{Eml, Inline, Mail, Mailbox};
use crate::shell;
use crate::submission::{Format, Submission};
use crate::text::{self, Visible};

pub(super) fn run(
    job: &Job,
    form: DryRun,
    planner: Planner,
    context: &Context<'_>,
) -> Result<Status> {
    let ui = context.ui;
    if ui.output_options().json {
        let (value, class) = json(job, form, planner, context)?;
        ui.json(&value)?;
        return Ok(class.into());
    }
    let Job {
        mail,
        limits,
        target,
        ..
    } = job;
    let plan = in_form(job, form, planner, context)?;
    refuse_part(form, &plan)?;
    let submission = compose::render(mail, &plan, context.seams.as_ref(), limits)?;
    let url = url(&submission, target);
    let rights = PermissionReport::for_message(mail, &plan, target, context)?;
    match form {
        DryRun::Plan => {
            let text = as_text(mail, &plan, &submission, &url, &rights, target);
            ui.data(&text)?;
        }
        DryRun::Json | DryRun::Eml => show(&submission, context)?,
        DryRun::Curl => ui.raw(as_curl(&submission, &url).as_bytes())?,
    }
    Ok(rights.class().into())
}

/// The result as JSON, and the exit class that sending would have.
pub(super) fn json(
    job: &Job,
    form: DryRun,
    planner: Planner,
    context: &Context<'_>,
) -> Result<(Value, Class)> {
    let plan = in_form(job, form, planner, context)?;
    let (mail, target) = (&job.mail, &job.target);
    let submission = compose::render(mail, &plan, context.seams.as_ref(), &job.limits)?;
    let rights = PermissionReport::for_message(mail, &plan, target, context)?;
    let value = as_json(
        &plan,
        &submission,
        &url(&submission, target),
        &rights,
        target,
    );
    Ok((value, rights.class()))
}

/// The URL of the first request.
fn url(submission: &Submission, target: &Target) -> String {
    let url = match submission {
        Submission::Direct { .. } => target.sender.send_mail_url(target.cloud()),
        Submission::Staged { .. } => target.sender.messages_url(target.cloud()),
    };
    url.to_string()
}

/// The permissions that the message needs, and those of them that the account lacks.
struct PermissionReport {
    needed: Vec<String>,
    /// They are known to be missing.
    missing: Vec<String>,
    /// Warnings about those that an application's token does not name.
    notes: Vec<String>,
}

impl PermissionReport {
    fn for_message(
        mail: &Mail,
        plan: &Plan,
        target: &Target,
        context: &Context<'_>,
    ) -> Result<Self> {
        let permissions = &plan.permissions;
        let Some(account) = &target.account else {
            return Ok(Self {
                needed: permissions.iter().map(ToString::to_string).collect(),
                missing: Vec::new(),
                notes: Vec::new(),
            });
        };
        let access = Access::new(account, target.sender.user(), Permissions::Unknown);
        let mut access = access.with_from(account, mail.from());
        // A small message from the account's own mailbox needs only a permission that every sign-in has, so
        // the keyring is not read for it.
        let is_small = plan.staged.is_none() && access.whose(SEND) != Whose::Others;
        if !is_small || account.credential.kind() == CredentialKind::AccessToken {
            access.permissions = rights::held(account, context);
        }
        let not_named = access.with_grant(Grant::NotNamed, permissions);
        Ok(Self {
            needed: permissions
                .iter()
                .map(|permission| access.form(permission))
                .collect(),
            missing: access.with_grant(Grant::Missing, permissions),
            notes: not_named
                .iter()
                .map(|name| rights::not_named(name))
                .collect(),
        })
    }

    /// The exit class that sending would have, as far as it is known.
    const fn class(&self) -> Class {
        if self.missing.is_empty() {
            Class::Success
        } else {
            Class::SignIn
        }
    }
}

/// Refuses a form that shows one request if the message needs several.
fn refuse_part(form: DryRun, plan: &Plan) -> Result<(), UsageError> {
    if plan.requests() == 1 {
        return Ok(());
    }
    let words = match form {
        DryRun::Plan => return Ok(()),
        DryRun::Json | DryRun::Eml => {
            "the message is sent as a draft with attachments, which takes several requests"
        }
        DryRun::Curl => "a draft with attachments cannot be sent with one command",
    };
    Err(UsageError::new(words)
        .hint("--dry-run shows the requests, --json --dry-run shows them as JSON"))
}

/// The plan to show. JSON is shown as it is sent. A message that is sent as JSON can also be shown as
/// MIME.
fn in_form(job: &Job, form: DryRun, planner: Planner, context: &Context<'_>) -> Result<Plan> {
    let plan = job.plan(planner, job.choice)?;
    read::warn(&job.mail, context);
    match (form, plan.format) {
        (DryRun::Json, Format::Mime) => Err(UsageError::new(format!(
            "the message is sent as MIME, not as JSON: {}",
            plan.reasons.join("; ")
        ))
        .hint("--dry-run=eml shows it")
        .into()),
        (DryRun::Eml, Format::Json) => {
            let shown = job.plan(planner, Choice::Mime)?;
            context.ui.success(
                "graphmail: the message is sent as JSON; this is the same message as MIME",
            );
            Ok(shown)
        }
        _ => Ok(plan),
    }
}

/// Prints the request's JSON, indented, or the decoded MIME message.
fn show(submission: &Submission, context: &Context<'_>) -> Result<()> {
    if let Some(eml) = compose::decode(submission) {
        return Ok(context.ui.raw(&eml)?);
    }
    let value: Value = serde_json::from_slice(submission.body())?;
    Ok(context.ui.data(&Visible::pretty_json(&value))?)
}

fn as_text(
    mail: &Mail,
    plan: &Plan,
    submission: &Submission,
    url: &str,
    rights: &PermissionReport,
    target: &Target,
) -> Visible {
    let format = submission.format();
    let mut lines = Vec::new();
    lines.push(format!("account      {}", target.account_name()));
    lines.push(format!("mailbox      {}", target.mailbox_name()));
    for (name, value) in details(mail, plan) {
        lines.push(format!("{name:12} {value}"));
    }
    lines.push(format!("recipients   {}", submission.recipients().len()));
    lines.push(format!("format       {}", format.name()));
    for reason in &plan.reasons {
        lines.push(format!("             {reason}"));
    }
    match &plan.staged {
        None => {
            lines.push(format!("request      POST {url}"));
            lines.push(format!(
                "             {}, {} bytes",
                format.content_type(),
                submission.body().len()
            ));
        }
        Some(staged) => staged_as_text(staged, plan.bytes(), &mut lines),
    }
    lines.push(format!("permissions  {}", rights.needed.join(", ")));
    if !rights.missing.is_empty() {
        lines.push(format!("missing      {}", rights.missing.join(", ")));
    }
    notes_as_text(&rights.notes, &mut lines);
    Visible::lines(lines)
}

fn notes_as_text(notes: &[String], lines: &mut Vec<String>) {
    for (index, note) in notes.iter().enumerate() {
        let label = if index == 0 { "notes" } else { "" };
        lines.push(format!("{label:<12} {note}"));
    }
}

fn staged_as_text(staged: &Staged, total: u64, lines: &mut Vec<String>) {
    for (index, call) in staged.calls.iter().enumerate() {
        let label = if index == 0 { "requests" } else { "" };
        let mut line = format!("{label:<12} {} {}", call.method, call.what);
        if let Some(name) = &call.name {
            let _ = write!(line, ", {name:?}");
        }
        if call.count != 1 {
            let _ = write!(line, ", {} times", call.count);
        }
        if call.bytes > 0 {
            let _ = write!(line, ", {} bytes", call.bytes);
        }
        lines.push(line);
    }
    lines.push(format!("             {total} bytes in total"));
    notes_as_text(&staged.notes, lines);
}

fn as_json(
    plan: &Plan,
    submission: &Submission,
    url: &str,
    rights: &PermissionReport,
    target: &Target,
) -> Value {
    let requests = match &plan.staged {
        None => json!([{
            "method": "POST",
            "url": url,
            "content_type": submission.format().content_type(),
            "bytes": submission.body().len(),
        }]),
        Some(staged) => staged.calls.iter().map(call).collect(),
    };
    let staged = plan.staged.iter().flat_map(|staged| &staged.notes);
    let notes: Vec<_> = staged.chain(&rights.notes).collect();
    json!({
        "ok": true,
        "status": "dry-run",
        "transport": submission.transport(),
        "recipients": submission.recipients().len(),
        "message_id": submission.message_id(),
        "account": target.account.as_ref().map(|account| &account.name),
        "reasons": plan.reasons,
        "notes": notes,
        "permissions": rights.needed,
        "not_held": rights.missing,
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

/// A curl command that sends the same body. The body is a here-document, since arguments are limited in
/// size. curl reads the field with the access token from a file descriptor, since every user of the host
/// can read arguments.
fn as_curl(submission: &Submission, url: &str) -> String {
    let format = submission.format();
    let body = String::from_utf8_lossy(submission.body());
    let body = match format {
        Format::Json => text::escape_json(&body),
        Format::Mime => body.into_owned(),
    };
    format!(
        "curl --request POST {} \\\n  --header @/dev/fd/3 3<<TOKEN \\\n  \
         --header 'Content-Type: {}' \\\n  --data-binary @- <<'GRAPHMAIL'\n\
         Authorization: Bearer ${{GRAPHMAIL_ACCESS_TOKEN:?}}\nTOKEN\n{body}\nGRAPHMAIL\n",
        shell::word(url),
        format.content_type(),
    )
}

/// The fields of the message with parsed names and times, so that the user can check them.
fn details(mail: &Mail, plan: &Plan) -> Vec<(&'static str, String)> {
    let message = match mail {
        Mail::Composed(message) => message,
        Mail::Ready(eml) => return of_ready(eml, plan),
    };
    let time = |time: Option<Timestamp>| time.map_or_else(String::new, stamp);
    let inlines = message.inlines.iter().map(Inline::attachment);
    let files = message
        .attachments
        .iter()
        .chain(inlines)
        .map(|file| attached(file.name(), file.content_type().as_ref(), file.size()));
    let follow_up = message.follow_up.unwrap_or_default();
    [
        (
            "from",
            message
                .from
                .as_ref()
                .map_or_else(String::new, Mailbox::to_string),
        ),
        ("to", list(&message.to)),
        ("cc", list(&message.cc)),
        ("bcc", list(&message.bcc)),
        ("subject", message.subject.clone()),
        ("flag start", time(follow_up.start)),
        ("flag due", time(follow_up.due)),
        ("goes out", time(message.deliver_at)),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .chain(files)
    .collect()
}

fn list(mailboxes: &[Mailbox]) -> String {
    let shown: Vec<_> = mailboxes.iter().map(Mailbox::to_string).collect();
    shown.join(", ")
}

fn attached(name: &str, content_type: &str, size: u64) -> (&'static str, String) {
    (
        "attachment",
        format!("{name} ({content_type}, {size} bytes)"),
    )
}

/// The fields of a ready message. The attachments are those that are, or could be, uploaded separately.
fn of_ready(eml: &Eml, plan: &Plan) -> Vec<(&'static str, String)> {
    let attachments = match &plan.staged {
        Some(staged) if !staged.uploads.is_empty() => staged.uploads.clone(),
        _ => compose::attachments(eml),
    };
    let files = attachments
        .iter()
        .map(|file| attached(&file.name, &file.content_type, file.size));
    [
        ("from", eml.from().to_string()),
        ("to", list(eml.to())),
        ("cc", list(eml.cc())),
        ("bcc", list(eml.bcc())),
        ("subject", eml.subject().to_owned()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .chain(files)
    .collect()
}
