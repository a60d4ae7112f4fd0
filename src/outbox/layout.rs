//! Where the files of the outbox are.

use std::fs;
use std::path::{Path, PathBuf};

use super::{EntryId, Error, State};

/// The folder for entries that are being written or removed.
pub(super) const TMP: &str = "tmp";
/// The folder for what is not in the files of the entries.
pub(super) const CONTENTS: &str = "contents";
/// How the names of the entries' files end.
const SUFFIX: &str = ".json";

/// The folder of an outbox.
#[derive(Debug, Clone, Copy)]
pub(super) struct Root<'a>(pub(super) &'a Path);

impl Root<'_> {
    /// The folder of a state.
    pub(super) fn state(self, state: State) -> PathBuf {
        self.0.join(state.name())
    }

    /// The file of an entry in this state.
    pub(super) fn entry(self, state: State, id: &EntryId) -> PathBuf {
        self.file(state.name(), id)
    }

    /// The file of an entry that is being written or removed.
    pub(super) fn tmp(self, id: &EntryId) -> PathBuf {
        self.file(TMP, id)
    }

    fn file(self, folder: &str, id: &EntryId) -> PathBuf {
        self.0.join(folder).join(format!("{id}{SUFFIX}"))
    }

    /// The folder of an entry's contents.
    pub(super) fn contents(self, id: &EntryId) -> PathBuf {
        self.0.join(CONTENTS).join(id.as_str())
    }

    /// The entries whose contents are there.
    pub(super) fn ids_with_contents(self) -> Result<Vec<EntryId>, Error> {
        ids(&self.0.join(CONTENTS), "")
    }

    /// The ids of the entries whose files are in `folder`, oldest first.
    pub(super) fn ids(self, folder: &str) -> Result<Vec<EntryId>, Error> {
        ids(&self.0.join(folder), SUFFIX)
    }

    /// The journal of idempotency keys.
    pub(super) fn keys(self) -> PathBuf {
        self.0.join("keys")
    }
}

/// The ids that the names in `folder` have before `suffix`, oldest first.
pub(super) fn ids(folder: &Path, suffix: &str) -> Result<Vec<EntryId>, Error> {
    let failed = || Error::io("reading", folder);
    let mut ids = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed())? {
        let name = entry.map_err(failed())?.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(suffix));
        // Other files are ignored.
        ids.extend(id.and_then(|id| id.parse::<EntryId>().ok()));
    }
    ids.sort();
    Ok(ids)
}
