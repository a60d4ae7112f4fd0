//! Local names and the addresses behind them: `[aliases]`, then the host's own file (aliases(5)).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use crate::message::{Mailbox, PipedError, Recipient};

/// Whom local names mean, lower case on the left.
#[derive(Debug, Clone, Default)]
pub struct Aliases {
    entries: BTreeMap<String, String>,
    /// What this host calls itself.
    host: String,
    /// Where `entries` does not know a name: what the host's file could not be read for.
    trouble: Option<String>,
}

/// The name that stands for every local name which has no alias of its own.
const DEFAULT: &str = "default";

/// One or several, as the configuration writes them.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "an address list, or an array of addresses")]
pub enum Targets {
    /// `"ops@x.org, jane@x.org"`
    One(String),
    /// `["ops@x.org", "jane@x.org"]`
    Several(Vec<String>),
}

impl Targets {
    fn list(&self) -> String {
        match self {
            Self::One(list) => list.clone(),
            Self::Several(lists) => lists.join(", "),
        }
    }
}

impl Aliases {
    /// The configuration's own before those of the host's file, which may be absent.
    pub(super) fn read(own: &BTreeMap<String, Targets>, file: &Path, host: String) -> Self {
        let mut aliases = Self {
            host,
            ..Self::default()
        };
        match std::fs::read_to_string(file) {
            Ok(text) => aliases.entries = parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                aliases.trouble = Some(format!("{} cannot be read: {error}", file.display()));
            }
        }
        for (name, targets) in own {
            aliases
                .entries
                .insert(name.to_ascii_lowercase(), targets.list());
        }
        aliases
    }

    /// The mailboxes behind `name` on `host`, or on this one; none where no alias knows it, and on
    /// other hosts.
    ///
    /// # Errors
    /// As [`Aliases::resolve`].
    pub fn resolve_at(&self, name: &str, host: Option<&str>) -> Result<Vec<Mailbox>, PipedError> {
        // `web2` is `web2.example.org` too.
        let own = |host: &str| {
            let names = [Some(self.host.as_str()), self.host.split('.').next()];
            let mut names = names.into_iter().flatten();
            names.any(|own| own.eq_ignore_ascii_case(host))
        };
        if host.is_some_and(|host| !own(host)) || is_delivery(name) {
            return Ok(Vec::new());
        }
        self.resolve(name)
    }

    /// The mailboxes behind `name`, each once; none where no alias knows it.
    ///
    /// # Errors
    /// [`PipedError::Aliases`] for an alias that leads back to itself, to a file or to a program.
    pub fn resolve(&self, name: &str) -> Result<Vec<Mailbox>, PipedError> {
        let mut found = Vec::new();
        self.follow(name, &mut Vec::new(), &mut BTreeSet::new(), &mut found)?;
        if found.is_empty()
            && let Some(trouble) = &self.trouble
        {
            return Err(PipedError::Aliases(trouble.clone()));
        }
        Ok(found)
    }

    /// The entries whose targets cannot be used, with the reason.
    #[must_use]
    pub fn faults(&self) -> Vec<PipedError> {
        let faults = self
            .entries
            .keys()
            .filter_map(|name| match self.resolve(name) {
                Ok(found) if found.is_empty() => Some(PipedError::Unknown(name.clone())),
                Ok(_) => None,
                Err(error) => Some(error),
            });
        faults.collect()
    }

    /// How many names there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries.len()
    }

    fn follow(
        &self,
        name: &str,
        above: &mut Vec<String>,
        seen: &mut BTreeSet<String>,
        found: &mut Vec<Mailbox>,
    ) -> Result<(), PipedError> {
        let name = name.to_ascii_lowercase();
        if above.contains(&name) {
            return Err(fault(&name, "leads back to itself"));
        }
        let entry = self.entries.get(&name);
        let Some(targets) = entry.or_else(|| self.entries.get(DEFAULT)) else {
            return match above.last() {
                None => Ok(()),
                Some(alias) => Err(PipedError::Aliases(format!(
                    "the alias {alias:?} leads to {name:?}, whom no alias gives an address"
                ))),
            };
        };
        let name = if entry.is_some() {
            name
        } else {
            DEFAULT.to_owned()
        };
        if above.contains(&name) {
            return Err(fault(&name, "leads back to itself"));
        }
        if !seen.insert(name.clone()) {
            return Ok(());
        }
        let targets = targets_of(&name, targets)?;
        above.push(name);
        for target in targets {
            match target {
                Recipient::Mailbox { mailbox, .. } => {
                    if !found.iter().any(|one| one.address() == mailbox.address()) {
                        found.push(mailbox);
                    }
                }
                Recipient::Local {
                    name, host: None, ..
                } => {
                    self.follow(&name, above, seen, found)?;
                }
                Recipient::Local { written, .. } => {
                    let name = above.last().cloned().unwrap_or_default();
                    let why = format!(
                        "leads to {:?}, which no host beyond this network knows",
                        written.element
                    );
                    return Err(fault(&name, &why));
                }
            }
        }
        above.pop();
        Ok(())
    }
}

fn fault(alias: &str, why: &str) -> PipedError {
    PipedError::Aliases(format!("the alias {alias:?} {why}"))
}

/// Whom an alias's list names.
fn targets_of(alias: &str, list: &str) -> Result<Vec<Recipient>, PipedError> {
    let mut targets = list.split(',').map(str::trim);
    if let Some(odd) = targets.find(|target| is_delivery(target)) {
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
fn is_delivery(target: &str) -> bool {
    let target = target.trim_start_matches('"');
    target.starts_with(['/', '|', '\\']) || target.starts_with(":include:")
}

/// The lines of aliases(5): `name: target, target`; a line that begins with white space goes on with
/// the one before it, `#` begins a comment line. A line that is none of these names nobody.
fn parse(text: &str) -> BTreeMap<String, String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let blank = line.trim().is_empty() || line.trim_start().starts_with('#');
        match lines.last_mut() {
            _ if blank => {}
            Some(last) if line.starts_with([' ', '\t']) => last.push_str(line),
            _ => lines.push(line.to_owned()),
        }
    }
    let entry = |line: String| {
        let (name, targets) = line.split_once(':')?;
        let name = name.trim().trim_matches('"').to_ascii_lowercase();
        Some((name, targets.trim().to_owned()))
    };
    lines.into_iter().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::{Aliases, Targets, parse};

    fn aliases(entries: &[(&str, &str)]) -> Aliases {
        let own: BTreeMap<String, Targets> = entries
            .iter()
            .map(|(name, list)| ((*name).to_owned(), Targets::One((*list).to_owned())))
            .collect();
        Aliases::read(
            &own,
            Path::new("/nonexistent/aliases"),
            "web1.x.org".to_owned(),
        )
    }

    fn resolved(aliases: &Aliases, name: &str) -> Result<String, String> {
        let found = aliases.resolve(name).map_err(|error| error.to_string())?;
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        Ok(found.join(" "))
    }

    #[test]
    fn chains_and_lists_end_in_addresses_each_once() {
        let aliases = aliases(&[
            ("root", "admin, Jane Doe <j@x.org>"),
            ("Admin", "ops@x.org, j@x.org"),
            ("postmaster", "root"),
        ]);
        let all = Ok("ops@x.org j@x.org".to_owned());
        assert_eq!(resolved(&aliases, "root"), all);
        assert_eq!(resolved(&aliases, "POSTMASTER"), all);
        assert_eq!(resolved(&aliases, "jane"), Ok(String::new()));
    }

    #[test]
    fn other_hosts_have_users_of_their_own() {
        let aliases = aliases(&[("root", "ops@x.org"), ("default", "pm@x.org")]);
        let found = |name, host| {
            let found = aliases.resolve_at(name, host).expect("aliases");
            found.first().map(ToString::to_string)
        };
        for own in [None, Some("web1"), Some("WEB1.x.org")] {
            assert_eq!(found("root", own).as_deref(), Some("ops@x.org"), "{own:?}");
        }
        assert_eq!(found("root", Some("web2")), None);
        assert_eq!(found("/var/mail/x", None), None);
    }

    #[test]
    fn the_default_takes_whom_no_alias_knows() {
        let aliases = aliases(&[("root", "backup"), ("default", "ops@x.org")]);
        assert_eq!(resolved(&aliases, "jane"), Ok("ops@x.org".to_owned()));
        assert_eq!(resolved(&aliases, "root"), Ok("ops@x.org".to_owned()));
    }

    #[test]
    fn what_leads_nowhere_is_named() {
        let aliases = aliases(&[
            ("a", "b"),
            ("b", "a"),
            ("file", "/var/mail/x"),
            ("program", "\"|/usr/bin/procmail\""),
            ("list", ":include:/etc/list"),
            ("gone", "nobody"),
            ("odd", "x@"),
        ]);
        let table = [
            ("a", "the alias \"a\" leads back to itself"),
            (
                "file",
                "the alias \"file\" leads to \"/var/mail/x\", a file, a list file or a program, and Graph delivers to addresses alone",
            ),
            (
                "gone",
                "the alias \"gone\" leads to \"nobody\", whom no alias gives an address",
            ),
            (
                "odd",
                "the alias \"odd\" is no list of addresses: \"x@\": the domain is malformed",
            ),
        ];
        for (name, message) in table {
            assert_eq!(resolved(&aliases, name), Err(message.to_owned()));
        }
        for name in ["program", "list"] {
            assert!(resolved(&aliases, name).is_err(), "{name}");
        }
        assert_eq!(aliases.faults().len(), 7);
    }

    #[test]
    fn the_hosts_file_has_comments_and_long_lines() {
        let text = "# See man 5 aliases\npostmaster:    root\nroot: ops@x.org,\n\tjane@x.org\n\n  # more\n\"two words\": a@x.org\nnonsense\n";
        let expected = [
            ("postmaster", "root"),
            ("root", "ops@x.org,\tjane@x.org"),
            ("two words", "a@x.org"),
        ]
        .map(|(name, targets)| (name.to_owned(), targets.to_owned()));
        assert_eq!(parse(text), BTreeMap::from(expected));
    }
}
