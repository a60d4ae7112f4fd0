//! Puts messages into the outbox, several at the same time: each waits for the disk.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::sync::oneshot;

use super::peer::Peer;
use super::requests;
use super::service::Service;
use crate::commands::Context;
use crate::commands::host::{Call, Request, with_status};
use crate::commands::report::Result;
use crate::commands::send;
use crate::commands::sendmail::{post, refused, submit};
use crate::commands::smtp::reply_to;
use crate::delivery::Delivered;
use crate::files::Octets;
use crate::mutex::locked;
use crate::outbox::{CommandLine, EntryId};
use crate::smtp::{Reply, Transaction};

/// The threads that wait for the disk.
pub(super) const THREADS: usize = 8;

/// A message that a client has sent.
pub(super) struct Message {
    pub(super) octets: Octets,
    pub(super) content: Content,
    pub(super) peer: Peer,
    pub(super) user: Option<String>,
}

impl Message {
    /// Its sender, the number of its recipients, its size.
    fn described(&self) -> (&str, usize, usize) {
        let content = &self.content;
        (content.sender(), content.recipients(), self.octets.len())
    }

    /// The idempotency key of a message that its user's outbox has kept.
    fn key(&self) -> Option<String> {
        match &self.content {
            Content::Transaction(_) => None,
            Content::CommandLine(line) => {
                let kept_as = line.kept_as.as_deref()?;
                Some(format!(
                    "{} {kept_as}",
                    line.user.as_deref().unwrap_or_default()
                ))
            }
        }
    }

    fn log_refused(&self, words: &str, service: &Service<'_, '_>) {
        let client = (self.peer, self.user.as_deref());
        service.log.refused_message(client, self.described(), words);
    }
}

/// Who gets a message.
pub(super) enum Content {
    /// The recipients of SMTP.
    Transaction(Box<Transaction>),
    /// Those of `sendmail`'s command line, and of the message.
    CommandLine(CommandLine),
}

impl Content {
    /// The sender as the client wrote it; empty for a bounce.
    fn sender(&self) -> &str {
        match self {
            Self::Transaction(transaction) => transaction.sender(),
            // As in Postfix, a message without a sender is from the user.
            Self::CommandLine(line) => match line.sender.as_deref().map(str::trim) {
                None => line.user.as_deref().unwrap_or_default(),
                Some("<>") => "",
                Some(sender) => sender,
            },
        }
    }

    /// The number of recipients that the client named.
    fn recipients(&self) -> usize {
        match self {
            Self::Transaction(transaction) => transaction.envelope.recipients.len(),
            Self::CommandLine(line) => line.recipients.len(),
        }
    }
}

enum Job {
    Message(Box<Message>, oneshot::Sender<Reply>),
    /// A command for the outbox, as JSON, of this user and group.
    Command(((u32, u32), Vec<u8>), oneshot::Sender<(Reply, Vec<u8>)>),
}

/// Where sessions bring messages.
#[derive(Clone)]
pub(super) struct Intake(Sender<Job>);

/// Where the threads get them.
pub(super) struct Jobs(Mutex<Receiver<Job>>);

/// A pair of both.
pub(super) fn new() -> (Intake, Jobs) {
    let (sender, receiver) = channel();
    (Intake(sender), Jobs(Mutex::new(receiver)))
}

impl Intake {
    /// Puts a message into the outbox. The reply to its client.
    pub(super) async fn put(&self, message: Message) -> Reply {
        let (reply, replied) = oneshot::channel();
        // Without a thread the sender is dropped, and nobody replies.
        drop(self.0.send(Job::Message(Box::new(message), reply)));
        replied.await.unwrap_or_else(|_| gone())
    }

    /// Carries out a command for the outbox: the reply, and what the command prints.
    pub(super) async fn command(&self, call: ((u32, u32), Vec<u8>)) -> (Reply, Vec<u8>) {
        let (reply, replied) = oneshot::channel();
        drop(self.0.send(Job::Command(call, reply)));
        replied.await.unwrap_or_else(|_| (gone(), Vec::new()))
    }
}

fn gone() -> Reply {
    Reply::new(421, [4, 3, 2], "the service ends")
}

impl Jobs {
    /// Carries out jobs until all [`Intake`]s are dropped.
    pub(super) fn work(&self, service: &Service<'_, '_>) {
        loop {
            let next = locked(&self.0).recv();
            // A client that is gone sends its message again, as RFC 5321 section 4.2.5 says.
            match next {
                Ok(Job::Message(message, reply)) => drop(reply.send(match &message.content {
                    Content::Transaction(transaction) => put(&message, transaction, service),
                    Content::CommandLine(line) => submit(&message, line, service),
                })),
                Ok(Job::Command(call, reply)) => drop(reply.send(command(&call, service))),
                Err(_) => return,
            }
        }
    }
}

/// The users of this group may use the outbox.
const GROUP: &str = "graphmail";

/// Carries out a command for the outbox: the reply, and what the command prints.
fn command((user, call): &((u32, u32), Vec<u8>), service: &Service<'_, '_>) -> (Reply, Vec<u8>) {
    let Ok(call) = serde_json::from_slice::<Call>(call) else {
        let reply = Reply::new(501, [5, 5, 4], "the command cannot be read");
        return (reply, Vec::new());
    };
    let is_open = matches!(call.request, Request::Verify(_) | Request::Aliases);
    if !is_open && !may_use_outbox(*user) {
        let words =
            format!("the queue of this host is shown to root and to members of the group {GROUP}");
        return (Reply::new(550, [5, 7, 1], &words), Vec::new());
    }
    let (status, stdout, stderr) = requests::answer(call, service);
    let sizes = format!("{} {}", stdout.len(), stderr.len());
    let reply = with_status(&Reply::new(250, [2, 0, 0], &sizes), status);
    (reply, [stdout, stderr].concat())
}

/// Whether the user is root, the service's own, or a member of the group; `gid` is the group of the process, as of a
/// unit with `Group=`.
fn may_use_outbox((uid, gid): (u32, u32)) -> bool {
    if uid == 0 || uid == uzers::get_current_uid() {
        return true;
    }
    if uzers::get_group_by_gid(gid).is_some_and(|group| group.name() == GROUP) {
        return true;
    }
    let Some(user) = uzers::get_user_by_uid(uid) else {
        return false;
    };
    let groups = user.groups().unwrap_or_default();
    groups.iter().any(|group| group.name() == GROUP)
}

/// Puts a message into the outbox, and has it sent.
fn put(message: &Message, transaction: &Transaction, service: &Service<'_, '_>) -> Reply {
    let context = service.shared().context();
    let (envelope, receipt) = (&transaction.envelope, transaction.wants_receipt);
    let account = context.settings.account();
    // Each recipient was checked before.
    let octets = message.octets.clone();
    let job = post::rewritten(octets, envelope, (account, receipt), &context);
    match job.and_then(|(job, _)| keep(job, message, service, &context)) {
        Ok(id) => submit::queued(id.as_ref()),
        Err(error) => {
            let reply = reply_to(&error);
            message.log_refused(reply.words(), service);
            message.peer.told(reply)
        }
    }
}

/// As [`put`], for `sendmail`: a message that is refused is kept as failed. The reply begins with the exit status.
fn submit(message: &Message, line: &CommandLine, service: &Service<'_, '_>) -> Reply {
    let context = service.shared().context();
    let octets = &message.octets;
    let job = post::job(octets.clone(), line, context.settings.account(), &context);
    let kept = job.and_then(|(job, refused)| Ok((keep(job, message, service, &context)?, refused)));
    let error = match kept {
        Ok((id, None)) => return submit::accepted(id.as_ref()),
        Ok((_, Some(refused))) => refused.keep(octets, line.clone(), &context),
        Err(error) => refused::keep(error, octets, line.clone(), &context),
    };
    message.log_refused(&error.words(), service);
    submit::refused(&error)
}

/// Puts the message into the outbox, and has it sent. `None` if it was there before.
fn keep(
    job: send::Job,
    message: &Message,
    service: &Service<'_, '_>,
    context: &Context<'_>,
) -> Result<Option<EntryId>> {
    let key = message.key();
    let id = match post::keep(job, key.as_deref(), context)? {
        Delivered::Kept { id, .. } => id,
        // It was handed over before, and the client did not get the reply.
        Delivered::Duplicate(_) | Delivered::Accepted(_) => return Ok(None),
    };
    if let Some(entry) = service.find(&id) {
        let client = (message.peer, message.user.as_deref());
        let sender = message.content.sender();
        service
            .log
            .accepted(&id, client, (sender, entry.to.len(), message.octets.len()));
        service.send(&id, entry);
    }
    Ok(Some(id))
}
