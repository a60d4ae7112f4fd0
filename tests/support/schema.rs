//! What `--json` prints, by `packaging/graphmail.schema.json`: each run of the tests is checked.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

/// The schema. A user's program must take keys that are not in it; here they are an error.
pub static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let text = include_str!("../../packaging/graphmail.schema.json");
    let mut schema = serde_json::from_str(text).expect("the schema is JSON");
    make_strict(&mut schema);
    schema
});

fn make_strict(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.contains_key("properties") {
                map.entry("additionalProperties").or_insert(json!(false));
            }
            map.values_mut().for_each(make_strict);
        }
        Value::Array(items) => items.iter_mut().for_each(make_strict),
        _ => {}
    }
}

/// The validator of one definition.
fn validator(name: &str) -> Arc<Validator> {
    static ALL: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let schema = json!({"$ref": format!("#/$defs/{name}"), "$defs": SCHEMA["$defs"]});
        let made = jsonschema::options()
            .should_validate_formats(true)
            .build(&schema);
        Arc::new(made.unwrap_or_else(|error| panic!("the schema of {name}: {error}")))
    };
    Arc::clone(all.entry(name.to_owned()).or_insert_with(make))
}

/// Why the value does not fit the definition.
pub fn errors(definition: &str, value: &Value) -> Vec<String> {
    let validator = validator(definition);
    let errors = validator.iter_errors(value);
    errors.map(|error| error.to_string()).collect()
}

/// The definition of the command: its words with `-` between them. `None` if it prints no JSON of its own.
fn definition(words: &[OsString]) -> Option<String> {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let (program, words) = words.split_first()?;
    if program.ends_with("mailq") {
        return Some("mailq".to_owned());
    }
    let defined = |name: &str| SCHEMA["$defs"].get(name).is_some();
    let groups = ["draft", "outbox", "accounts"];
    let at = words
        .iter()
        .position(|word| defined(word) || groups.contains(&&**word))?;
    let raw = [
        "--message",
        "--dry-run=json",
        "--dry-run=eml",
        "--dry-run=curl",
    ];
    if words.iter().any(|word| raw.contains(&&**word)) {
        return None;
    }
    let name = &words[at];
    let mut verbs = words[at + 1..].iter();
    let verb = verbs.find(|verb| defined(&format!("{name}-{verb}")));
    match verb {
        Some(verb) if groups.contains(&&**name) => Some(format!("{name}-{verb}")),
        _ => Some(name.to_string()),
    }
}

/// Checks the standard output of a run with `--json`: one object, on one line, of the command or an error.
#[track_caller]
pub fn check(words: &[OsString], output: &[u8]) {
    let Some(definition) = definition(words) else {
        return;
    };
    if output.is_empty() || !words.iter().any(|word| word == "--json") {
        return;
    }
    let text = str::from_utf8(output).expect("JSON is UTF-8");
    assert_eq!(text.lines().count(), 1, "{words:?}: {text}");
    let value: Value =
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{words:?}: {error}: {text}"));
    let is_error =
        value["ok"] == json!(false) && value.get("exit").is_none() && value["error"].is_object();
    let definition = if is_error { "error" } else { &definition };
    let errors = errors(definition, &value);
    assert!(
        errors.is_empty(),
        "{words:?}: not a {definition}: {errors:?}: {text}"
    );
}
