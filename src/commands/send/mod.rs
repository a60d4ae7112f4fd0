//! `send`: one message from flags or a file to Graph.

mod args;
mod dry_run;
pub(super) mod log;
pub(super) mod read;
mod target;

use jiff::Timestamp;
use serde_json::json;

pub(super) use args::{Args, DryRun, MessageArgs};
pub(super) use target::Target;

use self::args::FormatChoice;
use super::Context;
use super::deliver::{deliver, keep};
use super::error::UsageError;
use super::{leftover, report, rights, session, stamp};
use crate::commands::report::{Result, Run, Situation, WithContext as _};
use crate::compose::{self, Choice, Limits, Plan};
use crate::config::variable;
use crate::delivery::{self, Delivered};
use crate::exit::{Class, Status};
use crate::graph::{self, Graph, Progress, Receipt};
use crate::interrupt;
use crate::message::{Eml, Mail};
use crate::outbox::{Entry, EntryId, Queue};
use crate::submission::Submission;
use crate::ui::Uploads;

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let mut job = Job::from_args(&args.message, args.mailbox.as_deref(), context)?;
    if let Mail::Composed(message) = &mut job.mail {
        message.save = !args.no_save;
    }
    if let Some(form) = args.message.dry_run {
        return job.dry_run(form, compose::plan, context);
    }
    let options = SendOptions {
        queue: queue(args.queue, Queue::default(), context)?,
        keep_only: false,
        idempotency_key: args.idempotency_key.as_deref(),
    };
    let (done, rendered) = job.send(&options, context)?;
    let printed = match &done {
        Delivered::Accepted(receipt) => accepted(receipt, &rendered.submission, context),
        Delivered::Kept {
            id,
            not_before,
            error,
        } => {
            let hint = error
                .as_ref()
                .and_then(|error| rendered.hint(error, context));
            let why = error.as_ref().map(ToString::to_string);
            kept(id, *not_before, (why.as_deref(), hint.as_deref()), context)
        }
        Delivered::Duplicate(at) => duplicate(*at, context),
    };
    if let Err(error) = printed {
        // Any other status would have a script send the message again.
        context.ui.talk(&format!(
            "graphmail: warning: the message was accepted, but this could not be written: {error}"
        ));
    }
    Ok(Class::Success.into())
}

/// What is to become of a message that cannot go at once, or has gone before.
pub(super) struct SendOptions<'a> {
    pub(super) queue: Queue,
    /// It is kept, and not tried now.
    pub(super) keep_only: bool,
    pub(super) idempotency_key: Option<&'a str>,
}

/// A message in the bytes that Graph takes.
pub(super) struct Rendered {
    pub(super) submission: Submission,
    pub(super) target: Target,
    /// The bytes of all requests together.
    total: u64,
    subject: String,
}

impl Rendered {
    /// How to fix the error of a message that is kept, for the account of this run.
    pub(super) fn hint(&self, error: &delivery::Error, context: &Context<'_>) -> Option<String> {
        let situation = Situation::of_run(Run::Uses, context);
        if let delivery::Error::Graph(error) = error {
            let rights = self.target.rights(context).ok()?;
            if let Some(advice) = rights.of_error(error) {
                return situation.line(&advice);
            }
        }
        situation.line(&report::of_kept(error))
    }
}

/// The way to a plan: [`compose::plan`], or [`compose::plan_draft`].
type Planner = fn(&Mail, Choice, &Limits) -> Result<Plan, compose::Error>;

/// A message that was read, and where it is to go.
pub(super) struct Job {
    mail: Mail,
    choice: Choice,
    limits: Limits,
    target: Target,
}

impl Job {
    /// Reads what `args` name.
    pub(super) fn from_args(
        args: &MessageArgs,
        mailbox: Option<&str>,
        context: &Context<'_>,
    ) -> Result<Self> {
        let target = Target::resolve(mailbox, args.dry_run.is_some(), context)?;
        let choice = choice(args, context)?;
        let mail = read::read(args, &target, context)?;
        Ok(Self {
            mail,
            choice,
            limits: target.limits(&context.settings)?,
            target,
        })
    }

    /// A message that a program piped in.
    pub(super) fn from_message(eml: Eml, target: Target, context: &Context<'_>) -> Result<Self> {
        Ok(Self {
            mail: Mail::Ready(eml),
            choice: Choice::Auto,
            limits: target.limits(&context.settings)?,
            target,
        })
    }

    /// From the message to Graph's acceptance, or to the outbox.
    pub(super) fn send(
        self,
        options: &SendOptions<'_>,
        context: &Context<'_>,
    ) -> Result<(Delivered, Rendered)> {
        let rendered = self.render(compose::plan, context)?;
        let Rendered {
            submission,
            target,
            total,
            ..
        } = &rendered;
        context.ui.detail(&format!(
            "graphmail: sending {total} bytes as {}; mailbox: {}",
            submission.transport(),
            target.mailbox_name(),
        ));
        let mut log = log::Log::open(context)?;
        let done = submit(&rendered, options, context);
        log.write(
            &log::Line::of_send(&done, submission, *total, target),
            context,
        );
        if matches!(done, Ok(Delivered::Accepted(_))) && context.seams.interrupted() {
            // Whoever pressed Ctrl-C was told that it stops.
            context
                .ui
                .say("graphmail: it was too late to stop: the message was sent");
        }
        Ok((done?, rendered))
    }

    /// Shows what would go out.
    pub(super) fn dry_run(
        &self,
        form: DryRun,
        planner: Planner,
        context: &Context<'_>,
    ) -> Result<Status> {
        dry_run::run(self, form, planner, context)
    }

    /// Makes the bytes, counts those of all requests together, and lets the message go.
    pub(super) fn render(self, planner: Planner, context: &Context<'_>) -> Result<Rendered> {
        let plan = planner(&self.mail, self.choice, &self.limits)?;
        if plan.staged.is_some() {
            self.target.rights(context)?.check(&plan.permissions)?;
        }
        let seams = context.seams.as_ref();
        let submission = compose::render(&self.mail, &plan, seams, &self.limits)?;
        Ok(Rendered {
            submission,
            total: plan.bytes(),
            subject: self.mail.subject(),
            target: self.target,
        })
    }
}

/// `--format`, else its variable.
fn choice(args: &MessageArgs, context: &Context<'_>) -> Result<Choice> {
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

/// Sends it, or keeps it, as `options` says.
fn submit(
    rendered: &Rendered,
    options: &SendOptions<'_>,
    context: &Context<'_>,
) -> Result<Delivered> {
    let target = &rendered.target;
    let account = target.account()?;
    let submission = &rendered.submission;
    let place = (target.sender.user(), target.cloud().graph());
    let entry = Entry {
        subject: rendered.subject.clone(),
        idempotency_key: options.idempotency_key.map(ToOwned::to_owned),
        ..Entry::new(&account.name, place, submission, context.seams.now())
    };
    if options.keep_only {
        return keep(entry, submission, context);
    }
    deliver(account, entry, (submission, options.queue), context).or_else(|error| {
        let missing = error
            .downcast_ref::<graph::Error>()
            .and_then(rights::missing);
        let error = target.rights(context)?.explain(missing, error);
        Err(leftover::explain(error, account, &target.sender))
    })
}

/// The flag, else `--queue`'s variable, else the configuration, else `usual`.
pub(super) fn queue(flag: Option<Queue>, usual: Queue, context: &Context<'_>) -> Result<Queue> {
    let given = match flag {
        Some(given) => Some(given),
        None => context.settings.queue()?,
    };
    Ok(match given {
        Some(given) => given,
        None => context.settings.file()?.outbox.queue.unwrap_or(usual),
    })
}

/// Signs in and carries a submission with `carry`; what takes long shows how far it is, and can
/// be stopped.
pub(super) fn transfer<T>(
    target: &Target,
    context: &Context<'_>,
    carry: impl FnOnce(&mut Graph<'_>, &mut dyn Progress) -> T,
) -> Result<T> {
    let stop = interrupt::flag().context("listening for Ctrl-C")?;
    let mut uploads = Uploads::new(context.ui, stop);
    let account = target.account()?;
    let done = session::with_graph(account, context, |graph| carry(graph, &mut uploads));
    Ok(done?)
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
    let line = format!("graphmail: kept in the outbox as {id}{why}");
    context.ui.talk(report::with_hint(line, hint));
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
    let recipients = submission.recipients().len();
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
