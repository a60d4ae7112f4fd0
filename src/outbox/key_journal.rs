//! The files of the journal of idempotency keys.
//!
//! The records of all keys are in 16 files, to which every process appends under the file's lock. An incomplete
//! last line was not recorded, and its process did not go on: the next append cuts it off. A damaged record that
//! names its key leaves that key in doubt. It does not concern other keys.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

use memchr::memchr_iter;
use memchr::memmem::find_iter;

use super::key_record::{Damaged, KeyId, Record, line, parse};
use crate::files::{self, Lock};

/// A file of the journal.
pub(super) struct Shard {
    path: PathBuf,
}

/// What is recorded of a key.
pub(super) type Known = Result<Option<Record>, Damaged>;

/// The records of a file, by the id of their key.
pub(super) type Records = BTreeMap<String, Known>;

impl Shard {
    pub(super) fn of(folder: &Path, id: &KeyId) -> Self {
        let first = id.digits().get(..1).unwrap_or_default();
        Self::named(folder, first)
    }

    /// All files of the journal in `folder`.
    pub(super) fn all(folder: &Path) -> impl Iterator<Item = Self> {
        let digits = (0..16).map(|digit| format!("{digit:x}"));
        digits.map(move |digit| Self::named(folder, &digit))
    }

    fn named(folder: &Path, digit: &str) -> Self {
        Self {
            path: folder.join(format!("journal-{digit}")),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the records of the key are in this file.
    pub(super) fn has(&self, id: &KeyId) -> bool {
        let name = self.path.as_os_str().as_encoded_bytes();
        name.last() == id.digits().as_bytes().first()
    }

    /// What is recorded of the key.
    pub(super) fn find(&self, id: &KeyId) -> io::Result<Known> {
        let bytes = match files::read(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ok(None)),
            bytes => bytes?,
        };
        let found = last_line(&bytes, id.digits()).and_then(|(_, line)| parse(line));
        Ok(found.map_or(Ok(None), |(_, known)| known))
    }

    /// Whether there is something else in the file than records: then it may have had others.
    pub(super) fn is_damaged(&self) -> bool {
        let bytes = files::read(&self.path).unwrap_or_default();
        let digit = self.path.as_os_str().as_encoded_bytes().last();
        // The part of a line that a killed process has left begins as one.
        bytes
            .split(|byte| *byte == b'\n')
            .any(|line| line.first().is_some_and(|first| Some(first) != digit))
    }

    /// Records the state of a key, durably.
    pub(super) fn append(
        &self,
        id: &KeyId,
        record: &Record,
        sleep: &dyn Fn(Duration),
    ) -> io::Result<()> {
        let line = line(id.digits(), Some(record), 0)?;
        let lock = Lock::briefly(&self.path, sleep)?;
        let end = whole_lines(lock.file())?;
        files::append_to(lock.file(), end, line.as_bytes())?;
        lock.release_and_sync()?;
        match end {
            0 => files::sync_parent(&self.path),
            _ => Ok(()),
        }
    }

    /// Makes a key free. Replaces its last record, which needs no space on the disk. It is not durable: at worst the
    /// key is in doubt again.
    pub(super) fn free(&self, id: &KeyId, sleep: &dyn Fn(Duration)) -> io::Result<()> {
        let lock = Lock::briefly(&self.path, sleep)?;
        let bytes = read(lock.file())?;
        let Some((at, former)) = last_line(&bytes, id.digits()) else {
            return Ok(());
        };
        let line = line(id.digits(), None, former.len() + 1)?;
        files::write_at(lock.file(), at, line.as_bytes())
    }

    /// Replaces all records by what `change` makes of them, durably, and leaves out those of free keys. Returns how
    /// many lines are damaged and name no key.
    pub(super) fn rewrite(
        &self,
        change: impl FnOnce(&mut Records),
        sleep: &dyn Fn(Duration),
    ) -> io::Result<usize> {
        let lock = Lock::briefly(&self.path, sleep)?;
        let bytes = read(lock.file())?;
        let (mut records, mut lost) = (Records::new(), 0);
        for line in lines(&bytes) {
            match parse(line) {
                Some((id, known)) => drop(records.insert(id.to_owned(), known)),
                None => lost += 1,
            }
        }
        change(&mut records);
        let mut text = String::new();
        for (id, known) in &records {
            if let Ok(Some(record)) = known {
                text += &line(id, Some(record), 0)?;
            }
        }
        if text.as_bytes() != bytes {
            files::replace(&self.path, text.as_bytes())?;
        }
        Ok(lost)
    }
}

/// The complete lines, without their line breaks.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut from = 0;
    memchr_iter(b'\n', bytes)
        .filter_map(move |end| bytes.get(std::mem::replace(&mut from, end + 1)..end))
}

/// Where the last complete line begins that begins with `start`, and the line.
fn last_line<'b>(bytes: &'b [u8], start: &str) -> Option<(u64, &'b [u8])> {
    let begins_line = |at: &usize| {
        at.checked_sub(1)
            .is_none_or(|at| bytes.get(at) == Some(&b'\n'))
    };
    find_iter(bytes, start)
        .filter(begins_line)
        .filter_map(|at| Some((at as u64, lines(bytes.get(at..)?).next()?)))
        .last()
}

/// Where the complete lines of a file end.
fn whole_lines(mut file: &File) -> io::Result<u64> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut last = [0];
    if length > 0 {
        file.seek(SeekFrom::Start(length - 1))?;
        file.read_exact(&mut last)?;
    }
    if length == 0 || last == *b"\n" {
        return Ok(length);
    }
    let end = memchr::memrchr(b'\n', &read(file)?).map_or(0, |at| at as u64 + 1);
    file.set_len(end)?;
    Ok(end)
}

fn read(mut file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
