//! Prints the messages that a sandbox accepted.

use jiff::tz::TimeZone;
use serde_json::json;

use crate::commands::Context;
use crate::commands::report::Result;
use crate::exit::Status;
use crate::sandbox::{Accepted, Attachment, Sandbox, Transport};
use crate::text::Visible;

/// Prints every accepted message, and the reasons why the service would refuse others.
pub(super) fn captured(sandbox: &Sandbox, status: Status, context: &Context<'_>) -> Result<()> {
    let accepted = sandbox.accepted();
    let complaints = sandbox.complaints();
    let ui = context.ui;
    if ui.output_options().json {
        let messages: Vec<_> = accepted.iter().map(Accepted::record).collect();
        ui.json(&json!({
            "ok": status.number() == 0,
            "status": status.number(),
            "accepted": messages,
            "complaints": complaints,
        }))?;
        return Ok(());
    }
    let zone = context.seams.time_zone();
    for message in &accepted {
        ui.data(&as_text(message, &zone))?;
    }
    let count = match accepted.len() {
        0 => "no message was accepted".to_owned(),
        1 => "1 message was accepted".to_owned(),
        many => format!("{many} messages were accepted"),
    };
    ui.info(&format!("graphmail: sandbox: {count}"));
    for complaint in complaints {
        ui.info(&format!("graphmail: sandbox: {complaint}"));
    }
    Ok(())
}

fn as_text(message: &Accepted, zone: &TimeZone) -> Visible {
    let transport = match message.transport {
        Transport::Json => "JSON",
        Transport::Mime => "MIME",
        Transport::Draft => "a draft",
    };
    let kept = if message.saved {
        ""
    } else {
        ", no copy in Sent Items"
    };
    let mut lines = vec![format!(
        "Message {} (as {transport}, out of {}{kept})",
        message.number, message.mailbox
    )];
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            lines.push(format!("  {name:12} {value}"));
        }
    };
    line("From", &message.from);
    line("To", &message.to.join(", "));
    line("Cc", &message.cc.join(", "));
    line("Bcc", &message.bcc.join(", "));
    line("Subject", &message.subject);
    for (name, value) in marks(message, zone) {
        line(name, &value);
    }
    for attachment in &message.attachments {
        line("Attachment", &described(attachment));
    }
    for fault in &message.broken {
        line("Broken", fault);
    }
    for bounce in &message.bounced {
        line(
            "Bounced",
            &format!("{}: {}", bounce.recipient, bounce.answer),
        );
    }
    let body = message.text();
    if !body.is_empty() {
        lines.push(String::new());
        lines.extend(body.lines().map(|row| format!("  {row}")));
    }
    lines.push(String::new());
    Visible::lines(lines)
}

/// What is special about a message. The values of the others are empty.
fn marks(message: &Accepted, zone: &TimeZone) -> [(&'static str, String); 6] {
    let importance = Some(message.importance()).filter(|importance| *importance != "normal");
    let due = message.due().map(|due| format!(", due {due}"));
    let flag = match message.is_flagged() {
        true => format!("flagged{}", due.unwrap_or_default()),
        false => String::new(),
    };
    let deferred = message.deferred().map(|until| {
        let until = until.to_zoned(zone.clone());
        until.strftime("until %F %R %Z").to_string()
    });
    [
        ("Importance", importance.unwrap_or_default().to_owned()),
        (
            "Sensitivity",
            message.sensitivity().unwrap_or_default().to_owned(),
        ),
        ("Flag", flag),
        ("Receipts", message.receipts().join(", ")),
        ("Categories", message.categories().join(", ")),
        ("Deferred", deferred.unwrap_or_default()),
    ]
}

fn described(attachment: &Attachment) -> String {
    let word = |text: &str, otherwise: &str| match text {
        "" => otherwise.to_owned(),
        text => text.to_owned(),
    };
    format!(
        "{} ({}, {} bytes)",
        word(&attachment.name, "without a name"),
        word(&attachment.content_type, "of no type"),
        attachment.contents.size(),
    )
}
