//! What `send` prints about its message.

use jiff::Timestamp;
use serde_json::json;

use crate::commands::error::Bounced;
use crate::commands::{Context, report, stamp};
use crate::graph::{Receipt, SentCopy};
use crate::outbox::EntryId;
use crate::submission::Submission;
use crate::text::Visible;

/// Reports that the message is in the outbox.
pub(super) fn kept(
    id: &EntryId,
    not_before: Option<Timestamp>,
    (why, hint): (Option<&str>, Option<&str>),
    context: &Context<'_>,
) -> std::io::Result<()> {
    if context.ui.output_options().json {
        return context.ui.json(&json!({
            "ok": true,
            "status": "kept",
            "id": id.as_str(),
            "not_before": not_before.map(stamp),
            "reason": why,
            "hint": hint,
        }));
    }
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    let line = format!("graphmail: queued in the outbox as {id}{why}");
    context.ui.info(report::with_hint(line, hint));
    Ok(())
}

/// Reports that the idempotency key was used before.
pub(super) fn duplicate(at: Timestamp, context: &Context<'_>) -> std::io::Result<()> {
    if context.ui.output_options().json {
        return context.ui.json(&json!({
            "ok": true,
            "status": "duplicate",
            "sent": stamp(at),
        }));
    }
    context.ui.info(&format!(
        "graphmail: nothing was sent: a message with this idempotency key was sent on {}",
        stamp(at)
    ));
    Ok(())
}

/// What is printed of the copy in Sent Items.
fn lines(copy: &SentCopy, message_id: Option<&str>) -> Visible {
    let lines = [Some(copy.id.as_str()), message_id, copy.web_link.as_deref()];
    Visible::lines(lines.into_iter().flatten())
}

/// Prints the copy of a message that was not delivered to a recipient. With `--json` it is part of the error.
pub(super) fn bounced(bounced: Bounced, copy: Option<SentCopy>, context: &Context<'_>) -> Bounced {
    if let Some(copy) = &copy
        && !context.ui.output_options().json
    {
        // The error is reported in any case.
        drop(context.ui.data(&lines(copy, Some(&bounced.message_id))));
    }
    Bounced { copy, ..bounced }
}

/// Reports that Graph has accepted the message.
pub(super) fn accepted(
    receipt: &Receipt,
    submission: &Submission,
    copy: Option<&SentCopy>,
    context: &Context<'_>,
) -> std::io::Result<()> {
    let recipients = submission.recipients().len();
    let ui = context.ui;
    if ui.output_options().json {
        let mut value = json!({
            "ok": true,
            "status": "accepted",
            "transport": submission.transport(),
            "recipients": recipients,
            "request_id": receipt.request_id,
            "client_request_id": receipt.client_request_id,
            "message_id": submission.message_id(),
        });
        if let (Some(copy), Some(value)) = (copy, value.as_object_mut()) {
            value.insert("id".to_owned(), json!(copy.id.as_str()));
            value.insert("web_link".to_owned(), json!(copy.web_link));
        }
        return ui.json(&value);
    }
    if let Some(copy) = copy {
        ui.data(&lines(copy, submission.message_id()))?;
    }
    let unit = if recipients == 1 {
        "recipient"
    } else {
        "recipients"
    };
    ui.success(&format!("graphmail: accepted for {recipients} {unit}"));
    ui.detail(&format!(
        "graphmail: request-id {}, client-request-id {}, message-id {}",
        receipt.request_id.as_deref().unwrap_or("none"),
        receipt.client_request_id,
        submission.message_id().unwrap_or("chosen by the service"),
    ));
    Ok(())
}
