//! Loads the configuration: its files, and the aliases.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::aliases::{self, Aliases, Hosts};
use super::file::File;
use super::{Error, Settings, folders, trust};

/// The aliases for all mail programs of the host (aliases(5)).
const ALIASES_FILE: &str = "/etc/aliases";

impl Settings {
    /// The configuration: the given file, or the user's file merged over the host's. It is read once, so
    /// a run that changes it does not see the change. A missing file counts as empty: see
    /// [`Settings::require_file`].
    ///
    /// # Errors
    /// [`Error`] with file and line.
    pub fn file(&self) -> Result<Arc<File>, Error> {
        if let Some(file) = self.loaded.get() {
            return Ok(Arc::clone(file));
        }
        let file = Arc::new(self.read_file()?);
        check_aliases(&file)?;
        Ok(Arc::clone(self.loaded.get_or_init(|| file)))
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

    /// The aliases of the configuration, which override the host's file. `hosts` are the host's names, its
    /// node name first.
    ///
    /// # Errors
    /// As [`Settings::file`].
    pub fn aliases(&self, hosts: Vec<String>) -> Result<Aliases, Error> {
        let file = self.file()?;
        let hosts = Hosts {
            names: hosts,
            domains: file.sendmail.local_domains.clone(),
        };
        Ok(Aliases::read(&file.aliases, aliases_file(&file)?, hosts))
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
