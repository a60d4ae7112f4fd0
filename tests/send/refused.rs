//! Command lines that are refused before the network: the words and the status of each.

use std::fmt::Write as _;

use super::known;
use crate::support::expected;

/// Flags behind `send`; `{to}` stands for a recipient.
const ROWS: &[&str] = &[
    "",
    "--to ''",
    "--to nobody",
    "--to 'Doe, Jane <jane@example.org>'",
    "--to 'Team: a@example.org, b@example.org;'",
    "--to 'a@example.org b@example.org'",
    "--to 'a@example.org\nBcc: x@example.org'",
    "{to} --cc ''",
    "{to} --from 'a@example.org, b@example.org'",
    "{to} --from ''",
    "{to} --mailbox ''",
    "{to} --reply-to x",
    "{to} --subject 'a\nBcc: x@example.org'",
    "{to} --body a --body-file HOME/b",
    "{to} --html a --html-file HOME/b",
    "{to} --body a --markdown-file HOME/b",
    "{to} --body - --html -",
    "{to} --body-file - --attach '-;name=x'",
    "{to} --body-file HOME/absent",
    "{to} --html-file HOME/.",
    "{to} --body-file HOME/latin1.txt",
    "{to} --body-file HOME/nul.txt",
    "{to} --attach HOME/absent",
    "{to} --attach HOME/.",
    "{to} --attach -",
    "{to} --attach 'HOME/latin1.txt;type=nonsense'",
    "{to} --inline logo",
    "{to} --inline logo=HOME/absent --html x",
    "{to} --inline logo=HOME/latin1.txt",
    "{to} --inline a=HOME/latin1.txt --inline a=HOME/latin1.txt --html x",
    "{to} --header X-A",
    "{to} --header 'X-A:'",
    "{to} --header 'X-A: 1\nBcc: x@example.org'",
    "{to} --header 'Subject: x'",
    "{to} --header 'Date: x'",
    "{to} --header 'Resent-To: x@example.org'",
    "{to} --header 'resent-bcc: x@example.org' --format json",
    "{to} --header 'Resent-From: x@example.org' --format mime",
    "{to} --header 'Apparently-To: x@example.org'",
    "{to} --header 'X-Confirm-Reading-To: x@example.org'",
    "--to '=?utf-8?q?a?=@example.org'",
    "{to} --bcc '\"=?utf-8?q?a?=\"@example.org'",
    "{to} --importance urgent",
    "{to} --sensitivity normal",
    "{to} --category ''",
    "{to} --at yesterday",
    "{to} --at 2026-11-20",
    "{to} --at '2026-11-20 10:59'",
    "{to} --flag-start +2d --flag-due +1d",
    "{to} --in-reply-to x",
    "{to} --references '<a@b> x'",
    "{to} --message-id '<a@b> <c@d>'",
    "{to} --format eml",
    "{to} --dry-run=html",
    "{to} --timeout soon",
    "{to} --max-wait -1s",
    "{to} --quiet --verbose",
    "{to} --subjet x",
    "{to} extra",
    "{to} --mime HOME/m.eml --subject x",
    "{to} --mime HOME/m.eml --no-save",
    "{to} --mime HOME/m.eml -f x@example.org -s x",
    "{to} --mime HOME/m.eml --format json",
    "{to} --mime HOME/absent.eml",
    "{to} --log-file HOME/absent/log",
    "{to} --no-save --attach HOME/big",
    "{to} --attach HOME/huge",
];

#[test]
fn what_cannot_be_sent_is_refused_in_words_before_the_network() {
    let mut table = String::new();
    for row in ROWS {
        let world = known();
        drop(world.file("latin1.txt", b"Gr\xfc\xdfe"));
        drop(world.file("nul.txt", b"a\0b"));
        drop(world.file(
            "m.eml",
            "From: a@example.org\r\nTo: b@example.org\r\n\r\nx\r\n",
        ));
        drop(world.file("big", vec![b'x'; 3_500_000]));
        let huge = std::fs::File::create(world.home().join("huge")).unwrap();
        huge.set_len(157_286_401).unwrap();
        let line = format!("send {}", row.replace("{to}", "--to a@example.org"));
        let run = world.run(&line);
        assert_ne!(run.status, 0, "{row}");
        assert_eq!(run.stdout, "", "{row}");
        assert_eq!(world.requests(), [""; 0], "{row}");
        assert_eq!(world.keyring.asked(), 0, "{row}");
        let words = run.stderr.trim_end().replace('\n', "\n      ");
        let _ = writeln!(
            table,
            "send {}\n  {} {words}",
            row.replace('\n', "\\n"),
            run.status
        );
        // The same in JSON: one object, the same class, the same words.
        let object = world.run(&format!("{line} --json")).json();
        assert_eq!(object["ok"], false, "{row}");
        assert_eq!(object["error"]["exit"], run.status, "{row}");
        let message = object["error"]["message"].as_str().unwrap();
        let first = run.stderr.lines().next().unwrap();
        assert_eq!(first, format!("graphmail: error: {}", world.hide(message)));
    }
    expected::compare("send/refused.txt", table);
}
