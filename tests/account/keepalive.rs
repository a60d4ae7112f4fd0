//! `keepalive`: what it renews, and what there is nothing to renew of.

use std::time::Duration;

use graphmail::auth::store::Error;
use graphmail::sandbox::Options;
use serde_json::{Value, json};

use super::{CONFIG, LOGIN, TOKEN, TOKENS, signed_in, with_files};
use crate::support::host::World;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn a_refresh_token_is_used_and_its_successor_kept() {
    let world = with_files(Options::default());
    let before = signed_in(&world);
    let old: Value = serde_json::from_str(&world.read(TOKENS)).unwrap();
    world.clock.advance(80 * DAY);
    let run = world.run("keepalive");
    assert_eq!(
        (run.status, run.stdout.as_str(), run.stderr.as_str()),
        (
            0,
            "",
            "graphmail: account default is renewed until 2027-05-09T10:00:01Z, if it is not used before\n"
        )
    );
    assert_eq!(world.requests()[before..], [TOKEN]);
    let new: Value = serde_json::from_str(&world.read(TOKENS)).unwrap();
    assert_ne!(new["refresh_token"], old["refresh_token"]);
    assert_eq!(new["renewed_at"], "2027-02-08T10:00:01Z");
    world.run("keepalive --quiet").is_silent();
    assert_eq!(
        world.run("keepalive --json").json(),
        json!({"ok": true, "accounts": [
            {"account": "default", "renewed": true, "credential_expires": "2027-05-09T10:00:01Z"}
        ]})
    );
}

#[test]
fn a_sign_in_that_has_ended_is_told_of() {
    let world = with_files(Options::default());
    signed_in(&world);
    let kept = world.read(TOKENS);
    world.sandbox().revoke_refresh_tokens();
    let run = world.run("keepalive");
    assert_eq!(run.status, 77);
    assert!(run.stderr.contains("AADSTS50173"), "{}", run.stderr);
    assert_eq!(world.read(TOKENS), kept);
    // Nobody is signed in at all.
    assert_eq!(World::alone().run("keepalive").status, 77);
}

#[test]
fn a_successor_that_cannot_be_kept_is_a_failure() {
    let mut world = World::with(Options::default());
    signed_in(&world);
    let locked = || Error::Locked {
        reason: "no".to_owned(),
    };
    world.keyring.full = Some(locked);
    let words = "graphmail: error: storing the renewed sign-in: the keyring is locked: no\n";
    let run = world.run("keepalive");
    assert_eq!(run.status, 77);
    assert!(run.stderr.starts_with(words), "{}", run.stderr);
}

#[test]
fn other_credentials_have_nothing_to_keep_alive() {
    let mut world = World::alone();
    world.configure(
        "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"false\"\n\
         [accounts.b]\nauth = \"client-secret\"\ntenant = \"t\"\nclient_id = \"c\"\n",
    );
    for name in ["a", "b"] {
        let run = world.run(&format!("keepalive --account {name}"));
        let told = format!("graphmail: account {name}: there is no refresh token to keep alive\n");
        assert_eq!((run.status, run.stderr), (0, told));
    }
    assert_eq!(world.keyring.asked(), 0);
    assert_eq!(
        world.run("keepalive --all --json").json(),
        json!({"ok": true, "accounts": [
            {"account": "a", "renewed": false, "credential_expires": null},
            {"account": "b", "renewed": false, "credential_expires": null},
        ]})
    );
    // A ready token is not the account's.
    world.set("GRAPHMAIL_ACCESS_TOKEN", "token");
    assert_eq!(world.run("keepalive --account a").status, 0);
}

#[test]
fn one_account_does_not_cost_the_others() {
    let world = with_files(Options::default());
    for name in ["one", "two", "three"] {
        assert_eq!(world.run(&format!("{LOGIN} -A {name}")).status, 0);
    }
    for name in ["one", "three"] {
        assert_eq!(world.run(&format!("logout -A {name}")).status, 0);
    }
    let run = world.run("keepalive --all");
    assert_eq!(run.status, 77);
    assert_eq!(
        run.stderr,
        "graphmail: warning: renewing account three: account \"three\" is not signed in: nothing is stored for it\n\
         graphmail: account two is renewed until 2027-02-18T10:00:03Z, if it is not used before\n\
         graphmail: error: renewing account one: account \"one\" is not signed in: nothing is stored for it\n\
         hint: graphmail login --account one\n"
    );
    let run = world.run("keepalive --all --json");
    assert_eq!(run.json()["error"]["class"], "sign-in");
    // An account whose configuration is wrong.
    let config = world.read(CONFIG) + "\n[accounts.broken]\nauth = \"certificate\"\n";
    world.configure(&config);
    for name in ["one", "three"] {
        assert_eq!(world.run(&format!("{LOGIN} -A {name}")).status, 0);
    }
    let run = world.run("keepalive --all");
    assert_eq!(run.status, 78);
    let lines: Vec<_> = run
        .stderr
        .lines()
        .map(|line| line.split(" until").next().unwrap())
        .collect();
    assert_eq!(
        lines,
        [
            "graphmail: account one is renewed",
            "graphmail: account three is renewed",
            "graphmail: account two is renewed",
            "graphmail: error: renewing account broken: account \"broken\" has auth = \"certificate\" but no certificate",
            "hint: graphmail login --account broken --certificate FILE",
        ]
    );
}
