//! Puts messages into the outbox, several at the same time: each waits for the disk.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::peer::Peer;
use super::service::Service;
use crate::commands::report::{Failure, Result};
use crate::commands::sendmail::post;
use crate::commands::smtp::reply_to;
use crate::delivery::Delivered;
use crate::files::Octets;
use crate::outbox::EntryId;
use crate::smtp::{Reply, Transaction};

/// The threads that wait for the disk.
pub(super) const THREADS: usize = 8;

/// A message that a client has sent.
pub(super) struct Message {
    pub(super) octets: Octets,
    pub(super) transaction: Transaction,
    pub(super) peer: Peer,
    pub(super) user: Option<String>,
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
            let answer = match keep(&message, service) {
                Ok(id) => Reply::new(250, [2, 0, 0], &format!("queued as {id}")),
                Err(error) => {
                    let answer = reply_to(&error);
                    service.log.refused(message.peer, &answer.line());
                    answer
                }
            };
            // The client may be gone. It sends the message again then, as RFC 5321 section 4.2.5 says.
            drop(reply.send(answer));
        }
    }
}

/// Puts a message into the outbox, and has it sent.
fn keep(message: &Message, service: &Service<'_, '_>) -> Result<EntryId> {
    let context = service.shared().context();
    let Transaction {
        envelope,
        wants_receipt,
        ..
    } = &message.transaction;
    let account = context.settings.account();
    // Each recipient was checked before.
    let octets = message.octets.clone();
    let (job, _) = post::rewritten(octets, envelope, (account, *wants_receipt), &context)?;
    let Delivered::Kept { id, .. } = post::keep(job, &context)? else {
        let error = std::io::Error::other("the message was not queued");
        return Err(Failure::from(error));
    };
    let client = (message.peer, message.user.as_deref());
    service
        .log
        .accepted(&id, client, envelope, message.octets.len());
    service.send(&id);
    Ok(id)
}
