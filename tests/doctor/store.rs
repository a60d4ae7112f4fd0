//! Credentials and the store that they are in.

use std::time::Duration;

use graphmail::auth::store::Error;
use graphmail::sandbox::Options;

use super::{application, compare, look, signed_in};
use crate::support::host::World;

const TOKENS: &str = ".local/state/graphmail/tokens/default.json";

#[test]
fn cron_will_not_reach_a_keyring() {
    let mut world = World::with(Options::default());
    let run = world.run("login --client-id 11111111-1111-4111-8111-111111111111 --tenant contoso.com --scopes send+drafts");
    assert_eq!(run.status, 0, "{run:?}");
    compare("keyring.txt", look(&world, "doctor"));
    world.keyring.fault = Some(|| Error::Unavailable {
        reason: "no session bus".to_owned(),
    });
    compare("no-keyring.txt", look(&world, "doctor"));
}

#[test]
fn a_sign_in_that_has_ended_is_seen_while_its_last_token_is_still_good() {
    let world = signed_in();
    world.sandbox().revoke_refresh_tokens();
    compare("expired.txt", look(&world, "doctor"));
    // What was there is not lost over it.
    world.run("send -t a@example.org").is_silent();
}

#[test]
fn an_old_token_is_renewed_with_one_request() {
    let world = signed_in();
    world.clock.advance(Duration::from_secs(3600));
    let count = |world: &World| {
        let requests = world.requests();
        requests
            .iter()
            .filter(|line| line.contains("/token"))
            .count()
    };
    let before = count(&world);
    let text = look(&world, "doctor");
    assert!(
        text.contains("ok   token          a new token was issued\n"),
        "{text}"
    );
    assert_eq!(count(&world), before + 1);
}

#[test]
fn a_file_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = signed_in();
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(world.home().join(TOKENS), mode).unwrap();
    compare("exposed.txt", look(&world, "doctor"));
}

#[test]
fn a_store_that_cannot_be_written_is_told_of() {
    let world = signed_in();
    let locks = world.home().join(".local/state/graphmail/locks");
    std::fs::remove_dir_all(&locks).unwrap();
    drop(world.file(".local/state/graphmail/locks", "no folder"));
    let text = look(&world, "doctor");
    assert!(
        text.contains(
            "FAIL token store    cannot lock HOME/.local/state/graphmail/locks/default.lock: "
        ),
        "{text}"
    );
}

#[test]
fn a_store_where_cron_does_not_look_is_warned_of() {
    let mut world = signed_in();
    let elsewhere = world.home().join("state");
    std::fs::rename(world.home().join(".local/state/graphmail"), &elsewhere).unwrap();
    let path = elsewhere.to_string_lossy().into_owned();
    world.set("GRAPHMAIL_STATE_DIR", &path);
    let text = look(&world, "doctor");
    assert!(
        text.contains(
            "warn token store    file HOME/state/tokens/default.json, but a cron job looks in HOME/.local/state/graphmail\n     \
             hint: run crontab -e and add the line GRAPHMAIL_STATE_DIR=HOME/state at the top\n"
        ),
        "{text}"
    );
}

#[test]
fn credentials_that_no_store_holds_are_named() {
    let mut world = World::ready();
    compare("access-token.txt", look(&world, "doctor"));
    drop(world.file("token", world.sandbox().ready_token()));
    world.configure(
        "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"cat 'HOME'/token\"\n"
            .replace("'HOME'", &world.home().to_string_lossy())
            .as_str(),
    );
    world.set("GRAPHMAIL_ACCESS_TOKEN", "");
    compare("token-command.txt", look(&world, "doctor"));
    world.configure("[accounts.a]\nauth = \"token-command\"\ntoken_command = \"false\"\n");
    let text = look(&world, "doctor");
    assert!(
        text.contains("FAIL token          the token command failed (exit status: 1)\n"),
        "{text}"
    );
}

#[test]
fn an_application_needs_a_mailbox() {
    let mut world = World::with(Options::default());
    application(&world);
    compare("application.txt", look(&world, "doctor"));
    for (name, value) in [
        ("AZURE_TENANT_ID", "contoso.com"),
        ("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111"),
        ("AZURE_CLIENT_SECRET", "hunter2"),
    ] {
        world.set(name, value);
    }
    world.configure("");
    let text = look(&world, "doctor");
    assert!(!text.contains("hunter2"), "{text}");
    compare("azure.txt", text);
}

#[test]
fn a_lock_that_cannot_be_made_is_told_of_before_anything_is_kept() {
    let world = signed_in();
    let config = world.read(super::CONFIG);
    let certificate = world.file("key.pem", "none");
    world.configure(&config.replace(
        "auth = \"device-code\"",
        &format!(
            "auth = \"certificate\"\ncertificate = \"{}\"",
            certificate.display()
        ),
    ));
    let state = world.home().join(".local/state/graphmail");
    std::fs::remove_dir_all(&state).unwrap();
    drop(world.file(".local/state/graphmail/locks", "no folder"));
    let text = look(&world, "doctor");
    assert!(
        text.contains(
            "warn token store    cannot lock HOME/.local/state/graphmail/locks/default.lock: "
        ),
        "{text}"
    );
}
