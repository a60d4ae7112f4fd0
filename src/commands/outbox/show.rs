//! `outbox list` and `outbox show`.

use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::access;
use crate::commands::hold::{self, Held};
use crate::commands::report::{Result, WithContext as _};
use crate::commands::table::{self, Column, Row};
use crate::commands::{Context, stamp};
use crate::exit::{Class, Status};
use crate::files::Octets;
use crate::outbox::{Answer, Entry, EntryId, Error, Inquiry, Listed, Outbox};
use crate::submission::Format;
use crate::text::Visible;

/// The columns of a list.
const COLUMNS: [Column; 8] = [
    Column::whole("ID"),
    Column::whole("STATE"),
    Column::whole("CREATED"),
    Column::whole("TRIES"),
    Column::whole("NEXT"),
    Column::text("ACCOUNT"),
    Column::text("TO"),
    Column::text("SUBJECT"),
];

/// The entries of the flag's account, or all.
fn entries(outbox: Option<&Outbox<'_>>, context: &Context<'_>) -> Result<Vec<Listed>, Error> {
    let account = context.settings.flagged_account();
    let mut entries = outbox.map_or_else(|| Ok(Vec::new()), Outbox::list)?;
    entries.retain(|listed| match (&listed.entry, account) {
        (Ok(entry), Some(account)) => entry.account == account,
        _ => true,
    });
    Ok(entries)
}

/// `mailq`: the list, and the closing line of Postfix's mailq, which monitoring programs read.
pub(super) fn mailq(outbox: Option<&Outbox<'_>>, context: &Context<'_>) -> Result<Status> {
    let status = list(outbox, context)?;
    if context.ui.output_options().json {
        return Ok(status);
    }
    let entries = entries(outbox, context)?;
    let size = |listed: &Listed| {
        listed
            .entry
            .as_ref()
            .map_or(0, |entry| entry.message.bytes())
    };
    let bytes: u64 = entries.iter().map(size).sum();
    let closing = match entries.len() {
        0 => "Mail queue is empty".to_owned(),
        1 => format!("-- {} Kbytes in 1 Request.", bytes.div_ceil(1024)),
        count => format!("-- {} Kbytes in {count} Requests.", bytes.div_ceil(1024)),
    };
    context.ui.data(&Visible::line(&closing))?;
    Ok(status)
}

pub(super) fn list(outbox: Option<&Outbox<'_>>, context: &Context<'_>) -> Result<Status> {
    let entries = entries(outbox, context)?;
    let held = hold::of_entries(&entries, context);
    let ui = context.ui;
    if ui.output_options().json {
        let entries: Vec<_> = entries.iter().map(as_json).collect();
        let held: Vec<_> = held.iter().map(Held::as_json).collect();
        ui.json(&json!({"ok": true, "entries": entries, "throttled": held}))?;
        return Ok(Class::Success.into());
    }
    let rows = entries.iter().map(|listed| as_row(listed, context));
    table::print(&COLUMNS, rows.collect(), context)?;
    for held in &held {
        ui.data(&Visible::line(&held.as_text()))?;
    }
    Ok(Class::Success.into())
}

pub(super) fn show(
    outbox: &Outbox<'_>,
    listed: Listed,
    message: bool,
    context: &Context<'_>,
) -> Result<Status> {
    let id = &listed.id;
    let ui = context.ui;
    let has_input = |entry: &Entry| entry.input.is_some();
    if message && listed.entry.as_ref().is_ok_and(has_input) {
        let mut input = outbox.input(id)?;
        let mut bytes = vec![0; Octets::CHUNK];
        loop {
            match input.read(&mut bytes).context("reading the message")? {
                0 => return Ok(Class::Success.into()),
                read => ui.raw(bytes.get(..read).unwrap_or_default())?,
            }
        }
    }
    if message {
        let body = outbox.body(id)?;
        ui.raw(&decode(body, &listed))?;
        return Ok(Class::Success.into());
    }
    if ui.output_options().json && listed.entry.is_ok() {
        ui.json(&json!({"ok": true, "entry": as_json(&listed)}))?;
        return Ok(Class::Success.into());
    }
    match &listed.entry {
        Ok(entry) => ui.data(&Visible::lines(as_text(
            &listed.id,
            listed.state.name(),
            entry,
        )))?,
        Err(_) => listed.entry.map(drop)?,
    }
    Ok(Class::Success.into())
}

/// Decodes a MIME message, which Graph takes as base64. If the format is not known, a body that is not
/// base64 is Graph's JSON and is shown unchanged.
fn decode(body: Vec<u8>, listed: &Listed) -> Vec<u8> {
    let format = listed.entry.as_ref().ok();
    match format.and_then(|entry| entry.message.format()) {
        Some(Format::Json) => body,
        Some(Format::Mime) | None => BASE64_STANDARD.decode(&body).unwrap_or(body),
    }
}

fn as_json(listed: &Listed) -> Value {
    let (id, state) = (&listed.id, listed.state.name());
    match &listed.entry {
        Err(error) => {
            let reason = reason(error);
            json!({"id": id.as_str(), "state": state, "unreadable": reason, "last_error": reason})
        }
        Ok(entry) => entry_json(id, state, entry),
    }
}

pub(super) fn entry_json(id: &EntryId, state: &str, entry: &Entry) -> Value {
    json!({
        "id": id.as_str(),
        "state": state,
        "account": entry.account,
        "mailbox": entry.mailbox,
        "created": stamp(entry.created),
        "attempts": entry.attempts,
        "not_before": entry.not_before.map(stamp),
        "to": entry.to,
        "subject": entry.subject,
        "transport": entry.message.transport(),
        "message_id": entry.message.message_id,
        "idempotency_key": entry.idempotency_key,
        "last_error": entry.last_error,
        "inquiry": entry.inquiry.as_ref().map(|inquiry| {
            json!({
                "at": stamp(inquiry.at),
                "answer": inquiry.answer.name(),
                "reason": inquiry.reason,
            })
        }),
        "leftover_drafts": entry.leftovers,
    })
}

/// Why an entry cannot be read, without its id.
pub(super) fn reason(error: &Error) -> String {
    match error {
        Error::Unreadable { reason, .. } | Error::Newer { reason, .. } => reason.clone(),
        error => error.to_string(),
    }
}

fn as_row(listed: &Listed, context: &Context<'_>) -> Row {
    let time = |at| table::time(at, context);
    let (id, state) = (listed.id.to_string(), listed.state.name().to_owned());
    let entry = match &listed.entry {
        Ok(entry) => entry,
        Err(error) => {
            return Row {
                cells: vec![id, state],
                note: Some(reason(error)),
            };
        }
    };
    let reasons = entry.last_error.iter().cloned();
    let reasons: Vec<_> = reasons
        .chain(entry.inquiry.as_ref().map(inquiry_result))
        .collect();
    Row {
        cells: vec![
            id,
            state,
            time(entry.created),
            entry.attempts.to_string(),
            entry.not_before.map_or_else(|| "-".to_owned(), time),
            entry.account.clone(),
            entry.to.join(","),
            entry.subject.clone(),
        ],
        note: (!reasons.is_empty()).then(|| reasons.join("; ")),
    }
}

/// The result of the last search for a doubtful entry's message.
pub(super) fn inquiry_result(inquiry: &Inquiry) -> String {
    let at = stamp(inquiry.at);
    match inquiry.answer {
        Answer::NotAsked => {
            let reason = inquiry.reason.as_deref();
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            format!("the mailbox could not be searched at {at}{reason}")
        }
        Answer::Denied => format!(
            "the mailbox could not be searched at {at}; that requires {}",
            access::LOOKUP
        ),
        Answer::Nameless => "the message has no Message-ID to search the mailbox for".to_owned(),
        Answer::NotInSentItems => format!("not in Sent Items at {at}"),
    }
}

/// The state of an entry that is not in the outbox any more.
pub(super) const SENT: &str = "sent";

/// The lines that show an entry.
pub(super) fn as_text(id: &EntryId, state: &str, entry: &Entry) -> Vec<String> {
    let or_none = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let rows = [
        ("id", id.to_string()),
        ("state", state.to_owned()),
        ("account", entry.account.clone()),
        (
            "mailbox",
            entry
                .mailbox
                .clone()
                .unwrap_or_else(|| "the signed-in user's".to_owned()),
        ),
        ("created", stamp(entry.created)),
        ("attempts", entry.attempts.to_string()),
        (
            "not before",
            entry.not_before.map_or_else(|| "-".to_owned(), stamp),
        ),
        ("to", entry.to.join(", ")),
        ("subject", entry.subject.clone()),
        ("transport", entry.message.transport().to_owned()),
        ("message-id", or_none(entry.message.message_id.as_deref())),
        ("key", or_none(entry.idempotency_key.as_deref())),
        ("last error", or_none(entry.last_error.as_deref())),
        (
            "asked",
            entry
                .inquiry
                .as_ref()
                .map_or_else(|| "-".to_owned(), inquiry_result),
        ),
    ];
    let leftover = |id: &String| ("leftover draft", id.clone());
    // An entry that was sent is not tried again.
    let of_next = ["not before", "last error", "asked"];
    let rows = rows
        .into_iter()
        .filter(|(name, _)| state != SENT || !of_next.contains(name));
    let rows = rows.chain(entry.leftovers.iter().map(leftover));
    rows.map(|(name, value)| format!("{name}: {value}"))
        .collect()
}
