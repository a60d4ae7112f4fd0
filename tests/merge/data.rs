//! The forms of a data file.

use crate::support::host::World;

use super::{accepted, begins, world};

const LINE: &str = "merge --data HOME/data -t '{{ email }}' -s '{{ row[\"Full name\"] }}' --yes";

const EXPECTED: [&str; 2] = ["a@example.org Zoë €", "b@example.org b; \"c\""];

fn sends(contents: impl AsRef<[u8]>, options: &str) {
    let world = world();
    drop(world.file("data", contents));
    begins(&world, &world.run(&format!("{LINE} {options}")));
    assert_eq!(accepted(&world), EXPECTED);
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn csv() {
    let comma = "email,Full name\na@example.org,Zoë €\nb@example.org,\"b; \"\"c\"\"\"\n";
    let semicolon = "email;Full name\r\na@example.org;Zoë €\r\nb@example.org;\"b; \"\"c\"\"\"\r\n";
    let tab = "email\tFull name\na@example.org\tZoë €\nb@example.org\t\"b; \"\"c\"\"\"";
    sends(comma, "");
    sends(semicolon, "");
    sends(tab, "");
    sends(comma.replace(',', "|"), "--delimiter '|'");
    sends(tab, "--delimiter tab");
    sends(format!("\u{feff}{semicolon}"), "");
    // As a spreadsheet writes empty columns at the end.
    sends(comma.replace('\n', ",,\n"), "");
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(semicolon);
    sends(windows, "--encoding windows-1252");
    sends(utf16(&format!("\u{feff}{tab}"), u16::to_le_bytes), "");
    sends(utf16(&format!("\u{feff}{tab}"), u16::to_be_bytes), "");
    sends(utf16(tab, u16::to_le_bytes), "--encoding utf-16le");
}

#[test]
fn json() {
    let one =
        "{\"email\": \"a@example.org\", \"Full name\": \"Zoë €\", \"more\": [1, {\"x\": null}]}";
    let other = "{\"Full name\": \"b; \\\"c\\\"\", \"email\": \"b@example.org\"}";
    sends(format!("{one}\n{other}\n"), "");
    sends(format!("\n{one}\r\n\r\n{other}"), "");
    sends(format!("[{one},{other}]"), "");
    sends(format!("\u{feff} [\n  {one},\n  {other}\n]\n"), "");
    sends(
        utf16(&format!("\u{feff}[{one},{other}]"), u16::to_le_bytes),
        "",
    );
}

#[test]
fn values_of_json() {
    let world = world();
    let row = r#"{"to": {"mail": "a@example.org"}, "n": 3, "f": 1.5, "none": null, "yes": true, "list": ["x", "y"]}"#;
    drop(world.file("data", row));
    begins(&world, &world.run(
            "merge --data HOME/data -t '{{ to.mail }}' -s '{{ n }}|{{ f }}|{{ none }}|{{ yes }}|{{ list|join(\"+\") }}' \
             --body '{% for item in list %}{{ item }}{% if not loop.last %}, {% endif %}{% endfor %}' --yes",
        ));
    assert_eq!(accepted(&world), ["a@example.org 3|1.5||True|x+y"]);
    assert_eq!(
        world.message().resource.pointer("/body/content").unwrap(),
        "x, y"
    );
}

/// The data or the text may be standard input, not both.
#[test]
fn standard_input() {
    let world = world();
    let line = "merge --data - -t '{{ email }}' -s S --body B --journal HOME/journal --yes";
    world.run_with(line, "email\na@example.org\n").is_silent();
    assert_eq!(accepted(&world), ["a@example.org S"]);
    world
        .run_with(line, "email\na@example.org\nb@example.org\n")
        .is_silent_but_for("graphmail: 1 sent, 1 sent before; journal: HOME/journal\n");
    let world = self::world();
    world
        .run_with(
            "merge --data HOME/people.csv --limit 1 -t '{{ email }}' -s S --body-file - --journal HOME/j --yes",
            "Dear {{ name }}\n",
        )
        .status_is(0);
    assert_eq!(
        world.message().resource.pointer("/body/content").unwrap(),
        "Dear Ann\n"
    );
    for text in ["--body-file -", "--body -", "--attach '-;name=x'"] {
        let run = world.run(&format!("merge --data - -t '{{{{ email }}}}' {text} --yes"));
        run.failed(
            64,
            "graphmail: error: standard input (-) is used more than once\nhint: use files for all but one of them\n",
        );
    }
}

/// A hundred thousand characters in one row, and rows that end at the end of a block.
#[test]
fn rows_of_any_length() {
    for length in [65_500, 65_520, 65_536, 65_537, 200_000] {
        let world = world();
        let name = "é".repeat(length);
        drop(world.file(
            "data",
            format!("email,name\na@example.org,{name}\nb@example.org,x\n"),
        ));
        begins(
            &world,
            &world.run("merge --data HOME/data -t '{{ email }}' -s S --body '{{ name }}' --yes"),
        );
        let long = |world: &World| {
            let messages = world.sandbox().accepted();
            let content = messages
                .iter()
                .filter_map(|it| it.resource.pointer("/body/content")?.as_str().map(str::len));
            content.max()
        };
        assert_eq!(long(&world), Some(2 * length));
    }
}
