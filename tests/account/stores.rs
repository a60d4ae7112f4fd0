//! A keyring that is absent, locked or silent: no cron job hangs, and the remedy is told.

use std::time::Duration;

use graphmail::Terminal;
use graphmail::auth::store::{Error, Store as _};
use graphmail::sandbox::Options;

use super::{CONFIG, LOGIN, LOOKUP, SEND, TOKENS, mode, signed_in};
use crate::support::host::World;

fn unavailable() -> Error {
    Error::Unavailable {
        reason: "no session bus".to_owned(),
    }
}

fn locked() -> Error {
    Error::Locked {
        reason: "the collection is locked".to_owned(),
    }
}

fn silent() -> Error {
    Error::TimedOut {
        limit: Duration::from_secs(3),
    }
}

type Fault = fn() -> Error;

const FAULTS: [(Fault, &str, &str); 3] = [
    (
        unavailable,
        "the keyring is not available: no session bus",
        "this host has no keyring: graphmail login --token-store file",
    ),
    (
        locked,
        "the keyring is locked: the collection is locked",
        "unlock the keyring; or: graphmail login --token-store file",
    ),
    (
        silent,
        "the keyring did not answer within 3 seconds",
        "unlock the keyring; or: graphmail login --token-store file",
    ),
];

#[test]
fn a_job_ends_with_77_and_the_remedy() {
    for (fault, words, hint) in FAULTS {
        let mut world = World::with(Options::default());
        let before = signed_in(&world);
        world.keyring.fault = Some(fault);
        let told = format!("graphmail: error: {words}\nhint: {hint}\n");
        world.run(SEND).not_sent(77, &told);
        world.run("status").failed(77, &told);
        world.run("logout").failed(77, &told);
        assert_eq!(world.requests().len(), before);
        let object = world.run(&format!("{SEND} --json")).json();
        assert_eq!(object["error"]["class"], "sign-in");
        assert_eq!(object["error"]["hint"], hint);
    }
}

#[test]
fn an_account_is_removed_though_its_keyring_is_not_there() {
    for (fault, words) in [
        (unavailable as Fault, FAULTS[0].1),
        (silent as Fault, FAULTS[2].1),
    ] {
        let mut world = World::with(Options::default());
        signed_in(&world);
        world.keyring.fault = Some(fault);
        let run = world.run("accounts remove default");
        let told = format!(
            "graphmail: warning: the keyring may still have tokens of account default: {words}; \
             remove the entry default of the service graphmail with the keyring's own program\n"
        );
        run.is_silent_but_for(&told);
        assert_eq!(world.read(CONFIG), "");
    }
    // A locked one can be unlocked.
    let mut world = World::with(Options::default());
    signed_in(&world);
    world.keyring.fault = Some(locked);
    assert_eq!(world.run("accounts remove default").status, 77);
    assert_ne!(world.read(CONFIG), "");
}

#[test]
fn a_login_without_a_terminal_asks_nobody() {
    for (fault, words, hint) in FAULTS {
        let mut world = World::with(Options::default());
        world.keyring.fault = Some(fault);
        for terminal in [(false, false), (true, false), (false, true)] {
            world.terminal = Terminal {
                stdin: terminal.0,
                stderr: terminal.1,
                ..Terminal::default()
            };
            let run = world.run_with(LOGIN, "y\n");
            let hint = hint.replace(
                "graphmail login --token-store file",
                "add --token-store file to this command",
            );
            run.failed(77, &format!("graphmail: error: {words}\nhint: {hint}\n"));
        }
        assert_eq!(
            world.requests(),
            [""; 0],
            "nobody is sent to sign in for nothing"
        );
        assert!(!world.home().join(CONFIG).exists());
    }
}

/// A person at a terminal without a keyring.
fn at_a_terminal() -> World {
    let mut world = World::with(Options::default());
    world.keyring.fault = Some(unavailable);
    world.terminal = Terminal {
        stdin: true,
        stderr: true,
        ..Terminal::default()
    };
    world
}

const QUESTION: &str = "graphmail: the keyring is not available: no session bus\n\
    Keep the tokens in a file that only you can read? [y/N]\n";

#[test]
fn a_person_is_offered_a_file_instead() {
    for yes in ["y\n", "Y\n", "yes\n", " y \n"] {
        let world = at_a_terminal();
        let run = world.run_with(LOGIN, yes);
        assert_eq!(run.status, 0, "{run:?}");
        assert!(run.stderr.starts_with(QUESTION), "{}", run.stderr);
        assert!(world.read(CONFIG).contains("token_store = \"file\"\n"));
        assert_eq!(mode(&world.home().join(TOKENS)), 0o600);
        assert_eq!(world.run(SEND).status, 0, "the keyring is asked no more");
    }
    for no in ["n\n", "\n", "", "maybe\n"] {
        let world = at_a_terminal();
        let run = world.run_with(LOGIN, no);
        let refusal = "graphmail: error: the keyring is not available: no session bus\n\
            hint: this host has no keyring: add --token-store file to this command\n";
        run.failed(77, &format!("{QUESTION}{refusal}"));
        assert_eq!(world.requests(), [""; 0], "{no:?}");
        assert!(!world.home().join(CONFIG).exists());
    }
}

#[test]
fn a_keyring_that_was_named_is_not_talked_out_of() {
    let world = at_a_terminal();
    let run = world.run_with(&format!("{LOGIN} --token-store keyring"), "y\n");
    assert_eq!(run.status, 77);
    assert!(!run.stderr.contains("[y/N]"), "{}", run.stderr);
}

#[test]
fn a_store_that_keeps_nothing_is_for_no_login() {
    let world = World::with(Options::default());
    world.run(&format!("{LOGIN} --token-store none")).failed(
        64,
        "graphmail: error: with the token store none, the sign-in would not be stored\n\
         hint: use --token-store keyring or file\n",
    );
}

#[test]
fn another_store_forgets_what_the_former_one_kept() {
    let world = World::with(Options::default());
    signed_in(&world);
    let run = world.run("login --device-code --token-store file");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.home().join(TOKENS).exists());
    assert!(world.keyring.load("default").unwrap().is_none());
    let run = world.run("login --device-code --token-store keyring");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(!world.home().join(TOKENS).exists());
    world.run(SEND).is_silent();
}

#[test]
fn a_store_alone_moves_the_sign_in_as_it_is() {
    let world = World::with(Options::default());
    let before = signed_in(&world);
    let record = world.keyring.load("default").unwrap().unwrap();
    let moved = |to| {
        let run = world.run(&format!("login --token-store {to}"));
        let told = format!(
            "graphmail: account default is signed in as you@sandbox.example (token store: {to})\n{LOOKUP}"
        );
        assert_eq!((run.status, run.stderr), (0, told));
        let kept = format!("username = \"you@sandbox.example\"\ntoken_store = \"{to}\"\n");
        assert!(
            world.read(CONFIG).ends_with(&kept),
            "{}",
            world.read(CONFIG)
        );
    };
    moved("file");
    assert!(world.keyring.load("default").unwrap().is_none());
    assert_eq!(mode(&world.home().join(TOKENS)), 0o600);
    moved("keyring");
    assert!(!world.home().join(TOKENS).exists());
    assert_eq!(world.keyring.load("default").unwrap(), Some(record));
    assert_eq!(world.requests().len(), before, "nobody signed in");
    world.run(SEND).is_silent();
}

#[test]
fn what_cannot_be_moved_is_signed_in_anew() {
    // Out of a keyring that is not there any more, which is then told of.
    let mut world = World::with(Options::default());
    let before = signed_in(&world);
    world.keyring.fault = Some(unavailable);
    let run = world.run("login --token-store file");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(world.requests().len() > before);
    let told = "graphmail: warning: the tokens in the previous store (keyring) were not removed: \
        the keyring is not available: no session bus; when it is available, remove them with: \
        graphmail login --account default --token-store file\n";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    world.run(SEND).is_silent();
    // As it does.
    let kept = "graphmail: account default is already in the token store file\n";
    let again = world.run("login --token-store file");
    assert_eq!((again.status, again.stderr.as_str()), (0, kept));
    world.keyring.fault = None;
    assert!(world.keyring.load("default").unwrap().is_some());
    let again = world.run("login --token-store file");
    assert_eq!((again.status, again.stderr.as_str()), (0, kept));
    assert!(world.keyring.load("default").unwrap().is_none());
    world.run(SEND).is_silent();

    // Another tenant's sign-in is not this account's.
    let world = World::with(Options::default());
    let before = signed_in(&world);
    world.configure(&world.read(CONFIG).replace("contoso.com", "fabrikam.com"));
    assert_eq!(world.run("login --token-store file").status, 0);
    assert_eq!(world.requests().len(), before + 2);
    assert!(world.keyring.load("default").unwrap().is_none());
}

#[test]
fn tokens_that_cannot_be_kept_do_not_cost_the_message() {
    let world = World::with(Options::default());
    let mut world = world;
    world.set("GRAPHMAIL_TOKEN_STORE", "file");
    signed_in(&world);
    world.clock.advance(Duration::from_secs(3600));
    let folder = world.home().join(TOKENS);
    let folder = folder.parent().unwrap();
    let kept = world.read(TOKENS);
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o500)).unwrap();
    let run = world.run(SEND);
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(world.sandbox().accepted().len(), 1);
    // The superuser may write everywhere.
    if world.read(TOKENS) == kept {
        assert!(
            run.stderr
                .starts_with("graphmail: warning: the new tokens could not be stored: "),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn a_store_in_which_the_account_is_already_needs_no_sign_in() {
    let world = World::with(Options::default());
    let before = signed_in(&world);
    let kept = world.read(CONFIG);
    let told = |line: &str, words: &str| {
        let run = world.run(line);
        assert_eq!((run.status, run.stderr.as_str()), (0, words), "{line}");
    };
    told(
        "login --token-store keyring",
        "graphmail: account default is already in the token store keyring\n",
    );
    assert_eq!(world.requests().len(), before, "nobody signed in");
    assert_eq!(world.read(CONFIG), kept);

    world.configure("[accounts.a]\nauth = \"token-command\"\ntoken_command = \"exit 1\"\n");
    told(
        "login -A a --token-store file",
        "graphmail: account a keeps nothing in a token store: there is nothing to move\n",
    );
}

#[test]
fn nobody_signs_in_anew_for_a_keyring_that_may_have_the_sign_in() {
    for fault in [locked, silent] {
        let mut world = World::with(Options::default());
        let before = signed_in(&world);
        world.keyring.fault = Some(fault);
        let run = world.run("login --token-store file");
        run.failed(
            77,
            &format!(
                "graphmail: error: {}\n\
                 hint: unlock the keyring and run it again; or: \
                 graphmail login --account default --device-code --token-store file\n",
                fault()
            ),
        );
        assert_eq!(world.requests().len(), before);
        let anew = world.run("login --account default --device-code --token-store file");
        assert_eq!(anew.status, 0, "{anew:?}");
        world.run(SEND).is_silent();
    }
}

#[test]
fn no_store_keeps_what_is_to_be_forgotten() {
    for forget in ["logout", "accounts remove default"] {
        // The environment names another store today.
        let mut world = World::with(Options::default());
        signed_in(&world);
        world.set("GRAPHMAIL_TOKEN_STORE", "file");
        assert_eq!(world.run(forget).status, 0, "{forget}");
        assert!(world.keyring.load("default").unwrap().is_none(), "{forget}");

        // A former store was not to be had, and is now.
        let mut world = World::with(Options::default());
        signed_in(&world);
        world.keyring.fault = Some(unavailable);
        assert_eq!(world.run("login --token-store file").status, 0);
        world.keyring.fault = None;
        world.run(forget).is_silent_but_for("");
        assert!(world.keyring.load("default").unwrap().is_none(), "{forget}");
        assert!(!world.home().join(TOKENS).exists(), "{forget}");
    }
}

#[test]
fn another_store_that_cannot_be_asked_is_no_error() {
    let unasked = "graphmail: warning: the token store keyring may still have tokens of account default: \
        the keyring is locked: the collection is locked\n";
    for (fault, told) in [(unavailable as Fault, ""), (locked, unasked)] {
        for forget in ["logout", "accounts remove default"] {
            let mut world = World::with(Options::default());
            world.keyring.fault = Some(fault);
            let run = world.run(&format!("{LOGIN} --token-store file"));
            assert_eq!(run.status, 0, "{run:?}");
            world.run(forget).is_silent_but_for(told);
            assert!(!world.home().join(TOKENS).exists(), "{forget}");
        }
    }
}

#[test]
fn a_remedy_is_for_the_account_that_it_was_asked_of() {
    for (fault, words, hint) in FAULTS {
        let mut world = World::with(Options::default());
        signed_in(&world);
        assert_eq!(world.run(&format!("{LOGIN} -A b")).status, 0);
        world.keyring.fault = Some(fault);
        let named = hint.replace("graphmail login", "graphmail login --account b");
        let told = format!("graphmail: error: {words}\nhint: {named}\n");
        world.run(&format!("{SEND} -A b")).not_sent(77, &told);
        world.run("status -A b").failed(77, &told);
        world.run("keepalive -A b").failed(77, &told);
        let object = world.run("status --json -A b").json();
        assert_eq!(object["error"]["hint"], named);
        world.set("GRAPHMAIL_ACCOUNT", "b");
        world.run(SEND).not_sent(77, &told);
        // The default one is what a command without a name is for.
        let told = format!("graphmail: error: {words}\nhint: {hint}\n");
        world.set("GRAPHMAIL_ACCOUNT", "default");
        world.run(SEND).not_sent(77, &told);
    }
}
