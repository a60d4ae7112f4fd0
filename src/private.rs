//! Files and folders that are their owner's alone, changed so that a power cut leaves the old or the new.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::Builder;

/// Makes `folder`, and what is missing above it, 0700.
///
/// # Errors
/// Those of the file system.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Whether nobody but this user can read or change what lies in `folder`; true where the system
/// knows no modes.
///
/// # Errors
/// Those of the file system.
pub fn is_own(folder: &Path) -> io::Result<bool> {
    let metadata = fs::metadata(folder)?;
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
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
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
    let mut builder = Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    sync(file.as_file())?;
    file.persist(path)?;
    Ok(())
}

/// Moves a folder to a name that nothing has, in one step; durable on return.
///
/// # Errors
/// Those of the file system.
pub fn move_folder(from: &Path, to: &Path) -> io::Result<()> {
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

/// What was read from somewhere, in a file without a name: nobody else opens it, and it is gone with
/// the last who holds it.
#[derive(Debug, Clone)]
pub struct Unnamed(Arc<File>);

impl Unnamed {
    /// Keeps all that `contents` gives, on the disk of the first of `folders` that takes a file; and
    /// how many bytes that is.
    ///
    /// # Errors
    /// Those of the file system, of the last folder where none takes one, and those of reading.
    pub fn keep(contents: &mut dyn Read, folders: &[PathBuf]) -> io::Result<(Self, u64)> {
        let none = Err(io::ErrorKind::NotFound.into());
        let made = folders.iter().fold(none, |made: io::Result<File>, folder| {
            made.or_else(|_| tempfile::tempfile_in(folder))
        });
        let mut file = made?;
        let size = io::copy(contents, &mut file)?;
        Ok((Self(Arc::new(file)), size))
    }

    /// Reads the contents from `at` on; what others read of them meanwhile does no harm.
    #[must_use]
    pub fn reader(&self, at: u64) -> UnnamedReader {
        UnnamedReader {
            file: self.clone(),
            at,
        }
    }
}

impl PartialEq for Unnamed {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Unnamed {}

/// A place in an [`Unnamed`] file.
#[derive(Debug)]
pub struct UnnamedReader {
    file: Unnamed,
    at: u64,
}

impl Read for UnnamedReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file.0, buffer, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file.0, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// A file that one process at a time can hold; it is free again when that process is gone.
#[derive(Debug)]
pub struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes the lock at `path`; nothing where another holds it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        loop {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // Its former holder may have removed it in between: that locks nothing.
            if names(path, &file) {
                let path = path.to_owned();
                return Ok(Some(Self { file, path }));
            }
        }
    }

    /// Whether somebody holds the lock at `path`; makes no file.
    #[must_use]
    pub fn is_held(path: &Path) -> bool {
        let file = OpenOptions::new().read(true).write(true).open(path);
        file.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Lets it go, and takes the file away.
    pub fn remove(self) {
        // One that stays is only a file too many.
        drop(fs::remove_file(&self.path));
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone does not do: a child that another thread is just starting has the file
        // open as well until it becomes its own program.
        drop(self.file.unlock());
    }
}

/// Whether `path` is that open file still.
fn names(path: &Path, file: &File) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let place = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let (there, here) = (fs::metadata(path), file.metadata());
        matches!((there.map(place), here.map(place)), (Ok(there), Ok(here)) if there == here)
    }
    #[cfg(not(unix))]
    {
        drop(file);
        path.exists()
    }
}
