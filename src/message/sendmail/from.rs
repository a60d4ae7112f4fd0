//! From: the mailbox itself, or whom it may send as.

use jiff::Zoned;
use uuid::Uuid;

use super::lists::with_ascii_domains;
use super::recipients::{called, named, parsed};
use super::{Envelope, Piped, PipedError};
use crate::message::address::Mailbox;
use crate::message::recipient::{Recipient, Written};

/// What becomes of a From that is not of this mailbox.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FromPolicy {
    /// The mailbox's address takes its place, and answers go to the original.
    #[default]
    Rewrite,
    /// It stays: Exchange decides whether the mailbox may send as it.
    Keep,
    /// The message is refused.
    Refuse,
}

/// Where the message goes out, and when.
#[derive(Debug, Clone)]
pub struct Sending {
    /// The mailbox's own address, where it is known.
    pub mailbox: Option<Mailbox>,
    /// Addresses that it may send as too; `@x.org` stands for all of that domain.
    pub allowed: Vec<String>,
    /// What becomes of another From.
    pub policy: FromPolicy,
    /// Now, in the zone that Date shows.
    pub now: Zoned,
    /// Names the message that has no Message-ID.
    pub uuid: Uuid,
}

impl Sending {
    fn may_send_as(&self, mailbox: &Mailbox) -> bool {
        let address = mailbox.address();
        let own = self.mailbox.as_ref();
        let allowed = |pattern: &String| match pattern.strip_prefix('@') {
            Some(domain) => address.domain().eq_ignore_ascii_case(domain),
            None => address.as_str().eq_ignore_ascii_case(pattern),
        };
        self.policy == FromPolicy::Keep
            || own.is_none_or(|own| own.address().same_mailbox(address))
            || self.allowed.iter().any(allowed)
    }
}

impl Piped<'_> {
    pub(super) fn settle_from(
        &mut self,
        envelope: &Envelope,
        sending: &Sending,
    ) -> Result<(), PipedError> {
        // What cannot be read is not this mailbox's, and is kept for the reader.
        let authors = parsed(&self.section, "From").unwrap_or_default();
        let missing = !self.section.has("From");
        let given = match missing {
            true => envelope.sender.as_slice(),
            false => authors.as_slice(),
        };
        let own = |author: &Recipient| match author {
            Recipient::Mailbox { mailbox, .. } => sending.may_send_as(mailbox),
            Recipient::Local { .. } => false,
        };
        if let [Recipient::Mailbox { mailbox, written }, ..] = given
            && given.iter().all(own)
        {
            if missing {
                let from = as_sender(mailbox, written, envelope);
                self.section.set("From", &from);
            }
            if !parsed(&self.section, "Sender").is_ok_and(|all| all.iter().all(own)) {
                self.section.rename("Sender", "X-Original-Sender");
            }
            return Ok(());
        }
        let Some(own) = &sending.mailbox else {
            return Err(PipedError::NoSender);
        };
        if let (Some(other), FromPolicy::Refuse) = (given.first(), sending.policy) {
            return Err(PipedError::From(other.written().element.clone()));
        }
        let called = match given {
            [author] if !missing => called(author.written(), own),
            _ => None,
        };
        let name = envelope.name.as_deref().filter(|_| missing);
        let from = called.unwrap_or_else(|| match name.or(own.name()) {
            Some(name) => named(name, own),
            None => own.address().to_string(),
        });
        if !missing {
            self.keep_original_from(&authors);
        }
        self.section.set("From", &from);
        self.section.rename("Sender", "X-Original-Sender");
        if let (true, [Recipient::Mailbox { mailbox, written }]) = (missing, given)
            && !self.section.has("Reply-To")
        {
            let sender = as_sender(mailbox, written, envelope);
            self.section.set("Reply-To", &sender);
        }
        Ok(())
    }

    /// Answers go to those who wrote, where all are addresses and no other was asked for.
    fn keep_original_from(&mut self, authors: &[Recipient]) {
        let addresses = |author: &Recipient| matches!(author, Recipient::Mailbox { .. });
        if !authors.is_empty() && authors.iter().all(addresses) && !self.section.has("Reply-To") {
            let authors = authors
                .iter()
                .map(|author| author.written().element.as_str());
            let list = authors.collect::<Vec<_>>().join(",\r\n ");
            self.section.set("Reply-To", &list);
            return;
        }
        self.section.copy("From", "X-Original-From");
    }
}

/// The sender of the command line, as a field carries it.
fn as_sender(mailbox: &Mailbox, written: &Written, envelope: &Envelope) -> String {
    match &envelope.name {
        Some(name) => named(name, mailbox),
        None => with_ascii_domains(&written.element).unwrap_or_else(|| written.element.clone()),
    }
}
