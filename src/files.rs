//! Opens every file and folder of this program's own: state, outbox, tokens, locks, keys, rate, logs.
//!
//! Before a file is opened, the folders on the way to it are checked, so that no other user can have
//! put something in the file's place: they belong to this user or to root, and neither group nor
//! others can write the file's own folder. The last component is never followed if it is a link.
//! Files are changed so that a power cut leaves the old contents or the new.

mod lock;
mod trust;
mod unnamed;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use tempfile::Builder;

pub use lock::Lock;
pub use trust::{Untrusted, check_folder, check_way, untrusted};
pub use unnamed::{Unnamed, UnnamedReader};

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To be read.
    Read,
    /// To be written; it must not exist.
    New,
    /// To be locked; it is made if it is missing, and never truncated: a lock on a file that is gone
    /// locks nothing.
    Lock,
    /// To see whether it is locked.
    Look,
}

/// Opens the file at `path` after the check of its folder, never through a link; what is made is
/// 0600.
fn open_checked(path: &Path, purpose: Purpose) -> io::Result<File> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    match purpose {
        // A lock may stand beside a file that a person has put anywhere.
        Purpose::Lock | Purpose::Look => check_way(folder)?,
        Purpose::Read | Purpose::New => check_folder(folder)?,
    }
    let mut options = OpenOptions::new();
    match purpose {
        Purpose::Read => options.read(true),
        Purpose::New => options.write(true).create_new(true),
        Purpose::Lock => options.read(true).write(true).create(true).truncate(false),
        Purpose::Look => options.read(true).write(true),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A named pipe would block the opening.
        let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
    }
    options
        .open(path)
        .map_err(|error| trust::explain(path, error))
}

/// Opens a file of this program's own to read it.
///
/// # Errors
/// Those of the file system; [`Untrusted`] inside one of them if `path` is a link, or its folder is
/// not safe.
pub fn open(path: &Path) -> io::Result<File> {
    open_checked(path, Purpose::Read)
}

/// Reads a file of this program's own.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a file that somebody else wrote, wherever it is: its whole, which has at most `most` bytes.
///
/// # Errors
/// Those of the file system; [`io::ErrorKind::FileTooLarge`] where there is more.
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

/// [`read_at_most`] of a file of text.
///
/// # Errors
/// As [`read_at_most`]; [`io::ErrorKind::InvalidData`] for what is not UTF-8.
pub fn text_at_most(path: &Path, most: u64) -> io::Result<String> {
    // The error of the conversion would hold the text, which may be a secret.
    String::from_utf8(read_at_most(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Opens a log to append to it; made 0600 if it is missing. It may be a device, a pipe or a link,
/// as long as the link belongs to this user or to root.
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

/// Makes `folder`, and what is missing above it, 0700.
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

/// Whether nobody but this user can read or change what lies in `folder`; true where the system
/// knows no modes.
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

/// Makes a file that is not there yet, 0600.
///
/// # Errors
/// Those of the file system; one that is there already is one.
pub fn create(path: &Path) -> io::Result<File> {
    open_checked(path, Purpose::New)
}

/// Puts `bytes` in the place of the file at `path`, whole or not at all, 0600; durable on return.
///
/// # Errors
/// Those of the file system; then the former file is there still.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, File::sync_all)?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// As [`replace`], but a power cut may take the new contents away again.
///
/// # Errors
/// As [`replace`].
pub fn replace_lightly(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(path, bytes, |_| Ok(()))
}

fn put(path: &Path, bytes: &[u8], sync: fn(&File) -> io::Result<()>) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    check_folder(folder)?;
    let mut builder = Builder::new();
    builder.prefix(UNFINISHED);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    sync(file.as_file())?;
    file.persist(path)?;
    Ok(())
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
        let modified = entry.metadata().and_then(|found| found.modified());
        let age = modified.map(|modified| modified.elapsed().unwrap_or_default());
        if is_unfinished && age.is_ok_and(|age| age > ABANDONED) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Moves a folder to a name that nothing has, in one step; durable on return.
///
/// # Errors
/// Those of the file system.
pub fn move_folder(from: &Path, to: &Path) -> io::Result<()> {
    for folder in [from, to].into_iter().filter_map(Path::parent) {
        check_folder(folder)?;
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "a folder, whose move is the whole change"
    )]
    fs::rename(from, to)?;
    for path in [to, from] {
        if let Some(folder) = path.parent() {
            sync_folder(folder)?;
        }
    }
    Ok(())
}

/// Makes what was done to the folder's entries outlast a power cut.
///
/// # Errors
/// Those of the file system.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows has no such call for folders; its journal orders the rename.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
