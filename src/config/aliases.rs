//! Aliases: the addresses of local names, from `[aliases]`, then from the host's file (aliases(5)).

mod check;
mod hosts;
mod read;
mod resolve;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::message::{Mailbox, Recipient, SendmailError};

pub(super) use check::{check_table, wrong_target};
pub(super) use hosts::Hosts;
pub use resolve::POSTMASTER;
pub use table::Targets;

/// The aliases of local names. Names are lower case. Names of other hosts have the form `name@host`.
#[derive(Debug, Clone, Default)]
pub struct Aliases {
    entries: Arc<BTreeMap<String, String>>,
    hosts: Hosts,
    /// The host's file of aliases.
    file: PathBuf,
    /// Why that file cannot be read. `entries` may be incomplete then.
    read_error: Option<String>,
    /// Errors in that file, by line, and in the configuration.
    faults: Arc<Vec<String>>,
    /// Who gets the mail for `postmaster`, if there is no alias for it.
    postmaster: Option<Mailbox>,
}

/// The name under which an alias for a recipient must be defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasScope {
    /// This host: the alias is `name`.
    Own,
    /// Another host of the network: the alias is `name@host`, given here.
    Other(String),
    /// The recipient cannot have an alias.
    Nowhere,
}

/// The most errors that are reported.
const MOST_FAULTS: usize = 100;

impl Aliases {
    /// The same aliases. The mail for `postmaster` goes to `own` if no alias says otherwise: a host accepts it always
    /// (RFC 5321 section 4.5.1).
    #[must_use]
    pub fn with_postmaster(self, own: Option<Mailbox>) -> Self {
        let postmaster = own;
        Self { postmaster, ..self }
    }

    /// The path of the host's file of aliases, even if the file does not exist.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Checks that the host's file of aliases could be read.
    ///
    /// # Errors
    /// [`SendmailError::Aliases`] if the host's file exists and cannot be read.
    pub fn readable(&self) -> Result<(), SendmailError> {
        let read_error = self.read_error.clone().map(SendmailError::Aliases);
        read_error.map_or(Ok(()), Err)
    }

    /// The name under which an alias for the recipient `written` must be defined.
    #[must_use]
    pub fn scope_of(&self, written: &str) -> AliasScope {
        let written = Recipient::parse_list(written).unwrap_or_default();
        match written.as_slice() {
            [Recipient::Local { name, .. }] if resolve::is_local_delivery(name) => {
                AliasScope::Nowhere
            }
            [Recipient::Local { name, host, .. }] => match host {
                Some(host) if !self.hosts.is_own(host) => {
                    AliasScope::Other(format!("{name}@{host}"))
                }
                _ => AliasScope::Own,
            },
            _ => AliasScope::Nowhere,
        }
    }

    /// The names of this host in addresses, except a mail name that may have mailboxes elsewhere.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.all().filter(|host| self.hosts.is_whole(host))
    }

    /// The key of the alias for `name`, on `host` or on this host: `name@host` if there is such an alias,
    /// else `name` if the host is this one, and both also without a `+tag`. `default` stands for a name
    /// without an alias. `None` if there can be no alias.
    fn key(&self, name: &str, host: Option<&str>) -> Option<String> {
        let name = name.to_ascii_lowercase();
        let base = name.split_once('+').map_or(&*name, |(base, _)| base);
        let names = [&*name, base];
        let known = |key: &String| self.entries.contains_key(key);
        if let Some(host) = host {
            let host = host.to_ascii_lowercase();
            let exact = names
                .iter()
                .map(|name| format!("{name}@{host}"))
                .find(known);
            if exact.is_some() || !self.hosts.is_own(&host) {
                return exact;
            }
        }
        let own = names.iter().map(|&name| name.to_owned()).find(known);
        let is_whole = host.is_none_or(|host| self.hosts.is_whole(host));
        own.or_else(|| is_whole.then(|| name.clone()))
    }

    /// The number of aliases.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries.len()
    }
}
