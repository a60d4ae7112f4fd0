//! The file `entry.json`: a line of JSON for each change of the entry. The last line counts. Before the first there is
//! a line with the body of the first request, if that is short.

use std::io;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

use super::entry::VERSION;
use super::inline_body::{ENTRY, InlineBody, damaged};
use super::{Entry, EntryId, Error};
use crate::files::{self, Unsynced};

/// The size from which the file is replaced instead of extended: the records of some dozen attempts.
const MOST_BYTES: u64 = 64 << 10;

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

/// Writes `entry.json` into a folder that no other process uses. It is durable as soon as it is synced.
pub(super) fn create_entry(
    folder: &Path,
    entry: &Entry,
    body: Option<&InlineBody>,
) -> Result<(Unsynced, Place), Error> {
    let path = folder.join(ENTRY);
    first_record(entry, body)
        .and_then(|json| {
            let file = files::create_unsynced(&path, &json)?;
            Ok((file, Place::Behind(json.len() as u64)))
        })
        .map_err(Error::io("writing", path))
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

/// Makes `entry.json` in `folder` durable, and with it the entry's new name.
pub(super) fn sync_entry(folder: &Path, file: Unsynced) -> Result<(), Error> {
    file.sync()
        .map_err(Error::io("writing", folder.join(ENTRY)))
}

/// Adds a record to `entry.json`, durably. Returns where the next one goes.
pub(super) fn save_entry(
    folder: &Path,
    entry: &Entry,
    (place, body): (Place, Option<&InlineBody>),
) -> Result<Place, Error> {
    let path = folder.join(ENTRY);
    record(&path, entry, (place, body)).map_err(Error::io("writing", path))
}

fn record(
    path: &Path,
    entry: &Entry,
    (place, body): (Place, Option<&InlineBody>),
) -> io::Result<Place> {
    let mut record = vec![b'\n'];
    serde_json::to_writer(&mut record, entry)?;
    let size = record.len() as u64;
    if let Place::Behind(end) = place
        && end + size <= MOST_BYTES
    {
        files::append(path, end, &record)?;
        return Ok(Place::Behind(end + size));
    }
    let json = first_record(entry, body)?;
    files::replace(path, &json)?;
    Ok(Place::Behind(json.len() as u64))
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Reads `entry.json` of the entry `id`, which is in `folder`.
pub(super) fn load_entry(folder: &Path, id: &EntryId) -> Result<Stored, Error> {
    let json = files::read(&folder.join(ENTRY)).map_err(Error::reading(id, folder, ENTRY))?;
    let (body, json) = InlineBody::split(json);
    let begin = body.as_ref().map_or(0, |body| body.line().len());
    let damaged = |error| id.unreadable(damaged(&error));
    let (Version { version }, record) = last_record(&json).map_err(damaged)?;
    if version > VERSION {
        return Err(Error::Newer {
            id: id.clone(),
            reason: format!(
                "its file {ENTRY} has version {version}; this graphmail reads versions up to {VERSION}"
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
