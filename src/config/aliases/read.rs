//! Reads the aliases of the configuration and of aliases(5).

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::resolve::beginning;
use super::table::not_local;
use super::{Aliases, Hosts, MOST_FAULTS, Targets};
use crate::files;
use crate::message::limits::{ALIAS_FILE, ALIASES, Excess};

impl Aliases {
    /// Merges the aliases of the configuration over those of the host's file, which may be missing.
    pub(in crate::config) fn read(
        own: &BTreeMap<String, Targets>,
        file: &Path,
        hosts: Hosts,
    ) -> Self {
        let mut aliases = Self {
            hosts,
            file: file.to_owned(),
            ..Self::default()
        };
        match files::read_at_most(file, ALIAS_FILE) {
            Ok(bytes) => aliases.parse(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                aliases.read_error = Some(format!("{} cannot be read: {error}", file.display()));
            }
        }
        let mut seen = BTreeSet::new();
        for (name, targets) in own {
            let folded = name.to_ascii_lowercase();
            let folded = aliases.hosts.local_key(&folded).unwrap_or(folded);
            if seen.insert(folded.clone()) {
                aliases.entries().insert(folded, targets.list());
            } else {
                let fault = format!("[aliases]: {name:?} already has an alias; the first is used");
                Arc::make_mut(&mut aliases.faults).push(fault);
            }
        }
        aliases
    }

    /// Parses the lines of aliases(5): `name: target, target`. A line that begins with white space
    /// continues the one before it. `#` begins a comment line. Invalid lines are reported and skipped. If
    /// a name has several aliases, the first is used.
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
            self.read_error = Some(too_much(&self.file, ALIASES, "aliases"));
        }
    }

    /// Adds the alias of one line, including its continuation lines.
    fn line(&mut self, number: usize, line: &[u8]) {
        if self.entries.len() > ALIASES {
            return;
        }
        let file = self.file.display();
        let faults = Arc::make_mut(&mut self.faults);
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
            return fault("there is no colon after the name");
        };
        let name = name.trim().trim_matches('"').to_ascii_lowercase();
        let Some(name) = self.hosts.local_key(&name) else {
            return fault(&not_local(beginning(&name)));
        };
        if self.entries.contains_key(&name) {
            let name = beginning(&name);
            return fault(&format!("{name:?} already has an alias; the first is used"));
        }
        self.entries().insert(name, targets.trim().to_owned());
    }

    /// The aliases, which nobody shares yet.
    fn entries(&mut self) -> &mut BTreeMap<String, String> {
        Arc::make_mut(&mut self.entries)
    }
}

fn too_much(file: &Path, limit: usize, what: &'static str) -> String {
    format!("{} has {}", file.display(), Excess { what, limit })
}
