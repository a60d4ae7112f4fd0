//! Loads the configuration: its files, and the aliases.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use super::aliases::{self, Aliases, Hosts};
use super::file::File;
use super::{Error, Settings, folders, trust};
use crate::mutex::locked;
use crate::snapshot::Snapshot;

/// The aliases for all mail programs of the host (aliases(5)).
const ALIASES_FILE: &str = "/etc/aliases";

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    file: OnceLock<Arc<File>>,
    aliases: Mutex<Option<KnownAliases>>,
}

/// Aliases, and from what they were made: the names of the host, and its file as it was.
type KnownAliases = ((Vec<String>, Option<Snapshot>), Aliases);

impl Settings {
    /// The configuration: the given file, or the user's file merged over the host's. It is read once, so
    /// a run that changes it does not see the change. A missing file counts as empty: see
    /// [`Settings::require_file`].
    ///
    /// # Errors
    /// [`Error`] with file and line.
    pub fn file(&self) -> Result<Arc<File>, Error> {
        if let Some(file) = self.loaded.file.get() {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(self.read_file()?);
        check_aliases(&file)?;
        Ok(Arc::clone(self.loaded.file.get_or_init(|| file)))
    }

    fn read_file(&self) -> Result<File, Error> {
        if let Some(path) = &self.config {
            return Ok(File::read(path)?.unwrap_or_default());
        }
        let user = match folders::user_config(&self.environment) {
            Some(path) => File::read(&path)?,
            None => None,
        };
        let system = File::read(&folders::system_config())?;
        Ok(user.unwrap_or_default().over(system.unwrap_or_default()))
    }

    /// The aliases of the configuration, which override the host's file. That file is read again if it has changed.
    /// `hosts` are the host's names, its node name first.
    ///
    /// # Errors
    /// As [`Settings::file`].
    pub fn aliases(&self, hosts: Vec<String>) -> Result<Aliases, Error> {
        let file = self.file()?;
        let path = aliases_file(&file)?;
        let seen = path.metadata().ok();
        let origin = (hosts, seen.as_ref().map(Snapshot::from_metadata));
        let mut known = locked(&self.loaded.aliases);
        if let Some((made_from, aliases)) = &*known
            && *made_from == origin
        {
            return Ok(aliases.clone());
        }
        let hosts = Hosts {
            names: origin.0.clone(),
            domains: file.sendmail.local_domains.clone(),
        };
        let aliases = Aliases::read(&file.aliases, path, hosts);
        *known = Some((origin, aliases.clone()));
        Ok(aliases)
    }
}

/// The host's file of aliases.
fn aliases_file(file: &File) -> Result<&Path, Error> {
    let Some(path) = &file.sendmail.aliases_file else {
        return Ok(Path::new(ALIASES_FILE));
    };
    let source = file.sendmail.source.as_deref();
    trust::refuse_others(|| "[sendmail]".to_owned(), source, "aliases_file")?;
    Ok(path)
}

/// Refuses aliases that lead to themselves, or to a name without an alias. The name may have one in the host's file: other
/// programs change that, which must not make this configuration unusable.
fn check_aliases(file: &File) -> Result<(), Error> {
    let has_others = || {
        let there = aliases_file(file).map(|path| path.symlink_metadata().map(drop));
        !matches!(there, Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound)
    };
    let Some((name, reason)) = aliases::wrong_target(&file.aliases, has_others) else {
        return Ok(());
    };
    let place = file.alias_places.get(&name).cloned();
    place.map_or(Ok(()), |place| {
        Err(Error::Malformed {
            place,
            reason,
            nearest: None,
        })
    })
}
