//! `--wait` and `--wait-bounce`: what became of a message after Graph has accepted it.

use std::time::Duration;

use jiff::Timestamp;

use super::args::WaitArgs;
use super::{Rendered, Target};
use crate::access::{LOOKUP, LOOKUPS, READS};
use crate::commands::error::Bounced;
use crate::commands::report::{Failure, Result};
use crate::commands::{Context, deliver};
use crate::graph::{self, Graph, Reports, Sender, SentCopy, SentSearch};
use crate::message::DeliveryReport;

/// The first pause between two looks. It doubles up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(15);

/// What was found.
#[derive(Default)]
pub(super) struct Waited {
    /// The copy in Sent Items.
    pub(super) copy: Option<SentCopy>,
    /// A recipient did not get the message.
    pub(super) bounced: Option<Bounced>,
}

/// Fails if the account lacks the permission for what is waited for. What is not known of it, the mailbox is asked.
pub(super) fn check(args: &WaitArgs, target: &Target, context: &Context<'_>) -> Result<()> {
    if args.wait.is_some() {
        let what = ("--wait looks in Sent Items", LOOKUP);
        target.rights(context)?.check_any(&LOOKUPS, what)?;
    }
    if args.wait_bounce.is_some() {
        let rights = target.rights(context)?;
        let what = ("--wait-bounce reads the inbox", rights.reading());
        rights.check_any(&READS, what)?;
    }
    if args.wait.is_none() && args.wait_bounce.is_none() {
        return Ok(());
    }
    let sender = &target.sender;
    let now = context.seams.now();
    let (flag, asked) = deliver::with_budget(target.account()?, sender, context, |graph, _| {
        if args.wait_bounce.is_some() {
            (
                "--wait-bounce",
                Reports::since(now).next(graph, sender).map(drop),
            )
        } else {
            ("--wait", graph::check_readable(graph, sender))
        }
    })?;
    match asked {
        Err(error) if error.is_denied() => {
            let rights = target.rights(context)?;
            let permission = if args.wait_bounce.is_some() {
                rights.reading()
            } else {
                LOOKUP
            };
            let error = Failure::from(error).context(format!("nothing was sent: {flag}"));
            Err(rights.explain(permission, error))
        }
        // Another error is that of the send, which may queue the message.
        _ => Ok(()),
    }
}

/// Says that nothing was looked for, because this run has not sent the message.
pub(super) fn skipped(args: &WaitArgs, why: &str, context: &Context<'_>) {
    let flags = [
        args.wait.map(|_| "--wait"),
        args.wait_bounce.map(|_| "--wait-bounce"),
    ];
    let flags: Vec<_> = flags.into_iter().flatten().collect();
    if !flags.is_empty() {
        let flags = flags.join(" and ");
        context.ui.always(&format!(
            "graphmail: warning: {flags} looked for nothing: {why}"
        ));
    }
}

/// Waits for the copy of the message and for reports about it. An error is only a warning: the message was sent.
pub(super) fn wait(
    args: &WaitArgs,
    rendered: &Rendered,
    begun: Timestamp,
    context: &Context<'_>,
) -> Waited {
    let mut waited = Waited::default();
    if args.wait.is_none() && args.wait_bounce.is_none() {
        return waited;
    }
    let looked = find(args, rendered, begun, &mut waited, context);
    if let Err(error) = looked {
        let words = error.words();
        context.ui.always(&format!(
            "graphmail: warning: the message was accepted, but looking for it failed: {words}"
        ));
    } else if args.wait.is_some() && waited.copy.is_none() && waited.bounced.is_none() {
        context.ui.always(
            "graphmail: warning: the message was accepted, but its copy is not in Sent Items yet",
        );
    }
    waited
}

fn find(
    args: &WaitArgs,
    rendered: &Rendered,
    begun: Timestamp,
    waited: &mut Waited,
    context: &Context<'_>,
) -> Result<()> {
    let (submission, target) = (&rendered.submission, &rendered.target);
    let Some(message_id) = submission.message_id() else {
        return Ok(());
    };
    let search = SentSearch {
        message_id,
        recipients: submission.recipients(),
        begun,
    };
    let sender = &target.sender;
    deliver::with_budget(target.account()?, sender, context, |graph, _| {
        if let Some(limit) = args.wait {
            waited.copy = copy(search, limit, graph, sender)?;
        }
        if let Some(limit) = args.wait_bounce {
            waited.bounced = bounce(search, limit, graph, sender)?;
        }
        Ok(())
    })?
}

/// Looks for the copy in Sent Items, for at most `limit`.
pub(in crate::commands) fn copy(
    search: SentSearch<'_>,
    limit: Duration,
    graph: &mut Graph<'_>,
    sender: &Sender,
) -> Result<Option<SentCopy>, graph::Error> {
    poll(limit, graph, |graph| search.find_copy(graph, sender))
}

/// Looks in the inbox for a report that the message was not delivered, for at most `limit`.
pub(in crate::commands) fn bounce(
    search: SentSearch<'_>,
    limit: Duration,
    graph: &mut Graph<'_>,
    sender: &Sender,
) -> Result<Option<Bounced>, graph::Error> {
    let mut reports = Reports::since(search.begun);
    poll(limit, graph, |graph| {
        let reports = reports.next(graph, sender)?;
        let reports = reports
            .iter()
            .filter_map(|mime| DeliveryReport::parse(mime));
        let mut about = reports.filter(|report| report.is_about(search.message_id));
        let failed = about.find(|report| !report.failed.is_empty());
        Ok(failed.map(|report| Bounced {
            message_id: search.message_id.to_owned(),
            copy: None,
            failed: report.failed,
        }))
    })
}

/// Looks until there is something, for at most `limit`.
fn poll<T>(
    limit: Duration,
    graph: &mut Graph<'_>,
    mut look: impl FnMut(&mut Graph<'_>) -> Result<Option<T>, graph::Error>,
) -> Result<Option<T>, graph::Error> {
    let (mut waited, mut next) = (Duration::ZERO, FIRST);
    loop {
        let found = look(graph)?;
        let pause = next.min(limit.saturating_sub(waited));
        if found.is_some() || pause.is_zero() || !graph.link.wait_for_turn(pause, None) {
            return Ok(found);
        }
        waited += pause;
        next = (next * 2).min(LONGEST);
    }
}
