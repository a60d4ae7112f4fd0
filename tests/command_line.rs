//! Command lines that cannot be read: what is wrong, and what may have been meant.

use std::fmt::Write as _;

use crate::support::expected;
use crate::support::host::World;

/// Command lines with a word that graphmail does not know.
const UNKNOWN: [&str; 26] = [
    "send --To a@example.org",
    "send --tto a@example.org",
    "send --attachment x",
    "send --SUBJECT x",
    "send --accont x -t a@example.org",
    "send --zzz",
    "send --importance hihg",
    "send --importance HIGH",
    "send --format html",
    "snd",
    "zzz",
    "accounts use sandbx",
    "accounts use zzz",
    "accounts delete reports",
    "accounts rm reports",
    "accounts ls",
    "-A report status",
    "outbox delete x",
    "outbox remove x",
    "outbox ls",
    "outbox send",
    "draft rm x",
    "login --certficate x",
    "login --clod x",
    "sandbox --permissions Mail.Send",
    "sandbox --permission mail.snd",
];

#[test]
fn an_unknown_word_is_answered_with_the_nearest_known_one() {
    let world = World::alone();
    world.configure(
        "default_account = \"sandbox\"\n[accounts.sandbox]\nauth = \"azure-cli\"\n[accounts.reports]\nauth = \"azure-cli\"\n",
    );
    let mut table = String::new();
    for line in UNKNOWN {
        let run = world.run(line);
        assert_eq!(run.stdout, "", "{line}");
        let said = run.stderr.trim_end().replace('\n', "\n     ");
        let _ = writeln!(table, "{line}\n  {} {said}", run.status);
    }
    expected::compare("command_line/unknown.txt", table);
}

/// With `--json`, a group without a command is an error like any other; the help is for people.
#[test]
fn a_missing_command_is_an_error_in_json() {
    let world = World::alone();
    for (line, commands) in [
        ("accounts", "list, use, remove"),
        ("outbox", "list, show, flush, retry, drop"),
        ("draft", "create, list, send, delete"),
    ] {
        let run = world.run(&format!("--json {line}"));
        assert_eq!(run.status, 64, "{line}");
        let expected = serde_json::json!({"ok": false, "error": {
            "class": "usage",
            "exit": 64,
            "message": format!("graphmail {line} needs a command: {commands}"),
            "hint": format!("graphmail {line} --help"),
        }});
        assert_eq!(run.json(), expected, "{line}");
        let run = world.run(line);
        assert_eq!((run.status, &*run.stdout), (64, ""), "{line}");
    }
}
