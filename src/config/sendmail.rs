//! `[sendmail]`: how this program behaves as sendmail.

use std::path::PathBuf;

use serde::Deserialize;

/// How this program behaves as sendmail.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub struct SendmailEntry {
    /// The host's file of aliases; `/etc/aliases` where absent.
    pub aliases_file: Option<PathBuf>,
    /// The configuration file that names it.
    #[serde(skip)]
    pub(super) source: Option<PathBuf>,
    /// What becomes of a From that is not of the mailbox; `rewrite` where absent.
    pub from_policy: Option<FromChoice>,
    /// Addresses, and domains as `@x.org`, that the mailbox may send as.
    #[serde(default)]
    pub allowed_from: Vec<String>,
}

/// [`FromPolicy`](crate::message::FromPolicy) as the configuration names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromChoice {
    /// The mailbox's address takes its place.
    Rewrite,
    /// It stays.
    Keep,
    /// The message is refused.
    Refuse,
}

impl SendmailEntry {
    /// Lays `self` over `below`, key by key.
    #[must_use]
    pub(super) fn over(self, below: Self) -> Self {
        let (aliases_file, source) = match self.aliases_file {
            Some(file) => (Some(file), self.source),
            None => (below.aliases_file, below.source),
        };
        Self {
            aliases_file,
            source,
            from_policy: self.from_policy.or(below.from_policy),
            allowed_from: if self.allowed_from.is_empty() {
                below.allowed_from
            } else {
                self.allowed_from
            },
        }
    }
}
