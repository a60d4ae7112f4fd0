//! Ctrl-C: what is in flight ends, and the same command continues.

use rustix::process::Signal;

use crate::support::process::{Bounded as _, until};
use crate::support::program::{Place, text};

/// The rows of the report with their statuses. Each line is complete.
fn statuses(place: &Place) -> Vec<(usize, String)> {
    let report = std::fs::read_to_string(place.home().join("report.csv")).unwrap();
    assert!(report.ends_with('\n'), "{report}");
    let fields = |line: &str| {
        let fields: Vec<_> = line.split(',').collect();
        assert!(fields.len() >= 5, "{report}");
        (fields[0].parse().unwrap(), fields[2].to_owned())
    };
    report.lines().skip(1).map(fields).collect()
}

/// A killed run leaves the results until then.
#[test]
fn a_killed_merge_leaves_a_report() {
    let place = Place::new();
    place.configure("[outbox]\nper_minute = 5\n");
    let people: String = (1..=20)
        .map(|row| format!("p{row}@example.org,{row}\n"))
        .collect();
    drop(place.file("people.csv", &format!("email,number\n{people}")));
    let line = "merge --data people.csv -t '{{ email }}' -s '{{ number }}' --body B --report report.csv --yes";
    let process = place.command(line).start();
    until("five messages are sent", || {
        place.sandbox().accepted().len() == 5
    });
    drop(process.kill());
    let statuses = statuses(&place);
    // The first message is alone, so its result was known before the others began.
    assert_eq!(statuses[0], (1, "sent".to_owned()));
    assert!(statuses.len() <= 5, "{statuses:?}");
}

#[test]
fn an_interrupted_merge_continues() {
    let place = Place::new();
    // After five messages, the others wait for their turn.
    place.configure("[outbox]\nper_minute = 5\n");
    let people: String = (1..=20)
        .map(|row| format!("p{row}@example.org,{row}\n"))
        .collect();
    drop(place.file("people.csv", &format!("email,number\n{people}")));
    let line = "merge --data people.csv -t '{{ email }}' -s '{{ number }}' --journal journal --report report.csv --yes";
    let process = place.command(line).start();
    until("five messages are sent", || {
        place.sandbox().accepted().len() == 5
    });
    process.signal(Signal::INT);
    let output = process.output();
    assert_eq!(output.status.code(), Some(75), "{output:?}");
    let statuses = statuses(&place);
    let rows: Vec<_> = statuses.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, (1..=20).collect::<Vec<_>>());
    let count = |status: &str| statuses.iter().filter(|(_, it)| it == status).count();
    assert_eq!(count("sent"), 5, "{statuses:?}");
    assert_eq!(count("unsent") + count("not-tried"), 15, "{statuses:?}");
    let said = text(&output.stderr);
    let hint = said.lines().last().unwrap();
    assert!(
        hint.starts_with("hint: to continue: ") && hint.ends_with(line),
        "{said}"
    );
    assert!(said.contains("graphmail: 5 sent, "), "{said}");
    place.configure("[outbox]\nper_minute = 60000\n");
    let output = place.run(line);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut subjects: Vec<usize> = (place.sandbox().accepted().iter())
        .map(|message| message.subject.parse().unwrap())
        .collect();
    subjects.sort_unstable();
    assert_eq!(subjects, (1..=20).collect::<Vec<_>>());
}
