//! What SMTP clients get from this host: the limits of the account's mailbox, the aliases, and the replies to
//! failures.

use std::num::NonZeroUsize;

use super::Context;
use super::error::InputError;
use super::report::{Failure, Result};
use super::send::read::MAX_MESSAGE;
use super::sendmail::local_names;
use crate::compose;
use crate::config::{Aliases, POSTMASTER};
use crate::exit::Class;
use crate::graph;
use crate::message::{Address, Recipient, SendmailError, limits};
use crate::smtp::{Reply, Server};

/// The account's mailbox and this host's aliases, for one session.
pub(super) struct Mailer<'m, 'c> {
    context: &'m Context<'c>,
    /// Read at the first recipient.
    aliases: Option<Aliases>,
}

impl<'m, 'c> Mailer<'m, 'c> {
    /// For a session in which the aliases are read once.
    pub(super) const fn new(context: &'m Context<'c>) -> Self {
        Self {
            context,
            aliases: None,
        }
    }

    fn find(&mut self, recipient: &Recipient) -> Result<Vec<Address>> {
        let aliases = match self.aliases.take() {
            Some(aliases) => aliases,
            None => local_names::aliases_of(self.context)?,
        };
        let (found, faults) = self.aliases.insert(aliases).mailboxes_of(recipient)?;
        local_names::warn(&faults, self.context);
        let addresses = found.iter().map(|mailbox| mailbox.address().clone());
        Ok(addresses.collect())
    }
}

impl Server for Mailer<'_, '_> {
    fn message_limit(&self) -> u64 {
        let account = self.context.settings.account().ok();
        let limit = account.and_then(|account| account.message_limit);
        limit.unwrap_or(compose::Limits::MESSAGE).min(MAX_MESSAGE)
    }

    fn recipient_limit(&self) -> usize {
        let account = self.context.settings.account().ok();
        let limit = account.and_then(|account| account.recipient_limit);
        let limit = limit.map_or(compose::Limits::RECIPIENTS, NonZeroUsize::get);
        limit.min(limits::ADDRESSES)
    }

    fn refuses_sender(&mut self, _: Option<&Recipient>) -> Option<Reply> {
        None
    }

    fn addresses(&mut self, recipient: &Recipient) -> Result<Vec<Address>, Reply> {
        let found = self.find(recipient).map_err(|error| reply_to(&error))?;
        if found.is_empty() && is_postmaster(recipient) {
            let words = "postmaster: the account has no mailbox; set postmaster in [aliases]";
            return Err(Reply::new(550, [5, 1, 1], words));
        }
        Ok(found)
    }
}

fn is_postmaster(recipient: &Recipient) -> bool {
    matches!(recipient, Recipient::Local { name, host: None, .. } if name.eq_ignore_ascii_case(POSTMASTER))
}

/// The reply to a failure: 4xx if the client should try again, otherwise 5xx.
pub(super) fn reply_to(error: &Failure) -> Reply {
    let words = error.words();
    match error.class() {
        _ if matches!(error.downcast_ref(), Some(InputError::TooLong(_))) => {
            let words = "the message is larger than any mailbox may send";
            Reply::new(552, [5, 3, 4], words)
        }
        _ if is_too_large(error) => Reply::new(552, [5, 3, 4], &words),
        _ if matches!(error.downcast_ref(), Some(SendmailError::Sender(_))) => {
            Reply::new(550, [5, 7, 1], &words)
        }
        _ if matches!(error.downcast_ref(), Some(SendmailError::Loop { .. })) => {
            Reply::new(554, [5, 4, 6], &words)
        }
        Class::Recipient => Reply::new(550, [5, 1, 1], &words),
        _ if has_bad_recipients(error) => Reply::new(550, [5, 1, 3], &words),
        Class::Message | Class::Refused | Class::Usage | Class::Input => {
            Reply::new(554, [5, 6, 0], &words)
        }
        // graphmail has the message, and reports what becomes of it.
        Class::Unknown if error.entry().is_some() => Reply::new(250, [2, 0, 0], &words),
        // A retry could deliver the message twice.
        Class::Unknown => Reply::new(554, [5, 4, 0], &words),
        _ => Reply::new(451, [4, 3, 0], &words),
    }
}

/// Whether Graph refused addresses in To, Cc or Bcc.
fn has_bad_recipients(error: &Failure) -> bool {
    let error = error.downcast_ref::<graph::Error>();
    let answer = error.and_then(graph::Error::answer);
    answer.is_some_and(|answer| answer.code.as_deref() == Some("ErrorInvalidRecipients"))
}

/// Whether the message is too large for the mailbox or for any route.
fn is_too_large(error: &Failure) -> bool {
    use compose::Error;
    let too_large = |error: &Error| {
        matches!(
            error,
            Error::TooLarge { .. }
                | Error::AttachmentTooLarge { .. }
                | Error::MessageTooLarge { .. }
                | Error::Sealed { .. }
        )
    };
    let refused = |error: &graph::Error| {
        let answer = error.answer();
        answer.is_some_and(|answer| {
            answer.status == 413 || answer.code.as_deref() == Some("ErrorMessageSizeExceeded")
        })
    };
    error.downcast_ref::<Error>().is_some_and(too_large)
        || error.downcast_ref::<graph::Error>().is_some_and(refused)
}
