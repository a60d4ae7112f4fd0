//! `[sendmail]`: settings of `graphmail sendmail`.

use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use super::smtpd::senders;
use crate::message::{Mailbox, SenderPattern};

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
    /// The name in a From that has none.
    #[serde(default, deserialize_with = "template")]
    pub default_name: Option<NameTemplate>,
    /// Addresses that the mailbox may send as. `@x.org` allows a whole domain.
    #[serde(default, deserialize_with = "senders")]
    pub allowed_from: Vec<SenderPattern>,
    /// The socket of the host's mail service. `None`: `/run/graphmail/submit`.
    pub submit: Option<PathBuf>,
    /// Further domains whose addresses are names of this host: `web.example.org`.
    #[serde(default, deserialize_with = "domains")]
    pub local_domains: Vec<String>,
}

/// A name in which `%U` is the user, `%H` the host and `%%` a percent sign, as in msmtp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTemplate(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Character(char),
    User,
    Host,
}

impl NameTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut characters = text.chars();
        let mut parts = Vec::new();
        while let Some(character) = characters.next() {
            parts.push(match character {
                '%' => match characters.next() {
                    Some('U') => Part::User,
                    Some('H') => Part::Host,
                    Some('%') => Part::Character('%'),
                    other => {
                        let other = other.map_or_else(String::new, String::from);
                        return Err(format!(
                            "%{other} has no meaning: %U is the user, %H the host, %% a percent sign"
                        ));
                    }
                },
                other => Part::Character(other),
            });
        }
        Ok(Self(parts))
    }

    /// The name for this user and host.
    #[must_use]
    pub fn expand(&self, user: &str, host: &str) -> String {
        let mut name = String::new();
        for part in &self.0 {
            match part {
                Part::Character(character) => name.push(*character),
                Part::User => name.push_str(user),
                Part::Host => name.push_str(host),
            }
        }
        name
    }
}

fn template<'de, D: Deserializer<'de>>(value: D) -> Result<Option<NameTemplate>, D::Error> {
    let text = String::deserialize(value)?;
    let template = NameTemplate::parse(&text).map(Some);
    template.map_err(serde::de::Error::custom)
}

fn domains<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    let domains = Vec::<String>::deserialize(value)?;
    let is_domain = |domain: &str| Mailbox::parse(&format!("postmaster@{domain}")).is_ok();
    match domains.iter().find(|domain| !is_domain(domain)) {
        Some(wrong) => Err(serde::de::Error::custom(format!(
            "{wrong:?} is not a domain such as web.example.org"
        ))),
        None => Ok(domains),
    }
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

impl FromChoice {
    /// The names in the configuration.
    pub(super) const NAMES: [&str; 3] = ["rewrite", "keep", "refuse"];
}

impl SendmailEntry {
    /// Merges `self` over `below`, key by key.
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
            default_name: self.default_name.or(below.default_name),
            submit: self.submit.or(below.submit),
            allowed_from: set(self.allowed_from, below.allowed_from),
            local_domains: set(self.local_domains, below.local_domains),
        }
    }
}

/// The list of a file, or that of the file below if it has none.
fn set<T>(own: Vec<T>, below: Vec<T>) -> Vec<T> {
    if own.is_empty() { below } else { own }
}
