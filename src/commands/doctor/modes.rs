//! Checks whether other users can change or read a file.

use std::path::Path;

use super::check::Check;
use crate::auth::exposure;
use crate::commands::report::Step;
use crate::files::{self, Untrusted};
use crate::shell;

/// The failure, if another user can change `path` or its folder.
pub(super) fn check(name: &str, path: &Path) -> Option<Check> {
    let untrusted = files::untrusted(path)?;
    Some(Check::fail(name, untrusted.to_string()).advised(Step::Program(untrusted.remedy())))
}

/// The failure or warning, if another user can change or read the secret in the existing file `path`.
pub(super) fn secret(name: &str, path: &Path) -> Option<Check> {
    match files::untrusted(path) {
        // One command removes all access of other users.
        Some(untrusted @ Untrusted::Writable { .. }) if untrusted.path() == path => {
            let fix = format!("chmod o= {}", shell::path(path));
            Some(Check::fail(name, untrusted.to_string()).advised(Step::Program(fix)))
        }
        _ => check(name, path).or_else(|| exposed(name, path)),
    }
}

/// The warning, if all users can read `path`. A group may be meant to read a secret, and the mode of a file in a
/// read-only volume is that of its platform.
fn exposed(name: &str, path: &Path) -> Option<Check> {
    if exposure::is_read_only(path) {
        return None;
    }
    let mode = exposure::to_everybody(&std::fs::metadata(path).ok()?)?;
    let (shown, quoted) = (path.display(), shell::path(path));
    let message = format!("{shown} may be read by everybody (mode {mode:04o})");
    Some(Check::warn(name, message).advised(Step::Program(format!("chmod o= {quoted}"))))
}
