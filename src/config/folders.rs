//! Where this program's files lie (XDG Base Directory Specification; the profile's folders on Windows).

use std::path::{Path, PathBuf};

use super::{Error, variable};
use crate::seams::Environment;

/// The configuration for all users of a host.
const SYSTEM_CONFIG: &str = "/etc/graphmail/config.toml";

/// Where users without a home of their own get a folder, where the host has it: those of services,
/// as that of a web server's PHP. Anybody may make one there, and nobody see or touch another's.
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

/// The folder of token files, locks and the outbox.
///
/// # Errors
/// [`Error::NoHome`] where the environment says nothing of a home; [`Error::Foreign`].
pub(super) fn state(environment: &Environment) -> Result<PathBuf, Error> {
    if let Some(given) = environment.path(variable::STATE_DIR) {
        return Ok(given);
    }
    let own = base(
        environment,
        "XDG_STATE_HOME",
        ".local/state",
        "LOCALAPPDATA",
    );
    match own {
        Some(own) if can_be_made(&own) => Ok(own),
        own => on_host(Path::new(HOST_STATE))?.or(own).ok_or(Error::NoHome),
    }
}

/// This user's folder in that of the host. Anybody may have made it before, or a link in its place.
#[cfg(unix)]
fn on_host(state: &Path) -> Result<Option<PathBuf>, Error> {
    use std::os::unix::fs::MetadataExt as _;
    if !state.is_dir() {
        return Ok(None);
    }
    let user = rustix::process::geteuid().as_raw();
    let folder = state.join(user.to_string());
    match folder.symlink_metadata() {
        Ok(found) if !found.is_dir() || found.uid() != user || found.mode() & 0o077 != 0 => {
            Err(Error::Foreign(folder))
        }
        _ => Ok(Some(folder)),
    }
}

#[cfg(not(unix))]
fn on_host(_: &Path) -> Result<Option<PathBuf>, Error> {
    Ok(None)
}

/// Whether `folder` is there, or this user may make it.
#[cfg(unix)]
fn can_be_made(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
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
        // The specification has relative paths ignored.
        .filter(|path| path.is_absolute())
        .or_else(|| environment.path(windows).filter(|_| cfg!(windows)))
        .or_else(|| Some(environment.path("HOME")?.join(below_home)))?;
    Some(folder.join("graphmail"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::{Error, can_be_made, on_host};

    #[test]
    fn who_has_no_home_has_a_folder_in_the_hosts() {
        let host = tempfile::tempdir().unwrap();
        let home = host.path().join("home");
        assert!(can_be_made(&home.join("state/graphmail")));
        fs::File::create_new(&home).unwrap();
        assert!(!can_be_made(&home.join("state/graphmail")));
        assert_eq!(on_host(&home).unwrap(), None);
        let user = rustix::process::geteuid().as_raw().to_string();
        let own = host.path().join(user);
        let found = || on_host(host.path());
        assert_eq!(found().unwrap().as_ref(), Some(&own));
        symlink("/tmp", &own).unwrap();
        assert!(matches!(found(), Err(Error::Foreign(folder)) if folder == own));
        fs::remove_file(&own).unwrap();
        fs::create_dir(&own).unwrap();
        for (mode, is_own) in [(0o700, true), (0o777, false)] {
            fs::set_permissions(&own, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(found().is_ok(), is_own);
        }
    }
}
