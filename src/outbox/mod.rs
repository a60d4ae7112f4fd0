//! The outbox: messages that are kept on disk until Graph accepts them.
//!
//! Each entry is a file. Its folder is its state, and each change of state is one rename. An entry stores the bytes of
//! the request, so that every attempt sends the same message with the same Message-ID. The entry of a message that
//! `sendmail` refused stores what it read, and its command line.
//!
//! ```text
//! outbox/
//! ├─ tmp/       being written or removed; abandoned if no process holds its lock
//! ├─ new/       to be sent, not before `not_before`
//! ├─ busy/      being sent by the process that holds its lock
//! ├─ doubtful/  may have been sent
//! ├─ failed/    rejected permanently, or given up
//! │  └─ ID.json a line for each change, before them a short message; only the process that has locked it changes it
//! ├─ contents/  of entries that have more than a short message
//! │  └─ ID/     message, attachment-1 …, or input
//! ├─ delivered  the entries of the last days that were sent; delivered.old those of the days before
//! └─ keys/      the journal of idempotency keys: journal-0 … journal-f, and a lock for each key in use
//! ```
//!
//! If a process dies and leaves an entry in `busy`, the entry becomes doubtful if its file says that sending had begun.
//! Otherwise it becomes new again. The same applies to an entry in `new`: a power cut may undo its move to `busy`, but
//! not what its file says.

mod claim;
mod contents;
mod delivered;
mod entry;
mod entry_file;
mod entry_id;
mod former;
mod inline_body;
mod key;
mod key_compact;
mod key_journal;
mod key_record;
mod layout;
mod spool;

use std::io;
use std::path::{Path, PathBuf};

pub use claim::Claim;
pub use contents::StoredMessage;
pub use delivered::Delivered;
pub use entry::{Answer, CommandLine, Entry, Inquiry, LONGEST_WAIT, Phase, Queue, State, VERSION};
pub use entry_id::{EntryId, InvalidEntryId};
pub use key::{Key, KeyLookup, Keys};
pub use key_record::KeyState;
pub use spool::{Listed, Outbox};

use crate::exit::Class;
use crate::files::Untrusted;

/// An error of the outbox.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system returned an error.
    #[error("{doing} {}: {source}", .path.display())]
    Io {
        /// The operation, as in `writing`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// Another user can read or change the outbox.
    #[error("{} must belong to you and be closed to other users", .0.display())]
    Exposed(PathBuf),
    /// An attachment cannot be copied into the outbox.
    #[error("copying {name:?} to the outbox: {source}")]
    Attachment {
        /// The attachment's name.
        name: String,
        /// The error.
        source: io::Error,
    },
    /// The text is not an entry id.
    #[error(transparent)]
    Name(#[from] InvalidEntryId),
    /// The outbox has no such entry.
    #[error("the outbox has no entry {0}")]
    NotFound(EntryId),
    /// Another process holds the entry.
    #[error("another process is sending {0}")]
    Held(EntryId),
    /// A file of the entry is missing or damaged.
    #[error("the entry {id} cannot be read: {reason}")]
    Unreadable {
        /// The entry.
        id: EntryId,
        /// The reason.
        reason: String,
    },
    /// A newer version of graphmail wrote the entry.
    #[error("the entry {id} cannot be read: {reason}")]
    Newer {
        /// The entry.
        id: EntryId,
        /// The reason.
        reason: String,
    },
}

impl Error {
    /// The class of this error, which gives the exit status.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Io { .. } | Self::Exposed(_) | Self::Unreadable { .. } | Self::Newer { .. } => {
                Class::Outbox
            }
            Self::Attachment { source, .. } if is_disk_error(source) => Class::Outbox,
            Self::Attachment { .. } => Class::Input,
            Self::Name(_) | Self::NotFound(_) => Class::Usage,
            Self::Held(_) => Class::Later,
        }
    }

    /// Whether another user could change the files of the outbox.
    #[must_use]
    pub fn is_untrusted(&self) -> bool {
        matches!(self, Self::Io { source, .. } if Untrusted::in_error(source).is_some())
    }

    /// The error for `file` of the entry `id` in `folder`. If the file is missing, the entry is unreadable.
    fn reading<'a>(
        id: &'a EntryId,
        folder: &'a Path,
        file: &'a str,
    ) -> impl FnOnce(io::Error) -> Self + 'a {
        move |error| match error.kind() {
            io::ErrorKind::NotFound => id.unreadable(format!("its file {file} is missing")),
            _ => Self::io("reading", folder.join(file))(error),
        }
    }

    fn io(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            doing,
            path,
            source,
        }
    }
}

/// Whether the disk of the outbox caused the error, not the file that is copied.
fn is_disk_error(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(
        error.kind(),
        StorageFull | QuotaExceeded | FileTooLarge | ReadOnlyFilesystem
    )
}
