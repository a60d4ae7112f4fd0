//! `outbox`: mail kept on disk until Graph has taken it.

mod decide;
mod flush;
mod notice;
mod show;
mod tally;

use clap::{Args as ClapArgs, Subcommand};

use self::flush::Which;
use super::{Context, deliver};
use crate::commands::report::Result;
use crate::exit::Status;
use crate::outbox::{EntryId, Error, Outbox};

/// Lists, sends and drops what `send --queue` has kept
///
/// An entry is new, busy, doubtful (it may have been sent) or failed. `flush` tries what is new,
/// with pauses that grow from a minute to four hours, for five days; what is doubtful it settles by
/// asking the mailbox, where the permissions allow that (Mail.ReadWrite), and never sends again by
/// itself.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Lists what is kept, oldest first
    ///
    /// A line each: id, state, when it was kept, attempts, when it is tried again, account,
    /// recipients, subject; why it was not sent follows in parentheses. A last line names each mailbox
    /// that is throttled, until when and why. Lists the entries of all
    /// accounts, whatever GRAPHMAIL_ACCOUNT says; those of one with --account.
    ///
    /// An attempt that was cut off (a crash, a kill) may leave a draft; the entry's next attempt
    /// deletes it, or names it. What no attempt can find is a draft that the service makes only
    /// after that, or while Mail.ReadWrite is missing: graphmail draft list.
    List,
    /// Shows one entry
    Show {
        /// The entry, as `list` shows it
        id: String,
        /// Print the message itself: RFC 5322 or Graph's JSON, as it goes out
        #[arg(long)]
        message: bool,
    },
    /// Sends what is due
    ///
    /// Any number of processes may do so at once. Ends with 0 where nothing that was due failed,
    /// else as the first failure that a script can act on: with 75 only where all the others are to
    /// be tried again.
    Flush {
        /// Only these entries, due or not
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        /// What is not due yet as well
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// What is not due yet as well, from throttled mailboxes too
        ///
        /// If the service asked this host to wait, nothing is sent from the mailbox until then, and at
        /// most for an hour: after that one message checks whether the wait still counts. With --now
        /// graphmail asks at once. If the service refuses again, the new wait counts.
        #[arg(long)]
        now: bool,
    },
    /// Makes failed entries new, and doubtful ones with --yes
    Retry {
        /// The entries
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Send it again though it may have been sent
        #[arg(long)]
        yes: bool,
    },
    /// Takes entries out of the outbox for good
    Drop {
        /// The entries
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}

impl Args {
    /// `outbox list`
    pub(super) const LIST: Self = Self { verb: Verb::List };
    /// `outbox flush`
    pub(super) const FLUSH: Self = Self {
        verb: Verb::Flush {
            ids: Vec::new(),
            all: false,
            now: false,
        },
    };
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let root = deliver::folder(context)?;
    let seams = context.seams.as_ref();
    // Looking makes no folders.
    let outbox = Outbox::existing(&root, seams)?;
    let named = |id: &EntryId| {
        let missing = || Error::NotFound(id.clone());
        outbox.as_ref().ok_or_else(missing)
    };
    match &args.verb {
        Verb::List => show::list(outbox.as_ref(), context),
        Verb::Show { id, message } => {
            let id = id.parse().map_err(Error::Name)?;
            show::show(named(&id)?, &id, *message, context)
        }
        Verb::Flush { ids, all, now } => {
            let due = match (now, all) {
                (true, _) => Which::Now,
                (false, true) => Which::All,
                (false, false) => Which::Due,
            };
            flush::flush(outbox, &names(ids)?, due, context)
        }
        Verb::Retry { ids, yes } => decide::retry(outbox.as_ref(), &names(ids)?, *yes, context),
        Verb::Drop { ids } => decide::discard(outbox.as_ref(), &names(ids)?, context),
    }
}

fn names(ids: &[String]) -> Result<Vec<EntryId>, Error> {
    ids.iter()
        .map(|id| id.parse().map_err(Error::Name))
        .collect()
}
