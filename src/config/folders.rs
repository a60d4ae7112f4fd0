//! The folders of graphmail's files (XDG Base Directory Specification; the profile's folders on Windows).

use std::path::{Path, PathBuf};

use super::{Error, variable};
use crate::files::{self, Untrusted};
use crate::seams::Environment;
use crate::shell;

/// The configuration for all users of a host.
const SYSTEM_CONFIG: &str = "/etc/graphmail/config.toml";

/// The parent of state folders for users without a home, such as the user of a web server's PHP. Only
/// root creates folders in it.
const HOST_STATE: &str = "/var/lib/graphmail";

/// The user's own configuration file.
pub(super) fn user_config(environment: &Environment) -> Option<PathBuf> {
    base(environment, "XDG_CONFIG_HOME", ".config", "APPDATA")
        .map(|folder| folder.join("config.toml"))
}

/// The host's configuration file.
pub(super) fn system_config() -> PathBuf {
    PathBuf::from(SYSTEM_CONFIG)
}

/// The parent of state folders in a home: the default of XDG_STATE_HOME.
const HOME_STATE: &str = ".local/state";

/// The name of graphmail's folders.
const NAME: &str = "graphmail";

/// Why this user has no folder for an outbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoFolder {
    /// The user's folder below `/var/lib/graphmail` belongs to another user, or others can access it.
    #[error(transparent)]
    Taken(Untrusted),
    /// The home is not writable, and there is no folder below `/var/lib/graphmail`.
    #[error("user {user} has no folder for an outbox: the home is not writable, and {} does not exist", folder.display())]
    Missing {
        /// The user's folder below `/var/lib/graphmail`.
        folder: PathBuf,
        /// The user's number.
        user: u32,
    },
}

impl NoFolder {
    /// The command with which root creates the folder.
    #[must_use]
    pub fn remedy(&self) -> String {
        let make = |folder: &Path, user: u32| {
            format!("install -d -m 700 -o {user} {}", shell::path(folder))
        };
        match self {
            Self::Taken(Untrusted::Owner { path, user, .. }) => {
                let path = path.as_path();
                format!(
                    "mv {0} {0}.old && {1}",
                    shell::path(path),
                    make(path, *user)
                )
            }
            Self::Taken(untrusted) => untrusted.remedy(),
            Self::Missing { folder, user } => make(folder, *user),
        }
    }
}

/// The folder of token files, locks and the outbox.
///
/// # Errors
/// [`Error::NoHome`] if the environment has no home.
pub(super) fn state(environment: &Environment) -> Result<PathBuf, Error> {
    // `lacking` returns the reason if no folder is usable. Mail is sent directly then.
    usable(environment).or_else(|_| own_state(environment).ok_or(Error::NoHome))
}

/// The usable state folder, or why there is none (`None` on systems without such a reason).
fn usable(environment: &Environment) -> Result<PathBuf, Option<NoFolder>> {
    if let Some(given) = environment.path(variable::STATE_DIR) {
        return Ok(given);
    }
    if let Some(own) = own_state(environment).filter(|own| can_be_made(own)) {
        return Ok(own);
    }
    match on_host(Path::new(HOST_STATE)) {
        Ok(Some(folder)) => Ok(folder),
        Ok(None) => Err(missing()),
        Err(untrusted) => Err(Some(NoFolder::Taken(untrusted))),
    }
}

/// The state folder in this user's home, even if it cannot be created.
fn own_state(environment: &Environment) -> Option<PathBuf> {
    base(environment, "XDG_STATE_HOME", HOME_STATE, "LOCALAPPDATA")
}

/// The state folder in a home, unless XDG_STATE_HOME names another.
#[must_use]
pub fn home_state(home: &Path) -> PathBuf {
    home.join(HOME_STATE).join(NAME)
}

/// The state folder of a user who has no home to write in. It need not exist.
#[must_use]
pub fn host_state(user: u32) -> PathBuf {
    Path::new(HOST_STATE).join(user.to_string())
}

/// Why this user has no folder for an outbox. `None` if there is one.
pub(super) fn lacking(environment: &Environment) -> Option<NoFolder> {
    usable(environment).err().flatten()
}

#[cfg(unix)]
fn missing() -> Option<NoFolder> {
    let user = rustix::process::geteuid().as_raw();
    let folder = host_state(user);
    Some(NoFolder::Missing { folder, user })
}

#[cfg(not(unix))]
const fn missing() -> Option<NoFolder> {
    None
}

/// This user's folder below `state`, if root has created it. For root, it need not exist.
#[cfg(unix)]
fn on_host(state: &Path) -> Result<Option<PathBuf>, Untrusted> {
    use std::os::unix::fs::MetadataExt as _;
    if !state.is_dir() {
        return Ok(None);
    }
    let user = rustix::process::geteuid();
    let path = state.join(user.as_raw().to_string());
    let Ok(found) = path.symlink_metadata() else {
        return Ok(Some(path).filter(|_| user.is_root()));
    };
    let (owner, user, mode) = (found.uid(), user.as_raw(), found.mode() & 0o7777);
    match () {
        () if found.is_symlink() => Err(Untrusted::Link(path)),
        () if !found.is_dir() => Err(Untrusted::NoFolder(path)),
        () if owner != user => Err(Untrusted::Owner { path, owner, user }),
        () if mode & 0o077 != 0 => Err(Untrusted::Exposed { path, mode }),
        () => Ok(Some(path)),
    }
}

#[cfg(not(unix))]
const fn on_host(_: &Path) -> Result<Option<PathBuf>, Untrusted> {
    Ok(None)
}

/// Whether `folder` exists or this user can create it, and no other user can replace it.
#[cfg(unix)]
fn can_be_made(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
    if files::check_way(folder).is_err() {
        return false;
    }
    let mut above = folder.ancestors().skip_while(|path| !path.exists());
    above.next().is_some_and(|found| {
        found == folder
            || found.is_dir() && access(found, Access::WRITE_OK | Access::EXEC_OK).is_ok()
    })
}

#[cfg(not(unix))]
fn can_be_made(_: &Path) -> bool {
    true
}

fn base(environment: &Environment, xdg: &str, below_home: &str, windows: &str) -> Option<PathBuf> {
    let folder = environment
        .path(xdg)
        // The specification says to ignore relative paths.
        .filter(|path| path.is_absolute())
        .or_else(|| environment.path(windows).filter(|_| cfg!(windows)))
        .or_else(|| Some(environment.path("HOME")?.join(below_home)))?;
    Some(folder.join(NAME))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::{can_be_made, on_host};
    use crate::files::Untrusted;

    #[test]
    fn who_has_no_home_has_a_folder_in_the_hosts() {
        let host = tempfile::tempdir().unwrap();
        let home = host.path().join("home");
        assert!(can_be_made(&home.join("state/graphmail")));
        fs::File::create_new(&home).unwrap();
        assert!(!can_be_made(&home.join("state/graphmail")));
        assert_eq!(on_host(&home).unwrap(), None);
        let user = rustix::process::geteuid();
        let own = host.path().join(user.as_raw().to_string());
        let found = || on_host(host.path());
        // Only root can create one.
        assert_eq!(found().unwrap().is_some(), user.is_root());
        symlink("/tmp", &own).unwrap();
        assert_eq!(found(), Err(Untrusted::Link(own.clone())));
        fs::remove_file(&own).unwrap();
        fs::File::create_new(&own).unwrap();
        assert_eq!(found(), Err(Untrusted::NoFolder(own.clone())));
        fs::remove_file(&own).unwrap();
        fs::create_dir(&own).unwrap();
        for (mode, is_own) in [(0o700, true), (0o777, false), (0o750, false)] {
            fs::set_permissions(&own, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(found().is_ok(), is_own);
        }
        if user.is_root() {
            fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).unwrap();
            std::os::unix::fs::chown(&own, Some(12345), None).unwrap();
            assert!(matches!(
                found(),
                Err(Untrusted::Owner { owner: 12345, .. })
            ));
            assert!(!can_be_made(&own.join("graphmail")), "another user's home");
        }
    }
}
