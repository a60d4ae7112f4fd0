//! Whether another user can change a file: owners, modes and links along its path.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::shell::path as quoted;

/// A file, folder or link that another user can change or has made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// It belongs to another user than this one or root.
    #[error("{} belongs to user {owner}, who can change what is sent", path.display())]
    Owner {
        /// The file or folder.
        path: PathBuf,
        /// The user id of its owner.
        owner: u32,
        /// The user id of this process.
        user: u32,
    },
    /// Its group or all users can write it.
    #[error("{} may be written by {} (mode {mode:04o})", path.display(), writers(*mode))]
    Writable {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Other users than its owner can use it.
    #[error("{} may be used by other users (mode {mode:04o})", path.display())]
    Exposed {
        /// The folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is a link.
    #[error("{} is a link, which is not followed", .0.display())]
    Link(PathBuf),
    /// It is not a folder.
    #[error("{} is not a folder", .0.display())]
    NoFolder(PathBuf),
}

const fn writers(mode: u32) -> &'static str {
    if mode & 0o002 == 0 {
        "its group"
    } else {
        "everybody"
    }
}

impl Untrusted {
    /// The file or folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Owner { path, .. } | Self::Writable { path, .. } | Self::Exposed { path, .. } => {
                path
            }
            Self::Link(path) | Self::NoFolder(path) => path,
        }
    }

    /// The command that fixes it. A file of another user is not to be taken over with chown: it may
    /// contain a command, which would then run as this user.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Owner { user, .. } => format!(
                "set HOME to the home of user {user}, or name files of user {user} with GRAPHMAIL_CONFIG \
                 and GRAPHMAIL_STATE_DIR"
            ),
            Self::Writable { path, .. } => format!("chmod go-w {}", quoted(path)),
            Self::Exposed { path, .. } => format!("chmod 700 {}", quoted(path)),
            Self::Link(path) | Self::NoFolder(path) => format!("rm {}", quoted(path)),
        }
    }

    /// The [`Untrusted`] in `error`, if there is one.
    #[must_use]
    pub fn in_error(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Untrusted> for io::Error {
    fn from(untrusted: Untrusted) -> Self {
        Self::new(io::ErrorKind::PermissionDenied, untrusted)
    }
}

/// Why the file at `path` cannot be trusted, if another user can change the file, a link to it, or a
/// folder of its path.
#[must_use]
pub fn untrusted(path: &Path) -> Option<Untrusted> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let real = path.canonicalize().ok().filter(|real| *real != path);
    [Some(&path), real.as_ref()]
        .into_iter()
        .flatten()
        .flat_map(|path| path.ancestors())
        .find_map(|path| system::alone(path, Writers::User))
}

/// Who may write a file or folder of a path, besides root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writers {
    /// This user only.
    User,
    /// A folder may be writable by its group: often the user is its only member. The mode of a file does not matter.
    Group,
    /// Its mode does not matter.
    Any,
}

/// Checks a folder of graphmail: it is not a link, it and its parents belong to this user or to root,
/// and neither group nor others can write it.
///
/// # Errors
/// Those of the file system; [`Untrusted`] inside one of them.
pub fn check_folder(folder: &Path) -> io::Result<()> {
    check_parents(&std::path::absolute(folder)?)?;
    check_subfolder(folder)
}

/// As [`check_folder`], for a folder whose parent was checked a moment ago.
///
/// # Errors
/// As [`check_folder`].
pub fn check_subfolder(folder: &Path) -> io::Result<()> {
    system::check_folder(folder)
}

thread_local! {
    /// The parents of folders that this thread has checked. Only this user and root could change them since.
    static CHECKED: RefCell<HashSet<PathBuf>> = RefCell::default();
}

/// Checks the parents of the absolute `path`, once.
fn check_parents(path: &Path) -> io::Result<()> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    if CHECKED.with_borrow(|checked| checked.contains(parent)) {
        return Ok(());
    }
    let mut way = parent.ancestors();
    check(way.find_map(|path| system::alone(path, Writers::Group)))?;
    // What does not exist yet, another user might make.
    if parent.is_dir() {
        CHECKED.with_borrow_mut(|checked| checked.insert(parent.to_owned()));
    }
    Ok(())
}

/// Checks that no other user can replace `path` or one of its parents; `path` need not exist.
///
/// # Errors
/// [`Untrusted`] inside an I/O error.
pub fn check_way(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    check_parents(&path)?;
    check(system::alone(&path, Writers::Group))
}

/// Checks that each link in `path` belongs to this user or to root.
pub(super) fn check_links(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let mut links = path.ancestors().filter(|path| path.is_symlink());
    check(links.find_map(|link| system::alone(link, Writers::Any)))
}

fn check(found: Option<Untrusted>) -> io::Result<()> {
    found.map_or(Ok(()), |untrusted| Err(untrusted.into()))
}

/// `error`, or [`Untrusted::Link`] if `path` is a link that was not followed.
pub(super) fn explain(path: &Path, error: io::Error) -> io::Error {
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => Untrusted::Link(path.to_owned()).into(),
        _ => error,
    }
}

#[cfg(unix)]
mod system {
    use std::fs::Metadata;
    use std::io;
    use std::os::unix::fs::MetadataExt as _;
    use std::path::Path;

    use super::{Untrusted, Writers};

    /// In a folder with this bit, users can replace only their own files.
    const STICKY: u32 = 0o1000;

    /// Why `path` itself is not trusted. The mode of a sticky folder or of a link has no effect.
    pub(super) fn alone(path: &Path, writers: Writers) -> Option<Untrusted> {
        judge(path, &std::fs::symlink_metadata(path).ok()?, writers)
    }

    fn judge(path: &Path, found: &Metadata, writers: Writers) -> Option<Untrusted> {
        let (mode, owner) = (found.mode() & 0o7777, found.uid());
        if owner != 0 {
            let user = rustix::process::geteuid().as_raw();
            if owner != user && !is_system(owner) {
                let path = path.to_owned();
                return Some(Untrusted::Owner { path, owner, user });
            }
        }
        let writable = match writers {
            Writers::User => 0o022,
            Writers::Group if found.is_dir() => 0o002,
            Writers::Group | Writers::Any => 0,
        };
        let is_safe = found.is_symlink() || found.is_dir() && mode & STICKY != 0;
        (mode & writable != 0 && !is_safe).then(|| Untrusted::Writable {
            path: path.to_owned(),
            mode,
        })
    }

    /// In a user namespace the host's root has another id: that of the root folder's owner.
    fn is_system(owner: u32) -> bool {
        std::fs::metadata("/").is_ok_and(|root| root.uid() == owner)
    }

    pub(super) fn check_folder(folder: &Path) -> io::Result<()> {
        let found = std::fs::symlink_metadata(folder)?;
        if let Some(untrusted) = judge(folder, &found, Writers::Group) {
            return Err(untrusted.into());
        }
        if found.is_symlink() {
            return Err(Untrusted::Link(folder.to_owned()).into());
        }
        if !found.is_dir() {
            return Err(Untrusted::NoFolder(folder.to_owned()).into());
        }
        let mode = found.mode() & 0o7777;
        if mode & 0o022 != 0 {
            let path = folder.to_owned();
            return Err(Untrusted::Writable { path, mode }.into());
        }
        Ok(())
    }
}

/// On other systems a user's folders inherit private permissions.
#[cfg(not(unix))]
mod system {
    use std::io;
    use std::path::Path;

    use super::{Untrusted, Writers};

    pub(super) const fn alone(_: &Path, _: Writers) -> Option<Untrusted> {
        None
    }

    pub(super) fn check_folder(folder: &Path) -> io::Result<()> {
        std::fs::metadata(folder).map(drop)
    }
}
