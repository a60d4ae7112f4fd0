//! `send`: one message from flags or a file to Graph.

mod args;
mod dry_run;
mod log;
mod read;
mod target;

use anyhow::Context as _;
use serde_json::json;

pub(super) use args::{Args, DryRun, MessageArgs};
pub(super) use target::Target;

use self::args::FormatChoice;
use super::Context;
use super::error::UsageError;
use super::{report, rights, session};
use crate::compose::{self, Choice, Limits, Plan};
use crate::config::variable;
use crate::exit::{Class, Status};
use crate::graph::{Graph, Progress, Receipt, submit as to_graph};
use crate::interrupt;
use crate::message::{Eml, Mail};
use crate::submission::Submission;
use crate::ui::Uploads;

pub(super) fn run(args: &Args, context: &mut Context<'_>) -> anyhow::Result<Status> {
    let mut job = Job::of(&args.message, args.mailbox.as_deref(), context)?;
    if let Mail::Composed(message) = &mut job.mail {
        message.save = !args.no_save;
    }
    if let Some(form) = args.message.dry_run {
        return job.dry_run(form, compose::plan, context);
    }
    let (receipt, submission) = job.send(context)?;
    if let Err(error) = accepted(&receipt, &submission, context) {
        // Any other status would have a script send the message again.
        context.ui.talk(&format!(
            "graphmail: warning: the message was accepted, but this could not be written: {error}"
        ));
    }
    Ok(Class::Success.into())
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
    pub(super) fn of(
        args: &MessageArgs,
        mailbox: Option<&str>,
        context: &mut Context<'_>,
    ) -> anyhow::Result<Self> {
        let target = Target::of(mailbox, args.dry_run.is_some(), context)?;
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
    pub(super) fn piped(eml: Eml, target: Target, context: &Context<'_>) -> anyhow::Result<Self> {
        Ok(Self {
            mail: Mail::Ready(eml),
            choice: Choice::Auto,
            limits: target.limits(&context.settings)?,
            target,
        })
    }

    /// From the message to Graph's acceptance.
    pub(super) fn send(self, context: &Context<'_>) -> anyhow::Result<(Receipt, Submission)> {
        let (submission, target, total) = self.render(compose::plan, context)?;
        context.ui.detail(&format!(
            "graphmail: sending {total} bytes as {}; mailbox: {}",
            submission.transport(),
            target.mailbox_name(),
        ));
        let mut log = log::Log::open(context)?;
        let sent = submit(&submission, &target, context);
        log.write(&sent, &submission, total, &target, context);
        Ok((sent?, submission))
    }

    /// Shows what would go out.
    pub(super) fn dry_run(
        &self,
        form: DryRun,
        planner: Planner,
        context: &Context<'_>,
    ) -> anyhow::Result<Status> {
        dry_run::run(self, form, planner, context)
    }

    /// Makes the bytes, counts those of all requests together, and lets the message go.
    pub(super) fn render(
        self,
        planner: Planner,
        context: &Context<'_>,
    ) -> anyhow::Result<(Submission, Target, u64)> {
        let plan = planner(&self.mail, self.choice, &self.limits)?;
        if matches!(plan, Plan::Staged { .. }) {
            self.target.rights(context)?.check(plan.permissions())?;
        }
        let seams = context.seams.as_ref();
        let submission = compose::render(&self.mail, &plan, seams, &self.limits)?;
        let total = match &plan {
            Plan::Direct { .. } => submission.body().len() as u64,
            Plan::Staged { total, .. } => *total,
        };
        Ok((submission, self.target, total))
    }
}

/// `--format`, else its variable.
fn choice(args: &MessageArgs, context: &Context<'_>) -> anyhow::Result<Choice> {
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

/// Signs in and sends, once.
fn submit(
    submission: &Submission,
    target: &Target,
    context: &Context<'_>,
) -> anyhow::Result<Receipt> {
    let sent = transfer(submission, target, context, |graph, progress| {
        to_graph(graph, &target.sender, submission, progress)
    })?;
    sent.or_else(|error| {
        let missing = rights::missing(&error);
        let error = report::unsent("the message", error);
        Err(target.rights(context)?.explain(missing, error))
    })
}

/// Signs in and carries the submission with `carry`; what takes long shows how far it is, and can
/// be stopped.
pub(super) fn transfer<T>(
    submission: &Submission,
    target: &Target,
    context: &Context<'_>,
    carry: impl FnOnce(&mut Graph<'_>, &mut dyn Progress) -> T,
) -> anyhow::Result<T> {
    let mut uploads = match submission {
        Submission::Direct { .. } => None,
        Submission::Staged { .. } => {
            let stop = interrupt::flag().context("listening for Ctrl-C")?;
            Some(Uploads::new(context.ui, stop))
        }
    };
    let account = target.account()?;
    Ok(session::with_graph(
        account,
        context,
        |graph| match &mut uploads {
            None => carry(graph, &mut ()),
            Some(uploads) => carry(graph, uploads),
        },
    )?)
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
