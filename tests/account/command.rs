//! Accounts whose tokens come from a command.

use graphmail::sandbox::Options;

use super::{CONFIG, SEND, SENT};
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
    assert_eq!(
        world.read(CONFIG),
        "default_account = \"default\"

[accounts.default]
auth = \"token-command\"
token_command = \"cat HOME/token\"
token_store = \"none\"
"
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
    let (alone, token) = (
        "run the token command by itself, as the user who sends; the account has it as token_command",
        "the token command has to print an access token, alone or in one JSON object",
    );
    for (command, words) in [
        ("false", "the token command failed (exit status: 1)"),
        (
            "echo no luck >&2; exit 3",
            "the token command failed (exit status: 3): no luck",
        ),
        ("true", "what the token command printed is empty"),
        (
            "echo two words",
            "what the token command printed has a blank, a line end or another character that no token has",
        ),
        (
            "echo {}",
            "what the token command printed is JSON without a string access_token, accessToken or token",
        ),
    ] {
        let hint = if words.contains("failed") {
            alone
        } else {
            token
        };
        let world = World::with(Options::default());
        let line = format!("login --token-command '{command}'");
        let run = world.run(&line);
        assert_eq!(run.status, 77, "{command}");
        assert_eq!(
            run.stderr,
            format!("graphmail: error: {words}\nhint: {hint}\n"),
            "{command}"
        );
        assert!(!world.home().join(CONFIG).exists());
        world.configure(&format!(
            "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"{command}\"\n"
        ));
        world
            .run(SEND)
            .not_sent(77, &format!("graphmail: error: {words}\nhint: {hint}\n"));
    }
}
