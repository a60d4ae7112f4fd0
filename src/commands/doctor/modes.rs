//! Who else may change a file that this user's runs go by.

use std::path::Path;

use super::check::Check;
use crate::auth::exposure;

/// Why `path`, or the folder it is in, cannot be trusted: another user's, or for all to write.
#[cfg(unix)]
pub(super) fn check(name: &str, path: &Path) -> Option<Check> {
    let folder = path.parent().filter(|folder| folder.is_dir());
    [Some(path), folder]
        .into_iter()
        .flatten()
        .find_map(|path| of_one(name, path))
}

/// Why the secret in `path` cannot be had, or not be trusted to be one.
pub(super) fn secret(name: &str, path: &Path) -> Option<Check> {
    let shown = path.display();
    if let Err(error) = std::fs::File::open(path) {
        let message = format!("{shown} cannot be read: {error}");
        return Some(Check::fail(name, message).mended_by(format!("ls -l '{shown}'")));
    }
    check(name, path).or_else(|| exposed(name, path))
}

/// A group may be meant to read a secret; everybody is not.
fn exposed(name: &str, path: &Path) -> Option<Check> {
    let mode = exposure::to_everybody(&std::fs::metadata(path).ok()?)?;
    let shown = path.display();
    let message = format!("{shown} may be read by everybody (mode {mode:04o})");
    Some(Check::warn(name, message).mended_by(format!("chmod o= '{shown}'")))
}

#[cfg(unix)]
fn of_one(name: &str, path: &Path) -> Option<Check> {
    use std::os::unix::fs::MetadataExt as _;

    /// Others may write.
    const WRITABLE: u32 = 0o002;
    /// In a folder with this bit others may not replace what is not theirs.
    const STICKY: u32 = 0o1000;

    let metadata = std::fs::metadata(path).ok()?;
    let shown = path.display();
    let user = rustix::process::geteuid().as_raw();
    let mode = metadata.mode() & 0o7777;
    if metadata.uid() != user && metadata.uid() != 0 {
        let owner = metadata.uid();
        let message = format!("{shown} belongs to user {owner}, who can change what is sent");
        return Some(Check::fail(name, message).mended_by(format!("chown {user} '{shown}'")));
    }
    if mode & WRITABLE != 0 && mode & STICKY == 0 {
        let message = format!("{shown} may be written by everybody (mode {mode:04o})");
        return Some(Check::fail(name, message).mended_by(format!("chmod o-w '{shown}'")));
    }
    None
}

/// Elsewhere a user's own folders are private by inheritance.
#[cfg(not(unix))]
pub(super) fn check(_: &str, _: &Path) -> Option<Check> {
    None
}
