//! `send`: sends one message from flags or a file.

mod args;
mod dry_run;
mod input;
pub(super) mod log;
pub(super) mod read;
mod results;
mod target;
pub(super) mod texts;
pub(super) mod wait;

use self::results::{accepted, bounced, duplicate, kept};
pub(super) use args::{Args, ComposedArgs, DryRun, MessageArgs, RecipientArgs};
pub(super) use target::Target;

use super::Context;
use super::deliver::{self, deliver, keep};
use super::rights::{self, AccountPermissions};
use super::{leftover, report};
use crate::commands::report::{Failure, Result, Run, Situation, WithContext as _};
use crate::compose::{self, Choice, Limits, Plan};
use crate::config::{self, FormatChoice};
use crate::delivery::{self, Delivered};
use crate::exit::{Class, Status};
use crate::graph::{Graph, Progress};
use crate::interrupt;
use crate::message::{Eml, Mail, Mailbox};
use crate::outbox::{Entry, Queue};
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
        may_skip_outbox: false,
        idempotency_key: args.idempotency_key.as_deref(),
    };
    wait::check(&args.waiting, &job.target, context)?;
    let begun = context.seams.now();
    let (done, rendered) = job.send(&options, context)?;
    let printed = match &done {
        Delivered::Accepted(receipt) => {
            let waited = wait::wait(&args.waiting, &rendered, begun, context);
            if let Some(failed) = waited.bounced {
                return Err(bounced(failed, waited.copy, context).into());
            }
            accepted(receipt, &rendered.submission, waited.copy.as_ref(), context)
        }
        Delivered::Kept {
            id,
            not_before,
            error,
        } => {
            let why =
                format!("the message is queued; after it was sent: graphmail outbox show {id}");
            wait::skipped(&args.waiting, &why, context);
            let hint = error
                .as_ref()
                .and_then(|error| rendered.hint(error, context));
            let why = error.as_ref().map(ToString::to_string);
            kept(id, *not_before, (why.as_deref(), hint.as_deref()), context)
        }
        Delivered::Duplicate(at) => {
            let why = "a run before has sent the message";
            wait::skipped(&args.waiting, why, context);
            duplicate(*at, context)
        }
    };
    if let Err(error) = printed {
        // With another exit status, a script would send the message again.
        context.ui.info(&format!(
            "graphmail: warning: the message was accepted, but the report cannot be written: {error}"
        ));
    }
    Ok(Class::Success.into())
}

/// Queue and idempotency key of a message.
pub(super) struct SendOptions<'a> {
    pub(super) queue: Queue,
    /// Whether to only queue the message.
    pub(super) keep_only: bool,
    /// Whether to send the message without the outbox if it cannot be written there.
    pub(super) may_skip_outbox: bool,
    pub(super) idempotency_key: Option<&'a str>,
}

/// A message as the requests that Graph accepts, and where to send it.
pub(super) struct Rendered {
    pub(super) submission: Submission,
    pub(super) target: Target,
    /// The bytes of the message in all requests.
    total: u64,
    subject: String,
    from: Option<Mailbox>,
}

impl Rendered {
    /// The account's permissions for this message.
    fn rights(&self, context: &Context<'_>) -> Result<AccountPermissions<'_>, config::Error> {
        let rights = self.target.rights(context)?;
        Ok(rights.with_from(self.from.as_ref()))
    }

    /// The message's entry in the outbox.
    pub(super) fn entry(
        &self,
        key: Option<&str>,
        context: &Context<'_>,
    ) -> Result<Entry, config::Error> {
        let account = self.target.account()?;
        let place = (self.target.sender.user(), self.target.cloud().graph());
        Ok(Entry {
            subject: self.subject.clone(),
            idempotency_key: key.map(ToOwned::to_owned),
            ..Entry::new(&account.name, place, &self.submission, context.seams.now())
        })
    }

    /// The hint for the error of a queued message.
    pub(super) fn hint(&self, error: &delivery::Error, context: &Context<'_>) -> Option<String> {
        let situation = Situation::of_run(Run::Uses, context);
        situation.line(&self.rights(context).ok()?.of_kept(error))
    }
}

/// [`compose::plan`] or [`compose::plan_draft`].
type Planner = fn(&Mail, Choice, &Limits) -> Result<Plan, compose::Error>;

/// A message, and where to send it.
pub(super) struct Job {
    mail: Mail,
    choice: Choice,
    limits: Limits,
    target: Target,
}

impl Job {
    /// Reads the message that `args` describe.
    pub(super) fn from_args(
        args: &MessageArgs,
        mailbox: Option<&str>,
        context: &Context<'_>,
    ) -> Result<Self> {
        let target = Target::resolve(mailbox, args.dry_run.is_some(), context)?;
        let choice = choice(args.format, context)?;
        let mail = read::read(args, &target, context)?;
        Ok(Self {
            mail,
            choice,
            limits: target.limits(&context.settings)?,
            target,
        })
    }

    /// A job for a message.
    pub(super) const fn new(mail: Mail, choice: Choice, limits: Limits, target: Target) -> Self {
        Self {
            mail,
            choice,
            limits,
            target,
        }
    }

    /// A job for a ready message.
    pub(super) fn from_message(eml: Eml, target: Target, context: &Context<'_>) -> Result<Self> {
        Ok(Self {
            mail: Mail::Ready(Box::new(eml)),
            choice: Choice::Auto,
            limits: target.limits(&context.settings)?,
            target,
        })
    }

    /// Sends the message, or queues it.
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
            // On Ctrl-C, graphmail reported that it stops.
            context
                .ui
                .always("graphmail: too late to stop: the message was sent");
        }
        Ok((done?, rendered))
    }

    /// Shows what would be sent.
    pub(super) fn dry_run(
        &self,
        form: DryRun,
        planner: Planner,
        context: &Context<'_>,
    ) -> Result<Status> {
        dry_run::run(self, form, planner, context)
    }

    /// What would be sent, as JSON, and the exit class that sending would have.
    pub(super) fn dry_run_json(
        &self,
        planner: Planner,
        context: &Context<'_>,
    ) -> Result<(serde_json::Value, Class)> {
        dry_run::json(self, DryRun::Plan, planner, context)
    }

    fn plan(&self, planner: Planner, choice: Choice) -> Result<Plan> {
        let plan = planner(&self.mail, choice, &self.limits);
        plan.map_err(|error| match (&self.mail, &error) {
            (Mail::Ready(_), compose::Error::NoRecipients) => {
                let failure = Failure::from(error);
                let advice = failure.advice().clone().or(report::COMPLETES);
                failure.advised(advice)
            }
            _ => error.into(),
        })
    }

    /// Makes the requests. Drops the message itself to free its memory.
    pub(super) fn render(self, planner: Planner, context: &Context<'_>) -> Result<Rendered> {
        let plan = self.plan(planner, self.choice)?;
        read::warn(&self.mail, context);
        if plan.staged.is_some() {
            // From may be another address of the mailbox itself: only Graph knows.
            self.target.rights(context)?.check(&plan.permissions)?;
        }
        let seams = context.seams.as_ref();
        let submission = compose::render(&self.mail, &plan, seams, &self.limits)?;
        Ok(Rendered {
            submission,
            total: plan.bytes(),
            subject: self.mail.subject(),
            from: self.mail.from().cloned(),
            target: self.target,
        })
    }
}

/// `--format`, else `GRAPHMAIL_FORMAT`.
pub(super) fn choice(
    flag: Option<FormatChoice>,
    context: &Context<'_>,
) -> Result<Choice, config::Error> {
    let given = match flag {
        Some(given) => given,
        None => context.settings.format()?.unwrap_or(FormatChoice::Auto),
    };
    Ok(match given {
        FormatChoice::Auto => Choice::Auto,
        FormatChoice::Json => Choice::Json,
        FormatChoice::Mime => Choice::Mime,
    })
}

/// Sends or queues the message, according to `options`.
fn submit(
    rendered: &Rendered,
    options: &SendOptions<'_>,
    context: &Context<'_>,
) -> Result<Delivered> {
    let target = &rendered.target;
    let account = target.account()?;
    let submission = &rendered.submission;
    let entry = rendered.entry(options.idempotency_key, context)?;
    // Without a folder for the outbox, `deliver` warns and sends.
    let has_folder = context.settings.lacking_folder().is_none();
    if options.keep_only && (has_folder || !options.may_skip_outbox) {
        match keep(entry.clone(), submission, context) {
            Err(_) if options.may_skip_outbox => {}
            kept => return kept,
        }
    }
    let how = (submission, options.queue, options.may_skip_outbox);
    deliver(account, entry, how, context).or_else(|error| {
        let missing = error.downcast_ref().and_then(rights::missing);
        let error = match missing {
            Some(permission) => rendered.rights(context)?.explain(permission, error),
            None => error,
        };
        Err(leftover::explain(error, account, &target.sender))
    })
}

/// The flag, else `GRAPHMAIL_QUEUE`, else the configuration, else `usual`.
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

/// Signs in and calls `carry`, with a progress display and with Ctrl-C as a request to stop.
pub(super) fn transfer<T>(
    target: &Target,
    context: &Context<'_>,
    carry: impl FnOnce(&mut Graph<'_>, &mut dyn Progress) -> T,
) -> Result<T> {
    let stop = interrupt::flag().context("listening for Ctrl-C")?;
    let mut uploads = Uploads::new(context.ui, stop);
    let account = target.account()?;
    deliver::with_budget(account, &target.sender, context, |graph, _| {
        carry(graph, &mut uploads)
    })
}
