//! One budget for all who send from a mailbox on this host.

use std::time::Duration;

use graphmail::budget::{Budget, Limits};
use graphmail::delivery::take_turn;
use graphmail::http::{Link, Patience};

use super::SEND;
use crate::support::host::World;
use crate::support::seams::Fixed;
use crate::support::transport::{Scripted, link};

#[test]
fn thirty_a_minute_and_the_next_waits_its_turn() {
    let world = World::ready();
    for _ in 0..30 {
        let run = world.run(SEND);
        assert_eq!((run.status, run.waits), (0, vec![]));
    }
    let run = world.run(SEND);
    assert_eq!((run.status, run.waits), (0, vec![60.0]));
    let run = world.run(&format!("{SEND} --max-wait 1h"));
    assert_eq!(
        (run.status, run.waits),
        (0, vec![]),
        "the window has passed"
    );
}

#[test]
fn a_wait_beyond_max_wait_ends_with_75_and_costs_no_turn() {
    let world = World::ready();
    world.configure("[outbox]\nper_minute = 1\n");
    world.run(SEND).is_silent();
    for _ in 0..2 {
        world.run(&format!("{SEND} --max-wait 59s")).failed(
            75,
            "graphmail: error: the message was not sent: this host sends as much from the mailbox as it may for now\n\
             hint: it is safe to run it again after 2026-11-20 10:01:00Z, or with a --max-wait that lasts until then\n",
        );
    }
    assert_eq!(world.run(SEND).waits, [60.0]);
    assert_eq!(world.sandbox().accepted().len(), 2);
    // Another mailbox has a budget of its own.
    assert_eq!(
        world
            .run(&format!("{SEND} --mailbox you@sandbox.example"))
            .waits,
        [0.0; 0]
    );
}

#[test]
fn a_retry_after_binds_every_process() {
    let world = World::ready();
    world.fault("POST /me/sendMail=429,retry-after=40");
    let run = world.run(&format!("{SEND} --max-wait 0"));
    assert_eq!(run.status, 75);
    world.run(&format!("{SEND} --max-wait 0")).failed(
        75,
        "graphmail: error: the message was not sent: the mailbox is throttled until 2026-11-20T10:00:40Z\n\
         hint: it is safe to run it again after 2026-11-20 10:00:40Z, or with a --max-wait that lasts until then\n",
    );
    assert_eq!(world.run(SEND).waits, [40.0]);
    assert_eq!(world.requests().len(), 2);
}

#[test]
fn a_turn_is_waited_for_beyond_the_patience_with_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let limits = Limits {
        per_minute: 1,
        ..Limits::default()
    };
    let mailbox = ("https://graph.example.org", "a@example.org");
    let budget = Budget::open(folder.path(), mailbox, limits, &seams).unwrap();
    for _ in 0..2 {
        budget.turn(|_, _| true).unwrap();
    }
    let script = Scripted::new(vec![]);
    for (turn, waits) in [(60, vec![]), (3600, vec![120.0])] {
        let patience = Patience::new(Duration::from_secs(60)).with_turn(Duration::from_secs(turn));
        let link = Link {
            patience: &patience,
            ..link(&script, &seams)
        };
        assert_eq!(take_turn(Some(&budget), &link).is_ok(), !waits.is_empty());
        assert_eq!(seams.sleeps(), waits);
        assert!(
            patience.allows(Duration::from_secs(60)),
            "none of it is spent"
        );
    }
}

#[test]
fn so_many_places_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let limits = Limits {
        concurrency: 2,
        ..Limits::default()
    };
    let mailbox = ("https://graph.example.org", "A@example.org");
    let open = || Budget::open(folder.path(), mailbox, limits, &seams).unwrap();
    let (one, other) = (open(), open());
    let first = one.place().unwrap();
    let second = other.place().unwrap();
    assert!(first.is_some() && second.is_some());
    assert!(one.place().unwrap().is_none());
    drop(first);
    assert!(other.place().unwrap().is_some());
}

#[test]
fn without_a_state_folder_a_send_goes_all_the_same() {
    let world = World::ready();
    drop(world.file(".local", "a file in its place"));
    world.run(SEND).is_silent();
    let run = world.run(&format!("{SEND} -v"));
    assert!(
        run.stderr
            .contains("the rate budget of this host cannot be kept"),
        "{run:?}"
    );
    assert_eq!(world.sandbox().accepted().len(), 2);
}

#[test]
fn a_draft_takes_its_turn_too() {
    let world = World::ready();
    world.configure("[outbox]\nper_minute = 1\n");
    let run = world.run("draft create -t a@example.org -s S --body B");
    assert_eq!(run.status, 0, "{run:?}");
    let id = run.stdout.split_whitespace().next().unwrap().to_owned();
    world.run(SEND).is_silent();
    world.run(&format!("draft send {id} --max-wait 59s")).failed(
        75,
        "graphmail: error: the draft was not sent: this host sends as much from the mailbox as it may for now\n\
         hint: it is safe to run it again after 2026-11-20 10:01:00Z, or with a --max-wait that lasts until then\n",
    );
    let run = world.run(&format!("draft send {id}"));
    assert_eq!((run.status, run.waits), (0, vec![60.0]));
    assert_eq!(world.run(SEND).waits, [60.0]);
    assert_eq!(world.sandbox().accepted().len(), 3);
}
