//! The journal of a merge: what was sent of which row. A line is written before and after each message.
//!
//! ```text
//! no line   → sending → sent
//!           → draft → sending → sent        a message above 4 MB
//!                       ├→ failed, unsent    it was not sent, and the next run tries it again
//!                       └→ doubtful          it may have been sent, and is never sent again
//! ```
//!
//! What comes before a request is synced at once. The line about its outcome is written at once, so that a killed
//! process leaves it, and synced with the next line, before another message is sent. If a power cut loses it, the row
//! is doubtful.
//!
//! A row whose last line is `sending` was in progress when a process was killed: it is doubtful, too.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::MergeError;
use super::mailing::Mailing;
use super::template::RowKey;
use crate::commands::Context;
use crate::commands::report::{Result, WithContext as _};
use crate::commands::send::read;
use crate::files;
use crate::shell;

/// The version of the file.
const VERSION: u32 = 1;

/// The first line of a journal.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    graphmail_merge: u32,
    account: String,
    mailbox: Option<String>,
    graph: String,
    /// The template of --key.
    key: Option<String>,
    /// Whether the messages are left in Drafts.
    draft: bool,
}

/// Another line.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    key: String,
    row: u64,
    digest: String,
    at: Timestamp,
    #[serde(flatten)]
    step: Step,
}

/// A step of a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub(super) enum Step {
    /// It is this draft, which is not complete.
    Draft { draft: String },
    /// The request that sends it comes next, or, with --draft, the one that creates the draft.
    Sending(Doubt),
    /// It was sent, or, with --draft, is in Drafts.
    Sent { message_id: Option<String> },
    /// It was refused.
    Failed { error: String },
    /// It was not sent, for a reason that is not its own.
    Unsent { error: String },
    /// It may have been sent.
    Doubtful { error: String },
}

/// By what a message that may have been sent is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Doubt {
    pub(super) begun: Timestamp,
    pub(super) message_id: Option<String>,
    pub(super) draft: Option<String>,
    pub(super) recipients: Vec<String>,
}

/// What is known of a row.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// Nothing was sent. This incomplete draft may be left.
    Unsent(Option<Box<str>>),
    Sent,
    Doubtful(Box<Doubt>),
}

/// A hash of a key or a digest, in little space: a journal may have a hundred thousand rows.
pub(super) type Id = [u8; 16];

pub(super) fn id(text: &str) -> Id {
    let hash = Sha256::digest(text);
    let mut id = Id::default();
    for (to, from) in id.iter_mut().zip(hash.iter()) {
        *to = *from;
    }
    id
}

struct Record {
    row: u64,
    digest: Id,
    known: Known,
}

/// The journal of one merge. This process alone uses it.
pub(super) struct Journal {
    name: String,
    head: Head,
    file: Mutex<Writer>,
    records: Mutex<HashMap<Id, Record>>,
}

struct Writer {
    file: files::Journal,
    /// Whether the first line is written.
    has_head: bool,
    /// The file, if this process has written a line.
    last: Option<Arc<File>>,
}

impl Journal {
    /// Opens the journal of --journal, or that of this account, mailbox and data file.
    pub(super) fn open(mailing: &Mailing<'_>, context: &Context<'_>) -> Result<Self> {
        let head = Head::of(mailing)?;
        let path = path(mailing, &head, context)?;
        let name = path.display().to_string();
        let opened = files::Journal::open(&path);
        let opened = opened.map_err(|error| MergeError::Journal(name.clone(), error))?;
        let mut file = opened.ok_or_else(|| MergeError::JournalHeld(name.clone()))?;
        let (records, lines) = read(&mut file, &head, &name)?;
        let has_head = lines > 0;
        Ok(Self {
            name,
            head,
            file: Mutex::new(Writer {
                file,
                has_head,
                last: None,
            }),
            records: Mutex::new(records),
        })
    }

    /// The path of the file.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What is known of the row with this key, and whether its digest was the same.
    pub(super) fn known(&self, key: &RowKey) -> Option<(Known, bool)> {
        let records = locked(&self.records);
        let record = records.get(&id(&key.text))?;
        Some((record.known.clone(), record.digest == id(&key.digest)))
    }

    /// The rows that were sent, or may have been, with the keys that they had.
    pub(super) fn sent_rows(&self) -> HashMap<u64, Id> {
        let records = locked(&self.records);
        let sent = records
            .iter()
            .filter(|(_, record)| !matches!(record.known, Known::Unsent(_)));
        sent.map(|(id, record)| (record.row, *id)).collect()
    }

    /// Records a step of a row, durably if a request follows.
    pub(super) fn record(
        &self,
        row: u64,
        key: &RowKey,
        (step, at): (Step, Timestamp),
    ) -> io::Result<()> {
        let line = Line {
            key: key.text.clone(),
            row,
            digest: key.digest.clone(),
            at,
            step,
        };
        let mut writer = locked(&self.file);
        if !writer.has_head {
            drop(writer.file.append(serde_json::to_vec(&self.head)?)?);
            writer.has_head = true;
        }
        let file = writer.file.append(serde_json::to_vec(&line)?)?;
        writer.last = Some(Arc::clone(&file));
        drop(writer);
        let precedes_request = matches!(line.step, Step::Draft { .. } | Step::Sending(_));
        add(&mut locked(&self.records), line);
        match precedes_request {
            true => file.sync_data(),
            false => Ok(()),
        }
    }

    /// Makes the last lines durable.
    pub(super) fn sync(&self) -> io::Result<()> {
        let last = locked(&self.file).last.clone();
        last.map_or(Ok(()), |file| file.sync_data())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Head {
    fn of(mailing: &Mailing<'_>) -> Result<Self> {
        let account = mailing.target.account()?;
        Ok(Self {
            graphmail_merge: VERSION,
            account: account.name.clone(),
            mailbox: mailing.target.sender.user().map(ToOwned::to_owned),
            graph: account.cloud.graph().to_owned(),
            key: mailing.args.data.key.clone(),
            draft: mailing.args.run.draft,
        })
    }

    /// In what a journal with the other head differs; `None` if it is of the same merge.
    fn difference(&self, other: &Self) -> Option<String> {
        let shown = |flag: &str, text: &Option<String>| match text {
            Some(text) => format!("with {flag} {}", shell::word(text)),
            None => format!("without {flag}"),
        };
        let draft = if other.draft {
            "with --draft"
        } else {
            "without --draft"
        };
        let pairs = [
            (
                format!("by the account {:?}", other.account),
                self.account == other.account,
            ),
            (
                shown("--mailbox", &other.mailbox),
                self.mailbox == other.mailbox,
            ),
            (format!("for {}", other.graph), self.graph == other.graph),
            (shown("--key", &other.key), self.key == other.key),
            (draft.to_owned(), self.draft == other.draft),
        ];
        let mut pairs = pairs.into_iter();
        let differs = pairs.find(|(_, is_same)| !is_same);
        differs.map(|(how, _)| format!("it was begun {how}"))
    }
}

/// The path of the journal. The default one does not depend on the letter: after a correction, the same rows
/// must not be sent again.
fn path(mailing: &Mailing<'_>, head: &Head, context: &Context<'_>) -> Result<PathBuf> {
    let run = &mailing.args.run;
    if let Some(path) = &run.journal {
        let absolute = std::path::absolute(path);
        return absolute.with_context(|| path.display().to_string());
    }
    let data = &mailing.args.data.data;
    let data = match read::is_dash(data) {
        // What a pipe has is known by what is made of it.
        true => format!(
            "- {:?} {:?}",
            mailing.args.recipients, mailing.args.composed
        ),
        false => canonical(data).display().to_string(),
    };
    let hash = Sha256::new()
        .chain_update(serde_json::to_vec(&(
            &head.account,
            &head.mailbox,
            &head.graph,
        ))?)
        .chain_update(data)
        .finalize();
    let folder = context.settings.state_folder()?.join("merge");
    let made = files::make_folder(&folder);
    made.map_err(|error| MergeError::Journal(folder.display().to_string(), error))?;
    let hash: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(folder.join(format!("{hash}.jsonl")))
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Reads all records of a journal, which must be of this merge, and how many lines it has.
fn read(
    file: &mut files::Journal,
    head: &Head,
    name: &str,
) -> Result<(HashMap<Id, Record>, u64), MergeError> {
    let mut records = HashMap::new();
    let mut number = 0;
    let read = file.lines(|text| {
        number += 1;
        let wrong = |_| Stop::Merge(MergeError::NotAJournal(name.to_owned(), number));
        if number == 1 {
            let other: Head = serde_json::from_slice(text).map_err(wrong)?;
            return match head.difference(&other) {
                Some(why) => Err(Stop::Merge(MergeError::JournalOfAnother(
                    name.to_owned(),
                    why,
                ))),
                None => Ok(()),
            };
        }
        add(&mut records, serde_json::from_slice(text).map_err(wrong)?);
        Ok(())
    });
    match read {
        Ok(()) => Ok((records, number)),
        Err(Stop::Merge(error)) => Err(error),
        Err(Stop::Io(error)) => Err(MergeError::Journal(name.to_owned(), error)),
    }
}

/// Why a journal is not read to its end.
enum Stop {
    Io(io::Error),
    Merge(MergeError),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn add(records: &mut HashMap<Id, Record>, line: Line) {
    let id_of_key = id(&line.key);
    let before = records.remove(&id_of_key).map(|record| record.known);
    let known = match line.step {
        Step::Draft { draft } => Known::Unsent(Some(draft.into())),
        Step::Sending(doubt) => Known::Doubtful(Box::new(doubt)),
        Step::Sent { .. } => Known::Sent,
        Step::Failed { .. } | Step::Unsent { .. } => Known::Unsent(None),
        Step::Doubtful { .. } => match before {
            Some(known @ Known::Doubtful(_)) => known,
            _ => Known::Doubtful(Box::new(Doubt {
                begun: line.at,
                message_id: None,
                draft: None,
                recipients: Vec::new(),
            })),
        },
    };
    let record = Record {
        row: line.row,
        digest: id(&line.digest),
        known,
    };
    records.insert(id_of_key, record);
}
