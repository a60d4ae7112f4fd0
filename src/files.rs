//! Opens every file and folder of graphmail: state, outbox, tokens, locks, keys, rate, logs.
//!
//! Before graphmail opens a file, it checks every folder of the path, so that no other user can
//! replace the file: each belongs to this user or to root, and neither group nor others can write the
//! file's folder. If the last component is a link, it is not followed. Files are replaced atomically:
//! after a power cut a file has the old contents or the new.
//!
//! What is synced, and what each sync protects against a power cut. A message that is queued takes the first two, or one
//! if it is short, also one that the mail service accepts; a flush takes the third for each message; all that is sent until nothing is left
//! takes the last.
//!
//! | sync | without it |
//! |---|---|
//! | the file `message` of an entry, if it is long | the message is empty or cut off |
//! | the file of an entry, after it was moved into its state | an accepted message is lost |
//! | the same in the phase `sending` | a message that may have been sent is sent again |
//! | the folder `busy`, from which a sent entry is removed | a sent message counts as doubtful |
//!
//! No folder is synced for a new entry: a file system that makes a file durable has made durable the names on its way,
//! and what was done in these folders before. Postfix relies on the same. An entry that moves from `new` to `busy`
//! needs no sync: its phase tells whether it is being sent. All other moves take one more. A file system without a
//! journal (ext2) can lose the name of a file that moves when the power is cut.
//!
//! A key takes two, one before the request and one after the answer: its file in the journal. Without the first a
//! message is sent again; without the second its key is in doubt. The folder from which an entry is moved is not
//! synced: a rename changes both folders at once. The ledger is not synced: see `budget`.

mod journal;
mod lock;
mod octets;
mod same;
mod trust;
mod unnamed;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::time::Duration;

use tempfile::Builder;

pub use journal::Journal;
pub use lock::{Lock, Released};
pub use octets::{Octets, OctetsReader, SpoolError};
pub use same::is_same_file;
pub use trust::{Untrusted, check_folder, check_subfolder, check_way, untrusted};

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Read,
    /// To create and write; it must not exist.
    New,
    /// To lock; it is created if it is missing, and never truncated or replaced.
    Lock,
    /// To lock it, or to see whether it is locked; it must exist.
    Look,
    /// To read it and append to it; it is created if it is missing.
    Append,
}

/// Checks the folder of `path`, then opens the file; does not follow a link. A new file has mode 0600.
fn open_checked(path: &Path, purpose: Purpose) -> io::Result<File> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    match purpose {
        // A journal, and a lock next to a file, may be in any folder that the user has chosen.
        Purpose::Lock | Purpose::Look | Purpose::Append => check_way(folder)?,
        Purpose::Read | Purpose::New => check_folder(folder)?,
    }
    let mut options = OpenOptions::new();
    match purpose {
        Purpose::Read => options.read(true),
        Purpose::New => options.write(true).create_new(true),
        Purpose::Lock => options.read(true).write(true).create(true).truncate(false),
        Purpose::Look => options.read(true).write(true),
        Purpose::Append => options.read(true).append(true).create(true),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // Opening a named pipe would block.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options
        .open(path)
        .map_err(|error| trust::explain(path, error))
}

/// Opens a file of graphmail for reading.
///
/// # Errors
/// Those of the file system; [`Untrusted`] inside one of them if `path` is a link, or its folder is
/// not safe.
pub fn open(path: &Path) -> io::Result<File> {
    open_checked(path, Purpose::Read)
}

/// Reads a file of graphmail.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_to_end(&open(path)?)
}

/// Reads an open file from its beginning.
///
/// # Errors
/// Those of the file system.
pub fn read_whole(mut file: &File) -> io::Result<Vec<u8>> {
    file.rewind()?;
    read_to_end(file)
}

fn read_to_end(file: &File) -> io::Result<Vec<u8>> {
    // `File::read_to_end` asks for the size first, which takes longer than to read a short file.
    let mut bytes = Vec::with_capacity(SHORT_FILE);
    file.take(u64::MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The size of a file that is read at once: a block of most file systems, and some bytes to see its end.
const SHORT_FILE: usize = (4 << 10) + 64;

/// Reads a file that graphmail does not own, of at most `most` bytes, without a check of its folder.
///
/// # Errors
/// Those of the file system; [`io::ErrorKind::FileTooLarge`] if it has more bytes.
pub fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?.take(most.saturating_add(1));
    file.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let excess = format!("it has more than {most} bytes, the most that graphmail reads");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, excess));
    }
    Ok(bytes)
}

/// As [`read_at_most`], for a text file.
///
/// # Errors
/// As [`read_at_most`]; [`io::ErrorKind::InvalidData`] if it is not UTF-8.
pub fn text_at_most(path: &Path, most: u64) -> io::Result<String> {
    // The conversion's own error contains the text, which may be a secret.
    String::from_utf8(read_at_most(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Opens a file of graphmail to append to it; creates it with mode 0600 if it is missing.
///
/// # Errors
/// As [`open`].
pub fn open_to_append(path: &Path) -> io::Result<File> {
    open_checked(path, Purpose::Append)
}

/// Opens a log to append to it; creates it with mode 0600 if it is missing. It may be a device, a pipe
/// or a link, if each link on the path belongs to this user or to root.
///
/// # Errors
/// Those of the file system; [`Untrusted`] inside one of them.
pub fn open_log(path: &Path) -> io::Result<File> {
    trust::check_links(path)?;
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Creates `folder` and its missing parents with mode 0700.
///
/// # Errors
/// Those of the file system.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let there = folder
        .ancestors()
        .find(|path| path.symlink_metadata().is_ok());
    there.map_or(Ok(()), check_way)?;
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    check_folder(folder)
}

/// Whether only this user can read and change the contents of `folder`; on a system without modes,
/// whether it is a folder.
///
/// # Errors
/// Those of the file system.
pub fn is_own(folder: &Path) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(folder)?;
    check_folder(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let own = metadata.uid() == rustix::process::geteuid().as_raw();
        Ok(own && metadata.mode() & 0o077 == 0)
    }
    #[cfg(not(unix))]
    Ok(metadata.is_dir())
}

/// Creates a new file with mode 0600 and what `write` writes into it, durable on return; its name becomes durable with
/// its folder.
///
/// # Errors
/// Those of the file system, also if the file exists; that of `write`.
pub fn create<T>(path: &Path, write: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let mut file = open_checked(path, Purpose::New)?;
    let written = write(&mut file)?;
    file.sync_all()?;
    Ok(written)
}

/// Writes `bytes` into the file, of which the first `end` bytes stay; not durable.
///
/// # Errors
/// Those of the file system; then it has no part of `bytes`, unless the system refuses to cut it.
pub fn append_to(file: &File, end: u64, bytes: &[u8]) -> io::Result<()> {
    write_at(file, end, bytes).inspect_err(|_| drop(file.set_len(end)))
}

/// Writes `bytes` into the file from the offset `at` on; not durable.
///
/// # Errors
/// Those of the file system.
pub fn write_at(mut file: &File, at: u64, bytes: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)
}

/// Replaces the file at `path` atomically by one with these `bytes` and mode 0600; durable on return.
///
/// # Errors
/// Those of the file system; then the old file is unchanged.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, File::sync_all)?;
    sync_parent(path)
}

/// As [`replace`], but not durable: after a power cut the new contents may be lost.
///
/// # Errors
/// As [`replace`].
pub fn replace_lightly(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, |_| Ok(())).map(drop)
}

/// As [`replace`]; `complete` gets the new file before it has its name.
fn put(
    path: &Path,
    bytes: &[u8],
    complete: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<File> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    check_folder(folder)?;
    let mut builder = Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    complete(file.as_file())?;
    Ok(file.persist(path)?)
}

/// How old a file of [`replace`] is that no process writes any more.
const ABANDONED: Duration = Duration::from_hours(1);
/// How the names of the files begin that [`replace`] writes before it renames them.
const UNFINISHED: &str = ".tmp";

/// Removes from `folder` what killed processes left there while they replaced a file. What cannot be removed
/// now, the next call removes.
pub fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_unfinished = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(UNFINISHED.as_bytes());
        if is_unfinished && is_abandoned(&entry.path()) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Whether the file or folder was not changed for [`ABANDONED`].
#[must_use]
pub fn is_abandoned(path: &Path) -> bool {
    let modified = fs::symlink_metadata(path).and_then(|found| found.modified());
    let age = modified.map(|modified| modified.elapsed().unwrap_or_default());
    age.is_ok_and(|age| age > ABANDONED)
}

/// Renames a folder atomically to a name that does not exist; durable on return.
///
/// # Errors
/// Those of the file system.
pub fn move_folder(from: &Path, to: &Path) -> io::Result<()> {
    for folder in [from, to].into_iter().filter_map(Path::parent) {
        check_folder(folder)?;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "a folder: the rename is the whole change"
    )]
    fs::rename(from, to)?;
    // A rename changes both folders at once, so to sync the new one is enough.
    sync_parent(to)
}

/// Gives a log the name of the older one, which it replaces. Not durable.
///
/// # Errors
/// Those of the file system.
pub fn rotate(log: &Path, older: &Path) -> io::Result<()> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the file is not written: its name changes"
    )]
    fs::rename(log, older)
}

/// Makes the name of a file durable.
///
/// # Errors
/// Those of the file system.
pub fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}

/// Makes changes to the folder's entries durable.
///
/// # Errors
/// Those of the file system.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows cannot sync a folder; its journal orders the rename.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
