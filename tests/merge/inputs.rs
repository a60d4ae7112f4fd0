//! Bad inputs: the message for each, and that nothing is sent.

use std::fmt::Write as _;

use crate::support::expected;
use crate::support::host::World;

use super::{PEOPLE, accepted, world};

const OK: &str = "-t '{{ email }}' -s '{{ name }}' --body B --yes";

/// The name of a case, the data, the flags.
type Case = (&'static str, fn() -> Vec<u8>, &'static str);

fn people() -> Vec<u8> {
    PEOPLE.into()
}

/// Twenty people, with something else in row 17.
fn twenty(other: &str) -> Vec<u8> {
    let mut text = "email,name\n".to_owned();
    for row in 1..=20 {
        match row {
            17 => text += &format!("{other}\n"),
            row => text += &format!("p{row}@example.org,P{row}\n"),
        }
    }
    text.into()
}

const CASES: &[Case] = &[
    (
        "a bad address in row 17",
        || twenty("p17.example.org,P17"),
        OK,
    ),
    ("no address in row 17", || twenty(",P17"), OK),
    (
        "two addresses in one column",
        || twenty("\"a@example.org, b@example.org\",P17"),
        OK,
    ),
    (
        "two addresses by a semicolon",
        || twenty("a@example.org;b@example.org,P17"),
        OK,
    ),
    (
        "an address that ends another",
        || twenty("\"a@example.org> <b@example.org\",P17"),
        "-t 'N <{{ email }}>' -s S --yes",
    ),
    (
        "a name that is an address",
        || twenty("p@example.org,\"x@example.org, \""),
        "-t '{{ name }} <{{ email }}>' -s S --yes",
    ),
    (
        "a line break in a column of a header field",
        || twenty("p17@example.org,\"P\nBcc: x@example.org\""),
        OK,
    ),
    (
        "a line break in a custom header field",
        || twenty("p17@example.org,\"P\r\nBcc: x@example.org\""),
        "-t '{{ email }}' -H 'X-Name: {{ name }}' --yes",
    ),
    (
        "a line break in an address",
        || twenty("\"p17@example.org\n\",P"),
        OK,
    ),
    (
        "a template with a line break",
        people,
        "-t '{{ email }}' -s 'a\nb' --body B --yes",
    ),
    (
        "a missing attachment",
        people,
        "-t '{{ email }}' -a 'HOME/invoices/{{ number }}.pdf' --yes",
    ),
    (
        "an attachment that is a folder",
        people,
        "-t '{{ email }}' -a 'HOME/{{ \"\" }}' --yes",
    ),
    (
        "standard input as an attachment",
        people,
        "-t '{{ email }}' -a '{{ \"-\" }};name=x' --yes",
    ),
    (
        "an unknown name",
        people,
        "-t '{{ email }}' -s 'Invoice {{ nummer }}' --yes",
    ),
    (
        "an unknown name that is like none",
        people,
        "-t '{{ email }}' --body '{{ x }}' --yes",
    ),
    (
        "an unknown name in a file",
        people,
        "-t '{{ email }}' --markdown-file HOME/letter.md --yes",
    ),
    (
        "an unknown name of row",
        people,
        "-t \"{{ row['E-mail'] }}\" --yes",
    ),
    (
        "an unknown name of row that is compared",
        people,
        "-t '{{ email }}' --only 'row.x == \"1\"' --yes",
    ),
    ("a malformed template", people, "-t '{{ email' -s S --yes"),
    (
        "a malformed template in a file",
        people,
        "-t '{{ email }}' --body-file HOME/broken.txt --yes",
    ),
    (
        "an unknown filter",
        people,
        "-t '{{ email|lowercase }}' --yes",
    ),
    (
        "an unknown filter in a branch of a file",
        people,
        "-t '{{ email }}' --body-file HOME/branch.txt --yes",
    ),
    (
        "an unknown test",
        people,
        "-t '{{ email }}' --only 'name is nosuch' --yes",
    ),
    (
        "an unknown function",
        people,
        "-t '{{ email }}' -s '{{ today() }}' --yes",
    ),
    (
        "a filter without its argument",
        people,
        "-t '{{ email }}' -s '{{ number|date }}' --yes",
    ),
    (
        "a column of CSV compared with a number",
        || twenty("p17@example.org,17"),
        "-t '{{ email }}' --only 'name != \"P3\" and name > 5' --yes",
    ),
    (
        "a column of CSV equal to a number",
        people,
        "-t '{{ email }}' --only 'number == 2' --yes",
    ),
    (
        "a column of CSV equal to true",
        || b"email,active\na@example.org,true\nb@example.org,FALSE\n".to_vec(),
        "-t '{{ email }}' --only 'active == true' --yes",
    ),
    (
        "an empty column of CSV converted to a number",
        || b"email,age\na@example.org,\n".to_vec(),
        "-t '{{ email }}' --only 'age|int > 5' --yes",
    ),
    (
        "a control character in a column of a header field",
        || twenty("p17@example.org,P\u{1b}[2J"),
        "-t '{{ email }}' -H 'X-Name: {{ name }}' --yes",
    ),
    (
        "a wrong delimiter",
        people,
        "--delimiter ';' -t '{{ email }}' --yes",
    ),
    (
        "a delimiter of two characters",
        people,
        "--delimiter '||' -t '{{ email }}' --yes",
    ),
    (
        "too few columns in a row",
        || b"email,name\na@example.org\nb@example.org,B\n".to_vec(),
        OK,
    ),
    (
        "too many columns in a row",
        || b"email,name\na@example.org,A,x\n".to_vec(),
        OK,
    ),
    (
        "an open quote",
        || b"email,name\n\"a@example.org,A\nb@example.org,B\n".to_vec(),
        OK,
    ),
    (
        "two columns of one name",
        || b"email,name,email\na@example.org,A,x\n".to_vec(),
        OK,
    ),
    (
        "a duplicate key",
        || twenty("p17@example.org,P4"),
        "-t '{{ email }}' --key '{{ name }}' --yes",
    ),
    (
        "an empty key",
        || twenty("p17@example.org,"),
        "-t '{{ email }}' --key '{{ name }}' --yes",
    ),
    ("a duplicate message", || twenty("p4@example.org,P4"), OK),
    (
        "a message that is too large",
        people,
        "-t '{{ email }}' --attach HOME/large.bin --yes",
    ),
    (
        "a message for many that saves no copy",
        people,
        "-t '{{ email }}' --attach HOME/4mb.bin --no-save --yes",
    ),
    (
        "a time in the past",
        || b"email,at\na@example.org,2020-01-01 09:00\n".to_vec(),
        "-t '{{ email }}' --at '{{ at }}' --yes",
    ),
    (
        "a date that is none",
        || b"email,due\na@example.org,31.2.2026\n".to_vec(),
        "-t '{{ email }}' --body '{{ due|date(\"%F\") }}' --yes",
    ),
    (
        "a number that is none",
        || b"email,sum\na@example.org,EUR 5\n".to_vec(),
        "-t '{{ email }}' --body '{{ sum|number(2) }}' --yes",
    ),
    ("no such file", people, "--data HOME/people.txt"),
    ("an empty file", Vec::new, OK),
    (
        "an --only that is no expression",
        people,
        "-t '{{ email }}' --only 'number ==' --yes",
    ),
    (
        "Latin-1",
        || b"email,name\na@example.org,Zo\xeb\n".to_vec(),
        OK,
    ),
    (
        "UTF-16 without a mark",
        || {
            "email,name\na@example.org,A\n"
                .bytes()
                .flat_map(|byte| [byte, 0])
                .collect()
        },
        OK,
    ),
    (
        "an unknown encoding",
        people,
        "--encoding latin-99 -t '{{ email }}' --yes",
    ),
    (
        "JSON that ends early",
        || b"[{\"email\": \"a@example.org\", \"name\": \"A\"}".to_vec(),
        OK,
    ),
    (
        "JSON without a comma",
        || b"[{\"email\": \"a@example.org\", \"name\": \"A\"} {}]".to_vec(),
        OK,
    ),
    (
        "JSON that is malformed",
        || b"{\"email\": \"a@example.org\", \"name\": \"A\"}\n{\"email\": }\n".to_vec(),
        OK,
    ),
    (
        "a key of JSON that is there twice",
        || {
            b"{\"email\": \"a@example.org\", \"name\": \"A\"}\n{\"email\": \"b@example.org\", \"name\": {\"x\": 1, \"x\": 2}}\n".to_vec()
        },
        OK,
    ),
    (
        "a number of JSON with too many digits",
        || b"{\"email\": \"a@example.org\", \"name\": 123456789012345678901}\n".to_vec(),
        OK,
    ),
    (
        "the same Message-ID in two rows",
        people,
        "-t '{{ email }}' --message-id '{% if name == \"Bob\" %}b@example.org{% else %}<a@example.org>{% endif %}' --yes",
    ),
    (
        "the same Message-ID in two rows of a dry run",
        people,
        "-t '{{ email }}' --message-id a@example.org --dry-run",
    ),
    (
        "a quotation mark that is not closed",
        || b"email,name\na@example.org,A\n\nb@example.org,\"B\nc@example.org,C\n".to_vec(),
        OK,
    ),
    (
        "a quotation mark of the header line that is not closed",
        || b"email,\"name\na@example.org,A\n".to_vec(),
        OK,
    ),
    (
        "text after a closing quotation mark",
        || b"email,name\na@example.org,\"A \"\"x\"\"\" \nb@example.org,\"B\"x\n".to_vec(),
        OK,
    ),
    (
        "a report that is the data",
        people,
        "-t '{{ email }}' --report HOME/./people.csv --yes",
    ),
    (
        "a journal that is the text",
        people,
        "-t '{{ email }}' --markdown-file HOME/letter.md --journal HOME/link --yes",
    ),
    (
        "a journal that is attached",
        people,
        "-t '{{ email }}' --attach 'HOME/4mb.bin;name=x' --journal HOME/4mb.bin --yes",
    ),
    (
        "a journal that is the report",
        people,
        "-t '{{ email }}' --journal HOME/new --report HOME/new --yes",
    ),
    (
        "a report that is a device",
        people,
        "-t '{{ email }}' --report /dev/zero --yes",
    ),
    (
        "a journal that is a device",
        people,
        "-t '{{ email }}' --journal /dev/zero --yes",
    ),
    (
        "a value that sets the name of an attachment",
        || b"email,file\na@example.org,x.txt\nb@example.org,letter.md;name=x.txt\n".to_vec(),
        "-t '{{ email }}' --attach 'HOME/{{ file }}' --yes",
    ),
    (
        "a value that leads out of the folder",
        || {
            b"email,file\na@example.org,x.txt\nb@example.org,../x.txt\nc@example.org,y/../../x.txt\n".to_vec()
        },
        "-t '{{ email }}' --attach 'HOME/{{ file }}' --yes",
    ),
    (
        "values that lead out of the folder together",
        || b"email,one,other\na@example.org,.,.\nb@example.org,/..,/\nc@example.org,.,\n".to_vec(),
        "-t '{{ email }}' --inline 'x=HOME/{{ one }}{{ other }}/x.txt' --yes",
    ),
    (
        "a value that makes the path absolute",
        || b"email,file\na@example.org,/etc/passwd\n".to_vec(),
        "-t '{{ email }}' --attach '{% if file == \"x\" %}HOME/{% endif %}{{ file }}' --yes",
    ),
    (
        "a template that does not end",
        people,
        "-t '{{ email }}' --body '{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}' --yes",
    ),
    (
        "a template whose text is larger than a message",
        people,
        "-t '{{ email }}' --body '{% for i in range(9999) %}{{ \"x\" * 99999 }}{% endfor %}' --yes",
    ),
    (
        "a row with too few columns after blank lines",
        || {
            b"email,name\r\na@example.org,\"A\r\nB\"\r\n\r\n\r\nb@example.org\r\n\r\nc@example.org\r\n".to_vec()
        },
        "-t '{{ email }}' --body B --yes",
    ),
    (
        "a group of digits that is the point",
        || b"email,sum\na@example.org,1234.5\n".to_vec(),
        "-t '{{ email }}' --body '{{ sum|number(2, thousands=\".\") }}' --yes",
    ),
    (
        "a report that is standard output",
        people,
        "-t '{{ email }}' --report /dev/stdout --yes",
    ),
    (
        "a report and JSON on standard output",
        people,
        "-t '{{ email }}' --report - --json --yes",
    ),
    (
        "one message without --yes",
        || b"email,name\na@example.org,A\n".to_vec(),
        "-t '{{ email }}' --body B --journal HOME/new",
    ),
    (
        "a journal of a newer version",
        people,
        "-t '{{ email }}' --body B --journal HOME/newer --yes",
    ),
    (
        "an argument of number that does not exist",
        people,
        "-t '{{ email }}' --body '{{ number|number(2, decimal=\",\") }}' --yes",
    ),
    ("JSON of strings", || b"[\"a@example.org\"]".to_vec(), OK),
    (
        "JSON whose rows lack a name",
        || {
            b"{\"email\": \"a@example.org\", \"name\": \"A\"}\n{\"email\": \"b@example.org\"}\n"
                .to_vec()
        },
        OK,
    ),
    (
        "more rows with errors than are shown",
        || {
            let rows: String = (1..=40).map(|row| format!("{row}\n")).collect();
            format!("email\n{rows}").into()
        },
        "-t '{{ email }}' --yes",
    ),
    ("no recipient flag", people, "-s S --yes"),
    (
        "--row without --dry-run",
        people,
        "-t '{{ email }}' --row 2",
    ),
    (
        "an empty row that is to be shown",
        || twenty(","),
        "-t '{{ email }}' --dry-run --row 17",
    ),
    (
        "a row that does not exist",
        people,
        "-t '{{ email }}' --dry-run --row 9",
    ),
];

#[test]
fn bad_inputs() {
    let mut table = String::new();
    let mut names = std::collections::BTreeSet::new();
    for (name, data, flags) in CASES {
        assert!(names.insert(name), "{name} twice");
        let world = world();
        files(&world);
        drop(world.file("people.csv", data()));
        let data = if flags.contains("--data") {
            ""
        } else {
            "--data HOME/people.csv "
        };
        let run = world.run(&format!("merge {data}{flags}"));
        let _ = writeln!(
            table,
            "## {name}\nmerge {data}{flags}\nexit {}\n{}{}",
            run.status, run.stdout, run.stderr
        );
        assert_ne!(run.status, 0, "{name}");
        assert_eq!(accepted(&world), [""; 0], "{name}");
        assert_eq!(world.requests(), [""; 0], "{name}");
    }
    expected::compare("merge/bad-inputs.txt", table);
}

fn files(world: &World) {
    drop(world.file("letter.md", "# Dear {{ name }}\n\nInvoice {{ nummber }}\n"));
    drop(world.file("x.txt", "x"));
    let head = r#"{"graphmail_merge":2,"account":"default","graph":"x","draft":false}"#;
    drop(world.file("newer", format!("{head}\n")));
    drop(world.file(
        "branch.txt",
        "Dear {{ name }}\n{% if number == '9' %}\n{{ name|nosuch }}{% endif %}\n",
    ));
    drop(world.file("broken.txt", "Dear {{ name }}\n{% if number %}\n"));
    std::fs::hard_link(world.home().join("letter.md"), world.home().join("link")).unwrap();
    for (name, size) in [("large.bin", 160 << 20), ("4mb.bin", 4 << 20)] {
        let file = std::fs::File::create(world.home().join(name)).unwrap();
        file.set_len(size).unwrap();
    }
}

/// The errors of rows in JSON.
#[test]
fn errors_as_json() {
    let world = world();
    drop(world.file("people.csv", twenty("p17.example.org,P17")));
    let run = world.run(&format!("--json merge --data HOME/people.csv {OK}"));
    assert_eq!(run.status, 65);
    expected::compare("merge/errors.json", format!("{:#}\n", run.json()));
}
