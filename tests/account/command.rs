//! Accounts whose tokens come from a command.

use graphmail::sandbox::Options;

use super::{CONFIG, SEND, SENT};
use crate::support::expected;
use crate::support::host::World;

/// A world whose token lies in a file.
fn world() -> World {
    let world = World::with(Options::default());
    drop(world.file("token", world.sandbox().ready_token()));
    world
}

#[test]
fn a_command_is_tried_at_login_and_run_for_each_send() {
    let world = world();
    let run = world.run("login --token-command 'cat HOME/token'");
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (
            0,
            "graphmail: account default takes its tokens from the command\n"
        )
    );
    expected::same(
        "the configuration",
        "default_account = \"default\"

[accounts.default]
auth = \"token-command\"
token_command = \"cat HOME/token\"
token_store = \"none\"
",
        &world.read(CONFIG),
    );
    world.run(SEND).is_silent();
    assert_eq!(world.requests(), [SENT]);
    assert_eq!(world.keyring.asked(), 0);
}

#[test]
fn a_command_may_print_json() {
    for name in ["access_token", "accessToken", "token"] {
        let world = world();
        let token = world.sandbox().ready_token();
        let json = format!("{{\"expiresOn\": 1, \"{name}\": \"{token}\"}}\n");
        drop(world.file("token.json", json));
        let run = world.run("login --token-command 'cat HOME/token.json'");
        assert_eq!(run.status, 0, "{name}: {run:?}");
        world.run(SEND).is_silent();
    }
}

#[test]
fn a_command_that_gives_no_token_is_told_of() {
    for (command, words) in [
        ("false", "the token command failed (exit status: 1)"),
        (
            "echo no luck >&2; exit 3",
            "the token command failed (exit status: 3): no luck",
        ),
        ("true", "the output of the token command is empty"),
        (
            "echo two words",
            "the output of the token command has a space, a line end or another character that no token has",
        ),
        (
            "echo {}",
            "the output of the token command is JSON without a string access_token, accessToken or token",
        ),
    ] {
        let world = World::with(Options::default());
        let line = format!("login --token-command '{command}'");
        let run = world.run(&line);
        assert_eq!(run.status, 77, "{command}");
        let stderr = format!(
            "graphmail: error: {words}\n\
             hint: run the account's token_command in a shell: it must print only a token\n"
        );
        assert_eq!(run.stderr, stderr, "{command}");
        assert!(!world.home().join(CONFIG).exists());
        world.configure(&format!(
            "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"{command}\"\n"
        ));
        world.run(SEND).not_sent(77, &stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_command_that_others_may_change_is_not_run() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    let world = World::with(Options::default());
    let mode = |path: &str, mode| {
        set_permissions(world.home().join(path), Permissions::from_mode(mode)).unwrap();
    };
    let (file, folder) = (".config/graphmail/config.toml", ".config/graphmail");
    for (entry, key) in [
        (
            "auth = \"token-command\"\ntoken_command = \"touch HOME/ran\"\n",
            "token_command",
        ),
        (
            "auth = \"client-secret\"\nclient_id = \"i\"\ntenant = \"t\"\nmailbox = \"a@example.org\"\n\
             client_secret_command = \"touch HOME/ran\"\n",
            "client_secret_command",
        ),
    ] {
        let home = world.home().display().to_string();
        world.configure(&format!("[accounts.a]\n{entry}").replace("HOME", &home));
        for (path, open, closed, who) in [
            (file, 0o646, 0o644, "everybody"),
            (file, 0o664, 0o644, "its group"),
            (folder, 0o777, 0o755, "everybody"),
            (folder, 0o775, 0o755, "its group"),
        ] {
            mode(path, open);
            world.run(SEND).failed(
                78,
                &format!(
                    "graphmail: error: account \"a\": {key} is not used: HOME/{path} may be written by {who} (mode {open:04o})\n\
                     hint: chmod go-w HOME/{path}\n"
                ),
            );
            mode(path, closed);
        }
        assert!(!world.home().join("ran").exists());
        assert_eq!(world.run(SEND).status, 77);
        assert!(world.home().join("ran").exists());
        std::fs::remove_file(world.home().join("ran")).unwrap();
    }
}
