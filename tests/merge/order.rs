//! Four messages at once: --limit takes the first rows, and the report has the order of the rows.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::support::host::World;

use super::accepted;

const LINE: &str = "merge --data HOME/people.csv -t '{{ email }}' -s '{{ number }}' --body B --report HOME/report.csv --yes";

/// A world with so many people, that sends four messages at once.
fn world(rows: usize) -> World {
    let world = World::ready();
    world.configure("[outbox]\nper_minute = 60000\n");
    let mut people = "email,number\n".to_owned();
    for row in 1..=rows {
        let _ = writeln!(people, "p{row}@example.org,{row}");
    }
    drop(world.file("people.csv", people));
    world
}

/// The subjects of what was accepted, which are the numbers of the rows.
fn sent(world: &World) -> BTreeSet<usize> {
    let all = accepted(world);
    let numbers = all.iter().map(|text| text.split(' ').nth(1).unwrap());
    let numbers: BTreeSet<_> = numbers.map(|text| text.parse().unwrap()).collect();
    assert_eq!(numbers.len(), all.len(), "{all:?}");
    numbers
}

/// `1 sent`, and so on.
fn report(world: &World) -> Vec<String> {
    let report = world.read("report.csv");
    let mut lines = report.lines();
    assert_eq!(lines.next(), Some("row,key,status,message_id,error"));
    let fields = |line: &str| {
        let fields: Vec<_> = line.split(',').map(ToOwned::to_owned).collect();
        format!("{} {}", fields[0], fields[2])
    };
    lines.map(fields).collect()
}

#[test]
fn a_limit_takes_the_first_rows_that_need_a_message() {
    let world = world(40);
    let line = format!("{LINE} --limit 7");
    for run in 1..=5 {
        world.run(&line).status_is(0);
        assert_eq!(sent(&world), (1..=run * 7).collect());
        let expected: Vec<_> = (1..=40_usize)
            .map(|row| match row.div_ceil(7) {
                of if of < run => format!("{row} sent-before"),
                of if of == run => format!("{row} sent"),
                _ => format!("{row} not-tried"),
            })
            .collect();
        assert_eq!(report(&world), expected);
    }
}

/// The rows are chosen before anything is sent: one that is refused counts, and is the first of the next run.
#[test]
fn a_refused_row_counts() {
    let world = world(8);
    world.fault("POST /me/sendMail=400,code=ErrorInvalidRecipients");
    let run = world.run(&format!("{LINE} --limit 3"));
    assert_eq!(run.status, 69);
    assert_eq!(sent(&world), [2, 3].into());
    let json = world.run(&format!("--json {LINE} --limit 3")).json();
    let counts = ["sent", "sent_before", "not_tried", "left_out"].map(|key| &json[key]);
    assert_eq!(counts, [3, 2, 3, 0]);
    assert_eq!(sent(&world), (1..=5).collect());
}

/// A doubtful row is no row of --limit, unless it is sent again.
#[test]
fn doubtful_rows_and_a_limit() {
    let world = world(6);
    world.fault("POST /me/sendMail=504");
    assert_eq!(world.run(&format!("{LINE} --limit 1")).status, 76);
    assert_eq!(world.run(&format!("{LINE} --limit 2")).status, 76);
    assert_eq!(sent(&world), [2, 3].into());
    let again = format!("{LINE} --limit 2 --resend-doubtful");
    assert_eq!(world.run(&again).status, 0);
    assert_eq!(sent(&world), (1..=4).collect());
}

/// Without a report the run does not come to the rows after the limit. Their numbers are those of the check.
#[test]
fn the_summary_is_that_of_the_report() {
    for report in ["", " --report HOME/report.csv"] {
        let world = world(9);
        let people = world.read("people.csv") + ",\n";
        drop(world.file("people.csv", people));
        let line = LINE.replace(" --report HOME/report.csv", report);
        // Row 8 is sent, row 7 is doubtful, and row 9 is left out.
        world
            .run(&format!("{line} --only 'number == \"8\"'"))
            .status_is(0);
        world.fault("POST /me/sendMail=504");
        let doubtful = world.run(&format!("{line} --only 'number == \"7\"'"));
        assert_eq!(doubtful.status, 76);
        let run = world.run(&format!("--json {line} --limit 2 --only 'number != \"9\"'"));
        let json = run.json();
        let keys = [
            "rows",
            "sent",
            "sent_before",
            "doubtful",
            "empty",
            "left_out",
            "not_tried",
        ];
        assert_eq!(
            keys.map(|key| &json[key]),
            [10, 2, 1, 1, 1, 1, 4],
            "{report}"
        );
        assert_eq!(run.status, 76);
        assert_eq!(sent(&world), [1, 2, 8].into());
    }
}

/// The result of a doubtful row is known last.
#[test]
fn a_report_has_the_order_of_the_rows() {
    let world = world(30);
    world.fault("POST /me/sendMail=504,process=yes,after=2");
    world.fault("POST /me/sendMail=504,after=4");
    assert_eq!(world.run(LINE).status, 76);
    let report = report(&world);
    let rows: Vec<_> = report
        .iter()
        .map(|line| line.split(' ').next().unwrap().parse::<usize>().unwrap())
        .collect();
    assert_eq!(rows, (1..=30).collect::<Vec<_>>());
    let doubtful = report.iter().filter(|line| line.ends_with(" doubtful"));
    assert_eq!(doubtful.count(), 1, "{report:?}");
    assert_eq!(sent(&world).len(), 29);
}

/// Report, summary and JSON name the same statuses.
#[test]
fn drafts_are_saved() {
    let world = world(3);
    let line = format!("{LINE} --draft");
    world.run(&format!("{line} --limit 2")).status_is(0);
    assert_eq!(report(&world), ["1 saved", "2 saved", "3 not-tried"]);
    let run = world.run(&line);
    let summary = run.stderr.split("; journal").next().unwrap().to_owned();
    assert_eq!(summary, "graphmail: 1 saved in Drafts, 2 saved before");
    assert_eq!(
        report(&world),
        ["1 saved-before", "2 saved-before", "3 saved"]
    );
    let json = world.run(&format!("--json {line}")).json();
    let counts = ["sent", "sent_before", "saved", "saved_before"].map(|key| &json[key]);
    assert_eq!(counts, [0, 0, 0, 3]);
}
