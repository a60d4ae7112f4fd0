//! `send`: one message from flags or a file to Graph.

mod args;
mod dry_run;
pub(super) mod log;
mod read;

use jiff::Timestamp;
use serde_json::json;

pub(super) use args::Args;

use self::args::FormatChoice;
use super::Context;
use super::deliver::{Done, Order, deliver};
use super::error::UsageError;
use super::{session, stamp};
use crate::auth::Credential;
use crate::compose::{self, Choice, Limits};
use crate::config::{self, Account, Queue, variable};
use crate::delivery::Letter;
use crate::exit::{Class, Status};
use crate::graph::{Receipt, Sender};
use crate::message::Mailbox;
use crate::outbox::EntryId;
use crate::submission::Submission;

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Status> {
    let target = Target::of(args, context)?;
    let choice = choice(args, context)?;
    let mail = read::read(args, &target, context)?;
    let limits = Limits::of(target.cloud());
    if let Some(form) = args.dry_run {
        return dry_run::run(form, &mail, choice, &limits, &target, context);
    }
    let plan = compose::plan(&mail, choice, &limits)?;
    let submission = compose::render(&mail, &plan, context.seams.as_ref(), &limits)?;
    let (subject, to) = (mail.subject(), mail.addresses());
    drop(mail);
    context.ui.detail(&format!(
        "graphmail: sending {} bytes as {}; mailbox: {}",
        submission.body().len(),
        submission.transport(),
        target.mailbox_name(),
    ));
    let mut log = log::Log::open(context)?;
    let done = send(args, (&subject, &to), &submission, &target, context);
    log.write(&log::Line::of(&done, &submission, &target), context);
    let told = match &done? {
        Done::Accepted(receipt) => accepted(receipt, &submission, context),
        Done::Kept {
            id,
            not_before,
            why,
            hint,
        } => kept(id, *not_before, (why.as_deref(), hint.as_deref()), context),
        Done::Duplicate(at) => duplicate(*at, context),
    };
    if let Err(error) = told {
        // Any other status would have a script send the message again.
        context.ui.talk(&format!(
            "graphmail: warning: the message was accepted, but this could not be written: {error}"
        ));
    }
    Ok(Class::Success.into())
}

/// Who sends: the account, and whose mailbox.
struct Target {
    /// None only for a dry run on a host without an account.
    account: Option<Account>,
    sender: Sender,
    /// The mailbox's address, where it is known: From of MIME, and the domain of a Message-ID.
    address: Option<Mailbox>,
    cloud: crate::cloud::Cloud,
}

impl Target {
    fn of(args: &Args, context: &Context<'_>) -> anyhow::Result<Self> {
        let settings = &context.settings;
        let account = match settings.account() {
            Err(config::Error::NoAccount) if args.dry_run.is_some() => None,
            account => Some(account?),
        };
        let mailbox = session::mailbox(args.mailbox.as_deref(), account.as_ref(), context)?;
        let cloud = match &account {
            Some(account) => account.cloud.clone(),
            None => settings.cloud(&settings.file()?, None)?,
        };
        let address = mailbox
            .as_deref()
            .or_else(|| account.as_ref()?.username.as_deref())
            .and_then(|address| Mailbox::parse(address).ok());
        Ok(Self {
            account,
            sender: mailbox.map_or(Sender::Me, Sender::User),
            address,
            cloud,
        })
    }

    const fn cloud(&self) -> &crate::cloud::Cloud {
        &self.cloud
    }

    fn mailbox_name(&self) -> &str {
        match &self.sender {
            Sender::Me => "the signed-in user's",
            Sender::User(user) => user,
        }
    }

    /// Whether a person sends out of, or as, another's mailbox.
    fn is_shared(&self, from: Option<&Mailbox>) -> bool {
        let Some(account) = &self.account else {
            return false;
        };
        let own = account
            .username
            .as_deref()
            .and_then(|name| Mailbox::parse(name).ok());
        let Some(own) = own.filter(|_| account.credential == Credential::DeviceCode) else {
            return false;
        };
        let others = |mailbox: &Mailbox| mailbox.address() != own.address();
        self.address.as_ref().is_some_and(others) || from.is_some_and(others)
    }

    fn account_name(&self) -> &str {
        self.account.as_ref().map_or("-", |account| &account.name)
    }
}

/// `--format`, else its variable.
fn choice(args: &Args, context: &Context<'_>) -> anyhow::Result<Choice> {
    let given = match args.format {
        Some(given) => given,
        None => match context.settings.environment().get(variable::FORMAT) {
            Some(text) => clap::ValueEnum::from_str(&text, false).map_err(|_| {
                UsageError::new(format!(
                    "{} is {text:?}: it must be auto, json or mime",
                    variable::FORMAT
                ))
            })?,
            None => FormatChoice::Auto,
        },
    };
    Ok(match given {
        FormatChoice::Auto => Choice::Auto,
        FormatChoice::Json => Choice::Json,
        FormatChoice::Mime => Choice::Mime,
    })
}

/// Sends it, or keeps it.
fn send(
    args: &Args,
    (subject, to): (&str, &[String]),
    submission: &Submission,
    target: &Target,
    context: &Context<'_>,
) -> anyhow::Result<Done> {
    let Some(account) = &target.account else {
        return Err(config::Error::NoAccount.into());
    };
    let letter = Letter {
        account: &account.name,
        sender: &target.sender,
        graph: target.cloud.graph(),
        submission,
        subject,
        to,
        idempotency_key: args.idempotency_key.as_deref(),
        is_report: false,
    };
    let order = Order {
        account,
        letter,
        queue: queue(args, context)?,
    };
    deliver(&order, context)
}

/// `--queue`, else its variable, else the configuration.
fn queue(args: &Args, context: &Context<'_>) -> anyhow::Result<Queue> {
    let given = match args.queue {
        Some(given) => Some(given),
        None => context.settings.queue()?,
    };
    Ok(match given {
        Some(given) => given,
        None => context.settings.file()?.outbox.queue.unwrap_or_default(),
    })
}

/// Says that the outbox has it.
fn kept(
    id: &EntryId,
    not_before: Option<Timestamp>,
    (why, hint): (Option<&str>, Option<&str>),
    context: &Context<'_>,
) -> std::io::Result<()> {
    if context.ui.manner().json {
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
    context
        .ui
        .talk(&format!("graphmail: kept in the outbox as {id}{why}"));
    if let Some(hint) = hint {
        context.ui.talk(&format!("hint: {hint}"));
    }
    Ok(())
}

/// Says that its key was used before.
fn duplicate(at: Timestamp, context: &Context<'_>) -> std::io::Result<()> {
    if context.ui.manner().json {
        return context.ui.json(&json!({
            "ok": true,
            "status": "duplicate",
            "sent": stamp(at),
        }));
    }
    context.ui.talk(&format!(
        "graphmail: nothing was sent: a message was sent under this idempotency key on {}",
        stamp(at)
    ));
    Ok(())
}

/// Says that Graph has it.
fn accepted(
    receipt: &Receipt,
    submission: &Submission,
    context: &Context<'_>,
) -> std::io::Result<()> {
    let recipients = submission.recipients();
    let ui = context.ui;
    if ui.manner().json {
        ui.json(&json!({
            "ok": true,
            "status": "accepted",
            "transport": submission.transport(),
            "recipients": recipients,
            "request_id": receipt.request_id,
            "client_request_id": receipt.client_request_id,
            "message_id": submission.message_id(),
        }))?;
        return Ok(());
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
