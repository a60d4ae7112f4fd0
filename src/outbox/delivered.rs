//! The entries that were sent, so that `outbox show` can tell what became of them.
//!
//! One line of JSON for each. Nothing else depends on them: they are not written durably, an error is ignored,
//! and a line that cannot be read is skipped.

use std::fs;
use std::io::{BufRead as _, BufReader, Seek as _, Write as _};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::spool::Outbox;
use super::{Entry, EntryId};
use crate::files;

const FILE: &str = "delivered";
const OLD: &str = "delivered.old";
/// The size and the age at which the file becomes the old one, which it replaces.
const MOST_BYTES: u64 = 4 << 20;
const MOST_AGE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// An entry that was sent.
#[derive(Debug, Deserialize)]
pub struct Delivered {
    id: String,
    /// When Graph had accepted the message.
    pub at: Timestamp,
    /// The entry before it was removed.
    pub entry: Entry,
}

/// The line of a [`Delivered`].
#[derive(Serialize)]
struct Line<'e> {
    id: &'e str,
    at: Timestamp,
    entry: &'e Entry,
}

impl Outbox<'_> {
    /// Appends a line. One write appends it as a whole, also while other processes append.
    pub(super) fn record_delivery(&self, id: &EntryId, entry: &Entry) {
        let line = Line {
            id: id.as_str(),
            at: self.seams.now(),
            entry,
        };
        let Ok(mut line) = serde_json::to_vec(&line) else {
            return;
        };
        line.push(b'\n');
        let path = self.root.0.join(FILE);
        let Ok(mut file) = files::open_to_append(&path) else {
            return;
        };
        let written = file.write_all(&line);
        let is_full = |end| end > MOST_BYTES;
        if written.is_ok() && file.stream_position().is_ok_and(is_full) {
            drop(files::rotate(&path, &self.root.0.join(OLD)));
        }
    }

    /// The entry `id`, if it was sent within the last days.
    #[must_use]
    pub fn delivered(&self, id: &EntryId) -> Option<Delivered> {
        let find = |name| {
            let mut sent = read(&self.root.0.join(name));
            sent.find(|sent| sent.id == id.as_str())
        };
        find(FILE).or_else(|| find(OLD))
    }

    /// Lets old lines go.
    pub(super) fn sweep_deliveries(&self) {
        let is_old = |path: &Path| {
            let first = read(path).next();
            first.is_some_and(|first| self.seams.now().duration_since(first.at) > MOST_AGE)
        };
        let [path, old] = [FILE, OLD].map(|name| self.root.0.join(name));
        if is_old(&path) {
            drop(files::rotate(&path, &old));
        } else if is_old(&old) && !path.exists() {
            drop(fs::remove_file(&old));
        }
    }
}

/// The entries in the file; none if it cannot be read.
fn read(path: &Path) -> impl Iterator<Item = Delivered> + use<> {
    let file = files::open(path).ok();
    let lines = file.map(|file| BufReader::new(file).split(b'\n').map_while(Result::ok));
    let lines = lines.into_iter().flatten();
    lines.filter_map(|line| serde_json::from_slice(&line).ok())
}
