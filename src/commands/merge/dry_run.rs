//! `--dry-run`: checks all rows and shows one message, without network access.

use serde_json::json;

use super::args::Args;
use super::check::{self, CHANGED, Checked, MOST_LINES};
use super::error::MergeError;
use super::journal::Journal;
use super::mailing::Mailing;
use super::status::RowStatus;
use super::template::Rendered;
use crate::commands::Context;
use crate::commands::report::Result;
use crate::commands::send::{DryRun, Job};
use crate::compose;
use crate::exit::{Class, Status};
use crate::message::Mail;
use crate::text::Visible;

pub(super) fn run(mailing: Mailing<'_>, form: DryRun, context: &Context<'_>) -> Result<Status> {
    let journal = Journal::look(&mailing, context)?;
    let checked = check::check(&mailing, journal.as_ref(), context)?;
    for row in checked.changed.iter().take(MOST_LINES) {
        let line = format!("graphmail: row {row} changed: {CHANGED}");
        context.ui.always(&line);
    }
    let class = match checked.changed.is_empty() {
        true => Class::Success,
        false => Class::Message,
    };
    let Some(row) = mailing.args.run.row.or(checked.first) else {
        return nothing_new(&mailing, &checked, (form, class), context);
    };
    let rendered = shown(&mailing, row)?;
    let mail = Mail::Composed(Box::new(mailing.message(&rendered, context)?));
    let Mailing {
        args,
        data,
        target,
        choice,
        limits,
        ..
    } = mailing;
    let job = Job::new(mail, choice, limits, target);
    let planner = match args.run.draft {
        true => compose::plan_draft,
        false => compose::plan,
    };
    if context.ui.output_options().json {
        let (message, of_message) = job.dry_run_json(planner, context)?;
        let class = if class == Class::Success {
            of_message
        } else {
            class
        };
        context
            .ui
            .json(&as_json(&checked, args, (row, &message), class))?;
        return Ok(class.into());
    }
    if form == DryRun::Plan {
        context
            .ui
            .data(&as_text(&checked, data.name(), (Some(row), args.run.draft)))?;
    }
    let status = job.dry_run(form, planner, context)?;
    Ok(if class == Class::Success {
        status
    } else {
        class.into()
    })
}

/// All rows were sent before, or are changed: there is no message to show.
fn nothing_new(
    mailing: &Mailing<'_>,
    checked: &Checked,
    (form, class): (DryRun, Class),
    context: &Context<'_>,
) -> Result<Status> {
    if context.ui.output_options().json {
        let none = (0, &serde_json::Value::Null);
        context
            .ui
            .json(&as_json(checked, mailing.args, none, class))?;
    } else if form == DryRun::Plan {
        context.ui.data(&as_text(
            checked,
            mailing.data.name(),
            (None, mailing.args.run.draft),
        ))?;
    }
    Ok(class.into())
}

/// The message of the row `wanted`.
fn shown(mailing: &Mailing<'_>, wanted: u64) -> Result<Rendered> {
    for row in mailing.data.rows()? {
        let row = row?;
        if row.number != wanted {
            continue;
        }
        if row.is_empty() {
            return Err(MergeError::NoMessageOfRow(wanted, "it is empty").into());
        }
        if !mailing.templates.includes(&row).map_err(|fault| fault.0)? {
            return Err(MergeError::NoMessageOfRow(wanted, "--only leaves it out").into());
        }
        let rendered = mailing.templates.message(&row);
        return rendered.map_err(|fault| fault.0);
    }
    Err(MergeError::NoSuchRow(wanted).into())
}

fn as_text(checked: &Checked, name: &str, (row, is_draft): (Option<u64>, bool)) -> Visible {
    let mut lines = vec![
        format!("rows         {} in {name}", checked.rows),
        format!("messages     {}", checked.new),
        format!("             {} bytes in total", checked.bytes),
    ];
    let others = [
        (checked.sent_before, RowStatus::SentBefore.words(is_draft)),
        (checked.doubtful, "that may have been sent before"),
        (checked.changed.len() as u64, "changed since they were sent"),
        (checked.empty, "empty"),
        (checked.left_out, "left out by --only"),
        (checked.staged, "as drafts"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0);
    lines.extend(others.map(|(count, what)| format!("             {count} {what}")));
    lines.extend(row.map(|row| format!("message      that of row {row}")));
    Visible::lines(lines)
}

fn as_json(
    checked: &Checked,
    args: &Args,
    (row, message): (u64, &serde_json::Value),
    class: Class,
) -> serde_json::Value {
    json!({
        "ok": class == Class::Success,
        "status": "dry-run",
        "rows": checked.rows,
        "messages": checked.new,
        "limit": args.data.limit,
        "bytes": checked.bytes,
        "sent_before": if args.run.draft { 0 } else { checked.sent_before },
        "saved_before": if args.run.draft { checked.sent_before } else { 0 },
        "doubtful": checked.doubtful,
        "changed": checked.changed,
        "empty": checked.empty,
        "left_out": checked.left_out,
        "drafts": checked.staged,
        "permissions": checked.permissions,
        "row": (row > 0).then_some(row),
        "message": message,
    })
}
