//! Follows an alias to the addresses behind it.

use std::collections::HashSet;

use super::{Aliases, MOST_FAULTS};
use crate::message::limits::{ADDRESSES, ALIAS_DEPTH, Excess, SHOWN};
use crate::message::{Address, Mailbox, Recipient, SendmailError};

/// The name that stands for every name of this host which has no alias of its own.
const DEFAULT: &str = "default";

impl Aliases {
    /// The mailboxes behind `name` on `host`, or on this one; none where no alias knows it. Those of
    /// other hosts have aliases of their own alone: `default` is not theirs.
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

    /// The mailboxes behind `name`, each once; none where no alias knows it.
    ///
    /// # Errors
    /// [`SendmailError::Aliases`] for an alias that leads back to itself, to a file or to a program.
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

    /// What cannot be followed: lines, and entries whose targets cannot be used, with the reason; the
    /// first 100.
    #[must_use]
    pub fn faults(&self) -> Vec<SendmailError> {
        let lines = self.faults.iter().cloned().map(SendmailError::Aliases);
        let faults = self
            .entries
            .keys()
            .filter_map(|name| match self.resolve(name) {
                Ok(found) if found.is_empty() => Some(fault(name, "names nobody")),
                Ok(_) => None,
                Err(error) => Some(error),
            });
        lines.chain(faults).take(MOST_FAULTS).collect()
    }
}

/// One search for the addresses behind a name.
struct Search<'a> {
    aliases: &'a Aliases,
    /// The aliases that led here, the first first.
    above: Vec<String>,
    /// Those that were followed.
    seen: HashSet<String>,
    found: Vec<Mailbox>,
    /// Those of `found`.
    addresses: HashSet<Address>,
}

impl Search<'_> {
    /// Follows a name, whose depth [`ALIAS_DEPTH`] limits.
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
                    let why = format!("leads to {name:?}, whom no alias gives an address");
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
            let why = format!("is behind {ALIAS_DEPTH} others, and no more are followed");
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

    /// Takes up one target of the alias that is followed.
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
        let why = format!("leads to {element:?}, which no host beyond this network knows");
        Err(fault(&name, &why))
    }
}

/// As much of a text as an error shows.
pub(super) fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SHOWN)).unwrap_or(text)
}

fn fault(alias: &str, why: &str) -> SendmailError {
    SendmailError::Aliases(format!("the alias {:?} {why}", beginning(alias)))
}

/// Whom an alias's list names.
fn targets_of(alias: &str, list: &str) -> Result<Vec<Recipient>, SendmailError> {
    let mut targets = list.split(',').map(str::trim);
    if let Some(odd) = targets.find(|target| is_local_delivery(target)) {
        let odd = beginning(odd);
        let why = format!(
            "leads to {odd:?}, a file, a list file or a program, and Graph delivers to addresses alone"
        );
        return Err(fault(alias, &why));
    }
    Recipient::parse_list(list)
        .map_err(|error| fault(alias, &format!("is no list of addresses: {error}")))
}

/// What local delivery agents know and Graph does not: `/var/mail/x`, `|program`, `:include:/file`,
/// in quotation marks or not.
pub(super) fn is_local_delivery(target: &str) -> bool {
    let target = target.trim_start_matches('"');
    target.starts_with(['/', '|', '\\']) || target.starts_with(":include:")
}
