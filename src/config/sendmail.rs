//! `[sendmail]`: settings of `graphmail sendmail`.

use std::path::PathBuf;

use serde::Deserialize;

/// The table `[sendmail]` of a configuration file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct SendmailEntry {
    /// The host's file of aliases. `None`: `/etc/aliases`.
    pub aliases_file: Option<PathBuf>,
    /// The configuration file that sets it.
    #[serde(skip)]
    pub(super) source: Option<PathBuf>,
    /// What to do with a From that is not this mailbox. `None`: `rewrite`.
    pub from_policy: Option<FromChoice>,
    /// The name in a From that has none. `%U` is the user and `%H` the host.
    pub default_name: Option<String>,
    /// Addresses that the mailbox may send as. `@x.org` allows a whole domain.
    #[serde(default)]
    pub allowed_from: Vec<String>,
    /// The socket of the host's mail service. `None`: `/run/graphmail/submit`.
    pub submit: Option<PathBuf>,
    /// Further domains whose addresses are names of this host: `web.example.org`.
    #[serde(default)]
    pub local_domains: Vec<String>,
}

/// [`FromPolicy`](crate::message::FromPolicy) in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromChoice {
    /// Replace it with the mailbox's address.
    Rewrite,
    /// Keep it.
    Keep,
    /// Refuse the message.
    Refuse,
}

impl SendmailEntry {
    /// Merges `self` over `below`, key by key.
    #[must_use]
    pub(super) fn over(self, below: Self) -> Self {
        let (aliases_file, source) = match self.aliases_file {
            Some(file) => (Some(file), self.source),
            None => (below.aliases_file, below.source),
        };
        let set = |own: Vec<String>, below| if own.is_empty() { below } else { own };
        Self {
            aliases_file,
            source,
            from_policy: self.from_policy.or(below.from_policy),
            default_name: self.default_name.or(below.default_name),
            submit: self.submit.or(below.submit),
            allowed_from: set(self.allowed_from, below.allowed_from),
            local_domains: set(self.local_domains, below.local_domains),
        }
    }
}
