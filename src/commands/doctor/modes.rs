//! Who else may change a file that this user's runs go by.

use std::path::Path;

use super::check::Check;
use crate::auth::exposure;
use crate::commands::report::Step;
use crate::files::{self, Untrusted};
use crate::shell;

/// Why `path`, or the folder it is in, cannot be trusted: another user's, or for all to write.
pub(super) fn check(name: &str, path: &Path) -> Option<Check> {
    let untrusted = files::untrusted(path)?;
    Some(Check::fail(name, untrusted.to_string()).advised(Step::Program(untrusted.remedy())))
}

/// Why the secret in `path`, which is there, cannot be trusted to be one.
pub(super) fn secret(name: &str, path: &Path) -> Option<Check> {
    match files::untrusted(path) {
        // One command takes away what all may do with it.
        Some(untrusted @ Untrusted::Writable { .. }) if untrusted.path() == path => {
            let fix = format!("chmod o= {}", shell::path(path));
            Some(Check::fail(name, untrusted.to_string()).advised(Step::Program(fix)))
        }
        _ => check(name, path).or_else(|| exposed(name, path)),
    }
}

/// A group may be meant to read a secret; everybody is not.
fn exposed(name: &str, path: &Path) -> Option<Check> {
    let mode = exposure::to_everybody(&std::fs::metadata(path).ok()?)?;
    let (shown, quoted) = (path.display(), shell::path(path));
    let message = format!("{shown} may be read by everybody (mode {mode:04o})");
    Some(Check::warn(name, message).advised(Step::Program(format!("chmod o= {quoted}"))))
}
