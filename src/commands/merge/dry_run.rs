//! `--dry-run`: checks all rows and shows one message, without network access.

use serde_json::json;

use super::args::Args;
use super::check::{self, Checked};
use super::error::MergeError;
use super::mailing::Mailing;
use super::template::Rendered;
use crate::commands::Context;
use crate::commands::report::Result;
use crate::commands::send::{DryRun, Job};
use crate::compose;
use crate::exit::Status;
use crate::message::Mail;
use crate::text::Visible;

pub(super) fn run(mailing: Mailing<'_>, form: DryRun, context: &Context<'_>) -> Result<Status> {
    let checked = check::check(&mailing, None, context)?;
    let (row, rendered) = shown(&mailing, &checked)?;
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
        let (message, class) = job.dry_run_json(planner, context)?;
        context.ui.json(&as_json(&checked, args, row, &message))?;
        return Ok(class.into());
    }
    if form == DryRun::Plan {
        context.ui.data(&as_text(&checked, data.name(), row))?;
    }
    job.dry_run(form, planner, context)
}

/// The row of --row, or the first that has a message.
fn shown(mailing: &Mailing<'_>, checked: &Checked) -> Result<(u64, Rendered)> {
    let wanted = mailing.args.run.row.or(checked.first).unwrap_or_default();
    for row in mailing.data.rows()? {
        let row = row?;
        if row.number != wanted {
            continue;
        }
        let is_sent =
            !row.is_empty() && mailing.templates.includes(&row).map_err(|fault| fault.0)?;
        if is_sent {
            let rendered = mailing.templates.message(&row);
            return Ok((wanted, rendered.map_err(|fault| fault.0)?));
        }
    }
    Err(MergeError::NoSuchRow(wanted).into())
}

fn as_text(checked: &Checked, name: &str, row: u64) -> Visible {
    let mut lines = vec![
        format!("rows         {} in {name}", checked.rows),
        format!("messages     {}", checked.new),
        format!("             {} bytes in total", checked.bytes),
    ];
    let others = [
        (checked.empty, "empty"),
        (checked.left_out, "left out by --only"),
        (checked.staged, "as drafts"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0);
    lines.extend(others.map(|(count, what)| format!("             {count} {what}")));
    lines.push(format!("message      that of row {row}"));
    Visible::lines(lines)
}

fn as_json(
    checked: &Checked,
    args: &Args,
    row: u64,
    message: &serde_json::Value,
) -> serde_json::Value {
    json!({
        "ok": message.get("ok"),
        "status": "dry-run",
        "rows": checked.rows,
        "messages": checked.new,
        "limit": args.data.limit,
        "bytes": checked.bytes,
        "empty": checked.empty,
        "left_out": checked.left_out,
        "drafts": checked.staged,
        "permissions": checked.permissions,
        "row": row,
        "message": message,
    })
}
