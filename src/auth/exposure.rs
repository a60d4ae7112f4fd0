//! Whether other users may read a file with a secret, or change a file that graphmail trusts.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};

use crate::shell::path as quoted;

/// The permission bits of every user of the host. A group may have access: services often receive
/// their secrets that way.
const EVERYBODY: u32 = 0o007;

/// Every user of the host may read or change a file with a secret or a private key.
#[derive(Debug, thiserror::Error)]
#[error(
    "every user of this host can use the secret in {} (mode {mode:04o}): chmod o= {}",
    path.display(), quoted(path)
)]
pub struct Exposed {
    /// The file.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
}

impl Exposed {
    /// The finding for the file at `path`, if every user of the host may use it.
    pub(super) fn find(path: &Path, metadata: &Metadata) -> Option<Self> {
        let path = path.to_owned();
        to_everybody(metadata).map(|mode| Self { path, mode })
    }
}

/// The mode, if every user of the host may use the file.
#[must_use]
pub fn to_everybody(metadata: &Metadata) -> Option<u32> {
    exposed(metadata, EVERYBODY)
}

/// The mode, if it has one of these permission bits.
#[cfg(unix)]
pub(super) fn exposed(metadata: &Metadata, bits: u32) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = metadata.mode() & 0o7777;
    (mode & bits != 0).then_some(mode)
}

/// Other systems have no permission bits.
#[cfg(not(unix))]
pub(super) const fn exposed(_: &Metadata, _: u32) -> Option<u32> {
    None
}

/// The command that gives this user access to `path`, or to the folder where it would be. `None` for
/// the system's folders.
#[must_use]
pub fn access(path: &Path) -> Option<String> {
    let there = path.ancestors().find(|place| place.exists())?;
    // If the file itself is accessible, its folder is the obstacle.
    let there = match there.parent() {
        Some(folder) if is_own(there) => folder,
        _ => there,
    };
    // The root folder and the folders in it belong to the system, even if this user is root.
    let is_systems = |place: &&Path| place.parent().is_none_or(|up| up.parent().is_none());
    let is_below_own = there.ancestors().any(|place| foreign(place).is_none());
    if is_systems(&there) || !is_below_own {
        return None;
    }
    Some(match foreign(there) {
        Some(user) => format!("as root: chown {user} {}", quoted(there)),
        None => format!("chmod u+rwX {}", quoted(there)),
    })
}

/// Whether this user may change the file. A platform projects such files read-only.
#[must_use]
pub fn is_own(path: &Path) -> bool {
    let is_writable = || File::options().append(true).open(path).is_ok();
    path.is_file() && foreign(path).is_none() && is_writable()
}

/// Whether the file is on a file system that is mounted read-only.
#[cfg(unix)]
#[must_use]
pub fn is_read_only(path: &Path) -> bool {
    let flags = rustix::fs::statvfs(path).map(|found| found.f_flag);
    flags.is_ok_and(|flags| flags.contains(rustix::fs::StatVfsMountFlags::RDONLY))
}

/// Other systems have no such volumes for secrets.
#[cfg(not(unix))]
#[must_use]
pub const fn is_read_only(_: &Path) -> bool {
    false
}

/// This user's id, if `path` belongs to another user.
#[cfg(unix)]
fn foreign(path: &Path) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let user = rustix::process::geteuid().as_raw();
    let owner = std::fs::metadata(path).ok()?.uid();
    (owner != user).then_some(user)
}

#[cfg(not(unix))]
const fn foreign(_: &Path) -> Option<u32> {
    None
}
