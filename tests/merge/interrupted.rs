//! Ctrl-C: what is in flight ends, and the same command continues.

use rustix::process::Signal;

use crate::support::process::{Bounded as _, until};
use crate::support::program::{Place, text};

#[test]
fn an_interrupted_merge_continues() {
    let place = Place::new();
    // After five messages, the others wait for their turn.
    place.configure("[outbox]\nper_minute = 5\n");
    let people: String = (1..=20)
        .map(|row| format!("p{row}@example.org,{row}\n"))
        .collect();
    drop(place.file("people.csv", &format!("email,number\n{people}")));
    let line = "merge --data people.csv -t '{{ email }}' -s '{{ number }}' --journal journal --yes";
    let process = place.command(line).start();
    until("five messages are sent", || {
        place.sandbox().accepted().len() == 5
    });
    process.signal(Signal::INT);
    let output = process.output();
    assert_eq!(output.status.code(), Some(75), "{output:?}");
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
