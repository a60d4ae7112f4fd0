//! A run is ended at each of its steps, as by a power cut, and the next runs find what is there.

use std::fmt::Write as _;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{SEND, cut, later, states};
use crate::support::expected;
use crate::support::host::World;

/// A world with a message for one request and one for a draft.
fn world() -> World {
    let world = World::ready();
    drop(world.file("large.bin", vec![b'x'; 3_200_000]));
    world
}

/// Ends the run of `line` at each of its steps, in a world that `before` has prepared, and shows
/// what is there then, and what two flushes make of it.
fn cut_everywhere(line: &str, before: impl Fn(&World), lost_until: &str) -> String {
    let mut table = String::new();
    for step in 1.. {
        let world = world();
        before(&world);
        world.steps.end_at(step);
        let run = catch_unwind(AssertUnwindSafe(|| world.run(line)));
        let reached = world.steps.reached_so_far();
        world.steps.end_at(0);
        if let Ok(run) = run {
            assert_eq!(run.status, 0, "{run:?}");
            assert!(step > 5, "steps: {reached:?}");
            assert_eq!(states(&world), [""; 0]);
            assert_eq!(world.sandbox().accepted().len(), 1);
            return table;
        }
        let found = (world.sandbox().accepted().len(), states(&world));
        for _ in 0..2 {
            later(&world, 2);
            drop(world.run("outbox flush"));
        }
        let accepted = world.sandbox().accepted().len();
        let kept = states(&world);
        let name = reached.last().unwrap();
        let _ = writeln!(
            table,
            "{step:2} {name}: accepted {}, outbox {:?}; flush: accepted {accepted}, outbox {kept:?}, drafts {}",
            found.0,
            found.1,
            world.sandbox().drafts().len(),
        );
        assert!(accepted <= 1, "{table}doubled");
        let promised = reached.iter().filter(|name| **name == lost_until).count() > 0;
        assert!(
            accepted == 1 || kept == ["doubtful"] || !promised,
            "{table}lost"
        );
        assert_eq!(
            std::fs::read_dir(world.home().join(".local/state/graphmail/outbox/tmp"))
                .unwrap()
                .count(),
            0
        );
    }
    table
}

#[test]
fn a_send_that_keeps_first() {
    let line = format!("{SEND} --queue always");
    expected::compare("outbox/crash.txt", cut_everywhere(&line, |_| {}, "moved"));
}

#[test]
fn a_send_of_a_draft_that_keeps_first() {
    let line = format!("{SEND} --attach HOME/large.bin --queue always");
    expected::compare(
        "outbox/crash-draft.txt",
        cut_everywhere(&line, |_| {}, "moved"),
    );
}

#[test]
fn a_flush() {
    let before = |world: &World| {
        world.fault("POST /me/sendMail=429,retry-after=600");
        let run = world.run(&format!("{SEND} --queue always"));
        assert_eq!((run.status, states(world)), (0, vec!["new".to_owned()]));
        later(world, 10);
    };
    let table = cut_everywhere("outbox flush", before, "about to move");
    expected::compare("outbox/crash-flush.txt", table);
}

/// What no sync has made durable may be undone: the move of an entry from `new` to `busy`, and its removal.
#[test]
fn a_flush_whose_changes_are_undone() {
    for (from, to) in [("busy", "new"), ("sent", "busy"), ("sent", "new")] {
        for step in 1.. {
            let world = world();
            world.fault("POST /me/sendMail=429,retry-after=600");
            assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
            later(&world, 10);
            let outbox = world.home().join(".local/state/graphmail/outbox");
            let [busy, sent] = ["busy", "sent"].map(|name| outbox.join(name));
            fs::create_dir(&sent).unwrap();
            world.steps.at("about to remove", move || {
                for entry in fs::read_dir(busy).unwrap() {
                    let entry = entry.unwrap();
                    fs::hard_link(entry.path(), sent.join(entry.file_name())).unwrap();
                }
            });
            if cut(&world, "outbox flush", step).is_some() {
                assert!(step > 5, "{step} steps");
                break;
            }
            for entry in fs::read_dir(outbox.join(from)).unwrap() {
                let entry = entry.unwrap();
                let place = outbox.join(to).join(entry.file_name());
                fs::rename(entry.path(), place).unwrap();
                // Another name of a file that was not removed.
                if from == "sent" && to != "busy" {
                    drop(fs::remove_file(outbox.join("busy").join(entry.file_name())));
                }
            }
            for _ in 0..2 {
                later(&world, 2);
                drop(world.run("outbox flush"));
            }
            let (accepted, kept) = (world.sandbox().accepted().len(), states(&world));
            assert!(
                accepted == 1 && kept.is_empty() || accepted == 0 && kept == ["doubtful"],
                "{from} {to} {step}: accepted {accepted}, outbox {kept:?}"
            );
        }
    }
}

/// The same command again, as a script does that was cut off.
#[test]
fn a_send_under_a_key_and_its_repetition() {
    for queue in ["never", "on-failure", "always"] {
        let line = format!("{SEND} --queue {queue} --idempotency-key k");
        for step in 1.. {
            let world = world();
            if cut(&world, &line, step).is_some() {
                break;
            }
            let again = world.run(&line);
            later(&world, 2);
            drop(world.run("outbox flush"));
            let accepted = world.sandbox().accepted().len();
            assert!(accepted <= 1, "{queue} {step}: sent {accepted} times");
            if again.status == 0 {
                assert_eq!(accepted, 1, "{queue} {step}: {again:?}");
            } else {
                assert_eq!(again.status, 76, "{queue} {step}: {again:?}");
            }
        }
    }
}

/// A draft that cannot be deleted is named, whether its id was noted or not.
#[test]
fn a_draft_that_stays_is_named() {
    for (step, at, deletions) in [(8, "the draft is created", 2), (10, "noted", 1)] {
        let world = world();
        let line = format!("{SEND} --attach HOME/large.bin --queue always");
        world.steps.end_at(step);
        assert!(catch_unwind(AssertUnwindSafe(|| world.run(&line))).is_err());
        assert_eq!(world.steps.reached_so_far().last(), Some(&at));
        world.steps.end_at(0);
        world.fault(&format!("DELETE /me/messages/*=403,times={deletions}"));
        let run = world.run("outbox flush");
        assert_eq!(run.status, 0, "{run:?}");
        let listed = world.run("draft list").stdout;
        let id = listed.split(' ').next().unwrap();
        assert!(
            run.stderr.ends_with(&format!(
                "has left a draft in the mailbox: graphmail draft delete {id}\n"
            )),
            "{at}: {run:?} {listed}"
        );
        assert_eq!(states(&world), [""; 0]);
        assert_eq!(world.sandbox().accepted().len(), 1);
    }
}

/// A draft that is gone was sent, or somebody deleted it: Sent Items decides.
#[test]
fn a_draft_that_is_gone_proves_nothing() {
    for (fault, status) in [("500,process=yes", 0), ("500", 76)] {
        let world = world();
        world.fault(&format!("POST /me/messages/*/send={fault}"));
        world.fault("GET /me/messages/*=404,code=ErrorItemNotFound");
        let run = world.run(&format!("{SEND} --attach HOME/large.bin"));
        assert_eq!(run.status, status, "{fault}: {run:?}");
        let sent = usize::from(status == 0);
        assert_eq!(world.sandbox().accepted().len(), sent, "{fault}");
    }
}
