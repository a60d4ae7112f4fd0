//! Compares the committed completions and manual pages with what the binary prints, and checks the manual.
//!
//! `GRAPHMAIL_BLESS=1 cargo test --test integration -- generated::` renews them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use graphmail::config;
use graphmail::seams::Environment;
use serde_json::Value;

use crate::support::expected;
use crate::support::process::{self, Bounded as _};
use crate::support::program::{Place, text};
use crate::support::schema::{self, SCHEMA};

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

/// A type of the schema as graphmail-json(7) names it.
fn types_of(schema: &Value) -> BTreeSet<&'static str> {
    if let Some(name) = schema["$ref"].as_str() {
        return types_of(&SCHEMA["$defs"][name.rsplit('/').next().unwrap()]);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        return choices.iter().flat_map(types_of).collect();
    }
    let is_time = schema["format"] == "date-time";
    let name = |name: &str| match name {
        "string" if is_time => "time",
        "string" => "string",
        "integer" => "number",
        "boolean" => "boolean",
        "array" => "list",
        "object" => "object",
        "null" => "null",
        other => panic!("{other}"),
    };
    match (&schema["type"], &schema["const"]) {
        (Value::String(one), _) => BTreeSet::from([name(one)]),
        (Value::Array(some), _) => some.iter().map(|one| name(one.as_str().unwrap())).collect(),
        (_, Value::Bool(_)) => BTreeSet::from(["boolean"]),
        (_, Value::String(_)) => BTreeSet::from(["string"]),
        // Anything, which is an object.
        _ => BTreeSet::from(["object"]),
    }
}

/// The manual has each key of the JSON, with its type.
#[test]
fn each_key_of_the_json_is_documented() {
    fn keys<'s>(schema: &'s Value, found: &mut BTreeSet<(&'s str, &'static str)>) {
        if let Some(properties) = schema["properties"].as_object() {
            for (key, schema) in properties {
                let types = types_of(schema).into_iter().filter(|one| *one != "null");
                found.extend(types.map(|one| (key.as_str(), one)));
            }
        }
        let inner: Option<Vec<_>> = schema.as_array().map(|items| items.iter().collect());
        let inner = inner.or_else(|| schema.as_object().map(|map| map.values().collect()));
        inner
            .unwrap_or_default()
            .into_iter()
            .for_each(|inner| keys(inner, found));
    }
    let mut wanted = BTreeSet::new();
    keys(&SCHEMA, &mut wanted);
    let page = source("graphmail-json.7");
    let terms = page.lines().filter_map(|line| line.split_once("` = *"));
    let found: BTreeSet<_> = terms
        .flat_map(|(keys, name)| {
            let name = name.split([' ', '*']).next().unwrap();
            keys.split("`, `")
                .map(move |key| (key.trim_start_matches('`'), name))
        })
        .collect();
    let unknown: Vec<_> = found.difference(&wanted).collect();
    assert!(unknown.is_empty(), "not in the schema: {unknown:?}");
    // A dry run of `merge` has the list of what a run counts.
    let except = [("changed", "list")];
    let missing = wanted
        .difference(&found)
        .filter(|key| !except.contains(key));
    let missing: Vec<_> = missing.collect();
    assert!(missing.is_empty(), "not in graphmail-json(7): {missing:?}");
}

/// The manual has a valid example of the JSON of each command.
#[test]
fn each_json_has_an_example() {
    let page = source("graphmail-json.7");
    let mut shown = BTreeSet::new();
    for example in page.split("```json ").skip(1) {
        let (name, rest) = example.split_once('\n').unwrap();
        let text = rest.split("```").next().unwrap();
        let value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let errors = schema::errors(name, &value);
        assert!(errors.is_empty(), "{name}: {errors:?}");
        shown.insert(name.to_owned());
    }
    for definition in SCHEMA["anyOf"].as_array().unwrap() {
        let name = definition["$ref"].as_str().unwrap();
        let name = name.rsplit('/').next().unwrap();
        let is_same = SCHEMA["$defs"][name].get("$ref").is_some() && name != "draft-send";
        // Their object is that of `logout`.
        let is_account = matches!(name, "accounts-use" | "accounts-remove");
        assert!(
            is_same || is_account || shown.contains(name),
            "{name} has no example"
        );
    }
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
        (&["sendmail.7"], "graphmail-sendmail.7"),
        (&["sendmail(7)"], "graphmail-sendmail.7"),
        (&["7", "graphmail-admin"], "graphmail-admin.7"),
        (&["graphmail-admin(7)"], "graphmail-admin.7"),
        (&["graphmail(1)"], "graphmail.1"),
        (&["1", "sendmail"], "graphmail-sendmail.1"),
        (&["outbox-flush"], "graphmail-outbox-flush.1"),
        (&["config"], "graphmail.toml.5"),
        (&["mailq"], "graphmail-sendmail.1"),
        (&["newaliases"], "graphmail-sendmail.1"),
    ] {
        let page = printed(&[&["man", "--roff"], words].concat());
        assert!(
            page == fs::read(Path::new("man").join(file)).unwrap(),
            "{words:?}"
        );
    }
}

/// A page is text if man(1) does not show it, as wide as the terminal.
#[test]
fn a_page_as_text() {
    let place = Place::new();
    for (words, columns, name) in [
        ("man outbox list", "", "outbox-list-80"),
        ("man outbox list", "50", "outbox-list-50"),
        ("man toml", "80", "toml-80"),
    ] {
        let mut man = place.bare(env!("CARGO_BIN_EXE_graphmail"));
        let output = man.args(words.split(' ')).env("COLUMNS", columns).run();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        expected::compare(&format!("manual/{name}.txt"), output.stdout);
    }
}

/// No page has a line that is wider than asked for, except examples and words without a blank.
#[test]
fn the_text_of_each_page_is_as_wide_as_the_terminal() {
    let place = Place::new();
    for name in fs::read_dir("man").unwrap() {
        let name = name.unwrap().file_name().into_string().unwrap();
        let mut man = place.bare(env!("CARGO_BIN_EXE_graphmail"));
        let output = man.args(["man", &name]).env("COLUMNS", "60").run();
        let page = text(&output.stdout);
        assert!(
            page.starts_with(&name.to_uppercase()[..name.len() - 2]),
            "{name}"
        );
        let words = |line: &str| line.split_whitespace().count();
        let wide = page.lines().filter(|line| line.chars().count() > 60);
        let wide: Vec<_> = wide
            .filter(|line| !line.starts_with(&" ".repeat(11)) && words(line) > 1)
            .collect();
        assert!(wide.is_empty(), "{name}: {wide:#?}");
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

/// The heading of a section of the configuration in graphmail.toml(5).
fn heading(path: &[&str]) -> String {
    match path {
        [] => "Top level".to_owned(),
        path => format!("[{}]", path.join(".")),
    }
}

/// The keys below a heading of graphmail.toml(5): the kind of credential, the key, and its definition.
fn definitions(page: &str, heading: &str) -> Vec<(String, String, String)> {
    let start = format!("{heading}\n");
    let mut sections = page.split("\n## ");
    let section = sections
        .find(|part| part.starts_with(&start))
        .unwrap_or_else(|| panic!("no section {heading}"));
    let mut auth = "device-code".to_owned();
    let mut found = Vec::new();
    for paragraph in section.split("\n\n") {
        if let Some((_, rest)) = paragraph.split_once("For `auth = \"") {
            auth = rest.split('"').next().unwrap().to_owned();
        }
        if let Some((key, text)) = paragraph.split_once("\n: ") {
            let key = key.split('`').nth(1).unwrap().to_owned();
            found.push((auth.clone(), key, text.replace('\n', " ")));
        }
    }
    found
}

/// The example of a key: `KEY = VALUE` after the word.
fn example(text: &str) -> Option<&str> {
    let (_, example) = text.split_once("Example: `")?;
    example.split('`').next()
}

/// Reads a configuration as graphmail does.
fn read(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, text).unwrap();
    let environment = Environment::from_pairs([("GRAPHMAIL_CONFIG", path.as_os_str())]);
    let settings = config::Settings::from_flags(&config::Flags::default(), &environment).unwrap();
    settings.file().map(drop).map_err(|error| error.to_string())
}

/// Each key of the configuration has a definition in its section of graphmail.toml(5), with its type, its default and an
/// example that can be read.
#[test]
fn each_key_of_the_configuration_is_in_the_manual() {
    let page = source("graphmail.toml.5");
    for (path, keys) in config::sections() {
        let heading = heading(path);
        // A key that is a section has one of its own.
        let is_section = |key: &str| page.contains(&format!("\n## [{key}"));
        let keys = keys
            .iter()
            .filter(|key| !path.is_empty() || !is_section(key));
        let keys: Vec<_> = keys.filter(|key| **key != "users").collect();
        if keys.is_empty() {
            continue;
        }
        let found = definitions(&page, &heading);
        for key in keys {
            let name = format!("{heading} {key}");
            let definition = found.iter().find(|(_, found, _)| found == key);
            let (auth, _, text) = definition.unwrap_or_else(|| panic!("{name}"));
            assert!(
                page.contains(&format!("\n`{key}` = *")),
                "{name} has no type"
            );
            let has_default = ["Default", "Required", "If there is only one account"]
                .iter()
                .any(|word| text.contains(word));
            assert!(has_default, "{name} has no default");
            let example = example(text).unwrap_or_else(|| panic!("{name} has no example"));
            assert!(example.starts_with(&format!("{key} = ")), "{name}");
            let mut table = heading.replace("NAME", "x");
            if path.is_empty() {
                table.clear();
            }
            let required = match (path, *key) {
                (["accounts", _], "auth") => String::new(),
                (["accounts", _], _) => format!("auth = \"{auth}\"\n"),
                (["clouds", _], "graph") => "login = \"https://l.example\"\n".to_owned(),
                (["clouds", _], _) => "graph = \"https://g.example\"\n".to_owned(),
                (["smtpd", "users", _], "from" | "per_minute") => {
                    "password = \"$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$2Xs0p8Z3rGX0VQ\"\n"
                        .to_owned()
                }
                _ => String::new(),
            };
            let text = format!("{table}\n{required}{example}\n");
            assert_eq!(read(&text), Ok(()), "{text}");
        }
    }
}

/// Each whole example of graphmail.toml(5) can be read.
#[test]
fn the_examples_of_the_configuration_can_be_read() {
    let page = source("graphmail.toml.5");
    let examples: Vec<_> = page.split("```").skip(1).step_by(2).collect();
    assert!(examples.len() >= 4, "{examples:?}");
    for example in examples {
        assert_eq!(read(example), Ok(()), "{example}");
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
