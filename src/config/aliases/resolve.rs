//! Resolves an alias to addresses.

use std::collections::HashSet;

use super::{Aliases, MOST_FAULTS};
use crate::message::limits::{ADDRESSES, ALIAS_DEPTH, Excess, SHOWN};
use crate::message::{Address, Mailbox, Recipient, SendmailError};

/// The alias for all names of this host without an alias.
pub(super) const DEFAULT: &str = "default";

/// The name that each host has.
pub const POSTMASTER: &str = "postmaster";

impl Aliases {
    /// The mailboxes of `name`, each once, on `host` or on this host; and the errors of targets that are left
    /// out. Empty if there is no alias. `default` is not used for names of other hosts.
    ///
    /// # Errors
    /// [`SendmailError::Aliases`] for an alias that leads only to itself, to files or to programs.
    pub fn resolve(&self, name: &str, host: Option<&str>) -> Result<Found, SendmailError> {
        match self.key(name, host) {
            Some(key) if !is_local_delivery(name) => self.resolve_key(&key),
            _ => Ok(Found::default()),
        }
    }

    /// The mailboxes of a recipient: those of its alias, or the recipient itself. Empty if it is a local name
    /// without an alias.
    ///
    /// # Errors
    /// As [`Aliases::resolve`].
    pub fn mailboxes_of(&self, recipient: &Recipient) -> Result<Found, SendmailError> {
        let mailbox = match recipient {
            Recipient::Local { name, host, .. } => {
                return self.resolve(name, host.as_deref());
            }
            Recipient::Mailbox { mailbox, .. } => mailbox,
        };
        let address = mailbox.address();
        match self.resolve(address.local(), Some(address.domain()))? {
            (found, _) if found.is_empty() => Ok((vec![mailbox.clone()], Vec::new())),
            found => Ok(found),
        }
    }

    fn resolve_key(&self, name: &str) -> Result<Found, SendmailError> {
        let mut search = Search {
            aliases: self,
            above: Vec::new(),
            seen: HashSet::new(),
            found: Vec::new(),
            addresses: HashSet::new(),
            faults: Vec::new(),
        };
        search.follow(name)?;
        if search.found.is_empty() {
            search.faults.into_iter().next().map_or(Ok(()), Err)?;
            self.readable()?;
            return Ok(Found::default());
        }
        Ok((search.found, search.faults))
    }

    /// The errors in the aliases, each once, at most 100: invalid lines, and targets that cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<SendmailError> {
        let lines = self.faults.iter().cloned().map(SendmailError::Aliases);
        let faults = self
            .entries
            .keys()
            .flat_map(|name| match self.resolve_key(name) {
                Ok((found, _)) if found.is_empty() => vec![fault(name, "has no addresses")],
                Ok((_, faults)) => faults,
                Err(error) => vec![error],
            });
        let mut seen = HashSet::new();
        let faults = faults.filter(|fault| seen.insert(fault.to_string()));
        lines.chain(faults).take(MOST_FAULTS).collect()
    }
}

/// The mailboxes of a name, and the errors of targets that are left out.
pub(super) type Found = (Vec<Mailbox>, Vec<SendmailError>);

/// The state while a name is resolved.
struct Search<'a> {
    aliases: &'a Aliases,
    /// The chain of aliases that led here, outermost first.
    above: Vec<String>,
    /// The aliases that were followed.
    seen: HashSet<String>,
    found: Vec<Mailbox>,
    /// The addresses in `found`.
    addresses: HashSet<Address>,
    /// The errors of targets that are left out.
    faults: Vec<SendmailError>,
}

impl Search<'_> {
    /// Follows a name. [`ALIAS_DEPTH`] limits the recursion.
    fn follow(&mut self, name: &str) -> Result<(), SendmailError> {
        let name = name.to_ascii_lowercase();
        if self.above.contains(&name) {
            return Err(fault(&name, "leads back to itself"));
        }
        let entries = &self.aliases.entries;
        let entry = entries.get(&name);
        let Some(targets) = entry.or_else(|| entries.get(DEFAULT)) else {
            let own = self.aliases.postmaster.as_ref();
            if let Some(own) = own.filter(|_| name == POSTMASTER) {
                return self.add(own.clone());
            }
            return match self.above.last() {
                None => Ok(()),
                Some(alias) => {
                    let name = beginning(&name);
                    let why = format!("leads to {name:?}, which has no alias");
                    Err(fault(alias, &why))
                }
            };
        };
        let name = if entry.is_some() {
            name
        } else {
            DEFAULT.to_owned()
        };
        if self.above.contains(&name) {
            return Err(fault(&name, "leads back to itself"));
        }
        if !self.seen.insert(name.clone()) {
            return Ok(());
        }
        if self.above.len() >= ALIAS_DEPTH {
            let why = format!("is nested more than {ALIAS_DEPTH} deep");
            return Err(fault(&name, &why));
        }
        let (targets, faults) = targets_of(&name, targets);
        self.faults.extend(faults);
        self.above.push(name);
        for target in targets {
            match self.target(target) {
                Err(SendmailError::Aliases(_)) if self.faults.len() >= MOST_FAULTS => {}
                Err(error @ SendmailError::Aliases(_)) => self.faults.push(error),
                other => other?,
            }
        }
        self.above.pop();
        Ok(())
    }

    fn add(&mut self, mailbox: Mailbox) -> Result<(), SendmailError> {
        if self.addresses.insert(mailbox.address().clone()) {
            self.found.push(mailbox);
        }
        Excess::check(self.found.len(), ADDRESSES, "addresses behind an alias")?;
        Ok(())
    }

    /// Follows one target of the current alias.
    fn target(&mut self, target: Recipient) -> Result<(), SendmailError> {
        let (name, host, written) = match target {
            Recipient::Mailbox { mailbox, .. } => return self.add(mailbox),
            Recipient::Local {
                name,
                host,
                written,
            } => (name, host, written),
        };
        if let Some(key) = self.aliases.key(&name, host.as_deref()) {
            return self.follow(&key);
        }
        let name = self.above.last().cloned().unwrap_or_default();
        let element = beginning(&written.element);
        let why = format!("leads to {element:?}, which is a local name without an alias");
        Err(fault(&name, &why))
    }
}

/// The beginning of a text, for an error.
pub(super) fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SHOWN)).unwrap_or(text)
}

fn fault(alias: &str, why: &str) -> SendmailError {
    SendmailError::Aliases(format!("the alias {:?} {why}", beginning(alias)))
}

/// The targets of an alias, and the errors of those that cannot be used.
pub(super) fn targets_of(alias: &str, list: &str) -> (Vec<Recipient>, Vec<SendmailError>) {
    let (local, others): (Vec<_>, Vec<_>) =
        elements(list).partition(|target| is_local_delivery(target));
    let local = local.into_iter().map(|target| {
        let odd = beginning(target);
        let why = format!(
            "leads to {odd:?}, a file, a list file or a program, but Graph delivers only to addresses"
        );
        fault(alias, &why)
    });
    let (targets, faults) = Recipient::parse_each(&others.join(", "));
    let faults = faults.into_iter();
    let faults = faults.map(|error| fault(alias, &format!("is not a list of addresses: {error}")));
    (targets, local.chain(faults).collect())
}

/// The elements of a list, which are separated by commas outside of quotation marks.
fn elements(list: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let elements = list.split(move |character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    });
    elements.map(str::trim)
}

/// Whether a target is for a local delivery agent, which Graph does not support: `/var/mail/x`,
/// `|program`, `:include:/file`, with or without quotation marks.
pub(super) fn is_local_delivery(target: &str) -> bool {
    let target = target.trim_start_matches('"');
    target.starts_with(['/', '|', '\\']) || target.starts_with(":include:")
}
