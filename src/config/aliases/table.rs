//! The section `[aliases]` of the configuration.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::hosts::is_of_network;

/// The targets of an alias in the configuration: one string or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "an address list, or an array of addresses")]
pub enum Targets {
    /// `"ops@x.org, jane@x.org"`
    One(String),
    /// `["ops@x.org", "jane@x.org"]`
    Several(Vec<String>),
}

impl Targets {
    pub(super) fn list(&self) -> String {
        match self {
            Self::One(list) => list.clone(),
            Self::Several(lists) => lists.join(", "),
        }
    }
}

/// Reads `[aliases]`. The names must be local names.
pub(in crate::config) fn table<'de, D: Deserializer<'de>>(
    table: D,
) -> Result<BTreeMap<String, Targets>, D::Error> {
    let table = BTreeMap::<Name, Targets>::deserialize(table)?;
    Ok(table
        .into_iter()
        .map(|(Name(name), to)| (name, to))
        .collect())
}

/// Why a name cannot have an alias.
pub(super) fn not_local(name: &str) -> String {
    format!("{name:?} is not a local name: aliases are for names such as root or root@web2")
}

/// A name that can have an alias: `root`, `root@web2`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(name: D) -> Result<Self, D::Error> {
        let name = String::deserialize(name)?;
        match name.rsplit_once('@') {
            Some((_, host)) if !is_of_network(host) => {
                Err(serde::de::Error::custom(not_local(&name)))
            }
            _ => Ok(Self(name)),
        }
    }
}
