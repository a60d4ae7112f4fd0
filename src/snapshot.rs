//! A file as it was when it was looked at, to be known again.

use std::fs::Metadata;
use std::time::SystemTime;

/// What tells a file from the same file, changed, and from another in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Snapshot {
    /// Bytes.
    size: u64,
    /// Where the system keeps it.
    modified: Option<SystemTime>,
    /// The device and the inode, where the system has them.
    identity: Option<(u64, u64)>,
    /// The time of the last change of whatever kind, where the system has it, which no program
    /// puts back as it puts back the other: seconds, and nanoseconds.
    changed: Option<(i64, i64)>,
}

impl Snapshot {
    /// Of the file with that metadata.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
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
