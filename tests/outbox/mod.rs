//! Mail that is kept on disk until Graph has taken it.

mod broken;
mod budget;
mod command;
mod crash;
mod decide;
mod disk;
mod former;
mod hold;
mod keys;
mod matrix;
mod outage;
pub mod parallel;
mod processes;
mod report;
mod routes;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use graphmail::budget::{Budget, Limits, Slot};
use graphmail::seams::Seams;

use serde_json::Value;

use crate::support::host::{Run, World};

/// The budget of a mailbox.
fn budget_of<'a>(folder: &Path, limits: Limits, seams: &'a dyn Seams) -> Budget<'a> {
    let mailbox = ("https://graph.example.org", "a@example.org");
    Budget::open(folder, mailbox, limits, seams).unwrap()
}

/// A slot, if one is free.
fn slot(budget: &Budget<'_>) -> io::Result<Option<Slot>> {
    Ok(budget.wait_for_slot(Duration::ZERO)?.ok())
}

/// A message that a lookup finds.
const SEND: &str = "send -t a@example.org -s S --body B --message-id '<mine@example.org>'";

/// What the outbox lists: state, attempts, why.
fn entries(world: &World) -> Vec<Value> {
    let listed = world.run("outbox list --json").json();
    listed["entries"].as_array().unwrap().clone()
}

/// The states of what the outbox lists.
pub(crate) fn states(world: &World) -> Vec<String> {
    let state = |entry: &Value| entry["state"].as_str().unwrap().to_owned();
    entries(world).iter().map(state).collect()
}

/// The one entry's id.
fn id(world: &World) -> String {
    let entries = entries(world);
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries[0]["id"].as_str().unwrap().to_owned()
}

/// Runs `line`, and ends the run at its step of this number, as by a power cut: then `None`.
fn cut(world: &World, line: &str, step: usize) -> Option<Run> {
    world.steps.end_at(step);
    let run = catch_unwind(AssertUnwindSafe(|| world.run(line)));
    world.steps.end_at(0);
    run.ok()
}

/// Lets so much time go by.
fn later(world: &World, minutes: u64) {
    world.clock.advance(Duration::from_mins(minutes));
}
