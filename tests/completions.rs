//! Completions in a real bash: the options, their values, and what only a run of graphmail knows.
#![cfg(unix)]

use std::path::Path;

use crate::support::process::Bounded as _;
use crate::support::program::{PROGRAM, Place, text};

/// What bash offers for these words, the last of which is not complete.
fn offered(place: &Place, words: &[&str]) -> String {
    let script = r#"source completions/graphmail.bash
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _graphmail graphmail "${!#}" "" 2>/dev/null
        cd "$FOLDER"
        echo "${COMPREPLY[*]}""#;
    let programs = Path::new(PROGRAM).parent().unwrap();
    let mut bash = place.bare("bash");
    let bash = bash
        .args(["-c", script, "bash", "graphmail"])
        .args(words)
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .env("FOLDER", place.home())
        .env("GRAPHMAIL_GRAPH_URL", place.sandbox().graph_url())
        .env("GRAPHMAIL_LOGIN_URL", place.sandbox().login_url())
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = bash.run();
    assert!(output.status.success(), "{words:?}: {output:?}");
    text(&output.stdout).trim_end().to_owned()
}

#[test]
fn words_options_and_values() {
    let place = Place::new();
    for (words, expected) in [
        (&["se"][..], "send sendmail"),
        (&["send", "--imp"], "--importance"),
        (&["send", "--importance", ""], "low normal high"),
        // Bash splits words at = and :.
        (&["send", "--importance", "="], "low normal high"),
        (&["send", "--importance", "=", "hi"], "high"),
        (
            &["send", "--at", "2026-01-01T10", ":", "00", "--flag-d"],
            "--flag-due",
        ),
        (&["login", "--cloud", "=", "us"], "usgov"),
        (&["outbox", "sh"], "show"),
        (&["send", "--attach", "READ"], "README.md"),
        // After the word sendmail, the global options have no effect.
        (&["sendmail", "--"], "--help"),
    ] {
        assert_eq!(offered(&place, words), expected, "{words:?}");
    }
}

#[test]
fn accounts_and_ids() {
    let place = Place::new();
    let token = place.sandbox().ready_token();
    place.configure(&format!(
        "default_account = \"beta\"\n[accounts.alpha]\nauth = \"azure-cli\"\nmailbox = \"a@example.org\"\n\
         [accounts.beta]\nauth = \"token-command\"\ntoken_command = \"echo {token}\"\n"
    ));
    assert_eq!(offered(&place, &["-A", ""]), "alpha beta");
    assert_eq!(offered(&place, &["--account", "=", "be"]), "beta");
    assert_eq!(offered(&place, &["accounts", "use", "al"]), "alpha");
    for (page, expected) in [
        ("graphmail-j", "graphmail-json.7"),
        ("outbox-f", "outbox-flush"),
        ("sendm", "sendmail"),
    ] {
        assert_eq!(offered(&place, &["man", page]), expected);
    }
    assert_eq!(offered(&place, &["outbox", "drop", "2"]), "");
    let draft = place.unsigned("draft create -s S").run();
    let draft = text(&draft.stdout).lines().next().unwrap().to_owned();
    for verb in ["send", "delete"] {
        assert_eq!(offered(&place, &["draft", verb, "AAMk"]), draft);
    }
    place.fault("POST /me/sendMail=503,retry-after=3600");
    let queued = place
        .unsigned("--json send -t a@example.org -s S --queue always")
        .run();
    let queued: serde_json::Value = serde_json::from_slice(&queued.stdout).unwrap();
    let id = queued["id"].as_str().unwrap_or_else(|| panic!("{queued}"));
    for verb in ["show", "flush", "retry", "drop"] {
        assert_eq!(offered(&place, &["outbox", verb, &id[..9]]), id);
    }
}

/// The configuration is the one that the command line names. A name with a blank is one word.
#[test]
fn names_of_a_configuration() {
    let place = Place::new();
    let config = "[clouds.bleu]\ngraph = \"https://graph.bleu.example\"\nlogin = \"https://login.bleu.example\"\n\
         [accounts.\"we ird\"]\nauth = \"azure-cli\"\n[accounts.plain]\nauth = \"azure-cli\"\n";
    let file = place.file("cl.toml", config);
    let file = file.to_str().unwrap();
    for (words, expected) in [
        (
            &["--config", file, "login", "--cloud", ""][..],
            "global usgov dod china bleu",
        ),
        (&["--config", file, "send", "-A", ""], "plain we\\ ird"),
        (&["--config", "=", file, "send", "-A", "w"], "we\\ ird"),
        (&["--config", file, "send", "-A", "we\\ i"], "we\\ ird"),
        // Bash adds the end of the quotes.
        (&["--config", file, "send", "-A", "\"we i"], "we ird"),
        (&["send", "-A", ""], ""),
    ] {
        assert_eq!(offered(&place, words), expected, "{words:?}");
    }
}
