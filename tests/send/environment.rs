//! The variables that stand for flags, and that a flag goes before them.

use super::known;
use crate::support::host::World;

#[test]
fn from_mailbox_and_reply_to() {
    let mut world = known();
    world.set("GRAPHMAIL_FROM", "Env <env@example.org>");
    world.set("GRAPHMAIL_MAILBOX", "box@example.org");
    world.set("GRAPHMAIL_REPLY_TO", "r@example.org, s@example.org");
    world.run("send -t a@example.org").is_silent();
    world
        .run("send -t a@example.org -f flag@example.org --mailbox me@example.org --reply-to t@example.org")
        .is_silent();
    let told: Vec<_> = world
        .sandbox()
        .accepted()
        .iter()
        .map(|message| {
            let reply_to = message.resource["replyTo"].as_array().unwrap();
            let reply_to: Vec<_> = reply_to
                .iter()
                .map(|one| one["emailAddress"]["address"].as_str().unwrap().to_owned())
                .collect();
            [
                message.from.clone(),
                message.mailbox.clone(),
                reply_to.join(" "),
            ]
        })
        .collect();
    assert_eq!(
        told,
        [
            [
                "env@example.org",
                "box@example.org",
                "r@example.org s@example.org"
            ],
            ["flag@example.org", "me@example.org", "t@example.org"],
        ]
    );
}

#[test]
fn the_variables_of_a_composed_message_leave_a_ready_one_alone() {
    let mut world = World::ready();
    world.set("GRAPHMAIL_FROM", "env@example.org");
    world.set("GRAPHMAIL_REPLY_TO", "env@example.org");
    let message =
        "Message-ID: <own@example.org>\r\nFrom: a@example.org\r\nTo: b@example.org\r\n\r\nx\r\n";
    world.run_with("send --mime -", message).is_silent();
    assert_eq!(world.message().eml, message.as_bytes());
}

#[test]
fn format() {
    let mut world = known();
    world.set("GRAPHMAIL_FORMAT", "mime");
    world.run("send -t a@example.org").is_silent();
    world.run("send -t a@example.org --format json").is_silent();
    world.set("GRAPHMAIL_FORMAT", "html");
    world.run("send -t a@example.org").failed(
        78,
        "graphmail: error: GRAPHMAIL_FORMAT is \"html\": it must be auto, json or mime\n",
    );
    let types: Vec<_> = world
        .sandbox()
        .exchanges()
        .iter()
        .map(|exchange| exchange.header("content-type").unwrap().to_owned())
        .collect();
    assert_eq!(types, ["text/plain", "application/json"]);
}

#[test]
fn account_log_file_and_the_manner_of_speaking() {
    let mut world = known();
    world.set("GRAPHMAIL_ACCOUNT", "nobody");
    world.run("send -t a@example.org").failed(
        78,
        "graphmail: error: there is no account \"nobody\"\nhint: the accounts are: work\n",
    );
    world
        .run("send -t a@example.org --account work")
        .is_silent();

    world.set("GRAPHMAIL_ACCOUNT", "work");
    let log = world.home().join("log");
    world.set("GRAPHMAIL_LOG_FILE", log.to_str().unwrap());
    world.set("GRAPHMAIL_JSON", "1");
    assert_eq!(world.run("send -t a@example.org").json()["ok"], true);
    assert_eq!(world.read("log").lines().count(), 1);

    world.set("GRAPHMAIL_JSON", "0");
    world.set("GRAPHMAIL_VERBOSE", "1");
    let run = world.run("send -t a@example.org");
    assert!(run.stderr.starts_with("graphmail: sending "), "{run:?}");
    world.run("send -t a@example.org --quiet").is_silent();
    world.set("GRAPHMAIL_VERBOSE", "");
    world.terminal.stderr = true;
    world.set("GRAPHMAIL_QUIET", "1");
    world.run("send -t a@example.org").is_silent();
}

#[test]
fn a_usage_error_is_json_where_the_variable_asks_for_json() {
    let mut world = World::alone();
    world.set("GRAPHMAIL_JSON", "1");
    for line in ["send --nonsense", "send --timeout soon", "nonsense"] {
        let run = world.run(line);
        assert_eq!(run.status, 64, "{line}");
        assert_eq!(run.json()["error"]["class"], "usage", "{line}");
    }
    world.set("GRAPHMAIL_TIMEOUT", "soon");
    let run = world.run("send -t a@example.org");
    assert_eq!(run.status, 78);
    assert_eq!(run.json()["error"]["class"], "config");
}

#[test]
fn a_variable_that_cannot_be_followed_is_told_of() {
    for (name, value, reason) in [
        (
            "GRAPHMAIL_TIMEOUT",
            "soon",
            "not a duration such as 30s, 2m or 1h30m, of at most 8784h",
        ),
        (
            "GRAPHMAIL_TIMEOUT",
            "366d",
            "not a duration such as 30s, 2m or 1h30m, of at most 8784h",
        ),
        (
            "GRAPHMAIL_TIMEOUT",
            "8785h",
            "the longest duration is 8784h",
        ),
        ("GRAPHMAIL_MAX_WAIT", "-5s", "a duration cannot be negative"),
        ("GRAPHMAIL_JSON", "maybe", "it must be 1 or 0"),
        ("GRAPHMAIL_QUIET", "maybe", "it must be 1 or 0"),
        ("GRAPHMAIL_VERBOSE", "much", "it must be 0, 1 or 2"),
    ] {
        let mut world = World::ready();
        world.set(name, value);
        world.run("send -t a@example.org").failed(
            78,
            &format!("graphmail: error: {name} is {value:?}: {reason}\n"),
        );
    }
}
