//! Sign-ins as files: `<folder>/tokens/<account>.json`, 0600 in 0700.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::{Error, Kind, Record, Store, check_name};
use crate::files;

/// Keeps each account in a file that its owner alone may read.
#[derive(Debug, Clone)]
pub struct File {
    folder: PathBuf,
}

/// The permission bits of the folder.
const FOLDER_MODE: u32 = 0o700;
/// The permission bits of a file.
const FILE_MODE: u32 = 0o600;

impl File {
    /// A store in `<folder>/tokens`; nothing is made before the first save.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.join("tokens"),
        }
    }

    /// The account's file, whether it is there or not.
    ///
    /// # Errors
    /// [`Error::Name`] where the account's name cannot be a file's.
    pub fn path(&self, account: &str) -> Result<PathBuf, Error> {
        check_name(account)?;
        Ok(self.folder.join(format!("{account}.json")))
    }

    /// Whether a record could be saved: makes a file in the folder, or where that would be made, which
    /// has no name and is gone at once.
    ///
    /// # Errors
    /// As [`Store::save`].
    pub fn check(&self) -> Result<(), Error> {
        self.folder_exists()?;
        let there = self.folder.ancestors().find(|folder| folder.exists());
        let there = there.unwrap_or(&self.folder);
        let made = tempfile::tempfile_in(there);
        made.map(drop).map_err(failed("make a file in", there))
    }

    /// Whether the folder is there; an error if it is not its owner's alone.
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

    /// Makes what was done to the folder's entries outlast a power cut.
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
        // The open file is looked at, not the path: nobody can exchange it in between.
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
            // On a file system that keeps no modes, better nothing is written.
            self.folder_exists()?;
        }
        let json = record.to_json()?;
        let mut file =
            private::temporary(&self.folder).map_err(failed("make a file in", &self.folder))?;
        file.write_all(&json)
            .and_then(|()| file.as_file().sync_all())
            .map_err(failed("write", file.path()))?;
        file.persist(&path)
            .map_err(|error| failed("replace", &path)(error.error))?;
        self.sync_folder()
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
        source: bare(source),
    }
}

/// The system's own error, which `tempfile` wraps together with a path.
fn bare(error: io::Error) -> io::Error {
    let inner = error.get_ref().and_then(std::error::Error::source);
    let inner = inner.and_then(<dyn std::error::Error>::downcast_ref::<io::Error>);
    let code = inner.and_then(io::Error::raw_os_error);
    code.map_or(error, io::Error::from_raw_os_error)
}

/// Owner and mode, where the system has them.
#[cfg(unix)]
mod private {
    use std::fs::{Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::path::Path;

    use tempfile::{Builder, NamedTempFile};

    use super::{Error, FILE_MODE};
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

    pub(super) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
        Builder::new()
            .permissions(Permissions::from_mode(FILE_MODE))
            .tempfile_in(folder)
    }
}

/// Elsewhere a user's own folders are private by inheritance.
#[cfg(not(unix))]
mod private {
    use std::fs::Metadata;
    use std::io;
    use std::path::Path;

    use tempfile::NamedTempFile;

    use super::Error;

    pub(super) fn check(_: &Path, _: &Metadata, _: u32) -> Result<(), Error> {
        Ok(())
    }

    pub(super) fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
        NamedTempFile::new_in(folder)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
    use std::path::Path;

    use super::{Error, File};
    use crate::auth::CredentialKind;
    use crate::auth::app::App;
    use crate::auth::store::{Record, Store as _};
    use crate::cloud::Cloud;
    use crate::secret::Secret;

    fn record(refresh: &str) -> Record {
        let app = App {
            client_id: "id".to_owned(),
            tenant: "t".to_owned(),
            cloud: Cloud::national("global").expect("global"),
        };
        Record {
            refresh_token: Some(Secret::new(refresh)),
            ..Record::new(&app, CredentialKind::DeviceCode)
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("metadata").permissions().mode() & 0o7777
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
    }

    #[test]
    fn what_is_saved_is_its_owners_alone_and_read_again() {
        let home = tempfile::tempdir().expect("a folder");
        let store = File::new(&home.path().join("state/graphmail"));
        assert_eq!(store.load("a").expect("nothing yet"), None);
        store.save("a", &record("one")).expect("saved");
        store.save("b", &record("b")).expect("saved");
        store.save("a", &record("two")).expect("replaced");
        assert_eq!(store.load("a").expect("read"), Some(record("two")));
        let folder = home.path().join("state/graphmail/tokens");
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("a.json")), 0o600);
        let mut names: Vec<_> = fs::read_dir(&folder)
            .expect("the folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["a.json", "b.json"], "no temporary file stays");
        assert!(store.delete("a").expect("deleted"));
        assert!(!store.delete("a").expect("nothing to delete"));
        assert_eq!(store.load("a").expect("gone"), None);
        assert_eq!(store.load("b").expect("untouched"), Some(record("b")));
    }

    #[test]
    fn what_others_may_use_is_refused() {
        let home = tempfile::tempdir().expect("a folder");
        let store = File::new(home.path());
        store.save("a", &record("one")).expect("saved");
        let folder = home.path().join("tokens");
        let file = folder.join("a.json");
        for wide in [0o640, 0o604, 0o620, 0o602, 0o610] {
            chmod(&file, wide);
            assert!(
                matches!(store.load("a"), Err(Error::Exposed { path, mode, wanted: 0o600 }) if path == file && mode == wide)
            );
        }
        chmod(&file, 0o600);
        for wide in [0o750, 0o705, 0o770, 0o1777] {
            chmod(&folder, wide);
            for refused in [store.load("a").map(drop), store.save("a", &record("two"))] {
                assert!(
                    matches!(refused, Err(Error::Exposed { path, mode, wanted: 0o700 }) if path == folder && mode == wide)
                );
            }
        }
        chmod(&folder, 0o700);
        assert_eq!(store.load("a").expect("read"), Some(record("one")));
    }

    #[test]
    fn what_is_another_users_is_refused() {
        if !rustix::process::geteuid().is_root() {
            return; // Only root can give a file away.
        }
        let home = tempfile::tempdir().expect("a folder");
        let store = File::new(home.path());
        store.save("a", &record("one")).expect("saved");
        let file = home.path().join("tokens/a.json");
        std::os::unix::fs::chown(&file, Some(12345), None).expect("chown");
        assert!(
            matches!(store.load("a"), Err(Error::Foreign { path, owner: 12345, user: 0 }) if path == file)
        );
    }

    #[test]
    fn a_save_that_fails_leaves_the_former_record() {
        let home = tempfile::tempdir().expect("a folder");
        let store = File::new(home.path());
        store.save("a", &record("one")).expect("saved");
        let folder = home.path().join("tokens");
        // A folder in the file's place cannot be replaced, not even by root.
        fs::DirBuilder::new()
            .mode(0o700)
            .create(folder.join("b.json"))
            .expect("a folder");
        let error = store.save("b", &record("b")).expect_err("a folder there");
        let place = folder.join("b.json");
        let told = format!(
            "cannot replace {}: Is a directory (os error 21)",
            place.display()
        );
        if cfg!(target_os = "linux") {
            assert_eq!(error.to_string(), told);
        }
        assert!(matches!(
            error,
            Error::Io {
                doing: "replace",
                ..
            }
        ));
        assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 2);
        assert_eq!(store.load("a").expect("read"), Some(record("one")));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_folder_that_takes_no_file_is_seen_before_the_first_save() {
        // This user's own, and not even root can make a file there.
        let error = File::new(Path::new("/proc/self/fd")).check();
        let error = error.expect_err("no file").to_string();
        let told = "cannot make a file in /proc/self/fd: ";
        assert!(error.starts_with(told), "{error}");
    }

    #[test]
    fn a_name_that_is_a_path_touches_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        let store = File::new(home.path());
        let saved = store.save("../a", &record("one"));
        assert!(matches!(saved, Err(Error::Name(name)) if name == "../a"));
        assert_eq!(fs::read_dir(home.path()).expect("the folder").count(), 0);
    }
}
