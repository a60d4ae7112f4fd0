//! Sign-ins as files: `<folder>/tokens/<account>.json`, mode 0600 in a folder of mode 0700.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::{Error, Kind, Record, Store, check_name};
use crate::files;

/// Keeps each account in a file that only its owner may read.
#[derive(Debug, Clone)]
pub struct File {
    folder: PathBuf,
}

/// The permission bits of the folder.
const FOLDER_MODE: u32 = 0o700;
/// The permission bits of a file.
const FILE_MODE: u32 = 0o600;

impl File {
    /// A store in `<folder>/tokens`. The folder is created by the first save.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.join("tokens"),
        }
    }

    /// The path of the account's file, which may not exist.
    ///
    /// # Errors
    /// [`Error::Name`] if the account's name cannot be a file name.
    pub fn path(&self, account: &str) -> Result<PathBuf, Error> {
        check_name(account)?;
        Ok(self.folder.join(format!("{account}.json")))
    }

    /// Checks that a record could be saved: creates an unnamed temporary file in the folder, or in the
    /// folder where it would be created.
    ///
    /// # Errors
    /// As [`Store::save`].
    /// As [`Store::save`].
    pub fn check(&self) -> Result<(), Error> {
        self.folder_exists()?;
        let there = self.folder.ancestors().find(|folder| folder.exists());
        let there = there.unwrap_or(&self.folder);
        let made = tempfile::tempfile_in(there);
        made.map(drop).map_err(failed("make a file in", there))
    }

    /// Whether the folder exists; an error if other users have access to it.
    fn folder_exists(&self) -> Result<bool, Error> {
        match fs::symlink_metadata(&self.folder) {
            Ok(metadata) => {
                if !metadata.is_symlink() {
                    private::check(&self.folder, &metadata, FOLDER_MODE)?;
                }
                files::check_folder(&self.folder).map_err(failed("use", &self.folder))?;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed("look at", &self.folder)(error)),
        }
    }

    /// Makes changes of the folder survive a power failure.
    fn sync_folder(&self) -> Result<(), Error> {
        files::sync_folder(&self.folder).map_err(failed("write", &self.folder))
    }
}

impl Store for File {
    fn load(&self, account: &str) -> Result<Option<Record>, Error> {
        let path = self.path(account)?;
        if !self.folder_exists()? {
            return Ok(None);
        }
        let mut file = match files::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("open", &path)(error)),
        };
        // The open file is checked, not the path, so that it cannot be replaced in between.
        let metadata = file.metadata().map_err(failed("look at", &path))?;
        private::check(&path, &metadata, FILE_MODE)?;
        let mut json = Vec::new();
        file.read_to_end(&mut json).map_err(failed("read", &path))?;
        Record::from_json(&json, &path.display().to_string()).map(Some)
    }

    fn save(&self, account: &str, record: &Record) -> Result<(), Error> {
        let path = self.path(account)?;
        if !self.folder_exists()? {
            files::make_folder(&self.folder).map_err(failed("make", &self.folder))?;
            // On a file system without modes, nothing is written.
            self.folder_exists()?;
        }
        let json = record.to_json()?;
        files::replace(&path, &json).map_err(failed("replace", &path))
    }

    fn delete(&self, account: &str) -> Result<bool, Error> {
        let path = self.path(account)?;
        if !self.folder_exists()? {
            return Ok(false);
        }
        match fs::remove_file(&path) {
            Ok(()) => self.sync_folder().map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(failed("remove", &path)(error)),
        }
    }

    fn kind(&self) -> Kind {
        Kind::File
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Io {
        doing,
        path,
        source: system_error(source),
    }
}

/// The system's error, which `tempfile` wraps together with a path.
fn system_error(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(std::error::Error::source);
    let inner = inner.and_then(<dyn std::error::Error>::downcast_ref::<io::Error>);
    let code = inner.and_then(io::Error::raw_os_error);
    code.map_or(error, io::Error::from_raw_os_error)
}

/// Checks owner and mode, on systems that have them.
#[cfg(unix)]
mod private {
    use std::fs::Metadata;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    use super::Error;
    use crate::auth::exposure::exposed;

    pub(super) fn check(path: &Path, metadata: &Metadata, wanted: u32) -> Result<(), Error> {
        let user = rustix::process::geteuid().as_raw();
        if metadata.uid() != user {
            return Err(Error::Foreign {
                path: path.to_owned(),
                owner: metadata.uid(),
                user,
            });
        }
        if let Some(mode) = exposed(metadata, 0o077) {
            return Err(Error::Exposed {
                path: path.to_owned(),
                mode,
                wanted,
            });
        }
        Ok(())
    }
}

/// On other systems, a user's folders inherit that they are private.
#[cfg(not(unix))]
mod private {
    use std::fs::Metadata;
    use std::path::Path;

    use super::Error;

    pub(super) fn check(_: &Path, _: &Metadata, _: u32) -> Result<(), Error> {
        Ok(())
    }
}
