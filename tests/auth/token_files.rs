//! Token files: for their owner alone, replaced whole.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use graphmail::auth::CredentialKind;
use graphmail::auth::store::{Error, File, Record, Store as _};
use graphmail::secret::Secret;

use super::app;

fn record(refresh: &str) -> Record {
    Record {
        refresh_token: Some(Secret::new(refresh)),
        ..Record::new(&app(), CredentialKind::DeviceCode)
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("metadata").permissions().mode() & 0o7777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
}

#[test]
fn what_is_saved_is_its_owners_alone_and_read_again() {
    let home = tempfile::tempdir().expect("a folder");
    let store = File::new(&home.path().join("state/graphmail"));
    assert_eq!(store.load("a").expect("nothing yet"), None);
    store.save("a", &record("one")).expect("saved");
    store.save("b", &record("b")).expect("saved");
    store.save("a", &record("two")).expect("replaced");
    assert_eq!(store.load("a").expect("read"), Some(record("two")));
    let folder = home.path().join("state/graphmail/tokens");
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("a.json")), 0o600);
    let mut names: Vec<_> = fs::read_dir(&folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["a.json", "b.json"], "no temporary file stays");
    assert!(store.delete("a").expect("deleted"));
    assert!(!store.delete("a").expect("nothing to delete"));
    assert_eq!(store.load("a").expect("gone"), None);
    assert_eq!(store.load("b").expect("untouched"), Some(record("b")));
}

#[test]
fn what_others_may_use_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let store = File::new(home.path());
    store.save("a", &record("one")).expect("saved");
    let folder = home.path().join("tokens");
    let file = folder.join("a.json");
    for wide in [0o640, 0o604, 0o620, 0o602, 0o610] {
        chmod(&file, wide);
        assert!(
            matches!(store.load("a"), Err(Error::Exposed { path, mode, wanted: 0o600 }) if path == file && mode == wide)
        );
    }
    chmod(&file, 0o600);
    for wide in [0o750, 0o705, 0o770, 0o1777] {
        chmod(&folder, wide);
        for refused in [store.load("a").map(drop), store.save("a", &record("two"))] {
            assert!(
                matches!(refused, Err(Error::Exposed { path, mode, wanted: 0o700 }) if path == folder && mode == wide)
            );
        }
    }
    chmod(&folder, 0o700);
    assert_eq!(store.load("a").expect("read"), Some(record("one")));
}

#[test]
fn what_is_another_users_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a file away.
    }
    let home = tempfile::tempdir().expect("a folder");
    let store = File::new(home.path());
    store.save("a", &record("one")).expect("saved");
    let file = home.path().join("tokens/a.json");
    std::os::unix::fs::chown(&file, Some(12345), None).expect("chown");
    assert!(
        matches!(store.load("a"), Err(Error::Foreign { path, owner: 12345, user: 0 }) if path == file)
    );
}

#[test]
fn a_save_that_fails_leaves_the_former_record() {
    let home = tempfile::tempdir().expect("a folder");
    let store = File::new(home.path());
    store.save("a", &record("one")).expect("saved");
    let folder = home.path().join("tokens");
    // A folder in the file's place cannot be replaced, not even by root.
    fs::DirBuilder::new()
        .mode(0o700)
        .create(folder.join("b.json"))
        .expect("a folder");
    let error = store.save("b", &record("b")).expect_err("a folder there");
    let place = folder.join("b.json");
    let told = format!(
        "cannot replace {}: Is a directory (os error 21)",
        place.display()
    );
    if cfg!(target_os = "linux") {
        assert_eq!(error.to_string(), told);
    }
    assert!(matches!(
        error,
        Error::Io {
            doing: "replace",
            ..
        }
    ));
    assert_eq!(fs::read_dir(&folder).expect("the folder").count(), 2);
    assert_eq!(store.load("a").expect("read"), Some(record("one")));
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_takes_no_file_is_seen_before_the_first_save() {
    // This user's own, and not even root can make a file there.
    let error = File::new(Path::new("/proc/self/fd")).check();
    let error = error.expect_err("no file").to_string();
    let told = "cannot make a file in /proc/self/fd: ";
    assert!(error.starts_with(told), "{error}");
}

#[test]
fn a_name_that_is_a_path_touches_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let store = File::new(home.path());
    let saved = store.save("../a", &record("one"));
    assert!(matches!(saved, Err(Error::Name(name)) if name == "../a"));
    assert_eq!(fs::read_dir(home.path()).expect("the folder").count(), 0);
}
