//! Checks `[aliases]` of a configuration file. A host's file of aliases is not checked: other programs use it too.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::Targets;
use super::hosts::is_of_network;
use super::resolve::{DEFAULT, POSTMASTER, targets_of};
use super::table::not_local;
use crate::config::check::Fault;
use crate::message::Recipient;

/// Checks the names and the form of the targets.
pub(in crate::config) fn check_table(root: &DeTable<'_>) -> Result<(), Fault> {
    let Some(DeValue::Table(aliases)) = root.get("aliases").map(toml::Spanned::get_ref) else {
        return Ok(());
    };
    let mut seen = BTreeSet::new();
    for (key, value) in aliases {
        let name: &str = key.get_ref().as_ref();
        let fault = |reason| Fault::new(key.span().start, reason);
        if name
            .rsplit_once('@')
            .is_some_and(|(_, host)| !is_of_network(host))
        {
            return Err(fault(not_local(name)));
        }
        if !seen.insert(name.to_ascii_lowercase()) {
            return Err(fault(format!("{name:?} already has an alias")));
        }
        let list = list(value.get_ref()).ok_or_else(|| {
            fault(format!(
                "the alias {name:?} must be an address, or a list of addresses, in quotation marks"
            ))
        })?;
        let (targets, faults) = targets_of(name, &list);
        if let Some(error) = faults.into_iter().next() {
            return Err(fault(error.to_string()));
        }
        if targets.is_empty() {
            return Err(fault(format!("the alias {name:?} has no addresses")));
        }
    }
    Ok(())
}

/// The list of targets.
fn list(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(list) => Some(list.to_string()),
        DeValue::Array(lists) => {
            let lists = lists.iter().map(|list| list.get_ref().as_str());
            Some(lists.collect::<Option<Vec<_>>>()?.join(", "))
        }
        _ => None,
    }
}

/// The first alias that leads to itself, or to a name of this host without an alias, and why. `has_others`: whether there
/// is a host's file, in which a name may have its alias.
pub(in crate::config) fn wrong_target(
    own: &BTreeMap<String, Targets>,
    has_others: impl FnOnce() -> bool,
) -> Option<(String, String)> {
    let own = own.iter().map(|(name, targets)| {
        let local = local_targets(name, targets);
        (name.to_ascii_lowercase(), (name.as_str(), local))
    });
    let own: Graph<'_> = own.collect();
    let fault = |name: &str, why: &str| {
        let reason = format!("the alias {name:?} {why}");
        Some((name.to_owned(), reason))
    };
    for (key, (name, _)) in &own {
        if below(key, &own).contains(&**key) {
            return fault(name, "leads back to itself");
        }
    }
    // A name without an alias has that of `default`, but not if `default` leads to it.
    let mut of_default = below(DEFAULT, &own);
    of_default.insert(DEFAULT);
    let mut unknown = own.iter().flat_map(|(key, (name, targets))| {
        let has_default = own.contains_key(DEFAULT) && !of_default.contains(&**key);
        let unknown = targets.iter().filter(|target| !own.contains_key(*target));
        let unknown = unknown.filter(|target| *target != POSTMASTER);
        unknown
            .filter(move |_| !has_default)
            .map(move |target| (*name, target))
    });
    let (name, target) = unknown.next().filter(|_| !has_others())?;
    let why = format!("leads to {target:?}, which is neither an address nor another alias");
    fault(name, &why)
}

/// The aliases of the configuration: the name in lower case, as it is written, and the names that it leads to.
type Graph<'a> = BTreeMap<String, (&'a str, Vec<String>)>;

/// The names that an alias leads to, also through others.
fn below<'a>(key: &str, own: &'a Graph<'_>) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let targets = |key: &str| own.get(key).into_iter().flat_map(|(_, targets)| targets);
    let mut open: Vec<&str> = targets(key).map(String::as_str).collect();
    while let Some(target) = open.pop() {
        if seen.insert(target) {
            open.extend(targets(target).map(String::as_str));
        }
    }
    seen
}

/// The targets that are names of this host, in lower case.
fn local_targets(name: &str, targets: &Targets) -> Vec<String> {
    let (targets, _) = targets_of(name, &targets.list());
    let local = targets.into_iter().filter_map(|target| match target {
        Recipient::Local {
            name, host: None, ..
        } => Some(name.to_ascii_lowercase()),
        _ => None,
    });
    local.collect()
}
