//! Command lines that cannot be read: what is wrong, and what may have been meant.

use std::fmt::Write as _;

use crate::support::expected;
use crate::support::host::World;

/// Command lines with a word that graphmail does not know.
const UNKNOWN: [&str; 41] = [
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
    "sandbox --mailbox notanaddress",
    "sandbox --bounce ''",
    "doctor --cron",
    "send --message hi",
    "send --recipient a@example.org",
    "send -s Hello a@example.org",
    "send Hello",
    "list",
    "queue",
    "version",
    "certficate",
    "outbox queue",
    "man config2",
    "man sendmial",
    "man zzz",
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

/// The options of a command are before those of all commands, which end with `--help`.
#[test]
fn the_help_shows_the_options_of_the_command_first() {
    let world = World::alone();
    for (line, first) in [
        ("send --help", "Recipients:"),
        ("send -h", "Recipients:"),
        ("help send", "Recipients:"),
        ("outbox list --help", "Global options:"),
        ("outbox", "Commands:"),
        ("login --help", "Options:"),
        ("--help", "Commands:"),
    ] {
        let run = world.run(line);
        let text = run.stdout + &run.stderr;
        let headings = text
            .lines()
            .filter(|line| line.ends_with(':') && !line.starts_with(' '));
        let headings: Vec<_> = headings.collect();
        assert_eq!(headings.first(), Some(&first), "{line}: {headings:?}");
        let (_, global) = text.split_once("\nGlobal options:\n").unwrap();
        let (global, _) = global.split_once("\n\n").unwrap_or((global, ""));
        let mut options = text.lines().filter(|line| line.starts_with("  -"));
        let last = options.next_back().unwrap();
        assert!(
            last.starts_with("  -h, --help") || last.starts_with("  -V, --version"),
            "{line}: {global}"
        );
        let help = text.split_once("\n  -h, --help").unwrap().0;
        assert!(help.contains("\nGlobal options:\n"), "{line}");
    }
}
