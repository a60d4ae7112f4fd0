//! Whether others than its owner may use a file with a secret.

use std::fs::Metadata;
use std::path::Path;

use super::error::Warning;

/// The permission bits of every user of the host. A group is not among them: that is how a service
/// is given its secrets.
const EVERYBODY: u32 = 0o007;

/// That every user of the host may use the secret in the file at `path`.
pub(super) fn warning(path: &Path, metadata: &Metadata) -> Option<Warning> {
    to_everybody(metadata).map(|mode| Warning::Exposed {
        path: path.to_owned(),
        mode,
    })
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

/// Elsewhere permissions are no bits.
#[cfg(not(unix))]
pub(super) const fn exposed(_: &Metadata, _: u32) -> Option<u32> {
    None
}
