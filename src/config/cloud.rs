//! The cloud of a run.

use serde::{Deserialize, Deserializer};

use super::file::File;
use super::keys;
use super::trust::refuse_others;
use super::{Error, Settings, variable};
use crate::cloud::Cloud;

impl Settings {
    /// The cloud from the environment, else the one of that name, else the global one. URLs in the
    /// environment override its roots.
    ///
    /// # Errors
    /// As [`Settings::cloud_named`].
    pub fn cloud(&self, file: &File, name: Option<&str>) -> Result<Cloud, Error> {
        let chosen = self.environment.get(variable::CLOUD);
        self.cloud_named(file, chosen.as_deref().or(name))
    }

    /// The cloud of that name, else the global one. URLs in the environment override its roots.
    ///
    /// # Errors
    /// [`Error::UnknownCloud`], [`Error::Root`].
    pub fn cloud_named(&self, file: &File, name: Option<&str>) -> Result<Cloud, Error> {
        let name = name.unwrap_or("global");
        let cloud = match file.clouds.get(name) {
            Some(entry) => {
                let source = entry.source.as_deref();
                refuse_others(|| format!("cloud {name:?}"), source, "login")?;
                Cloud::new(name, &entry.graph, &entry.login).map_err(|reason| Error::Root {
                    name: format!("cloud {name:?} of the configuration"),
                    reason,
                })?
            }
            None => Cloud::national(name).ok_or_else(|| unknown_cloud(name, file))?,
        };
        self.with_roots(cloud)
    }

    /// `cloud`, with its roots overridden by URLs in the environment.
    pub(super) fn with_roots(&self, mut cloud: Cloud) -> Result<Cloud, Error> {
        let root = |name: &str, reason| Error::Root {
            name: name.to_owned(),
            reason,
        };
        if let Some(graph) = self.environment.get(variable::GRAPH_URL) {
            cloud = cloud
                .with_graph(&graph)
                .map_err(|reason| root(variable::GRAPH_URL, reason))?;
        }
        if let Some(login) = self.environment.get(variable::LOGIN_URL) {
            cloud = cloud
                .with_login(&login)
                .map_err(|reason| root(variable::LOGIN_URL, reason))?;
        }
        Ok(cloud)
    }
}

fn unknown_cloud(name: &str, file: &File) -> Error {
    let known: Vec<&str> = Cloud::NAMES
        .into_iter()
        .chain(file.clouds.keys().map(String::as_str))
        .collect();
    Error::UnknownCloud {
        name: name.to_owned(),
        nearest: keys::nearest(name, known).map(ToOwned::to_owned),
    }
}

/// Reads the root of Graph or a login authority.
pub(super) fn root<'de, D: Deserializer<'de>>(value: D) -> Result<String, D::Error> {
    let text = String::deserialize(value)?;
    match Cloud::new("", &text, &text) {
        Ok(_) => Ok(text),
        Err(error) => Err(serde::de::Error::custom(error)),
    }
}
