//! Checks `[aliases]` of a configuration file. A host's file of aliases is not checked: other programs use it too.

use std::collections::{BTreeMap, BTreeSet};

use toml::de::{DeTable, DeValue};

use super::hosts::is_of_network;
use super::resolve::{DEFAULT, POSTMASTER, targets_of};
use super::table::not_local;
use super::{Aliases, Targets};
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

/// The first alias that leads to itself, or to a name of this host without an alias, and why. `all` are the aliases with those
/// of the host's file, which is only read if a target may be there.
pub(in crate::config) fn wrong_target(
    own: &BTreeMap<String, Targets>,
    all: impl FnOnce() -> Option<Aliases>,
) -> Option<(String, String)> {
    let targets: BTreeMap<String, (&String, Vec<String>)> = own
        .iter()
        .map(|(name, targets)| {
            (
                name.to_ascii_lowercase(),
                (name, local_targets(name, targets)),
            )
        })
        .collect();
    let has_default = targets.contains_key(DEFAULT);
    // A name without an alias has that of `default`.
    let next = |target: &str| match targets.contains_key(target) {
        false if has_default => DEFAULT.to_owned(),
        _ => target.to_owned(),
    };
    for (key, (name, first)) in &targets {
        let mut seen = BTreeSet::new();
        let mut open: Vec<String> = first.iter().map(|target| next(target)).collect();
        while let Some(target) = open.pop() {
            if target == *key {
                return Some((
                    (*name).clone(),
                    format!("the alias {name:?} leads back to itself"),
                ));
            }
            if seen.insert(target.clone()) {
                let below = targets
                    .get(&target)
                    .into_iter()
                    .flat_map(|(_, below)| below);
                open.extend(below.map(|target| next(target)));
            }
        }
    }
    let mut unknown = targets.values().flat_map(|(name, below)| {
        let unknown = below.iter().map(|target| next(target));
        unknown.map(move |target| (name, target))
    });
    let is_own = |target: &str| targets.contains_key(target) || target == POSTMASTER;
    unknown.find(|(_, target)| !is_own(target))?;
    let all = all().filter(|all| all.readable().is_ok())?;
    let has_alias = |target: &str| {
        is_own(target) || all.entries.contains_key(target) || all.entries.contains_key(DEFAULT)
    };
    let mut named = targets
        .values()
        .flat_map(|(name, below)| below.iter().map(move |target| (name, target)));
    let (name, target) = named.find(|(_, target)| !has_alias(target))?;
    Some((
        (*name).clone(),
        format!(
            "the alias {name:?} leads to {target:?}, which is neither an address nor another alias"
        ),
    ))
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
