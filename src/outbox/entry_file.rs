//! The file of an entry: a line of JSON for each change of the entry. The last line counts. Before the first there is
//! a line with the body of the first request, if that is short.

use std::io;
use std::ops::Range;
use std::path::Path;

use memchr::memrchr;
use serde::Deserialize;

use super::entry::VERSION;
use super::inline_body::{InlineBody, damaged};
use super::{Entry, EntryId, Error};
use crate::files::{self, Lock};

/// The size from which the file is replaced instead of extended: the records of some dozen attempts.
const MOST_BYTES: u64 = 64 << 10;

/// A block of most file systems, and the space that a record of an attempt takes in it.
const BLOCK: u64 = 4 << 10;
const RECORD: u64 = 1 << 10;

/// An entry as its file has it.
pub(super) struct Stored {
    pub(super) entry: Entry,
    pub(super) place: Place,
    pub(super) body: Option<InlineBody>,
}

/// Where the next record of an entry goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// Behind the last one, which ends at this offset.
    Behind(u64),
    /// It replaces a record that a former version wrote.
    Instead,
}

/// Writes the first record into the new file. Returns where it ends. It is durable after [`complete`].
pub(super) fn begin(file: &Lock, entry: &Entry, body: Option<&InlineBody>) -> Result<u64, Error> {
    first_record(entry, body)
        .and_then(|json| {
            files::append_to(file.file(), 0, &json)?;
            Ok(json.len() as u64)
        })
        .map_err(Error::io("writing", file.path()))
}

/// The beginning of the file.
fn first_record(entry: &Entry, body: Option<&InlineBody>) -> io::Result<Vec<u8>> {
    let mut json = Vec::new();
    if let Some(body) = body {
        json.extend_from_slice(body.line());
        json.push(b'\n');
    }
    serde_json::to_writer(&mut json, entry)?;
    Ok(json)
}

/// Ends the first record, which ends at `end`, with a line break, and makes the file durable. Since the file is changed
/// last, a file system also makes durable what was done before: the name that it was moved to.
///
/// Zeros fill its last block: what is written over them is durable without a change of the size, which takes a file
/// system with a journal another write. No JSON has them, so that a record is not read of which a part was not written.
pub(super) fn complete(file: &Lock, end: u64) -> Result<Place, Error> {
    let mut rest = vec![b'\n'];
    let size = (end + 1 + RECORD).next_multiple_of(BLOCK);
    rest.resize(usize::try_from(size - end).unwrap_or(1), 0);
    files::append_to(file.file(), end, &rest)
        .and_then(|()| file.file().sync_all())
        .map_err(Error::io("writing", file.path()))?;
    Ok(Place::Behind(end))
}

/// Adds a record, durably. Returns where the next one goes.
pub(super) fn add(
    file: &mut Lock,
    entry: &Entry,
    (place, body): (Place, Option<&InlineBody>),
) -> Result<Place, Error> {
    record(file, entry, (place, body)).map_err(Error::io("writing", file.path()))
}

fn record(
    file: &mut Lock,
    entry: &Entry,
    (place, body): (Place, Option<&InlineBody>),
) -> io::Result<Place> {
    let mut record = vec![b'\n'];
    serde_json::to_writer(&mut record, entry)?;
    let size = record.len() as u64;
    if let Place::Behind(end) = place
        && end + size <= MOST_BYTES
    {
        files::append_to(file.file(), end, &record)?;
        file.file().sync_data()?;
        return Ok(Place::Behind(end + size));
    }
    let json = first_record(entry, body)?;
    file.replace(&json)?;
    Ok(Place::Behind(json.len() as u64))
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Reads the file of the entry `id`; `None` if there is none.
pub(super) fn look(path: &Path, id: &EntryId) -> Option<Result<Stored, Error>> {
    match files::read(path) {
        Ok(json) => Some(parse(json, id)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => Some(Err(Error::io("reading", path)(error))),
    }
}

/// Reads the file of the entry `id`, which this process has locked.
pub(super) fn read(file: &Lock, id: &EntryId) -> Result<Stored, Error> {
    let json = files::read_whole(file.file()).map_err(Error::io("reading", file.path()))?;
    parse(json, id)
}

fn parse(mut json: Vec<u8>, id: &EntryId) -> Result<Stored, Error> {
    let is_end = |byte: &u8| *byte != 0 && !byte.is_ascii_whitespace();
    json.truncate(json.iter().rposition(is_end).map_or(0, |last| last + 1));
    let (body, json) = InlineBody::split(json);
    let begin = body.as_ref().map_or(0, |body| body.line().len());
    if let Some((entry, end)) = last_line(&json) {
        let place = Place::Behind((begin + end) as u64);
        return Ok(Stored { entry, place, body });
    }
    let damaged = |error| id.unreadable(damaged(&error));
    let (Version { version }, record) = last_record(&json).map_err(damaged)?;
    if version > VERSION {
        return Err(Error::Newer {
            id: id.clone(),
            reason: format!(
                "its file has version {version}; this graphmail reads versions up to {VERSION}"
            ),
        });
    }
    let place = match version < VERSION {
        true => Place::Instead,
        false => Place::Behind((begin + record.end) as u64),
    };
    let record = json.get(record).unwrap_or_default();
    let mut entry: Entry = serde_json::from_slice(record).map_err(damaged)?;
    entry.version = VERSION;
    Ok(Stored { entry, place, body })
}

/// The last line and where it ends, if it is a record of this version. [`last_record`] takes longer.
fn last_line(json: &[u8]) -> Option<(Entry, usize)> {
    let line = memrchr(b'\n', json).map_or(json, |before| json.get(before..).unwrap_or_default());
    let entry: Entry = serde_json::from_slice(line).ok()?;
    (entry.version == VERSION).then_some((entry, json.len()))
}

/// The last record of the file, and where it is. A process that is killed, or a power cut, may leave an incomplete line
/// behind the first record: it was not recorded, and what follows it was not done.
fn last_record(json: &[u8]) -> serde_json::Result<(Version, Range<usize>)> {
    let mut records = serde_json::Deserializer::from_slice(json).into_iter();
    let (mut last, mut end) = (None, 0);
    while let Some(record) = records.next() {
        match record {
            Ok(version) => {
                let start = std::mem::replace(&mut end, records.byte_offset());
                last = Some((version, start..end));
            }
            Err(error) => {
                let rest = json.get(end..).unwrap_or_default().trim_ascii_start();
                return match last.filter(|_| !rest.contains(&b'\n')) {
                    Some(last) => Ok(last),
                    None => Err(error),
                };
            }
        }
    }
    last.map_or_else(
        || serde_json::from_slice(json).map(|version| (version, 0..json.len())),
        Ok,
    )
}
