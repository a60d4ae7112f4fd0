//! Where this program's files lie (XDG Base Directory Specification; the profile's folders on Windows).

use std::path::PathBuf;

use super::{Error, variable};
use crate::seams::Environment;

/// The configuration for all users of a host.
const SYSTEM_CONFIG: &str = "/etc/graphmail/config.toml";

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
/// [`Error::NoHome`] where the environment says nothing of a home.
pub(super) fn state(environment: &Environment) -> Result<PathBuf, Error> {
    environment
        .path(variable::STATE_DIR)
        .or_else(|| {
            base(
                environment,
                "XDG_STATE_HOME",
                ".local/state",
                "LOCALAPPDATA",
            )
        })
        .ok_or(Error::NoHome)
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
