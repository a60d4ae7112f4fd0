//! `outbox`: lists, sends and drops the messages of the outbox.

pub(super) mod bounce;
pub(super) mod decide;
mod delivered;
mod flush;
pub(super) mod housekeeping;
mod show;
mod tally;
pub(super) mod tries;
#[cfg(unix)]
mod users;

use clap::{Args as ClapArgs, Subcommand};
use serde::{Deserialize, Serialize};

use self::flush::Selection;
#[cfg(unix)]
use super::host::{self, Answer};
use super::{Context, deliver};
use crate::commands::report::Result;
#[cfg(unix)]
use crate::commands::report::{self, Run, Situation};
#[cfg(unix)]
use crate::exit::Class;
use crate::exit::Status;
use crate::outbox::{EntryId, Error, Outbox};

/// Lists, sends and drops queued messages
///
/// A message is queued by `send --queue` and by `sendmail`, which also keeps messages that it refuses. An
/// entry is new, busy, doubtful (it may have been sent) or failed. `flush` tries new entries for five days,
/// with pauses that grow from a minute to four hours. Time without an attempt counts for four hours at most.
/// It searches the mailbox for a doubtful message, if the permissions allow that (Mail.ReadBasic), and sends
/// it again only if its draft is still there, unsent. So do not send a doubtful message again yourself.
#[derive(Debug, Clone, ClapArgs, Serialize, Deserialize)]
pub(super) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
enum Verb {
    /// Lists queued messages, oldest first
    ///
    /// Each line has: id, state, time of creation, number of attempts, time of the next attempt, account,
    /// recipients, subject. The reason why the message was not sent follows in parentheses. If a mailbox
    /// is throttled, a line at the end says until when and why. Without --account the entries of all
    /// accounts are listed; GRAPHMAIL_ACCOUNT is ignored.
    ///
    /// If an attempt is cut off (by a crash or a kill), it may leave a draft in the mailbox. The next
    /// attempt deletes the draft, or names it if it cannot be deleted. It cannot find a draft without
    /// Mail.ReadWrite, or one that the service creates later; see graphmail draft list.
    List,
    /// Shows one entry, and what became of one that was sent
    ///
    /// The transport is json or mime (one request), draft (a draft with uploaded attachments), or input: a
    /// failed message that `sendmail` refused, which is kept as it was read. With --json the fields are
    /// those of `list`.
    ///
    /// An entry that was sent is known for about a week. graphmail then looks once for its copy in Sent
    /// Items (which requires Mail.ReadBasic) and for a non-delivery report in the inbox (Mail.Read). If
    /// there is a report, it shows the recipients with their errors, and the exit status is 69.
    Show {
        /// The id of the entry, as printed by `list`
        id: String,
        /// Print the message itself, as it is sent: RFC 5322 or Graph's JSON; or as `sendmail` read it
        #[arg(long)]
        message: bool,
    },
    /// Sends the entries that are due
    ///
    /// Several processes may flush at the same time. The exit status is 0 if every due entry was sent.
    /// It is 75 if all entries that were not sent will be tried again. Otherwise it is that of the first
    /// entry that needs action: 69 for one that is given up after five days.
    Flush {
        /// Send only these entries, even if they are not due
        #[arg(value_name = "ID")]
        ids: Vec<String>,
        /// Also send entries that are not due yet
        #[arg(long, conflicts_with = "ids")]
        all: bool,
        /// Also send entries that are not due yet, from throttled mailboxes too
        ///
        /// If the service asked this host to wait, graphmail sends nothing from the mailbox until then,
        /// but for one hour at most. Then one message checks whether the mailbox is still throttled.
        /// With --now graphmail checks at once. If the service refuses again, its new wait applies.
        #[arg(long)]
        now: bool,
        /// Also flush the outboxes of all users of this host, as these users; only for root
        ///
        /// Messages that users queued before there was a mail service are there.
        #[cfg_attr(not(unix), arg(hide = true))]
        #[arg(long, conflicts_with_all = ["ids", "all", "now"])]
        all_users: bool,
    },
    /// Requeues failed entries, and doubtful ones with --yes
    ///
    /// A message that `sendmail` refused is read again, with the present configuration and aliases.
    Retry {
        /// The ids of the entries
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Requeue doubtful entries too, although they may have been sent
        #[arg(long)]
        yes: bool,
    },
    /// Removes entries from the outbox for good
    Drop {
        /// The ids of the entries
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}

impl Verb {
    /// The command line, if it only shows entries.
    #[cfg(unix)]
    fn words(&self) -> Option<Vec<&str>> {
        match self {
            Self::List => Some(vec!["outbox", "list"]),
            Self::Show { id, message } => {
                let message = message.then_some("--message");
                Some(["outbox", "show", id].into_iter().chain(message).collect())
            }
            Self::Flush { .. } | Self::Retry { .. } | Self::Drop { .. } => None,
        }
    }
}

impl Args {
    /// `outbox flush`
    pub(super) const FLUSH: Self = Self {
        verb: Verb::Flush {
            ids: Vec::new(),
            all: false,
            now: false,
            all_users: false,
        },
    };

    /// The command, for the service.
    #[cfg(unix)]
    fn request(&self) -> Result<host::Request> {
        let arguments = serde_json::to_value(self).map_err(std::io::Error::from)?;
        Ok(host::Request::Outbox(arguments))
    }

    /// Names other outboxes with messages after a command that shows an outbox or sends it.
    #[cfg(unix)]
    fn after(&self, is_of_service: bool, context: &Context<'_>) {
        if matches!(self.verb, Verb::List | Verb::Flush { .. }) {
            users::notice(is_of_service, context);
        }
    }
}

/// `mailq`
pub(super) fn mailq(context: &Context<'_>) -> Result<Status> {
    #[cfg(unix)]
    match of_service(host::Request::Mailq, context)? {
        OfService::Done(status) => {
            users::notice(true, context);
            return Ok(status);
        }
        OfService::Silent => {
            let shown = users::show_spool(&["sendmail", "-bp"], context)?;
            users::notice(true, context);
            // Its outbox may have messages: this cannot say that the queue is empty.
            return Ok(shown.unwrap_or_else(|| Class::Later.into()));
        }
        OfService::Own => {}
    }
    let status = own_mailq(context);
    #[cfg(unix)]
    users::notice(false, context);
    status
}

/// The outcome of a command for the service's outbox.
#[cfg(unix)]
enum OfService {
    /// The service has carried it out.
    Done(Status),
    /// There is no service, or this user may not use its outbox: the user's own outbox is meant.
    Own,
    /// The service does not answer, and a warning says so: without its outbox, there is only the user's own.
    Silent,
}

/// `mailq` for the outbox of this user.
pub(super) fn own_mailq(context: &Context<'_>) -> Result<Status> {
    let root = deliver::folder(context)?;
    let outbox = Outbox::existing(&root, context.seams.as_ref())?;
    show::mailq(outbox.as_ref(), context)
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    #[cfg(unix)]
    {
        if matches!(
            args.verb,
            Verb::Flush {
                all_users: true,
                ..
            }
        ) {
            return users::flush(context);
        }
        let (status, is_of_service) = of_host(args, context)?;
        args.after(is_of_service, context);
        status
    }
    #[cfg(not(unix))]
    own(args, context)
}

/// A command for the outbox of the service, or of this user. Returns also whether it was the service's.
#[cfg(unix)]
fn of_host(args: &Args, context: &Context<'_>) -> Result<(Result<Status>, bool)> {
    Ok(match of_service(args.request()?, context)? {
        OfService::Done(status) => (Ok(status), true),
        OfService::Silent => {
            if let Some(words) = args.verb.words()
                && let Some(status) = users::show_spool(&words, context)?
            {
                return Ok((Ok(status), true));
            }
            let status = match own(args, context)?.number() {
                0 => Class::Later.into(),
                number => Status::of_number(number),
            };
            (Ok(status), false)
        }
        OfService::Own => (own(args, context), false),
    })
}

/// Has the service carry the command out.
#[cfg(unix)]
fn of_service(request: host::Request, context: &Context<'_>) -> Result<OfService> {
    Ok(match host::ask(request, context)? {
        Answer::NoService => OfService::Own,
        Answer::Unreachable(path, error) => {
            let unreachable = host::unreachable(&path, &error);
            let hint = Situation::of_run(Run::Keeps, context).line(unreachable.advice());
            let line = format!(
                "graphmail: warning: the mail service of this host cannot be asked: {}",
                unreachable.words()
            );
            context.ui.always(report::with_hint(line, hint.as_deref()));
            OfService::Silent
        }
        Answer::Refused(_, reason) => {
            context.ui.info(&format!("graphmail: {reason}"));
            OfService::Own
        }
        Answer::Done(status) => OfService::Done(status),
    })
}

/// A command for the outbox of this user.
pub(super) fn own(args: &Args, context: &Context<'_>) -> Result<Status> {
    let root = deliver::folder(context)?;
    let seams = context.seams.as_ref();
    // Listing must not create folders.
    let outbox = Outbox::existing(&root, seams)?;
    let outbox_of = |id: &EntryId| {
        let missing = || Error::NotFound(id.clone());
        outbox.as_ref().ok_or_else(missing)
    };
    match &args.verb {
        Verb::List => show::list(outbox.as_ref(), context),
        Verb::Show { id, message } => {
            let id = id.parse().map_err(Error::Name)?;
            let outbox = outbox_of(&id)?;
            match outbox.find(&id) {
                Ok(listed) => show::show(outbox, listed, *message, context),
                Err(error) => {
                    let is_gone = matches!(error, Error::NotFound(_));
                    let sent = is_gone.then(|| outbox.delivered(&id)).flatten();
                    let sent = sent.ok_or(error)?;
                    match message {
                        true => Err(delivered::no_message(id, &sent, context).into()),
                        false => delivered::show(&id, &sent, context),
                    }
                }
            }
        }
        Verb::Flush { ids, all, now, .. } => {
            let selection = match (now, all) {
                (true, _) => Selection::Now,
                (false, true) => Selection::All,
                (false, false) => Selection::Due,
            };
            flush::flush(outbox, &parse_ids(ids)?, selection, context)
        }
        Verb::Retry { ids, yes } => decide::retry(outbox.as_ref(), &parse_ids(ids)?, *yes, context),
        Verb::Drop { ids } => decide::drop_entries(outbox.as_ref(), &parse_ids(ids)?, context),
    }
}

fn parse_ids(ids: &[String]) -> Result<Vec<EntryId>, Error> {
    ids.iter()
        .map(|id| id.parse().map_err(Error::Name))
        .collect()
}
