//! Compares the committed completions and manual pages with what the binary prints, and checks the manual.
//!
//! `GRAPHMAIL_BLESS=1 cargo test --test integration -- generated::` renews them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use graphmail::config;
use serde_json::Value;

use crate::support::expected;
use crate::support::process::{self, Bounded as _};
use crate::support::program::{Place, text};
use crate::support::schema::SCHEMA;

fn printed(arguments: &[&str]) -> Vec<u8> {
    let output = process::command(env!("CARGO_BIN_EXE_graphmail"))
        .args(arguments)
        .env_clear()
        .run();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output.stdout
}

#[test]
fn the_completions_are_what_the_definitions_say() {
    for (shell, name) in [
        ("bash", "graphmail.bash"),
        ("zsh", "_graphmail"),
        ("fish", "graphmail.fish"),
        ("elvish", "graphmail.elv"),
        ("powershell", "_graphmail.ps1"),
    ] {
        expected::compare_file(
            Path::new("completions").join(name),
            printed(&["completions", shell]),
        );
    }
}

/// The manual names each key of the JSON.
#[test]
fn each_key_of_the_json_is_documented() {
    fn keys<'s>(schema: &'s Value, found: &mut BTreeSet<&'s str>) {
        if let Some(properties) = schema["properties"].as_object() {
            found.extend(properties.keys().map(String::as_str));
        }
        let inner: Option<Vec<_>> = schema.as_array().map(|items| items.iter().collect());
        let inner = inner.or_else(|| schema.as_object().map(|map| map.values().collect()));
        inner
            .unwrap_or_default()
            .into_iter()
            .for_each(|inner| keys(inner, found));
    }
    let page = include_str!("../src/commands/manual/pages/graphmail-json.7.md");
    let mut found = BTreeSet::new();
    keys(&SCHEMA, &mut found);
    found.retain(|key| !page.contains(&format!("`{key}`")) && *key != "ok");
    assert!(
        found.is_empty(),
        "graphmail-json(7) does not have {found:?}"
    );
}

#[test]
fn the_manual_is_what_the_definitions_say() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    printed(&["man", folder.path().to_str().expect("a plain path")]);
    let names = |folder: &Path| {
        let mut names: Vec<_> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        names
    };
    for name in names(folder.path()) {
        let page = fs::read(folder.path().join(&name)).expect("a page");
        expected::compare_file(Path::new("man").join(&name), page);
    }
    assert_eq!(names(Path::new("man")), names(folder.path()));
}

#[test]
fn a_page_has_several_names() {
    for (words, file) in [
        (&[][..], "graphmail.1"),
        (&["graphmail"], "graphmail.1"),
        (&["send"], "graphmail-send.1"),
        (&["outbox", "flush"], "graphmail-outbox-flush.1"),
        (&["graphmail-outbox-flush"], "graphmail-outbox-flush.1"),
        (&["sendmail"], "graphmail-sendmail.1"),
        (&["graphmail-sendmail.7"], "graphmail-sendmail.7"),
        (&["graphmail.toml"], "graphmail.toml.5"),
        (&["toml"], "graphmail.toml.5"),
        (&["admin"], "graphmail-admin.7"),
    ] {
        let page = printed(&[&["man"], words].concat());
        assert!(
            page == fs::read(Path::new("man").join(file)).unwrap(),
            "{words:?}"
        );
    }
}

/// A word that is no page is no folder.
#[test]
fn a_page_that_does_not_exist() {
    let place = Place::new();
    for (words, why) in [
        (
            "man graphmail-jsn.7",
            "graphmail: error: there is no page \"graphmail-jsn.7\"\nhint: graphmail man graphmail-json.7\n",
        ),
        (
            "man outbox flsh",
            "graphmail: error: there is no page \"outbox flsh\"\nhint: graphmail man graphmail-outbox-flush.1\n",
        ),
    ] {
        let output = place.unsigned(words).run();
        assert_eq!(
            (
                output.status.code(),
                text(&output.stdout),
                text(&output.stderr)
            ),
            (Some(64), "", why)
        );
    }
    assert_eq!(fs::read_dir(place.home()).unwrap().count(), 0);
}

/// The text of a page that is written by hand.
fn source(name: &str) -> String {
    let path = Path::new("src/commands/manual/pages").join(format!("{name}.md"));
    fs::read_to_string(path).unwrap()
}

/// Each key of the configuration has a definition in its section of graphmail.toml(5).
#[test]
fn each_key_of_the_configuration_is_in_the_manual() {
    let page = source("graphmail.toml.5");
    for (path, keys) in config::sections() {
        let heading = match path {
            [] => "Top level".to_owned(),
            path => format!("[{}]", path.join(".")),
        };
        let section = page.split("\n## ").find(|part| part.starts_with(&heading));
        // A key that is a section has one of its own.
        let is_section = |key: &str| page.contains(&format!("\n## [{key}"));
        let section = section.unwrap_or_else(|| panic!("no section {heading}"));
        for key in keys
            .iter()
            .filter(|key| !path.is_empty() || !is_section(key))
        {
            assert!(section.contains(&format!("\n`{key}`")), "{heading} {key}");
        }
    }
}

/// Each default and example of graphmail.toml(5) can be read.
#[test]
fn the_examples_of_the_configuration_can_be_read() {
    let page = source("graphmail.toml.5");
    let folder = tempfile::tempdir().unwrap();
    let examples = page.split("```").skip(1).step_by(2);
    for example in examples {
        let path = folder.path().join("config.toml");
        let hash = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$2Xs0p8Z3rGX0V0y2yW0y5Q";
        fs::write(&path, example.replace("$argon2id$...", hash)).unwrap();
        let read = config::File::read(&path);
        assert!(read.is_ok(), "{example}: {:?}", read.err());
    }
}

/// Words that are hard to read, and what to write instead.
const HARD: [(&str, &str); 15] = [
    ("whoever", "who"),
    ("whom", "who"),
    ("anew", "again"),
    ("beside", "besides, next to, in addition to"),
    ("of its own", "its"),
    ("for want of", "without"),
    ("nothing where", "nothing if"),
    ("as it stands", "unchanged"),
    ("goes before", "takes precedence over"),
    ("is told of", "is reported"),
    ("mends", "fixes"),
    ("mend", "fix"),
    ("what waits", "queued messages"),
    ("save for", "except for"),
    ("need not notice", "need no change"),
];

#[test]
fn the_manual_is_in_plain_words() {
    let mut faults = Vec::new();
    let pages = fs::read_dir("man").unwrap();
    let pages = pages.map(|page| page.unwrap().path());
    for path in pages.chain(["README.md".into()]) {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let line = format!(
                " {} ",
                line.to_lowercase().replace(['.', ',', ';', ':'], " ")
            );
            let found = HARD
                .iter()
                .filter(|(word, _)| line.contains(&format!(" {word} ")));
            faults.extend(found.map(|(word, plain)| {
                format!("{}:{}: {word} → {plain}", path.display(), number + 1)
            }));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The README is read as a whole.
#[test]
fn the_readme_is_short() {
    let readme = include_str!("../README.md");
    assert!(readme.lines().count() <= 200);
    assert!(readme.lines().all(|line| line.chars().count() <= 120));
}
