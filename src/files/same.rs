//! Whether two paths name one file.

use std::fs;
use std::path::{Path, PathBuf};

/// Whether both paths name the same file: one that has several names, or one that does not exist yet.
#[must_use]
pub fn is_same_file(one: &Path, other: &Path) -> bool {
    match (identity(one), identity(other)) {
        (Some(one), Some(other)) => one == other,
        _ => resolved(one).is_some_and(|one| Some(one) == resolved(other)),
    }
}

/// Device and inode; `None` if there is no file, or the system has none.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
const fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

/// The path without links. The file itself may be missing.
fn resolved(path: &Path) -> Option<PathBuf> {
    let missing = || {
        let absolute = std::path::absolute(path).ok()?;
        let folder = fs::canonicalize(absolute.parent()?).ok()?;
        Some(folder.join(absolute.file_name()?))
    };
    fs::canonicalize(path).ok().or_else(missing)
}
