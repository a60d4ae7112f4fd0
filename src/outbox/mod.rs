//! Mail that is kept on disk until Graph has taken it.
//!
//! An entry is a folder; the folder in which it lies is its state, and each change of state is one
//! rename. What is kept are the bytes for the wire, so that every attempt sends the same message
//! with the same Message-ID.
//!
//! ```text
//! outbox/
//! ├─ tmp/       being written, or being removed: of no meaning when nobody holds its lock
//! ├─ new/       to be sent, at the earliest at its `not_before`
//! ├─ busy/      being sent by whoever holds its lock
//! ├─ doubtful/  may have been sent
//! ├─ failed/    refused for good, or given up: a person decides
//! │  └─ ID/     entry.json, message, attachment-1 …
//! ├─ locks/     a lock for each entry: its holder alone changes it
//! └─ keys/      the journal of idempotency keys
//! ```
//!
//! What a dead process left in `busy` was not sent if its entry does not say that sending had
//! begun: then it is new again. Otherwise it is doubtful.

mod claim;
mod contents;
mod entry;
mod entry_id;
mod key;
mod spool;

use std::io;
use std::path::{Path, PathBuf};

pub use claim::Claim;
pub use contents::Package;
pub use entry::{Answer, Entry, Inquiry, LONGEST_WAIT, Phase, Queue, State, VERSION};
pub use entry_id::{EntryId, InvalidEntryId};
pub use key::{Begun, Key, KeyState, Keys};
pub use spool::{Listed, Outbox};

use crate::exit::Class;
use crate::files::Untrusted;

/// Why the outbox could not do something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system refuses.
    #[error("{doing} {}: {source}", .path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others than its owner could read or change it.
    #[error("{} must be its owner's alone", .0.display())]
    Exposed(PathBuf),
    /// An attachment cannot be copied into the outbox.
    #[error("keeping {name:?}: {source}")]
    Attachment {
        /// The attachment's name.
        name: String,
        /// Why not.
        source: io::Error,
    },
    /// No entry can have that name.
    #[error(transparent)]
    Name(#[from] InvalidEntryId),
    /// There is no entry of that name.
    #[error("there is no {0} in the outbox")]
    NotFound(EntryId),
    /// Another process is at it.
    #[error("{0} is being sent by another process")]
    Held(EntryId),
    /// It cannot be understood.
    #[error("the entry {id} cannot be read: {reason}")]
    Unreadable {
        /// The entry.
        id: EntryId,
        /// Why not.
        reason: String,
    },
    /// It is for a newer version of this program.
    #[error("the entry {id} cannot be read: {reason}")]
    Newer {
        /// The entry.
        id: EntryId,
        /// Why not.
        reason: String,
    },
}

impl Error {
    /// How a run ends that stops at this.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Self::Io { .. } | Self::Exposed(_) | Self::Unreadable { .. } | Self::Newer { .. } => {
                Class::Outbox
            }
            Self::Attachment { source, .. } if is_of_disk(source) => Class::Outbox,
            Self::Attachment { .. } => Class::Input,
            Self::Name(_) | Self::NotFound(_) => Class::Usage,
            Self::Held(_) => Class::Later,
        }
    }

    /// Whether another user could change what would be kept.
    #[must_use]
    pub fn is_untrusted(&self) -> bool {
        matches!(self, Self::Io { source, .. } if Untrusted::of(source).is_some())
    }

    /// Why `file` of the entry `id`, which is in `folder`, cannot be read. A file that is missing stays so.
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

/// Whether the disk of the outbox is the reason, not the file that is copied.
fn is_of_disk(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    matches!(
        error.kind(),
        StorageFull | QuotaExceeded | FileTooLarge | ReadOnlyFilesystem
    )
}
