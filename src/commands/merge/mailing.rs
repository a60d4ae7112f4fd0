//! What all rows of a run have in common, and how a row becomes requests.

use super::args::Args;
use super::data::Data;
use super::template::{Rendered, Templates};
use crate::commands::Context;
use crate::commands::report::Result;
use crate::commands::send::{self, Target, read};
use crate::compose::{self, Choice, Limits, Plan};
use crate::message::{Mail, Message};
use crate::submission::Submission;

/// What all rows of a run have in common.
pub(super) struct Mailing<'a> {
    pub(super) args: &'a Args,
    pub(super) templates: Templates<'a>,
    pub(super) data: Data<'a>,
    pub(super) target: Target,
    pub(super) choice: Choice,
    pub(super) limits: Limits,
}

impl<'a> Mailing<'a> {
    pub(super) fn open(args: &'a Args, context: &Context<'_>) -> Result<Self> {
        let is_dry = args.run.dry_run.is_some();
        let target = Target::resolve(args.run.mailbox.as_deref(), is_dry, context)?;
        Ok(Self {
            templates: Templates::compile(args, context)?,
            data: Data::read(&args.data, context)?,
            choice: send::choice(args.run.format, context)?,
            limits: target.limits(&context.settings)?,
            target,
            args,
        })
    }

    /// The message of a row.
    pub(super) fn message(&self, rendered: &Rendered, context: &Context<'_>) -> Result<Message> {
        let flags = (&rendered.recipients, &rendered.composed);
        let mut message = read::compose(flags, rendered.body.clone(), &self.target, context)?;
        message.save = !self.args.no_save;
        Ok(message)
    }

    pub(super) fn plan(&self, mail: &Mail) -> Result<Plan, compose::Error> {
        let planner = match self.args.run.draft {
            true => compose::plan_draft,
            false => compose::plan,
        };
        planner(mail, self.choice, &self.limits)
    }

    /// The requests of a row's message.
    pub(super) fn submission(
        &self,
        rendered: &Rendered,
        context: &Context<'_>,
    ) -> Result<Submission> {
        let mail = Mail::Composed(Box::new(self.message(rendered, context)?));
        let plan = self.plan(&mail)?;
        let seams = context.seams.as_ref();
        Ok(compose::render(&mail, &plan, seams, &self.limits)?)
    }
}
