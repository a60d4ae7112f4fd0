//! The command that opens a folder to this user.

use std::path::Path;

use graphmail::auth::exposure::access;
use graphmail::shell::path as quoted;

#[test]
fn a_folder_is_opened_by_its_owner_or_given_to_this_user() {
    let home = tempfile::tempdir().expect("a folder");
    let home = home.path().join("it's mine");
    std::fs::create_dir(&home).expect("made");
    let shown = quoted(&home);
    assert!(
        shown.starts_with('"') && shown.ends_with("it's mine\""),
        "{shown}"
    );
    let wanted = format!("chmod u+rwX {shown}");
    assert_eq!(access(&home.join("locks/a.lock")), Some(wanted.clone()));
    let file = home.join("a.json");
    drop(std::fs::File::create_new(&file).expect("a file"));
    assert_eq!(
        access(&file),
        Some(wanted),
        "it is the folder that needs it"
    );
    assert_eq!(access(Path::new("/nowhere/graphmail")), None);
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&home, Some(12345), None).expect("given away");
        let wanted = format!("as root: chown 0 {shown}");
        assert_eq!(access(&home), Some(wanted));
    }
}
