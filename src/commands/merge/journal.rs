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

mod head;

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use self::head::{Head, path};
use super::args::Args;
use super::error::MergeError;
use super::mailing::Mailing;
use super::outputs;
use super::template::RowKey;
use crate::commands::Context;
use crate::commands::report::Result;
use crate::files;
use crate::mutex::locked;

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
    /// Why it is not known whether it was sent. It is in the line after the one with these.
    #[serde(skip)]
    pub(super) cause: Option<String>,
}

impl Doubt {
    /// What is said of it by a run that has not sent it.
    pub(super) fn words(&self) -> String {
        match &self.cause {
            Some(cause) => format!("it may have been sent before: {cause}"),
            None => "it may have been sent before".to_owned(),
        }
    }
}

/// What is known of a row.
#[derive(Debug, Clone)]
pub(super) enum Known {
    /// Nothing was sent. This incomplete draft may be left.
    Unsent(Option<Box<str>>),
    /// With its Message-ID, if a report is written.
    Sent(Option<Box<str>>),
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

/// The id of recipients in any order. Case makes no difference in Exchange.
pub(super) fn recipients<'a>(addresses: impl Iterator<Item = &'a str>) -> Id {
    let mut addresses: Vec<_> = addresses.map(str::to_lowercase).collect();
    addresses.sort_unstable();
    addresses.dedup();
    id(&addresses.join("\n"))
}

/// A row that was sent, or may have been.
pub(super) struct SentRow {
    pub(super) row: u64,
    pub(super) recipients: Option<Id>,
}

struct Record {
    row: u64,
    digest: Id,
    /// Those of the last request that may have sent it.
    recipients: Option<Id>,
    known: Known,
}

/// The journal of one merge. This process alone uses it.
pub(super) struct Journal {
    name: String,
    head: Head,
    file: Mutex<Writer>,
    /// Whether the Message-IDs of sent rows are needed. They take memory.
    keeps_ids: bool,
    records: Mutex<HashMap<Id, Record>>,
}

struct Writer {
    file: files::Journal,
    /// Whether the first line is written.
    has_head: bool,
    /// Whether the lines are those of a run with other settings in which nothing was sent.
    is_stale: bool,
    /// The file, if this process has written a line.
    last: Option<Arc<File>>,
}

impl Journal {
    /// Opens the journal of --journal, or that of this account, mailbox and data file.
    pub(super) fn open(mailing: &Mailing<'_>, context: &Context<'_>) -> Result<Self> {
        let head = Head::of(mailing)?;
        let path = path(mailing, &head, context)?.ok_or(MergeError::NoJournal)?;
        if mailing.args.run.journal.is_none() {
            let made = path.parent().map_or(Ok(()), files::make_folder);
            made.map_err(|error| MergeError::Journal(path.display().to_string(), error))?;
        }
        outputs::check(mailing.args, &path)?;
        let name = path.display().to_string();
        let opened = files::Journal::open(&path);
        let opened = opened.map_err(|error| MergeError::Journal(name.clone(), error))?;
        let file = opened.ok_or_else(|| MergeError::JournalHeld(name.clone()))?;
        Ok(Self::read(file, (head, name), mailing.args)?)
    }

    /// Reads the journal for a dry run; `None` if there is none.
    pub(super) fn look(mailing: &Mailing<'_>, context: &Context<'_>) -> Result<Option<Self>> {
        if mailing.target.account().is_err() {
            return Ok(None);
        }
        let head = Head::of(mailing)?;
        let Some(path) = path(mailing, &head, context)? else {
            return Ok(None);
        };
        outputs::check(mailing.args, &path)?;
        let name = path.display().to_string();
        match files::Journal::look(&path) {
            Ok(None) => Ok(None),
            Ok(Some(file)) => Ok(Some(Self::read(file, (head, name), mailing.args)?)),
            Err(error) => Err(MergeError::Journal(name, error).into()),
        }
    }

    fn read(
        mut file: files::Journal,
        (head, name): (Head, String),
        args: &Args,
    ) -> Result<Self, MergeError> {
        let keeps_ids = args.run.report.is_some();
        let mut contents = read(&mut file, (&head, &name), keeps_ids)?;
        if let Some(why) = contents.difference.take() {
            // Of a run in which nothing was sent, the settings may be corrected.
            let is_sent = |record: &Record| !matches!(record.known, Known::Unsent(None));
            if contents.records.values().any(is_sent) {
                return Err(MergeError::JournalOfAnother(name, why));
            }
            contents.records.clear();
            contents.is_stale = true;
        }
        Ok(Self {
            name,
            head,
            file: Mutex::new(Writer {
                file,
                has_head: contents.lines > 0,
                is_stale: contents.is_stale,
                last: None,
            }),
            keeps_ids,
            records: Mutex::new(contents.records),
        })
    }

    /// Whether no run before has used it.
    pub(super) fn is_new(&self) -> bool {
        !locked(&self.file).has_head
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

    /// The rows that were sent, or may have been, by the keys that they had.
    pub(super) fn sent(&self) -> HashMap<Id, SentRow> {
        let records = locked(&self.records);
        let sent = records
            .iter()
            .filter(|(_, record)| !matches!(record.known, Known::Unsent(_)));
        sent.map(|(id, record)| {
            let (row, recipients) = (record.row, record.recipients);
            (*id, SentRow { row, recipients })
        })
        .collect()
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
        if writer.is_stale {
            writer.file.clear()?;
            (writer.is_stale, writer.has_head) = (false, false);
        }
        if !writer.has_head {
            drop(writer.file.append(serde_json::to_vec(&self.head)?)?);
            writer.has_head = true;
        }
        let file = writer.file.append(serde_json::to_vec(&line)?)?;
        writer.last = Some(Arc::clone(&file));
        drop(writer);
        let precedes_request = matches!(line.step, Step::Draft { .. } | Step::Sending(_));
        add(&mut locked(&self.records), line, self.keeps_ids);
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

/// What a journal contains.
#[derive(Default)]
struct Contents {
    records: HashMap<Id, Record>,
    lines: u64,
    /// In what the run that has written it differs from this one.
    difference: Option<String>,
    is_stale: bool,
}

/// Reads a journal.
fn read(
    file: &mut files::Journal,
    (head, name): (&Head, &str),
    keeps_ids: bool,
) -> Result<Contents, MergeError> {
    let mut contents = Contents::default();
    let read = file.lines(|text| {
        contents.lines += 1;
        let number = contents.lines;
        let wrong = |_| Stop::Merge(MergeError::NotAJournal(name.to_owned(), number));
        if number == 1 {
            let other: Head = serde_json::from_slice(text).map_err(wrong)?;
            if other.is_newer() {
                return Err(Stop::Merge(MergeError::NewerJournal(name.to_owned())));
            }
            contents.difference = head.difference(&other);
            return Ok(());
        }
        let line = serde_json::from_slice(text).map_err(wrong)?;
        add(&mut contents.records, line, keeps_ids);
        Ok(())
    });
    match read {
        Ok(()) => Ok(contents),
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

fn add(records: &mut HashMap<Id, Record>, line: Line, keeps_ids: bool) {
    let id_of_key = id(&line.key);
    let (before, recipients_before) = match records.remove(&id_of_key) {
        Some(record) => (Some(record.known), record.recipients),
        None => (None, None),
    };
    let recipients = match &line.step {
        Step::Sending(doubt) => Some(recipients(doubt.recipients.iter().map(String::as_str))),
        _ => recipients_before,
    };
    let known = match line.step {
        Step::Draft { draft } => Known::Unsent(Some(draft.into())),
        Step::Sending(doubt) => Known::Doubtful(Box::new(doubt)),
        Step::Sent { message_id } => Known::Sent(message_id.filter(|_| keeps_ids).map(Into::into)),
        Step::Failed { .. } | Step::Unsent { .. } => Known::Unsent(None),
        Step::Doubtful { error } => {
            let doubt = match before {
                Some(Known::Doubtful(doubt)) => *doubt,
                _ => Doubt {
                    begun: line.at,
                    message_id: None,
                    draft: None,
                    recipients: Vec::new(),
                    cause: None,
                },
            };
            let cause = Some(error);
            Known::Doubtful(Box::new(Doubt { cause, ..doubt }))
        }
    };
    let record = Record {
        row: line.row,
        digest: id(&line.digest),
        recipients,
        known,
    };
    records.insert(id_of_key, record);
}
