//! Edits the configuration file, keeping its comments and layout.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value as Json;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value, value};

use super::Error;
use super::entry::AccountEntry;
use super::file;
use crate::files::{self, Lock};
use crate::seams::Seams;

/// Writes `entry` as the account of that name. If there is no default account, a default is set.
///
/// # Errors
/// [`Error`] naming the file.
pub fn put_account(
    path: &Path,
    name: &str,
    entry: &AccountEntry,
    seams: &dyn Seams,
) -> Result<(), Error> {
    change(path, seams, |document| {
        let account = accounts(document)
            .entry(name)
            .or_insert_with(|| Item::Table(Table::new()));
        if let Some(table) = account.as_table_like_mut() {
            for (key, value) in entry.keys() {
                match value {
                    Json::String(text) => set(table, &key, text),
                    Json::Bool(value) => set(table, &key, value),
                    _ => drop(table.remove(&key)),
                }
            }
        }
        if document.get("default_account").is_none()
            && let Some(default) = default_with(accounts(document), name)
        {
            document.insert("default_account", value(default));
        }
    })
}

/// The default account after `name` was added, if none is set: `name` if it is the only account. If there
/// is one other account, that one, since it was the implicit default. Else none.
fn default_with(accounts: &Table, name: &str) -> Option<String> {
    let others: Vec<_> = accounts
        .iter()
        .map(|(other, _)| other)
        .filter(|other| *other != name)
        .collect();
    match others.as_slice() {
        [] => Some(name.to_owned()),
        [alone] => Some((*alone).to_owned()),
        _ => None,
    }
}

/// Makes `name` the default account.
///
/// # Errors
/// [`Error`] naming the file.
pub fn use_account(path: &Path, name: &str, seams: &dyn Seams) -> Result<(), Error> {
    change(path, seams, |document| {
        set(document.as_table_mut(), "default_account", name);
    })
}

/// Removes the account of that name. If it was the default, the default is removed too.
///
/// # Errors
/// [`Error`] naming the file.
pub fn remove_account(path: &Path, name: &str, seams: &dyn Seams) -> Result<(), Error> {
    change(path, seams, |document| {
        accounts(document).remove(name);
        if document.get("default_account").and_then(Item::as_str) == Some(name) {
            document.remove("default_account");
        }
    })
}

/// Sets a key, keeping the comments around its former value.
fn set(table: &mut dyn TableLike, key: &str, new: impl Into<Value>) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = new.into();
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(key, value(new));
        }
    }
}

/// `[accounts]`, which is created if it is missing. An inline table was refused on reading.
fn accounts(document: &mut DocumentMut) -> &mut Table {
    let item = document.entry("accounts").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    if !item.is_table() {
        let made = std::mem::take(item).into_table().unwrap_or_default();
        *item = Item::Table(made);
    }
    match item {
        Item::Table(table) => table,
        _ => unreachable!("made a table above"),
    }
}

/// Checks that the file could be written now, so that a user does not sign in in vain. Creates nothing.
///
/// # Errors
/// [`Error::Unwritable`].
pub fn check_writable(path: &Path) -> Result<(), Error> {
    let unwritable = |error| Error::Unwritable(path.to_owned(), error);
    let folder = folder_of(path).map_err(unwritable)?.1;
    let mut there = folder
        .ancestors()
        .filter(|place| place.symlink_metadata().is_ok());
    let there = there.next().unwrap_or(Path::new("."));
    tempfile::tempfile_in(there).map(drop).map_err(unwritable)
}

/// The file, with links followed, and its folder.
fn folder_of(path: &Path) -> std::io::Result<(PathBuf, PathBuf)> {
    files::check_way(path)?;
    // A link is kept. Its target is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    files::check_way(&path)?;
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).to_owned();
    Ok((path, folder))
}

/// Edits the file: temporary file, fsync, rename. A lock allows one process at a time.
fn change(
    path: &Path,
    seams: &dyn Seams,
    edit: impl FnOnce(&mut DocumentMut),
) -> Result<(), Error> {
    let unwritable = |error| Error::Unwritable(path.to_owned(), error);
    let (path, folder) = &folder_of(path).map_err(unwritable)?;
    // Only for the owner: the configuration may name commands that are run.
    if !folder.is_dir() {
        files::make_folder(folder).map_err(unwritable)?;
    }
    let _lock = lock(folder, path, seams)?;
    let text = file::text(path)?.unwrap_or_default();
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        Error::Unwritable(
            path.to_owned(),
            std::io::Error::other(error.message().to_owned()),
        )
    })?;
    edit(&mut document);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
    let text = document.to_string();
    // Removing a key at the top leaves the blank line after it.
    file.write_all(text.trim_start_matches(['\r', '\n']).as_bytes())
        .and_then(|()| match std::fs::metadata(path) {
            Ok(old) => file.as_file().set_permissions(old.permissions()),
            Err(_) => Ok(()),
        })
        .and_then(|()| file.as_file().sync_all())
        .map_err(unwritable)?;
    file.persist(path)
        .map_err(|error| unwritable(error.error))?;
    Ok(())
}

/// How long to wait for the lock. A change only takes the time to write the file.
const LIMIT: Duration = Duration::from_secs(10);

/// Waits until no other process changes the file. The lock is a separate file, since the configuration
/// file is replaced.
fn lock(folder: &Path, path: &Path, seams: &dyn Seams) -> Result<Lock, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let place = folder.join(format!(".{name}.lock"));
    let taken = Lock::wait(&place, &|pause| seams.sleep(pause), &|waited| {
        waited < LIMIT
    });
    match taken {
        Ok(Ok(lock)) => Ok(lock),
        Ok(Err(waited)) => Err(Error::Busy {
            path: place,
            waited,
        }),
        Err(error) => Err(Error::Unwritable(place, error)),
    }
}
