//! `draft create`: saves a message in Drafts.

use clap::Args as ClapArgs;
use serde_json::json;

use crate::commands::report::{Failure, Result, WithContext as _};
use crate::commands::send::{Job, MessageArgs, Rendered, transfer};
use crate::commands::{Context, leftover, rights};
use crate::compose;
use crate::exit::{Class, Status};
use crate::graph::{self, Draft, Parts};
use crate::submission::Submission;
use crate::text::Visible;

/// Saves a message in Drafts without sending it
///
/// The flags are those of `send`, except --no-save: a sent draft is always saved in Sent Items.
/// Recipients are optional and can be added later. The time of --at is saved in the draft and takes
/// effect when the draft is sent.
///
/// Prints two lines, quoted for a shell: the draft's id, and the URL that opens it in Outlook. After an
/// error or Ctrl-C, no draft is left.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    message: MessageArgs,
}

const EXAMPLES: &str = "Examples:
  graphmail draft create --to ops@example.com --subject Report \\
      --html-file report.html --attach report.pdf
  graphmail draft create --subject 'To be addressed' --body-file text.txt
  graphmail draft create --mime message.eml";

const UNMADE: &str = "the draft was not created";

pub(super) fn run(args: &Args, mailbox: Option<&str>, context: &Context<'_>) -> Result<Status> {
    let job = Job::from_args(&args.message, mailbox, context)?;
    if let Some(form) = args.message.dry_run {
        return job.dry_run(form, compose::plan_draft, context);
    }
    let Rendered {
        submission, target, ..
    } = job.render(compose::plan_draft, context)?;
    let Submission::Staged {
        draft,
        uploads,
        message_id,
        ..
    } = &submission
    else {
        return Err(Failure::bug("the plan of a draft has no draft"));
    };
    let parts = Parts {
        draft,
        uploads,
        message_id: message_id.as_deref(),
        recipients: submission.recipients(),
    };
    let made = transfer(&target, context, |graph, progress| {
        graph::create_draft(graph, &target.sender, parts, progress)
    })?;
    let draft = made.or_else(|error| {
        let missing = rights::missing(&error);
        let error = Failure::from(error).context(UNMADE);
        let error = match missing {
            Some(permission) => target.rights(context)?.explain(permission, error),
            None => error,
        };
        let account = target.account()?;
        Err(leftover::explain(error, account, &target.sender))
    })?;
    created(&draft, &submission, context)
        .with_context(|| format!("the draft {} was created, but writing this", draft.id))?;
    Ok(Class::Success.into())
}

/// Prints the draft's id and URL.
fn created(draft: &Draft, submission: &Submission, context: &Context<'_>) -> std::io::Result<()> {
    let ui = context.ui;
    if ui.output_options().json {
        return ui.json(&json!({
            "ok": true,
            "status": "draft",
            "id": draft.id.as_str(),
            "web_link": draft.web_link,
            "message_id": draft.message_id.as_deref().or(submission.message_id()),
            "recipients": submission.recipients().len(),
        }));
    }
    let lines = [Some(draft.id.as_str()), draft.web_link.as_deref()];
    ui.data(&Visible::lines(lines.into_iter().flatten()))?;
    ui.success("graphmail: saved in Drafts");
    Ok(())
}
