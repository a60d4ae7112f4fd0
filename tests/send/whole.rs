//! Messages that use all that a format can carry, whole: the request, what Graph holds, what arrives.

use super::{held, known, pretty, request};
use crate::support::expected;
use crate::support::host::World;

fn files(world: &World) {
    drop(world.file("report.html", "<h1>Grüße</h1><img src=\"cid:chart\">\n"));
    drop(world.file("report.txt", "\u{feff}Grüße\nLine two\n"));
    drop(world.file("report.md", "# Grüße\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"));
    drop(world.file("chart.png", "PNG"));
    drop(world.file("table.csv", "a;b\n1;2\n"));
}

#[test]
fn everything_that_json_carries() {
    let world = known();
    files(&world);
    world
        .run(
            "send -t '\"Doe, Jane\" <jane@example.org>' --cc c@example.org --bcc b@example.org \
             --from 'The Team <team@example.org>' --mailbox shared@example.org \
             --reply-to answers@example.org -s 'Grüße, Jane' --html-file HOME/report.html \
             --attach 'HOME/table.csv;name=Tabelle.csv' --inline chart=HOME/chart.png \
             -H 'X-Job: nightly' --importance high --category Red --category Blue \
             --sensitivity private --read-receipt --delivery-receipt \
             --flag --flag-start '2026-11-23 09:00' --flag-due '2026-11-24 17:00' --at +1h \
             --in-reply-to '<q@example.org>' --references '<p@example.org> <q@example.org>' \
             --message-id '<mine@example.org>' --no-save",
        )
        .is_silent();
    let message = world.message();
    expected::compare("send/json-request.json", pretty(&request(&world)));
    expected::compare("send/json-held.json", pretty(&held(&message)));
    expected::compare("send/json.eml", message.eml.to_vec());
    assert_eq!(
        world.requests(),
        ["POST /v1.0/users/shared@example.org/sendMail 202"]
    );
}

#[test]
fn everything_that_mime_carries() {
    let world = known();
    files(&world);
    world
        .run(
            "send -t '\"Doe, Jane\" <jane@example.org>' --cc c@example.org --bcc b@example.org \
             --from 'The Team <team@example.org>' --mailbox shared@example.org \
             --reply-to answers@example.org -s 'Grüße, Jane' \
             --body-file HOME/report.txt --html-file HOME/report.html \
             --attach 'HOME/table.csv;name=Tabelle.csv' --inline chart=HOME/chart.png \
             -H 'X-Job: nightly' -H 'List-Id: <l.example.org>' --importance high \
             --sensitivity private --read-receipt --delivery-receipt \
             --in-reply-to '<q@example.org>' --references '<p@example.org> <q@example.org>' \
             --message-id '<mine@example.org>'",
        )
        .is_silent();
    let message = world.message();
    expected::compare("send/mime-held.json", pretty(&held(&message)));
    expected::compare("send/mime.eml", message.eml.to_vec());
    assert_eq!(message.bcc, ["b@example.org"]);
}

#[test]
fn the_body_comes_from_text_file_or_standard_input() {
    let bodies = [
        ("", "text", ""),
        ("--body Hi", "text", "Hi"),
        ("--body '- one\n- two'", "text", "- one\n- two"),
        ("--body -", "text", "from stdin\n"),
        ("--body-file -", "text", "from stdin\n"),
        ("--body-file HOME/report.txt", "text", "Grüße\nLine two\n"),
        ("--html '<b>x</b>'", "html", "<b>x</b>"),
        ("--html -", "html", "from stdin\n"),
        ("--html-file -", "html", "from stdin\n"),
        (
            "--html-file HOME/report.html",
            "html",
            "<h1>Grüße</h1><img src=\"cid:chart\">\n",
        ),
    ];
    for (flags, kind, content) in bodies {
        let world = World::ready();
        files(&world);
        let line = format!("send -t a@example.org {flags}");
        world.run_with(&line, "from stdin\n").is_silent();
        let body = &world.message().resource["body"];
        let got = (
            body["contentType"].as_str().unwrap().to_lowercase(),
            body["content"].as_str().unwrap(),
        );
        assert_eq!(got, (kind.to_owned(), content), "{flags}");
    }
}

#[test]
fn markdown_makes_both_bodies() {
    let world = known();
    files(&world);
    let line = "send -t a@example.org -s Report --markdown-file HOME/report.md";
    world.run(line).is_silent();
    expected::compare("send/markdown.eml", world.message().eml.to_vec());
}

#[test]
fn the_recipients_of_repeated_flags_are_all_there() {
    let world = World::ready();
    let line = "send -t 'a@x.example, b@x.example' -t c@x.example -c d@x.example -b e@x.example -b f@x.example";
    let run = world.run(&format!("{line} --json"));
    assert_eq!(run.json()["recipients"], 6);
    let message = world.message();
    assert_eq!(message.to, ["a@x.example", "b@x.example", "c@x.example"]);
    assert_eq!(message.cc, ["d@x.example"]);
    assert_eq!(message.bcc, ["e@x.example", "f@x.example"]);
}
