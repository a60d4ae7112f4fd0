//! Puts messages into the outbox, several at the same time: each waits for the disk.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::peer::Peer;
use super::service::Service;
use crate::commands::Context;
use crate::commands::report::{Failure, Result};
use crate::commands::send;
use crate::commands::sendmail::{post, refused, submit};
use crate::commands::smtp::reply_to;
use crate::delivery::Delivered;
use crate::files::Octets;
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

/// Who gets a message.
pub(super) enum Content {
    /// The recipients of SMTP.
    Transaction(Box<Transaction>),
    /// Those of `sendmail`'s command line, and of the message.
    CommandLine(CommandLine),
}

impl Content {
    /// The sender as the client wrote it; empty if there is none.
    fn sender(&self) -> &str {
        match self {
            Self::Transaction(transaction) => {
                let sender = transaction.envelope.sender.as_ref();
                sender.map_or("", |sender| &sender.written().element)
            }
            Self::CommandLine(line) => line.sender.as_deref().unwrap_or_default(),
        }
    }
}

struct Job {
    message: Message,
    reply: oneshot::Sender<Reply>,
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
        let gone = || Reply::new(421, [4, 3, 2], "the service ends");
        match self.0.send(Job { message, reply }) {
            Ok(()) => replied.await.unwrap_or_else(|_| gone()),
            Err(_) => gone(),
        }
    }
}

impl Jobs {
    /// Carries out jobs until all [`Intake`]s are dropped.
    pub(super) fn work(&self, service: &Service<'_, '_>) {
        loop {
            let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(Job { message, reply }) = next else {
                return;
            };
            let answer = match &message.content {
                Content::Transaction(transaction) => put(&message, transaction, service),
                Content::CommandLine(line) => submit(&message, line, service),
            };
            // The client may be gone. It sends the message again then, as RFC 5321 section 4.2.5 says.
            drop(reply.send(answer));
        }
    }
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
        Ok(id) => Reply::new(250, [2, 0, 0], &format!("queued as {id}")),
        Err(error) => {
            let reply = reply_to(&error);
            service.log.refused(message.peer, reply.words());
            reply
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
        Ok((id, None)) => return submit::accepted(&id),
        Ok((_, Some(refused))) => refused.keep(octets, line.clone(), &context),
        Err(error) => refused::keep(error, octets, line.clone(), &context),
    };
    service.log.refused(message.peer, &error.words());
    submit::refused(&error)
}

fn keep(
    job: send::Job,
    message: &Message,
    service: &Service<'_, '_>,
    context: &Context<'_>,
) -> Result<EntryId> {
    let Delivered::Kept { id, .. } = post::keep(job, context)? else {
        let error = std::io::Error::other("the message was not queued");
        return Err(Failure::from(error));
    };
    if let Some(entry) = service.find(&id) {
        let client = (message.peer, message.user.as_deref());
        let sender = message.content.sender();
        service
            .log
            .accepted(&id, client, (sender, entry.to.len(), message.octets.len()));
        service.send(&id, entry);
    }
    Ok(id)
}
