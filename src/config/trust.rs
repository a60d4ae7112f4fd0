//! Which configuration files may name a command, a secret's file or a URL.

use std::path::Path;

use super::Error;
use crate::files;

/// Refuses a command, a secret's file or a URL of a file that another user may change (as
/// ssh_config(5) does).
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
