//! Checks whether a configuration file may name a command, a secret file or a URL.

use std::path::Path;

use super::Error;
use crate::files;

/// Refuses a command, a secret file or a URL if another user can change the configuration file, like
/// ssh_config(5).
pub(super) fn refuse_others(
    owner: impl FnOnce() -> String,
    source: Option<&Path>,
    key: &'static str,
) -> Result<(), Error> {
    match source.and_then(files::untrusted) {
        None => Ok(()),
        Some(untrusted) => Err(Error::Untrusted {
            owner: owner(),
            key,
            untrusted,
        }),
    }
}
