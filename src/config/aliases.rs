//! Local names and the addresses behind them: `[aliases]`, then the host's own file (aliases(5)).

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer};

use crate::files;
use crate::message::limits::{ADDRESSES, ALIAS_DEPTH, ALIAS_FILE, ALIASES, Excess, SHOWN};
use crate::message::{Address, Mailbox, PipedError, Recipient};

/// Whom local names mean, lower case on the left; those of other hosts with `@` and the host.
#[derive(Debug, Clone, Default)]
pub struct Aliases {
    entries: BTreeMap<String, String>,
    /// What this host calls itself.
    host: String,
    /// The host's own file.
    file: PathBuf,
    /// What that file cannot be read for: `entries` may lack a name then.
    trouble: Option<String>,
    /// What cannot be followed in it, by line, and in the configuration.
    faults: Vec<String>,
}

/// Where an alias for a name would have to stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// Under the name: it is one of this host.
    Own,
    /// Under this, with its host: it is one of another host of the network.
    Other(String),
    /// No alias can give it an address.
    Nowhere,
}

/// The name that stands for every name of this host which has no alias of its own.
const DEFAULT: &str = "default";

/// What cannot be followed is named so often; the rest is not looked for.
const MOST_FAULTS: usize = 100;

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

/// Reads `[aliases]`, whose names are those of hosts of this network.
pub(super) fn table<'de, D: Deserializer<'de>>(
    table: D,
) -> Result<BTreeMap<String, Targets>, D::Error> {
    let table = BTreeMap::<Name, Targets>::deserialize(table)?;
    Ok(table
        .into_iter()
        .map(|(Name(name), to)| (name, to))
        .collect())
}

/// A name that can have an alias: `root`, `root@web2`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(name: D) -> Result<Self, D::Error> {
        let name = String::deserialize(name)?;
        match name.rsplit_once('@') {
            Some((_, host)) if host.is_empty() || host.contains(['.', '[']) => {
                Err(serde::de::Error::custom(format!(
                    "{name:?} is no name of this network: aliases are for root, or root@web2"
                )))
            }
            _ => Ok(Self(name)),
        }
    }
}

impl Aliases {
    /// The configuration's own before those of the host's file, which may be absent.
    pub(super) fn read(own: &BTreeMap<String, Targets>, file: &Path, host: String) -> Self {
        let mut aliases = Self {
            host,
            file: file.to_owned(),
            ..Self::default()
        };
        match files::read_at_most(file, ALIAS_FILE) {
            Ok(bytes) => aliases.parse(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                aliases.trouble = Some(format!("{} cannot be read: {error}", file.display()));
            }
        }
        let mut seen = BTreeSet::new();
        for (name, targets) in own {
            let folded = name.to_ascii_lowercase();
            let folded = folded.strip_suffix("@localhost").unwrap_or(&folded);
            if seen.insert(folded.to_owned()) {
                aliases.entries.insert(folded.to_owned(), targets.list());
            } else {
                let fault = format!("[aliases]: {name:?} has an alias already, which counts");
                aliases.faults.push(fault);
            }
        }
        aliases
    }

    /// The lines of aliases(5): `name: target, target`; a line that begins with white space goes on
    /// with the one before it, `#` begins a comment line, whatever bytes it has. A line that is none
    /// of these names nobody; of several for one name the first counts.
    fn parse(&mut self, bytes: &[u8]) {
        let mut whole: Option<(usize, Vec<u8>)> = None;
        for (line, number) in bytes.split(|byte| *byte == b'\n').zip(1..) {
            let text = line.trim_ascii();
            match &mut whole {
                _ if text.is_empty() || text.starts_with(b"#") => {}
                Some((_, before)) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                    before.push(b' ');
                    before.extend_from_slice(text);
                }
                _ => {
                    if let Some((number, line)) = whole.replace((number, text.to_vec())) {
                        self.line(number, &line);
                    }
                }
            }
        }
        if let Some((number, line)) = whole {
            self.line(number, &line);
        }
        if self.entries.len() > ALIASES {
            self.trouble = Some(too_much(&self.file, ALIASES, "aliases"));
        }
    }

    /// Takes up one line, with those that go on with it.
    fn line(&mut self, number: usize, line: &[u8]) {
        if self.entries.len() > ALIASES {
            return;
        }
        let file = self.file.display();
        let faults = &mut self.faults;
        let mut fault = |why: &str| {
            if faults.len() < MOST_FAULTS {
                faults.push(format!("{file}, line {number}: {why}"));
            }
        };
        let text = String::from_utf8_lossy(line);
        if let std::borrow::Cow::Owned(_) = text {
            fault("the alias is not UTF-8");
        }
        let Some((name, targets)) = text.split_once(':') else {
            return fault("there is no colon behind a name");
        };
        let name = name.trim().trim_matches('"').to_ascii_lowercase();
        if self.entries.contains_key(&name) {
            let name = beginning(&name);
            return fault(&format!("{name:?} has an alias already, which counts"));
        }
        self.entries.insert(name, targets.trim().to_owned());
    }

    /// The host's own file of aliases, whether it is there or not.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Whether all aliases are known.
    ///
    /// # Errors
    /// [`PipedError::Aliases`] where the host's own file is there and cannot be read.
    pub fn readable(&self) -> Result<(), PipedError> {
        let trouble = self.trouble.clone().map(PipedError::Aliases);
        trouble.map_or(Ok(()), Err)
    }

    /// Where an alias for whom `written` means would have to stand.
    #[must_use]
    pub fn place_of(&self, written: &str) -> Spot {
        let written = Recipient::parse_list(written).unwrap_or_default();
        match written.as_slice() {
            [Recipient::Local { name, .. }] if is_delivery(name) => Spot::Nowhere,
            [Recipient::Local { name, host, .. }] => match host {
                Some(host) if !self.is_own(host) => Spot::Other(format!("{name}@{host}")),
                _ => Spot::Own,
            },
            _ => Spot::Nowhere,
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

    /// The mailboxes behind `name` on `host`, or on this one; none where no alias knows it. Those of
    /// other hosts have aliases of their own alone: `default` is not theirs.
    ///
    /// # Errors
    /// As [`Aliases::resolve`].
    pub fn resolve_at(&self, name: &str, host: Option<&str>) -> Result<Vec<Mailbox>, PipedError> {
        match self.key(name, host) {
            Some(key) if !is_delivery(name) => self.resolve(&key),
            _ => Ok(Vec::new()),
        }
    }

    /// The mailboxes behind `name`, each once; none where no alias knows it.
    ///
    /// # Errors
    /// [`PipedError::Aliases`] for an alias that leads back to itself, to a file or to a program.
    pub fn resolve(&self, name: &str) -> Result<Vec<Mailbox>, PipedError> {
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
    pub fn faults(&self) -> Vec<PipedError> {
        let lines = self.faults.iter().cloned().map(PipedError::Aliases);
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

    /// How many names there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.entries.len()
    }
}

/// The way from a name to the addresses behind it.
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
    fn follow(&mut self, name: &str) -> Result<(), PipedError> {
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
    fn target(&mut self, target: Recipient) -> Result<(), PipedError> {
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

fn too_much(file: &Path, limit: usize, what: &'static str) -> String {
    format!("{} has {}", file.display(), Excess { what, limit })
}

/// As much of a text as an error shows.
fn beginning(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SHOWN)).unwrap_or(text)
}

fn fault(alias: &str, why: &str) -> PipedError {
    PipedError::Aliases(format!("the alias {:?} {why}", beginning(alias)))
}

/// Whom an alias's list names.
fn targets_of(alias: &str, list: &str) -> Result<Vec<Recipient>, PipedError> {
    let mut targets = list.split(',').map(str::trim);
    if let Some(odd) = targets.find(|target| is_delivery(target)) {
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
fn is_delivery(target: &str) -> bool {
    let target = target.trim_start_matches('"');
    target.starts_with(['/', '|', '\\']) || target.starts_with(":include:")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::{Aliases, Spot, Targets};

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
        let aliases = aliases(&[
            ("root", "ops@x.org"),
            ("Root@Web3", "three@x.org"),
            ("three", "root@web3"),
            ("default", "pm@x.org"),
        ]);
        let found = |name, host| {
            let found = aliases.resolve_at(name, host).expect("aliases");
            found.first().map(ToString::to_string)
        };
        for own in [None, Some("web1"), Some("WEB1.x.org")] {
            assert_eq!(found("root", own).as_deref(), Some("ops@x.org"), "{own:?}");
        }
        assert_eq!(found("root", Some("web2")), None);
        assert_eq!(found("root", Some("web3")).as_deref(), Some("three@x.org"));
        assert_eq!(found("jane", Some("web3")), None);
        assert_eq!(found("three", None).as_deref(), Some("three@x.org"));
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
    fn a_chain_has_its_limit_and_so_has_the_file() {
        let chain: String = (0..20_000).map(|n| format!("a{n}: a{}\n", n + 1)).collect();
        let mut long = aliases(&[]);
        long.parse(format!("{chain}a20000: ops@x.org\n").as_bytes());
        assert_eq!(
            resolved(&long, "a0"),
            Err("the alias \"a100\" is behind 100 others, and no more are followed".to_owned())
        );
        assert_eq!(resolved(&long, "a19901"), Ok("ops@x.org".to_owned()));
        assert_eq!(long.faults().len(), 100);
        let mut many = aliases(&[]);
        let lines: String = (0..=100_000)
            .map(|n| format!("a{n}: ops@x.org\n"))
            .collect();
        many.parse(lines.as_bytes());
        let said = many.readable().map_err(|error| error.to_string());
        assert_eq!(
            said,
            Err(
                "/nonexistent/aliases has more than 100000 aliases, the most that graphmail reads"
                    .to_owned()
            )
        );
        let mut broad = aliases(&[]);
        let lines: String = (0..101)
            .map(|n| {
                let list: Vec<_> = (0..100).map(|m| format!("u{n}.{m}@x.org")).collect();
                format!("l{n}: {}\n", list.join(", "))
            })
            .collect();
        let all: Vec<_> = (0..101).map(|n| format!("l{n}")).collect();
        broad.parse(format!("{lines}all: {}\n", all.join(",")).as_bytes());
        let said = resolved(&broad, "all").expect_err("too many");
        assert!(
            said.ends_with(
                "more than 10000 addresses behind an alias, the most that graphmail reads"
            ),
            "{said}"
        );
    }

    #[test]
    fn an_alias_would_have_to_stand_where_it_is_looked_for() {
        let aliases = aliases(&[]);
        for (written, spot) in [
            ("jane", Spot::Own),
            ("Jane <jane@web1>", Spot::Own),
            ("jane@WEB2", Spot::Other("jane@WEB2".to_owned())),
            ("/var/mail/x", Spot::Nowhere),
            ("jane@x.org", Spot::Nowhere),
        ] {
            assert_eq!(aliases.place_of(written), spot, "{written}");
        }
    }

    #[test]
    fn the_hosts_file_has_comments_and_long_lines() {
        let text = b"# See man 5 aliases, J\xf6rg\r\npostmaster:    root\r\nroot: ops@x.org,\n\tjane@x.org\n\n  # more\n\"two words\": a@x.org\nnonsense\nROOT: z@x.org\njoerg: J\xf6rg <j@x.org>\n";
        let mut aliases = aliases(&[]);
        aliases.parse(text);
        let expected = [
            ("postmaster", "root"),
            ("root", "ops@x.org, jane@x.org"),
            ("two words", "a@x.org"),
            ("joerg", "J\u{FFFD}rg <j@x.org>"),
        ]
        .map(|(name, targets)| (name.to_owned(), targets.to_owned()));
        assert_eq!(aliases.entries, BTreeMap::from(expected));
        let faults: Vec<_> = aliases.faults().iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "/nonexistent/aliases, line 8: there is no colon behind a name",
                "/nonexistent/aliases, line 9: \"root\" has an alias already, which counts",
                "/nonexistent/aliases, line 10: the alias is not UTF-8",
            ]
        );
    }
}
