//! The mailboxes that stand for names and addresses of this host.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::error::SendmailError;
use super::lists::{with_name, with_phrase};
use crate::message::address::Mailbox;
use crate::message::limits::{ADDRESSES, Excess};
use crate::message::recipient::{Recipient, Written};

/// Looks up the mailboxes of a local name, on this host or another host of its network. Empty if the name
/// is unknown.
pub(super) type Resolve<'a, E> = &'a dyn Fn(&str, Option<&str>) -> Result<Vec<Mailbox>, E>;

/// A local name and its host.
type Local = (String, Option<String>);

/// The mailboxes of a local name, or why they are not known.
type Found = Result<Rc<[Mailbox]>, SendmailError>;

/// The mailboxes of local names. Each name is looked up once.
pub(super) struct LocalNames<'a, E> {
    resolve: Resolve<'a, E>,
    found: RefCell<HashMap<Local, Found>>,
    /// The mailboxes in `found`.
    count: Cell<usize>,
}

impl<'a, E: Into<SendmailError>> LocalNames<'a, E> {
    pub(super) fn new(resolve: Resolve<'a, E>) -> Self {
        Self {
            resolve,
            found: RefCell::default(),
            count: Cell::new(0),
        }
    }

    /// The mailboxes of a recipient, at least one. An address of this host may have an alias, too.
    pub(super) fn resolve(&self, recipient: &Recipient) -> Result<Rc<[Mailbox]>, SendmailError> {
        let local = match recipient {
            Recipient::Mailbox { mailbox, .. } => {
                let address = mailbox.address();
                (
                    address.local().to_owned(),
                    Some(address.domain().to_owned()),
                )
            }
            Recipient::Local { name, host, .. } => (name.clone(), host.clone()),
        };
        let mut found = self.found.borrow_mut();
        let found = found.entry(local).or_insert_with_key(|(name, host)| {
            let count = self.count.get();
            Excess::check(count, ADDRESSES, "addresses behind the names of this host")?;
            let list = (self.resolve)(name, host.as_deref()).map_err(Into::into)?;
            self.count.set(count + list.len());
            Ok(list.into())
        });
        let of_recipient = |error: SendmailError| error.of_recipient(&recipient.written().element);
        match (found.clone().map_err(of_recipient)?, recipient) {
            (list, _) if !list.is_empty() => Ok(list),
            (_, Recipient::Mailbox { mailbox, .. }) => Ok(Rc::new([mailbox.clone()])),
            (_, Recipient::Local { written, .. }) => {
                Err(SendmailError::Unknown(written.element.clone()))
            }
        }
    }

    /// An author whose address is one of this host, as the mailboxes of its alias, with `name` if there is one.
    /// `None` without an alias.
    pub(super) fn aliased(&self, author: &Recipient, name: Option<&str>) -> Option<Vec<Recipient>> {
        let Recipient::Mailbox { mailbox, written } = author else {
            return None;
        };
        let list = self.resolve(author).ok()?;
        if *list == [mailbox.clone()] {
            return None;
        }
        let local = mailbox.address().local();
        let aliased = |target: &Mailbox| {
            let written = || with_phrase(written, target);
            let called = || with_name(name.unwrap_or(local), target);
            let written = name.is_none().then(written).flatten();
            let element = written.unwrap_or_else(called);
            Recipient::new(
                target.clone(),
                Written {
                    element,
                    phrase: None,
                },
            )
        };
        Some(list.iter().map(aliased).collect())
    }

    /// Whether a local name has mailboxes other than those of the alias `default`, which all names have.
    pub(super) fn has_own_alias(&self, recipient: &Recipient) -> bool {
        let default = Recipient::Local {
            name: "default".to_owned(),
            host: None,
            written: recipient.written().clone(),
        };
        match (self.resolve(recipient), self.resolve(&default)) {
            (Err(SendmailError::Unknown(_)), _) => false,
            (Ok(own), Ok(default)) => own != default,
            _ => true,
        }
    }

    /// Whether other addresses stand for a recipient.
    pub(super) fn has_alias(&self, recipient: &Recipient) -> bool {
        match recipient {
            Recipient::Local { .. } => true,
            Recipient::Mailbox { mailbox, .. } => !self
                .resolve(recipient)
                .is_ok_and(|list| *list == [mailbox.clone()]),
        }
    }
}
