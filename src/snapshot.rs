//! A file's metadata at one moment, to detect a later change.

use std::fs::Metadata;
use std::time::SystemTime;

/// The metadata that differs if a file is changed or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Bytes.
    size: u64,
    /// `None` if the system does not record it.
    modified: Option<SystemTime>,
    /// Device and inode; `None` if the system has none.
    identity: Option<(u64, u64)>,
    /// ctime in seconds and nanoseconds; `None` if the system has none. Unlike the modification time,
    /// no program can set it.
    changed: Option<(i64, i64)>,
}

impl Snapshot {
    /// The snapshot of the file with this metadata.
    #[must_use]
    pub fn from_metadata(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: metadata.modified().ok(),
            identity: identity(metadata),
            changed: changed(metadata),
        }
    }

    /// The file's size in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }
}

#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "other systems give none that is stable"
)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
fn changed(metadata: &Metadata) -> Option<(i64, i64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.ctime(), metadata.ctime_nsec()))
}

#[cfg(not(unix))]
const fn changed(_: &Metadata) -> Option<(i64, i64)> {
    None
}

#[cfg(not(unix))]
const fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}
