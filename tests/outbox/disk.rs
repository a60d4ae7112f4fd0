//! The disk refuses the outcome of an attempt: what the caller is told is what the next flush does.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{SEND, id, later, states};
use crate::support::expected;
use crate::support::host::World;

/// What Graph answers.
const FAULTS: [&str; 4] = ["202,process=yes", "400", "429,retry-after=600", "500"];

/// Nothing can be begun or removed.
fn refuse_removal(outbox: &Path) {
    fs::remove_dir_all(outbox.join("tmp")).unwrap();
    fs::write(outbox.join("tmp"), "").unwrap();
    fs::rename(outbox.join("busy"), outbox.join("gone")).unwrap();
}

/// The disk takes everything again.
fn repair(outbox: &Path) {
    if outbox.join("tmp").is_file() {
        fs::remove_file(outbox.join("tmp")).unwrap();
        fs::rename(outbox.join("gone"), outbox.join("busy")).unwrap();
    }
}

#[test]
fn the_report_agrees_with_the_next_flush() {
    let mut table = String::new();
    for queue in ["on-failure", "always"] {
        for removable in [true, false] {
            for fault in FAULTS {
                let world = World::ready();
                // The outbox is there.
                world
                    .run("send -t a@example.org --queue always")
                    .is_silent();
                let before = world.sandbox().accepted().len();
                world.fault(&format!("POST /me/sendMail={fault}"));
                let outbox = world.home().join(".local/state/graphmail/outbox");
                world.steps.refuse_notes_at("answered", {
                    let outbox = outbox.clone();
                    move || {
                        if !removable {
                            refuse_removal(&outbox);
                        }
                    }
                });
                let run = world.run(&format!("{SEND} --queue {queue} --idempotency-key k"));
                repair(&outbox);
                world.steps.repair();
                later(&world, 2);
                let flush = world.run("outbox flush");
                let accepted = world.sandbox().accepted().len() - before;
                let place = if removable {
                    ""
                } else {
                    ", nothing can be removed"
                };
                let told = world.hide(run.stderr.trim_end());
                let _ = writeln!(
                    table,
                    "{fault} {queue}{place}: exit {}; flush: exit {}, accepted {accepted}, outbox {:?}\n  {}",
                    run.status,
                    flush.status,
                    states(&world),
                    told.replace('\n', "\n  "),
                );
                assert!(accepted <= 1, "{table}doubled");
                assert!(
                    run.status == 0 || fault == "500" || accepted == 0,
                    "{table}sent after it was said to be not sent"
                );
                let kept = !states(&world).is_empty();
                assert!(run.status != 0 || accepted == 1 || kept, "{table}lost");
            }
        }
    }
    expected::compare("outbox/disk.txt", table);
}

/// An attachment changes or disappears after the message was kept.
#[test]
fn a_kept_message_is_sent_with_its_own_copy() {
    let world = World::ready();
    let file = world.file("large.bin", vec![b'x'; 3_200_000]);
    world
        .steps
        .at("moved", move || fs::remove_file(file).unwrap());
    world
        .run(&format!("{SEND} --attach HOME/large.bin --queue always"))
        .is_silent();
    assert_eq!(world.sandbox().accepted().len(), 1);
}

#[test]
fn what_killed_processes_leave_is_removed() {
    let world = World::ready();
    world.fault("POST /me/sendMail=429,retry-after=600,times=2");
    let line = format!("{SEND} --queue always --max-wait 0 --idempotency-key k");
    let kept = world.run(&line);
    assert_eq!(kept.status, 0, "{kept:?}");
    later(&world, 1);
    let state = world.home().join(".local/state/graphmail");
    let entry = fs::read_dir(state.join("outbox/new"))
        .unwrap()
        .next()
        .unwrap();
    let ledger = fs::read_dir(state.join("rate")).unwrap().next().unwrap();
    let id = entry.unwrap().path();
    let places = [
        state.join("outbox/keys"),
        state.join("outbox/new"),
        ledger.unwrap().path(),
    ];
    let old = SystemTime::now() - Duration::from_secs(2 * 3600);
    for place in &places {
        for (name, is_old) in [(".tmpOld", true), (".tmpNew", false), ("other", true)] {
            let file = fs::File::create(place.join(name)).unwrap();
            if is_old {
                file.set_modified(old).unwrap();
            }
        }
    }
    let outbox = state.join("outbox");
    let (abandoned, orphan) = ("20261120T090000000Z01010101", "20261120T090000000Z02020202");
    fs::write(outbox.join(format!("tmp/{abandoned}.json")), "").unwrap();
    // A file system without a journal may leave something else.
    let file = outbox.join("contents/20261120T090000000Z03030303");
    fs::write(file, "x").unwrap();
    for id in [abandoned, orphan] {
        fs::create_dir(outbox.join("contents").join(id)).unwrap();
        fs::write(outbox.join(format!("contents/{id}/message")), "x").unwrap();
    }
    drop(world.run("outbox flush --now --max-wait 0"));
    for place in &places {
        assert!(!place.join(".tmpOld").exists(), "{}", place.display());
        assert!(place.join(".tmpNew").exists(), "{}", place.display());
        assert!(place.join("other").exists(), "{}", place.display());
    }
    assert!(id.exists());
    for folder in ["tmp", "contents"] {
        assert_eq!(fs::read_dir(outbox.join(folder)).unwrap().count(), 0);
    }
}

/// A world with a message of 20,000 bytes that waits, and its outbox and id.
fn waiting() -> (World, PathBuf, String) {
    let world = World::ready();
    drop(world.file("long.txt", "x".repeat(20_000)));
    world.fault("POST /me/sendMail=429,retry-after=600");
    let line = "send -t a@example.org -s S --body-file HOME/long.txt --queue always --max-wait 0";
    assert_eq!(world.run(line).status, 0);
    later(&world, 11);
    let outbox = world.home().join(".local/state/graphmail/outbox");
    let id = id(&world);
    (world, outbox, id)
}

/// After a power cut, a file system without a journal may have both names of a file that was moved.
#[test]
fn a_file_with_two_names_is_one_entry() {
    for (state, place) in [("tmp", "new"), ("new", "busy"), ("new", "doubtful")] {
        let (world, outbox, id) = waiting();
        let file = |folder: &str| outbox.join(folder).join(format!("{id}.json"));
        if place != "new" {
            fs::rename(file("new"), file(place)).unwrap();
        }
        fs::hard_link(file(place), file(state)).unwrap();
        for _ in 0..3 {
            drop(world.run("outbox flush"));
            later(&world, 11);
        }
        assert_eq!(world.sandbox().accepted().len(), 1, "{state} {place}");
        let left = ["tmp", "new", "busy"].map(file).map(|file| file.exists());
        assert_eq!(left, [false; 3], "{state} {place}");
    }
}

/// Two files of one id, as from a backup that was copied back: neither takes the other's place.
#[test]
fn of_two_entries_with_one_id_none_is_lost() {
    let (world, outbox, id) = waiting();
    let file = |folder: &str| outbox.join(folder).join(format!("{id}.json"));
    let doubtful = fs::read_to_string(file("new")).unwrap();
    let doubtful = doubtful.replace(
        "{\"step\":\"untouched\"}",
        "{\"step\":\"sending\",\"draft\":null}",
    );
    fs::write(file("busy"), &doubtful).unwrap();
    world.run("outbox flush").failed(
        73,
        &format!(
            "graphmail: {id} kept: moving HOME/.local/state/graphmail/outbox/new/{id}.json: File exists (os error 17)\n"
        ),
    );
    assert_eq!(world.sandbox().accepted().len(), 0);
    assert_eq!(fs::read_to_string(file("busy")).unwrap(), doubtful);
}
