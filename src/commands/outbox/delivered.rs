//! `outbox show` of an entry that was sent: its copy in Sent Items, and a report that it was not delivered.

use std::fmt::Display;
use std::time::Duration;

use serde_json::json;

use super::show;
use crate::access::{LOOKUP, LOOKUPS, READS};
use crate::commands::error::{Bounced, DeliveryError};
use crate::commands::report::{Failure, Result};
use crate::commands::rights::AccountPermissions;
use crate::commands::send::wait;
use crate::commands::{Context, deliver, stamp};
use crate::delivery;
use crate::exit::{Class, Status};
use crate::graph::{Sender, SentCopy};
use crate::message::FailedRecipient;
use crate::outbox::{Delivered, Entry, EntryId};
use crate::text::Visible;

/// What was found, or why nothing could be looked for.
struct Looked {
    copy: Result<Option<SentCopy>, String>,
    bounced: Result<Option<Bounced>, String>,
}

/// Why the message of an entry that was sent cannot be printed, and where it is.
pub(super) fn no_message(id: EntryId, sent: &Delivered, context: &Context<'_>) -> DeliveryError {
    let place = match found(sent, context).copy {
        Ok(Some(SentCopy { id, web_link: None })) => format!("its copy in Sent Items is {id}"),
        Ok(Some(SentCopy {
            id,
            web_link: Some(link),
        })) => format!("its copy in Sent Items is {id}, {link}"),
        Ok(None) => "its copy is not in Sent Items".to_owned(),
        Err(why) => format!("its copy in Sent Items is not known: {why}"),
    };
    DeliveryError::WasSent(id, sent.at, place)
}

pub(super) fn show(id: &EntryId, sent: &Delivered, context: &Context<'_>) -> Result<Status> {
    let Looked { copy, bounced } = found(sent, context);
    let class = match &bounced {
        Ok(Some(_)) => Class::Refused,
        _ => Class::Success,
    };
    // How the attempts before ended does not matter any more.
    let entry = &Entry {
        not_before: None,
        last_error: None,
        inquiry: None,
        ..sent.entry.clone()
    };
    let state = show::SENT;
    if context.ui.output_options().json {
        let error = bounced.as_ref().ok().and_then(Option::as_ref);
        let error = error.map(ToString::to_string);
        let mut value = show::entry_json(id, state, entry);
        if let Some(value) = value.as_object_mut() {
            value.insert("sent".to_owned(), json!(stamp(sent.at)));
            let fields =
                |copy: &SentCopy| json!({"id": copy.id.as_str(), "web_link": copy.web_link});
            let found = |copy: &Option<SentCopy>| copy.as_ref().map(fields);
            value.insert("copy".to_owned(), json!(copy.as_ref().ok().and_then(found)));
            value.insert("copy_error".to_owned(), json!(copy.err()));
            let failed = bounced.as_ref().ok().and_then(Option::as_ref);
            let failed = failed.map(Bounced::recipients);
            value.insert("failed_recipients".to_owned(), json!(failed));
            value.insert("report_error".to_owned(), json!(bounced.err()));
        }
        let mut json =
            json!({"ok": class == Class::Success, "exit": class.number(), "entry": value});
        if let (Some(error), Some(json)) = (error, json.as_object_mut()) {
            let (name, exit) = (class.name(), class.number());
            let error = json!({"class": name, "exit": exit, "message": error});
            json.insert("error".to_owned(), error);
        }
        context.ui.json(&json)?;
        return Ok(class.into());
    }
    let mut lines = show::as_text(id, state, entry);
    lines.push(format!("sent: {}", stamp(sent.at)));
    lines.push(match &copy {
        Ok(Some(copy)) => format!("copy: {}", copy.id),
        Ok(None) => "copy: not in Sent Items".to_owned(),
        Err(why) => format!("copy: not known: {why}"),
    });
    let link = copy.ok().flatten().and_then(|copy| copy.web_link);
    lines.extend(link.map(|link| format!("web link: {link}")));
    match bounced {
        Ok(None) => lines.push("report: none in the inbox".to_owned()),
        Err(why) => lines.push(format!("report: not known: {why}")),
        Ok(Some(bounced)) => {
            let line = |failed: &FailedRecipient| format!("not delivered: {failed}");
            lines.extend(bounced.failed.iter().map(line));
        }
    }
    context.ui.data(&Visible::lines(lines))?;
    Ok(class.into())
}

/// What is found, or why nothing can be.
fn found(sent: &Delivered, context: &Context<'_>) -> Looked {
    look(sent, context).unwrap_or_else(|error| {
        let why = error.words();
        Looked {
            copy: Err(why.clone()),
            bounced: Err(why),
        }
    })
}

/// Looks once. Each needs a permission of its own.
fn look(sent: &Delivered, context: &Context<'_>) -> Result<Looked> {
    let entry = &sent.entry;
    let Some(search) = delivery::search_of(entry) else {
        return Err(Failure::from(std::io::Error::other(
            "the message has no Message-ID",
        )));
    };
    let account = context.settings.account_named(&entry.account)?;
    let sender = Sender::from(entry.mailbox.clone());
    let rights = AccountPermissions::of_account(&account, sender.user(), context);
    let may = |permissions: &[&str], what, advised| {
        let checked = rights.check_any(permissions, (what, advised));
        checked.map_err(|error| error.words())
    };
    let may_look = may(&LOOKUPS, "this looks in Sent Items", LOOKUP);
    let may_read = may(&READS, "this reads the inbox", rights.reading());
    deliver::with_budget(&account, &sender, context, |graph, _| Looked {
        copy: may_look
            .and_then(|()| wait::copy(search, Duration::ZERO, graph, &sender).map_err(text)),
        bounced: may_read
            .and_then(|()| wait::bounce(search, Duration::ZERO, graph, &sender).map_err(text)),
    })
}

fn text(error: impl Display) -> String {
    error.to_string()
}
