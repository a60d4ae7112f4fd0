//! The keyring store against a real Secret Service, and against what is in its place on a server.
//!
//! The keyring is a process's own, found through its environment: so each situation is a process,
//! this test binary again, that runs one of the ignored tests. Those with a real keyring want
//! `dbus-run-session` and `gnome-keyring-daemon`, and run where GRAPHMAIL_TEST_SECRET_SERVICE=1.
#![cfg(all(target_os = "linux", feature = "keyring"))]

use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use graphmail::auth::store::{Error, Keyring, Store as _, keyring};
use graphmail::seams::Environment;

use crate::auth::signed_in;
use crate::support::process::{self, Bounded as _};

/// The shell command that unlocks a new keyring, or one that was made by it.
const UNLOCK: &str = "printf %s password | gnome-keyring-daemon --unlock --components=secrets";
/// The shell command that starts the keyring as a log-in without a password does.
const START: &str = "gnome-keyring-daemon --start --components=secrets";

fn wanted() -> bool {
    let wanted = Environment::of_process()
        .get("GRAPHMAIL_TEST_SECRET_SERVICE")
        .is_some_and(|value| value == "1");
    if !wanted {
        let mut stderr = std::io::stderr();
        writeln!(
            stderr,
            "not run: GRAPHMAIL_TEST_SECRET_SERVICE=1 with dbus-run-session and gnome-keyring-daemon"
        )
        .unwrap();
    }
    wanted
}

/// Runs the ignored test of that name with nothing of this process's session.
fn inside(name: &str, program: &mut Command) {
    let output = program
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("SITUATION", format!("secret_service::{name}"))
        .run();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("test result: ok. 1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

const THIS: &str = r#""$0" --exact "$SITUATION" --ignored --nocapture"#;

/// With the bus at `address`.
fn on_bus(name: &str, address: &str) {
    let binary = std::env::current_exe().unwrap();
    inside(
        name,
        process::command("sh")
            .args(["-c", THIS])
            .arg(binary)
            .env("DBUS_SESSION_BUS_ADDRESS", address),
    );
}

/// In a session of its own, after `keyring` has been started there.
fn in_session(name: &str, keyring: &str, home: &Path) {
    let binary = std::env::current_exe().unwrap();
    inside(
        name,
        process::command("dbus-run-session")
            .args(["--", "sh", "-ec"])
            .arg(format!("{keyring} >/dev/null; {THIS}"))
            .arg(binary)
            .env("HOME", home)
            .env("XDG_RUNTIME_DIR", home)
            .env_remove("XDG_DATA_HOME"),
    );
}

#[test]
fn a_keyring_keeps_replaces_and_forgets() {
    if wanted() {
        let home = tempfile::tempdir().unwrap();
        in_session("situation_unlocked", UNLOCK, home.path());
    }
}

#[test]
#[ignore = "a situation of a_keyring_keeps_replaces_and_forgets"]
fn situation_unlocked() {
    let store = Keyring::new(keyring::UNATTENDED);
    let long = "x".repeat(20_000);
    let first = signed_in("ACCESS-1", "10:00:00", "REFRESH-1");
    let second = signed_in("ACCESS-2", "11:00:00", &long);
    assert_eq!(store.load("reports").unwrap(), None);
    assert!(!store.delete("reports").unwrap());
    store.save("reports", &first).unwrap();
    store.save("other", &first).unwrap();
    assert_eq!(store.load("reports").unwrap(), Some(first.clone()));
    store.save("reports", &second).unwrap();
    assert_eq!(store.load("reports").unwrap(), Some(second));
    assert!(store.delete("reports").unwrap());
    assert_eq!(store.load("reports").unwrap(), None);
    assert_eq!(store.load("other").unwrap(), Some(first));
}

#[test]
fn a_locked_keyring_is_said_to_be_locked() {
    if wanted() {
        let home = tempfile::tempdir().unwrap();
        in_session("situation_unlocked", UNLOCK, home.path());
        in_session("situation_locked", START, home.path());
    }
}

#[test]
#[ignore = "a situation of a_locked_keyring_is_said_to_be_locked"]
fn situation_locked() {
    let store = Keyring::new(keyring::UNATTENDED);
    let record = signed_in("ACCESS", "10:00:00", "REFRESH");
    let refused = [store.load("other").map(drop), store.save("other", &record)];
    for result in refused {
        assert!(matches!(result, Err(Error::Locked { .. })), "{result:?}");
    }
}

#[test]
fn a_host_without_a_bus_has_no_keyring() {
    on_bus("situation_absent", "unix:path=/nonexistent/bus");
}

#[test]
#[ignore = "a situation of a_host_without_a_bus_has_no_keyring"]
fn situation_absent() {
    let store = Keyring::new(keyring::UNATTENDED);
    for _ in 0..2 {
        let result = store.load("reports");
        let told = matches!(&result, Err(Error::Unavailable { reason }) if reason.contains("/nonexistent/bus"));
        assert!(told, "{result:?}");
    }
}

#[test]
fn a_bus_that_never_answers_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bus");
    let _silent = UnixListener::bind(&path).unwrap();
    on_bus("situation_silent", &format!("unix:path={}", path.display()));
}

#[test]
#[ignore = "a situation of a_bus_that_never_answers_is_given_up"]
fn situation_silent() {
    let limit = Duration::from_millis(100);
    let store = Keyring::new(limit);
    for _ in 0..2 {
        let result = store.load("reports");
        assert!(
            matches!(result, Err(Error::TimedOut { limit: told }) if told == limit),
            "{result:?}"
        );
    }
}
