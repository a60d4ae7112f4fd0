//! `graphmail merge`: a data file, templates, and one message for each row.

mod comparisons;
mod crash;
mod data;
mod doubts;
mod inputs;
mod interrupted;
mod killed;
mod letters;
mod order;
mod parallel;
mod reports;
mod resumed;

use graphmail::sandbox::Accepted;

use crate::support::host::{Run, World};

/// What most tests send.
const MERGE: &str = "merge --data HOME/people.csv -t '{{ email }}' -s 'Invoice {{ number }}' --body 'Dear {{ name }}' --yes";

const PEOPLE: &str =
    "email,name,number\na@example.org,Ann,1\nb@example.org,Bob,2\nc@example.org,Cat,3\n";

/// A world with three people, that sends one message after the other.
fn world() -> World {
    let world = World::ready();
    world.configure("[outbox]\nper_minute = 1000\nconcurrency = 1\n");
    drop(world.file("people.csv", PEOPLE));
    world
}

/// The recipients and the subjects of what was accepted.
fn accepted(world: &World) -> Vec<String> {
    let shown = |message: &Accepted| format!("{} {}", message.to.join(","), message.subject);
    let mut all: Vec<_> = world.sandbox().accepted().iter().map(shown).collect();
    all.sort();
    all
}

/// Demands that the run succeeds, and says only that its journal is new.
#[track_caller]
fn begins(world: &World, run: &Run) {
    assert_eq!(
        (run.status, &*run.stdout, &*told(world, &run.stderr)),
        (0, "", "graphmail: a new journal begins: JOURNAL\n")
    );
}

/// The path of the one journal in the state folder.
fn journal(world: &World) -> String {
    let folder = world.home().join(".local/state/graphmail/merge");
    let names = std::fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().path());
    let mut journals = names.filter(|path| path.extension().is_some_and(|it| it == "jsonl"));
    let path = journals.next().expect("a journal");
    path.display().to_string()
}

/// Standard error with the journal's name hidden.
fn told(world: &World, stderr: &str) -> String {
    let journal = world.hide(&journal(world));
    stderr.replace(&journal, "JOURNAL")
}
