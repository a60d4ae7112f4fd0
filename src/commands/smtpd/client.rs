//! A client of the service: what it is offered, and which senders it may use.

use std::num::NonZeroU16;

use super::access::{Encryption, access};
use super::peer::Peer;
use super::rate::Sender;
use super::service::Service;
use crate::commands::Context;
use crate::commands::smtp::Mailer;
use crate::message::{Address, Recipient, SenderPattern};
use crate::smtp::{Offers, Reply, Server};

/// A client, and what it gets from this host.
pub(super) struct Client<'m, 's, 'c> {
    mailer: Mailer<'m, 'c>,
    service: &'m Service<'s, 'c>,
    peer: Peer,
    /// The user who has logged in.
    user: Option<String>,
    /// The senders of that user at the last MAIL. Empty means all.
    senders: Vec<SenderPattern>,
}

impl<'m, 's, 'c> Client<'m, 's, 'c> {
    /// A client that has not logged in.
    pub(super) const fn new(
        context: &'m Context<'c>,
        service: &'m Service<'s, 'c>,
        peer: Peer,
    ) -> Self {
        Self {
            mailer: Mailer::new(context),
            service,
            peer,
            user: None,
            senders: Vec::new(),
        }
    }

    /// What it is offered. `None` if it may not send.
    pub(super) fn offers(&self, is_encrypted: bool) -> Option<Offers> {
        let encryption = match is_encrypted {
            true => Encryption::Active,
            false if self.service.acceptor().is_some() => Encryption::Available,
            false => Encryption::None,
        };
        access(self.peer, &self.service.file().smtpd, encryption)
    }

    /// Sets the user who has logged in.
    pub(super) fn set_user(&mut self, user: Option<String>) {
        self.user = user;
    }

    /// The senders that it may use. Empty means all.
    pub(super) fn senders(&self) -> Vec<SenderPattern> {
        self.senders.clone()
    }

    /// Why the client may not use this sender; otherwise the user's messages per minute.
    fn of_user(&mut self, sender: Option<&Recipient>) -> Result<Option<NonZeroU16>, Reply> {
        let refused = |words: &str| Reply::new(550, [5, 7, 1], words);
        self.senders.clear();
        // The configuration may have changed since the greeting.
        let offers = self.offers(true);
        if offers.is_none_or(|offers| offers.needs_auth && self.user.is_none()) {
            return Err(refused("your address may not send mail here"));
        }
        let Some(name) = &self.user else {
            return Ok(None);
        };
        let file = self.service.file();
        let Some(user) = file.smtpd.users.get(name) else {
            return Err(refused("the user does not exist any more"));
        };
        let is_own = match sender {
            Some(Recipient::Mailbox { mailbox, .. }) => {
                let address = mailbox.address();
                user.from.iter().any(|pattern| pattern.matches(address))
            }
            Some(Recipient::Local { .. }) | None => false,
        };
        if !user.from.is_empty() && !is_own {
            return Err(refused("the user may not use this sender"));
        }
        self.senders.clone_from(&user.from);
        Ok(user.per_minute)
    }

    /// Counts a message, unless there were too many in the last minute. As in Postfix, each MAIL is a message
    /// (`smtpd_client_message_rate_limit`).
    fn count(&self, of_user: Option<NonZeroU16>) -> Result<(), Reply> {
        let of_client = self.service.file().smtpd.per_minute;
        let user = self.user.clone().map(Sender::User).zip(of_user);
        let client = self.peer.network().map(Sender::Client).zip(of_client);
        let limits: Vec<_> = user
            .into_iter()
            .chain(client)
            .map(|(sender, most)| (sender, most.get().into()))
            .collect();
        match self.service.messages.add(&limits, self.service.now()) {
            Some(_) => Ok(()),
            None => Err(Reply::new(450, [4, 7, 1], "too many messages in a minute")),
        }
    }
}

impl Server for Client<'_, '_, '_> {
    fn message_limit(&self) -> u64 {
        self.mailer.message_limit()
    }

    fn recipient_limit(&self) -> usize {
        self.mailer.recipient_limit()
    }

    fn refuses_sender(&mut self, sender: Option<&Recipient>) -> Option<Reply> {
        match self.mailer.refuses_sender(sender) {
            Some(refusal) => Some(refusal),
            None => {
                let of_user = self.of_user(sender);
                of_user.and_then(|most| self.count(most)).err()
            }
        }
    }

    fn addresses(&mut self, recipient: &Recipient) -> Result<Vec<Address>, Reply> {
        self.mailer.addresses(recipient).map_err(|reply| {
            let told = self.peer.told(reply.clone());
            if told != reply {
                let line = format!("warning: {}", reply.words());
                self.service.log.line(&line);
            }
            told
        })
    }

    fn refused(&mut self, sender: &str, recipient: Option<&str>, reply: &Reply) {
        let client = (self.peer, self.user.as_deref());
        let log = self.service.log;
        log.refused_path(client, (sender, recipient), reply.line().trim_end());
    }
}
