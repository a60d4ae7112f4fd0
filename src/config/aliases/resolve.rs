//! Resolves an alias to addresses.

use std::collections::HashSet;

use super::{Aliases, MOST_FAULTS};
use crate::message::limits::{ADDRESSES, ALIAS_DEPTH, Excess, SHOWN};
use crate::message::{Address, Mailbox, Recipient, SendmailError};

/// The alias for all names of this host without an alias.
const DEFAULT: &str = "default";

impl Aliases {
    /// The mailboxes of `name`, on `host` or on this host. Empty if there is no alias. `default` is not
    /// used for names of other hosts.
    ///
    /// # Errors
    /// As [`Aliases::resolve`].
    pub fn resolve_at(
        &self,
        name: &str,
        host: Option<&str>,
    ) -> Result<Vec<Mailbox>, SendmailError> {
        match self.key(name, host) {
            Some(key) if !is_local_delivery(name) => self.resolve(&key),
            _ => Ok(Vec::new()),
        }
    }

    /// The mailboxes of `name`, each once. Empty if there is no alias.
    ///
    /// # Errors
    /// [`SendmailError::Aliases`] for an alias that leads to itself, to a file or to a program.
    pub fn resolve(&self, name: &str) -> Result<Vec<Mailbox>, SendmailError> {
        let mut search = Search {
            aliases: self,
            above: Vec::new(),
            seen: HashSet::new(),
            found: Vec::new(),
            addresses: HashSet::new(),
        };
        search.follow(name)?;
        if search.found.is_empty() {
            self.readable()?;
        }
        Ok(search.found)
    }

    /// The errors in the aliases, at most 100: invalid lines, and targets that cannot be used.
    #[must_use]
    pub fn faults(&self) -> Vec<SendmailError> {
        let lines = self.faults.iter().cloned().map(SendmailError::Aliases);
        let faults = self
            .entries
            .keys()
            .filter_map(|name| match self.resolve(name) {
                Ok(found) if found.is_empty() => Some(fault(name, "has no addresses")),
                Ok(_) => None,
                Err(error) => Some(error),
            });
        lines.chain(faults).take(MOST_FAULTS).collect()
    }
}

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
        let targets = targets_of(&name, targets)?;
        self.above.push(name);
        for target in targets {
            self.target(target)?;
        }
        self.above.pop();
        Ok(())
    }

    /// Follows one target of the current alias.
    fn target(&mut self, target: Recipient) -> Result<(), SendmailError> {
        let (name, host, written) = match target {
            Recipient::Mailbox { mailbox, .. } => {
                if self.addresses.insert(mailbox.address().clone()) {
                    self.found.push(mailbox);
                }
                Excess::check(self.found.len(), ADDRESSES, "addresses behind an alias")?;
                return Ok(());
            }
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

/// The targets of an alias.
fn targets_of(alias: &str, list: &str) -> Result<Vec<Recipient>, SendmailError> {
    let mut targets = list.split(',').map(str::trim);
    if let Some(odd) = targets.find(|target| is_local_delivery(target)) {
        let odd = beginning(odd);
        let why = format!(
            "leads to {odd:?}, a file, a list file or a program, but Graph delivers only to addresses"
        );
        return Err(fault(alias, &why));
    }
    Recipient::parse_list(list)
        .map_err(|error| fault(alias, &format!("is not a list of addresses: {error}")))
}

/// Whether a target is for a local delivery agent, which Graph does not support: `/var/mail/x`,
/// `|program`, `:include:/file`, with or without quotation marks.
pub(super) fn is_local_delivery(target: &str) -> bool {
    let target = target.trim_start_matches('"');
    target.starts_with(['/', '|', '\\']) || target.starts_with(":include:")
}
