//! Values that would like to be another header field: each is refused, or arrives as the value that it is.

use std::collections::BTreeMap;
use std::ffi::OsString;

use graphmail::sandbox::Accepted;

use super::known;
use crate::support::expected;
use crate::support::host::{Run, World};

/// Where a value can stand: a flag and its argument, in which `{}` stands for the value.
const PLACES: [(&str, &str); 16] = [
    ("--subject", "{}"),
    ("--to", "\"{}\" <b@example.org>"),
    ("--to", "{} <b@example.org>"),
    ("--to", "b@example.org{}"),
    ("--cc", "\"{}\" <b@example.org>"),
    ("--from", "\"{}\" <b@example.org>"),
    ("--reply-to", "\"{}\" <b@example.org>"),
    ("--reply-to", "b@example.org{}"),
    ("--header", "X-A: {}"),
    ("--header", "X-A{}: a"),
    ("--message-id", "<a{}@example.org>"),
    ("--in-reply-to", "<a{}@example.org>"),
    ("--references", "<b@example.org> <a{}@example.org>"),
    ("--category", "{}"),
    ("--attach", "HOME/file;name={}"),
    ("--attach", "HOME/file;type=text/plain{}"),
];

/// What ends a line somewhere, or turns the text around. The last is as harmless as it looks.
const MARKS: [&str; 9] = [
    "\0", "\r", "\n", "\r\n", "\r\n ", "\u{85}", "\u{2028}", "\u{202e}", " ",
];

/// The names of a message's header fields, and how often each is there. No line of the message, also of its
/// parts, is the one that was to be.
fn fields(message: &Accepted) -> BTreeMap<String, usize> {
    let eml = String::from_utf8(message.eml.to_vec()).unwrap();
    assert!(!eml.replace("\r\n", "").contains(['\r', '\n']), "{eml:?}");
    assert!(!eml.contains("\nBcc: evil"), "{eml:?}");
    let (head, _) = eml.split_once("\r\n\r\n").unwrap();
    let mut fields = BTreeMap::new();
    for line in head.split("\r\n") {
        if !line.starts_with([' ', '\t']) {
            let (name, _) = line.split_once(':').expect("a field");
            *fields.entry(name.to_owned()).or_default() += 1;
        }
    }
    fields
}

/// Sends with `value` in this place; the message, if one arrives.
fn send(
    world: &World,
    (flag, argument): (&str, &str),
    format: &str,
    value: &str,
) -> (Run, Option<Accepted>) {
    let before = world.requests().len();
    let argument = argument
        .replace("{}", value)
        .replace("HOME", &world.home().to_string_lossy());
    let to = "--bcc=z@example.org";
    let words = ["graphmail", "send", to, "--format", format, flag, &argument];
    let words: Vec<OsString> = words.iter().map(OsString::from).collect();
    let run = world.run_words(&words, b"");
    assert_eq!(run.stdout, "");
    let is_sent = run.status == 0;
    assert_eq!(world.requests().len() - before, usize::from(is_sent));
    let message = world.sandbox().accepted().pop();
    (run, message.filter(|_| is_sent))
}

/// What becomes of each mark in this place: outcomes, and the marks that have it.
fn outcomes(place: (&str, &str), format: &str) -> String {
    let world = known();
    drop(world.file("file", "contents"));
    let (_, usual) = send(&world, place, format, "x");
    let usual = usual.as_ref().map(fields);
    let mut outcomes: Vec<(String, String)> = Vec::new();
    for mark in MARKS {
        let value = format!("x{mark}Bcc: evil@example.org");
        let (run, message) = send(&world, place, format, &value);
        let outcome = if let Some(message) = message {
            assert_eq!(Some(fields(&message)), usual, "{place:?} {mark:?}");
            assert_eq!(message.bcc, ["z@example.org"], "{place:?} {mark:?}");
            format!("  0 arrives:{}", run.stderr)
        } else {
            let error = run.stderr.lines().next().unwrap();
            let shown = value.escape_debug().to_string();
            format!("  {} {}:", run.status, error.replace(&shown, "{}"))
        };
        let mark = format!(" {mark:?}");
        match outcomes.iter_mut().find(|(other, _)| *other == outcome) {
            Some((_, marks)) => *marks += &mark,
            None => outcomes.push((outcome, mark)),
        }
    }
    let lines = outcomes.iter();
    lines
        .map(|(outcome, marks)| format!("{outcome}{marks}\n"))
        .collect()
}

#[test]
fn no_value_becomes_a_header_field() {
    let mut table = String::new();
    for place in PLACES {
        let (json, mime) = (outcomes(place, "json"), outcomes(place, "mime"));
        let (flag, argument) = place;
        if json == mime {
            table += &format!("{flag} '{argument}'\n{json}");
        } else {
            table += &format!("{flag} '{argument}' --format json\n{json}");
            table += &format!("{flag} '{argument}' --format mime\n{mime}");
        }
    }
    expected::compare("send/injected.txt", table);
}
