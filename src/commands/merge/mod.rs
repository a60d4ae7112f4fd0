//! `merge`: one personal message for each row of a data file.
//!
//! ```text
//! data       the rows, one after the other
//! template   a row becomes flags and a body
//! check      all rows, before anything is sent
//! journal    what was sent of which row
//! deliver    the messages, several at the same time, by delivery::send_recorded
//! status     what became of a row
//! tally      what became of all rows
//! report     the same as a file
//! ```

mod args;
mod check;
mod compare;
mod data;
mod deliver;
mod dry_run;
mod error;
mod escape;
mod filters;
mod journal;
mod mailing;
mod outputs;
mod report;
mod status;
mod tally;
mod template;

pub(super) use args::Args;

use self::check::Checked;
use self::error::MergeError;
use self::journal::Journal;
use self::mailing::Mailing;
use self::tally::Tally;
use super::Context;
use super::error::UsageError;
use super::send::read;
use crate::commands::report::Result;
use crate::exit::Status;
use crate::ui::Count;

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let from_stdin = usize::from(read::is_dash(&args.data.data));
    read::refuse_second_reader(read::readers(&args.composed) + from_stdin)?;
    let reports = args.run.report.as_deref().is_some_and(read::is_dash);
    if reports && context.ui.output_options().json {
        let error = "--report - and --json both write to standard output";
        return Err(UsageError::new(error)
            .hint("name a file with --report")
            .into());
    }
    let mailing = Mailing::open(args, context)?;
    if let Some(form) = args.run.dry_run {
        return dry_run::run(mailing, form, context);
    }
    let journal = Journal::open(&mailing, context)?;
    let checked = check::check(&mailing, Some(&journal), context)?;
    if args.run.journal.is_none() && journal.is_new() && checked.to_send(args) > 0 {
        // After the data file was renamed, all rows would be sent again.
        let name = journal.name();
        context
            .ui
            .info(&format!("graphmail: a new journal begins: {name}"));
    }
    confirm(&mailing, &checked, context)?;
    let now = context.seams.now();
    let count = Count::new(context.ui, checked.to_send(args), now);
    let tally = Tally::open(&mailing, &checked, count, context)?;
    let tally = deliver::deliver(&mailing, (&journal, &checked), tally, context)?;
    tally.print(&journal, context)
}

/// Asks once on a terminal. Otherwise --yes is required.
fn confirm(
    mailing: &Mailing<'_>,
    checked: &Checked,
    context: &Context<'_>,
) -> Result<(), MergeError> {
    let count = checked.to_send(mailing.args);
    if mailing.args.run.yes || count == 0 {
        return Ok(());
    }
    let is_asked = context.terminal.stdin && context.terminal.stderr;
    if !is_asked || read::is_dash(&mailing.args.data.data) {
        return Err(MergeError::Unconfirmed(count));
    }
    let verb = if mailing.args.run.draft {
        "save in Drafts"
    } else {
        "send"
    };
    let mailbox = mailing.target.mailbox_name();
    let messages = if count == 1 { "message" } else { "messages" };
    context.ui.always(&format!(
        "graphmail: {verb} {count} {messages} from {mailbox} mailbox? [y/N]"
    ));
    match context.reads_yes() {
        Ok(true) => Ok(()),
        _ => Err(MergeError::Declined),
    }
}
