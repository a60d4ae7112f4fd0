//! Local names and the addresses behind them: `[aliases]`, then the host's own file (aliases(5)).

mod read;
mod resolve;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::message::{Recipient, SendmailError};

pub use table::Targets;
pub(super) use table::table;

/// Whom local names mean, lower case on the left; those of other hosts with `@` and the host.
#[derive(Debug, Clone, Default)]
pub struct Aliases {
    entries: BTreeMap<String, String>,
    /// What this host calls itself.
    host: String,
    /// The host's own file.
    file: PathBuf,
    /// What that file cannot be read for: `entries` may lack a name then.
    read_error: Option<String>,
    /// What cannot be followed in it, by line, and in the configuration.
    faults: Vec<String>,
}

/// Whose names an alias would have to be among.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AliasScope {
    /// This host: the alias is `name`.
    Own,
    /// Another host of the network: the alias is this `name@host`.
    Other(String),
    /// No alias can give it an address.
    Nowhere,
}

/// What cannot be followed is named so often; the rest is not looked for.
const MOST_FAULTS: usize = 100;

impl Aliases {
    /// The host's own file of aliases, whether it is there or not.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Whether all aliases are known.
    ///
    /// # Errors
    /// [`SendmailError::Aliases`] where the host's own file is there and cannot be read.
    pub fn readable(&self) -> Result<(), SendmailError> {
        let read_error = self.read_error.clone().map(SendmailError::Aliases);
        read_error.map_or(Ok(()), Err)
    }

    /// Where an alias for the recipient `written` would have to be.
    #[must_use]
    pub fn scope_of(&self, written: &str) -> AliasScope {
        let written = Recipient::parse_list(written).unwrap_or_default();
        match written.as_slice() {
            [Recipient::Local { name, .. }] if resolve::is_local_delivery(name) => {
                AliasScope::Nowhere
            }
            [Recipient::Local { name, host, .. }] => match host {
                Some(host) if !self.is_own(host) => AliasScope::Other(format!("{name}@{host}")),
                _ => AliasScope::Own,
            },
            _ => AliasScope::Nowhere,
        }
    }

    /// Whether this host is called so: `web2` is `web2.example.org` too.
    fn is_own(&self, host: &str) -> bool {
        let names = [Some(self.host.as_str()), self.host.split('.').next()];
        let mut names = names.into_iter().flatten();
        names.any(|own| own.eq_ignore_ascii_case(host))
    }

    /// Under what an alias for `name` on `host` stands, or on this one: `name@host` where there is
    /// such an alias, else the name, but for those of other hosts.
    fn key(&self, name: &str, host: Option<&str>) -> Option<String> {
        let name = name.to_ascii_lowercase();
        let Some(host) = host else {
            return Some(name);
        };
        let exact = format!("{name}@{}", host.to_ascii_lowercase());
        if self.entries.contains_key(&exact) {
            return Some(exact);
        }
        self.is_own(host).then_some(name)
    }

    /// How many names there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries.len()
    }
}
