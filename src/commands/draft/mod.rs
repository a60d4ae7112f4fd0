//! `draft`: creates, lists, sends and deletes drafts.

mod create;

use clap::{Args as ClapArgs, Subcommand};
use serde_json::json;

use super::rights::AccountPermissions;
use super::{Context, deliver, leftover, report, session};
use crate::budget::Budget;
use crate::commands::report::{Result, WithContext as _};
use crate::commands::table::{self, Column, Row};
use crate::delivery::{self, Route};
use crate::exit::{Class, Status};
use crate::graph::{self, Draft, DraftId, Graph, Sender};
use crate::interrupt;
use crate::ui::Uploads;

/// Creates, lists, sends and deletes drafts
///
/// Drafts need the permission Mail.ReadWrite: graphmail login --scopes send+drafts.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
    /// The mailbox: an address or an id [default: the account's mailbox]
    #[arg(long, global = true, value_name = "USER")]
    mailbox: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Create(Box<create::Args>),
    #[command(flatten)]
    There(There),
}

/// Commands for existing drafts.
#[derive(Debug, Subcommand)]
enum There {
    /// Lists all drafts, newest first: id, creation time, recipients, subject
    ///
    /// A draft left by a killed `send` may be incomplete. Delete it and send the message again.
    List,
    /// Sends a draft; if that fails, the draft stays in Drafts
    ///
    /// The draft is sent unchanged. A draft left by a killed `send` may be incomplete.
    Send {
        /// The draft's id, as `list` shows it
        #[arg(value_parser = DraftId::typed)]
        id: DraftId,
    },
    /// Moves a draft to Deleted Items; refuses a message that is not a draft
    Delete {
        /// The draft's id, as `list` shows it
        #[arg(value_parser = DraftId::typed)]
        id: DraftId,
    },
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let mailbox = args.mailbox.as_deref();
    match &args.verb {
        Verb::Create(args) => create::run(args, mailbox, context),
        Verb::There(verb) => run_there(verb, mailbox, context),
    }
}

fn run_there(verb: &There, mailbox: Option<&str>, context: &Context<'_>) -> Result<Status> {
    let account = context.settings.account()?;
    let mailbox = session::mailbox(mailbox, Some(&account), context)?;
    let rights = AccountPermissions::of_account(&account, mailbox.as_deref(), context);
    rights.check(verb.permissions())?;
    let sender = Sender::from(mailbox);
    let done = match verb {
        There::List => deliver::with_budget(&account, &sender, context, |graph, _| {
            list(graph, &sender, context)
        })?,
        There::Send { id } => deliver::with_budget(&account, &sender, context, |graph, budget| {
            send(graph, &sender, id, budget, context)
        })?,
        There::Delete { id } => deliver::with_budget(&account, &sender, context, |graph, _| {
            delete(graph, &sender, id, context)
        })?,
    };
    done.map_err(|error| {
        let denied = error.downcast_ref().is_some_and(graph::Error::is_denied);
        let error = match verb.permissions().first().filter(|_| denied) {
            Some(permission) => rights.explain(permission, error),
            None => error,
        };
        match leftover::mailbox_option(&account, &sender) {
            Some(user) => error.in_mailbox(user),
            None => error,
        }
    })
}

impl There {
    /// The Graph permissions that the command needs (Graph: "List messages", "message: send", "Delete
    /// message").
    const fn permissions(&self) -> &'static [&'static str] {
        match self {
            Self::List | Self::Delete { .. } => &["Mail.ReadWrite"],
            Self::Send { .. } => &["Mail.Send"],
        }
    }
}

/// The columns of a list.
const COLUMNS: [Column; 4] = [
    Column::whole("ID"),
    Column::whole("CREATED"),
    Column::text("TO"),
    Column::text("SUBJECT"),
];

fn list(graph: &mut Graph<'_>, sender: &Sender, context: &Context<'_>) -> Result<Status> {
    let drafts = graph::list_drafts(graph, sender)?;
    let ui = context.ui;
    if ui.output_options().json {
        let drafts: Vec<_> = drafts.iter().map(as_json).collect();
        ui.json(&json!({"ok": true, "drafts": drafts}))?;
        return Ok(Class::Success.into());
    }
    let rows = drafts.iter().map(|draft| as_row(draft, context));
    table::print(&COLUMNS, rows.collect(), context)?;
    Ok(Class::Success.into())
}

fn as_json(draft: &Draft) -> serde_json::Value {
    json!({
        "id": draft.id.as_str(),
        "created": draft.created.map(|at| at.to_string()),
        "to": draft.to,
        "subject": draft.subject,
        "message_id": draft.message_id,
        "web_link": draft.web_link,
    })
}

fn as_row(draft: &Draft, context: &Context<'_>) -> Row {
    let created = draft.created;
    let created = created.map_or_else(|| "-".to_owned(), |at| table::time(at, context));
    let subject = draft.subject.as_deref().unwrap_or_default();
    let to = match draft.to.as_slice() {
        [] => "-".to_owned(),
        to => to.join(", "),
    };
    Row {
        cells: vec![draft.id.to_string(), created, to, subject.to_owned()],
        note: None,
    }
}

fn send(
    graph: &mut Graph<'_>,
    sender: &Sender,
    id: &DraftId,
    budget: Option<&Budget<'_>>,
    context: &Context<'_>,
) -> Result<Status> {
    let stop = interrupt::flag().context("listening for Ctrl-C")?;
    let mut route = Route {
        graph,
        sender,
        budget,
        progress: &mut Uploads::new(context.ui, stop),
        warnings: Vec::new(),
    };
    let receipt = delivery::send_draft(&mut route, id).map_err(|error| {
        let has_bad_recipients = matches!(&error, delivery::Error::Graph(error)
            if error.answer().is_some_and(|it| it.code.as_deref() == Some("ErrorInvalidRecipients")));
        let error = deliver::unsent("the draft", error);
        if has_bad_recipients {
            return error.advised(
                report::Advice::from(report::Command::DraftList(None))
                    .then("add a recipient in Outlook, or create the draft again with --to")
                    .because("the draft has no recipient, or an invalid one"),
            );
        }
        error
    })?;
    if context.ui.output_options().json {
        context.ui.json(&json!({
            "ok": true,
            "status": "accepted",
            "transport": "draft",
            "id": id.as_str(),
            "request_id": receipt.request_id,
            "client_request_id": receipt.client_request_id,
        }))?;
    } else {
        context.ui.success("graphmail: accepted");
    }
    Ok(Class::Success.into())
}

fn delete(
    graph: &mut Graph<'_>,
    sender: &Sender,
    id: &DraftId,
    context: &Context<'_>,
) -> Result<Status> {
    let was_there = graph::delete_checked(graph, sender, id)?;
    if context.ui.output_options().json {
        context
            .ui
            .json(&json!({"ok": true, "id": id.as_str(), "deleted": was_there}))?;
    } else if was_there {
        context.ui.success("graphmail: deleted the draft");
    } else {
        context.ui.info("graphmail: the draft no longer exists");
    }
    Ok(Class::Success.into())
}
