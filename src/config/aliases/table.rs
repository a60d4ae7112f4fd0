//! The section `[aliases]` of the configuration.

use serde::Deserialize;

/// The targets of an alias in the configuration: one string or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
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

/// Why a name cannot have an alias.
pub(super) fn not_local(name: &str) -> String {
    format!("{name:?} is not a local name: aliases are for names such as root or root@web2")
}
