//! Compacts the journal of idempotency keys, for `outbox flush` and the service.

use std::fs;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Error;
use super::key::{COMPACTED_EVERY, Compacted, Keys};
use super::key_journal::{Records, Shard};
use super::key_record::{KeyId, Record};

impl Keys<'_> {
    /// Leaves one record of each key in the journal, moves the files of older versions into it, and removes the
    /// keys whose last use is `age` or longer ago, both by the clock and by the days on which this ran. Does nothing
    /// if it ran within a day. Returns the number of damaged records.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn compact(&self, age: Duration) -> Result<usize, Error> {
        let now = self.outbox.seams.now();
        let recent = |at: Timestamp| now.duration_since(at).unsigned_abs() < COMPACTED_EVERY;
        if self.compacted().is_some_and(|last| recent(last.at)) {
            return Ok(0);
        }
        let in_use = self.in_use_at(now);
        self.note_compacted(Compacted { at: now, in_use })?;
        let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
        let is_old = |known: &Record| {
            now.duration_since(known.at) >= age && in_use.saturating_sub(known.in_use) >= age
        };
        let old = self.files("json")?;
        let mut damaged = 0;
        for shard in Shard::all(&self.folder) {
            let of_shard = old.iter().filter(|id| shard.has(id));
            damaged += self.compact_shard(&shard, of_shard, &is_old)?;
        }
        for id in self.files("lock")? {
            // If no process holds it, it is removed.
            drop(self.lock(&id)?);
        }
        Ok(damaged)
    }

    fn compact_shard<'i>(
        &self,
        shard: &Shard,
        old: impl Iterator<Item = &'i KeyId>,
        is_old: &dyn Fn(&Record) -> bool,
    ) -> Result<usize, Error> {
        let (mut moved, mut damaged) = (Vec::new(), 0);
        let change = |records: &mut Records| {
            moved = old.filter(|id| self.adopt(id, records)).collect();
            for known in records.values_mut().filter(|known| known.is_err()) {
                damaged += 1;
                *known = Ok(Some(self.in_doubt()));
            }
            records.retain(|_, known| matches!(known, Ok(Some(known)) if !is_old(known)));
        };
        let lost = shard
            .rewrite(change, &|pause| self.outbox.seams.sleep(pause))
            .map_err(Error::io("compacting", shard.path()))?;
        for id in moved {
            let path = id.old_file(&self.folder);
            fs::remove_file(&path).map_err(Error::io("removing", path))?;
        }
        Ok(damaged + lost)
    }

    /// Adds what an older version has recorded of a key, unless the journal knows the key. Returns false if a
    /// process uses the key.
    fn adopt(&self, id: &KeyId, records: &mut Records) -> bool {
        let Ok(Some(_lock)) = self.lock(id) else {
            return false;
        };
        let known = records.entry(id.digits().to_owned());
        known.or_insert_with(|| self.old(id));
        true
    }

    /// The keys that have a file with this extension.
    fn files(&self, extension: &str) -> Result<Vec<KeyId>, Error> {
        let failed = || Error::io("reading", &self.folder);
        let mut ids = Vec::new();
        for file in fs::read_dir(&self.folder).map_err(failed())? {
            let path = file.map_err(failed())?.path();
            if path.extension().is_some_and(|found| found == extension) {
                ids.extend(KeyId::of_file(&path));
            }
        }
        Ok(ids)
    }
}
