//! Comparisons in templates: a text with a number is an error, and everything else is as in Jinja.

use std::fmt::Write as _;

use crate::support::expected;

use super::{PEOPLE, world};

/// A row of JSON: a number, a text that is one, others.
const ROW: &str = r#"{"n": 5, "t": "5", "u": "1.5", "w": "word", "e": "", "b": true, "x": null, "l": [1, 2], "m": {"n": 7}}"#;

const EXPRESSIONS: &[&str] = &[
    "n == 5",
    "n > 4 and n < 6",
    "4 < n < 6",
    "4 < n <= 5 != 6",
    "not n > 5",
    "n in l",
    "n not in l",
    "n not in l and 1 in l",
    "1 in l == true",
    "(n + 1) * 2 >= -12",
    "(n > 4) == (n < 6)",
    "'a' if n > 5 else 'b'",
    "[n > 5, n == 5]",
    "{'k': n > 5}.k",
    "m.n > 5",
    "m['n'] >= 7",
    "t == '5'",
    "t|int > 4",
    "t|int == n",
    "u|float > 1",
    "w == 5",
    "w != 5",
    "e != 5",
    "e != 0",
    "x == none",
    "b == true",
    "b and n > 1",
    "b is true",
    "n is gt 4",
    "n is not gt(4)",
    "n is in l",
    "w is in ['word']",
    "'o' in w",
    "n is defined and n > 4",
    "missing is defined and missing > 4",
    "l|select('gt', 1)|list",
    "l|map('string')|select('in', ['1'])|list",
    "t > 4",
    "t == 5",
    "5 != t",
    "w > 4",
    "e < 1",
    "u >= 1",
    "4 < t < 6",
    "n + 1 > t ~ ''",
    "t in [5, 6]",
    "t not in [5, 6]",
    "5 in [t]",
    "t is gt 4",
    "t is eq 5",
    "[t]|select('gt', 1)|list",
    "'true' == b",
    "b != 'True'",
    "missing > 4",
    "n in 5",
    "n > ",
];

#[test]
fn texts_and_numbers() {
    let world = world();
    let mut table = String::new();
    for expression in EXPRESSIONS {
        let line = format!(
            "merge --data - -t a@example.org -s \"{{{{ {expression} }}}}\" --body B --dry-run=json"
        );
        let run = world.run_with(&line, ROW);
        let shown = match run.status {
            0 => {
                let body: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
                body["message"]["subject"].to_string()
            }
            status => format!("{status} {}", run.stderr.lines().next().unwrap()),
        };
        let _ = writeln!(table, "{expression}\n    {shown}");
    }
    expected::compare("merge/comparisons.txt", table);
}

/// Also in a text of several lines, whose errors name the line.
#[test]
fn a_comparison_in_a_letter() {
    let world = world();
    drop(world.file("people.csv", &PEOPLE[..38]));
    drop(world.file(
        "letter.md",
        "{% for item in [1, 2] if item > 1 -%}\n{{ item }}\n{%- endfor %}\n{% raw %}{{ n > 'x' }}{% endraw %}\n\
         {# n > 5 #}\n{% set big = number\n > 2 %}\n",
    ));
    world
        .run("merge --data HOME/people.csv -t '{{ email }}' --markdown-file HOME/letter.md --dry-run")
        .failed(
            65,
            "graphmail: row 1, --markdown-file: number > 2 compares the text \"1\" with the number 2; \
             write number|int > 2 (line 7)\n\
             graphmail: error: nothing was sent: the only row has an error\n",
        );
}
