//! Every flag of a message, in both formats: what it changes in what Graph holds, or why it cannot.
//! The table is `tests/data/send/flags.txt`.

use std::fmt::Write as _;

use serde_json::Value;

use super::{held, known};
use crate::support::expected;

/// What every row has beside its own flags.
const BASE: &str = "send --subject S --body B --to a@example.org";

/// One flag a row, in its spellings, and the combinations that mean something of their own.
const ROWS: &[&str] = &[
    "-t b@example.org",
    r#"--to '"Doe, Jane" <j@x.example>, k@y.example'"#,
    "--to 'Jörg Müller <jm@bücher.example>'",
    "-c c@example.org",
    "--cc c@example.org --cc 'D <d@example.org>'",
    "-b c@example.org",
    "--bcc c@example.org --bcc 'D <d@example.org>'",
    "-f shared@example.org",
    "--from 'The Team <team@example.org>'",
    "--mailbox other@example.org",
    "--mailbox other@example.org --from 'The Team <team@example.org>'",
    "--reply-to 'R <r@example.org>, s@example.org'",
    "--reply-to r@example.org --reply-to s@example.org",
    "-a HOME/note.txt",
    "--attach 'HOME/note.txt;name=Größe 1.csv;type=text/csv' --attach HOME/data",
    "--attach '-;name=stdin.bin'",
    "--html '<p>H</p>'",
    "--html '<img src=cid:logo>' --inline logo=HOME/logo.png",
    "-H 'X-One: 1' --header 'x-two: zwei, drei'",
    "-H 'X-A: 1' -H 'X-B: 2' -H 'X-C: 3' -H 'X-D: 4' -H 'X-E: 5' -H 'X-F: 6'",
    "-H 'List-Id: <list.example.org>'",
    "--importance low",
    "--importance normal",
    "--importance high",
    "--category Red --category 'Blue, dark'",
    "--sensitivity personal",
    "--sensitivity private",
    "--sensitivity confidential",
    "--read-receipt",
    "--delivery-receipt",
    "--flag",
    "--flag-due 2026-12-01T09:00:00+01:00",
    "--flag-start '2026-11-30 08:00' --flag-due +14d",
    "--flag-start +1d",
    "--at 2026-11-21T07:30:00Z",
    "--at '2026-11-21 07:30'",
    "--at +2h",
    "--in-reply-to '<one@example.org>'",
    "--references '<one@example.org> <two@example.org>'",
    "--message-id '<mine@example.org>'",
    "--no-save",
    // What MIME alone carries together with what JSON alone carries.
    "--html '<p>H</p>' --no-save",
    "-H 'List-Id: x' --category Red",
];

#[test]
fn every_flag_is_in_the_message_or_refused() {
    let bases = ["json", "mime"].map(|format| sent("", format).expect("the base is sent"));
    let mut table = String::new();
    for row in ROWS {
        let formats = ["json", "mime"].map(|format| sent(row, format));
        let auto = match sent(row, "auto") {
            Ok(captured) if formats[0].as_ref() == Ok(&captured) => " as json".to_owned(),
            Ok(captured) if formats[1].as_ref() == Ok(&captured) => " as mime".to_owned(),
            Ok(_) => panic!("{row}: auto is neither json nor mime"),
            Err(refusal) => refusal,
        };
        let [json, mime] = [0, 1].map(|format| match &formats[format] {
            Ok(captured) => differences(&bases[format], captured),
            Err(refusal) => refusal.clone(),
        });
        let _ = writeln!(table, "{row}\n  auto{auto}\n  json{json}\n  mime{mime}");
    }
    expected::compare("send/flags.txt", table);
}

type Captured = (Value, Vec<String>);

/// What Graph holds, and the lines that arrive; or how the run ended without a request.
fn sent(flags: &str, format: &str) -> Result<Captured, String> {
    let world = known();
    drop(world.file("note.txt", "noted\n"));
    drop(world.file("data", [0, 1, 2, 255]));
    drop(world.file("logo.png", "PNG"));
    let run = world.run_with(&format!("{BASE} {flags} --format {format}"), "from stdin");
    if run.status != 0 {
        assert_eq!(world.requests(), [""; 0], "a refused flag sends nothing");
        let words = run.stderr.replace('\n', "\n         ");
        return Err(format!("\n    {} {}", run.status, words.trim_end()));
    }
    run.is_silent();
    let message = world.message();
    let eml = String::from_utf8(message.eml.to_vec()).unwrap();
    Ok((
        held(&message),
        eml.split("\r\n").map(str::to_owned).collect(),
    ))
}

fn differences(base: &Captured, changed: &Captured) -> String {
    let mut text = String::new();
    let (before, after) = (base.0.as_object().unwrap(), changed.0.as_object().unwrap());
    for (name, value) in after {
        if before.get(name) != Some(value) {
            let _ = write!(text, "\n    {name} {value}");
        }
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        let _ = write!(text, "\n    without {name}");
    }
    // How JSON arrives is the service's work; a MIME message is our own, line by line.
    if changed.0["transport"] == "mime" && base.0["transport"] == "mime" {
        for line in changed.1.iter().filter(|line| !base.1.contains(line)) {
            let _ = write!(text, "\n    | {line}");
        }
    }
    text
}
