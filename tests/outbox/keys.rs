//! One message for each idempotency key of an account.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use graphmail::outbox::{KeyLookup, KeyState, Outbox};
use graphmail::seams::Seams as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{SEND, id, later, states};
use crate::support::host::World;
use crate::support::seams::Fixed;

const DAY: Duration = Duration::from_hours(24);

fn folder(world: &World) -> PathBuf {
    world.home().join(".local/state/graphmail/outbox/keys")
}

/// The files of the journal that have records, and what is in them.
fn journal(world: &World) -> Vec<(PathBuf, String)> {
    let mut found: Vec<_> = (fs::read_dir(folder(world)).unwrap())
        .map(|file| file.unwrap().path())
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .filter(|(path, text)| !path.ends_with("pruned") && !text.is_empty())
        .collect();
    found.sort();
    found
}

fn hash(key: &str) -> String {
    format!("{:x}", Sha256::digest(format!("environment\0{key}")))
}

fn sent(world: &World) -> usize {
    world.sandbox().accepted().len()
}

#[test]
fn a_key_sends_once_and_a_repeat_says_so() {
    let world = World::ready();
    let line = format!("{SEND} --idempotency-key nightly");
    world.run(&line).is_silent();
    world.run(&line).failed(
        0,
        "graphmail: nothing was sent: a message with this idempotency key was sent on 2026-11-20T10:00:00Z\n",
    );
    assert_eq!(
        world.run(&format!("{line} --json")).json(),
        json!({"ok": true, "status": "duplicate", "sent": "2026-11-20T10:00:00Z"})
    );
    assert_eq!(sent(&world), 1);
    world
        .run(&format!("{SEND} --idempotency-key other"))
        .is_silent();
    assert_eq!(sent(&world), 2);
}

#[test]
fn a_key_is_free_again_when_nothing_was_sent() {
    for fault in ["400", "401", "429,retry-after=600"] {
        for queue in ["never", "always"] {
            let world = World::ready();
            world.fault(&format!("POST /me/sendMail={fault}"));
            let line = format!("{SEND} --idempotency-key k --queue {queue}");
            let first = world.run(&line);
            later(&world, 10);
            let again = world.run(&line);
            let flushed = world.run("outbox flush");
            assert_eq!(
                (again.status, flushed.status),
                (0, 0),
                "{fault} {queue} {first:?}"
            );
            assert_eq!(sent(&world), 1, "{fault} {queue}");
        }
    }
}

#[test]
fn a_key_whose_message_may_have_been_sent_is_settled_or_said() {
    for (fault, status) in [("reset-after", 0), ("reset-before", 76)] {
        for queue in ["never", "on-failure", "always"] {
            let world = World::ready();
            world.fault(&format!("POST /me/sendMail={fault}"));
            let line = format!("{SEND} --idempotency-key k --queue {queue}");
            assert_eq!(world.run(&line).status, 76);
            if queue != "never" {
                // The entry's doubt is the outbox's to settle.
                assert_eq!(world.run(&line).status, 76);
                later(&world, 2);
                drop(world.run("outbox flush"));
            }
            let again = world.run(&line);
            assert_eq!(again.status, status, "{fault} {queue} {again:?}");
            assert_eq!(sent(&world), usize::from(fault == "reset-after"));
        }
    }
}

#[test]
fn a_key_in_the_outbox_is_not_sent_beside_it() {
    let world = World::ready();
    world.fault("POST /me/sendMail=429,retry-after=600");
    let line = format!("{SEND} --idempotency-key k --queue on-failure");
    assert_eq!(world.run(&line).status, 0);
    let id = id(&world);
    world
        .run(&line)
        .failed(0, &format!("graphmail: queued in the outbox as {id}\n"));
    later(&world, 10);
    world.run("outbox flush").is_silent();
    let again = world.run(&line);
    assert!(again.stderr.contains("nothing was sent"), "{again:?}");
    assert_eq!(sent(&world), 1);
}

#[test]
fn a_failed_entry_whose_key_was_used_since_is_not_sent_too() {
    let world = World::ready();
    world.fault("POST /me/sendMail=400");
    let line = format!("{SEND} --idempotency-key k --queue always");
    assert_eq!(world.run(&line).status, 65);
    let failed = id(&world);
    world.run(&line).is_silent();
    world.run(&format!("outbox retry {failed}")).failed(
        64,
        &format!(
            "graphmail: error: another message was sent with the idempotency key of {failed}\n\
             hint: graphmail outbox drop {failed}\n"
        ),
    );
    assert_eq!(states(&world), ["failed"]);
    assert_eq!(sent(&world), 1);
}

#[test]
fn a_doubtful_entry_that_is_dropped_leaves_its_doubt() {
    let world = World::ready();
    world.fault("POST /me/sendMail=reset-before");
    let line = format!("{SEND} --idempotency-key k --queue always");
    assert_eq!(world.run(&line).status, 76);
    world
        .run(&format!("outbox drop {}", id(&world)))
        .is_silent();
    world.run(&line).failed(
        76,
        "graphmail: error: a message with this idempotency key may have been sent\n\
         hint: look in Sent Items; then: send it again with another key if it is not there\n",
    );
}

#[test]
fn keys_are_forgotten_after_their_time() {
    let world = World::ready();
    let line = format!("{SEND} --idempotency-key k");
    let days = |days: usize| {
        for _ in 0..days {
            world.clock.advance(DAY);
            world.run("outbox flush").is_silent();
        }
    };
    world.run(&line).is_silent();
    days(29);
    assert!(!world.run(&line).stderr.is_empty());
    days(1);
    world.run(&line).is_silent();
    assert_eq!(sent(&world), 2);
    world.configure("[outbox]\nkey_days = 2\n");
    days(3);
    world.run(&line).is_silent();
    assert_eq!(sent(&world), 3);
}

/// A clock may be set, in both directions, before and after the key is used.
#[test]
fn a_clock_that_is_set_forgets_no_key() {
    for is_ahead in [true, false] {
        let world = World::ready();
        let set = |is_ahead| match is_ahead {
            true => world.clock.advance(DAY * 400),
            false => world.clock.set_back(DAY * 400),
        };
        world
            .run(&format!("{SEND} --idempotency-key before"))
            .is_silent();
        set(is_ahead);
        world
            .run(&format!("{SEND} --idempotency-key meanwhile"))
            .is_silent();
        world.run("outbox flush").is_silent();
        set(!is_ahead);
        world.clock.advance(DAY * 2);
        world.run("outbox flush").is_silent();
        for key in ["before", "meanwhile"] {
            let again = world.run(&format!("{SEND} --idempotency-key {key}"));
            assert!(again.stderr.contains("nothing was sent"), "{key} {again:?}");
        }
        assert_eq!(sent(&world), 2);
    }
}

/// A variable that is not set makes an empty key, which all mail would share.
#[test]
fn an_empty_key_is_refused() {
    let world = World::ready();
    for key in ["''", "' '", "\"\t \""] {
        let run = world.run(&format!("{SEND} --idempotency-key {key}"));
        assert_eq!(run.status, 64, "{run:?}");
        assert!(
            run.stderr
                .contains("the key is empty; is a variable unset?"),
            "{run:?}"
        );
    }
    assert_eq!(world.requests(), [""; 0]);
}

/// A process is killed while it appends a record.
#[test]
fn an_incomplete_record_is_cut_off() {
    let world = World::ready();
    let line = format!("{SEND} --idempotency-key k");
    world.run(&line).is_silent();
    let [(path, text)] = journal(&world).try_into().unwrap();
    let torn = text.clone() + text.lines().next().unwrap();
    fs::write(&path, torn).unwrap();
    let again = world.run(&line);
    assert!(again.stderr.contains("nothing was sent"), "{again:?}");
    world.clock.advance(DAY);
    world.run("outbox flush").is_silent();
    // One record of the key is left.
    let last = text.lines().last().unwrap();
    assert_eq!(journal(&world), [(path, format!("{last}\n"))]);
    assert_eq!(sent(&world), 1);
}

#[test]
fn a_record_after_an_incomplete_one_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let root = folder.path().join("outbox");
    let outbox = Outbox::open(&root, &seams).unwrap();
    let keys = outbox.keys().unwrap();
    let file = root.join(format!("keys/journal-{}", &hash("k")[..1]));
    fs::write(&file, "0123").unwrap();
    keys.set_state("environment", "k", KeyState::Sent).unwrap();
    let known = keys.look_up("environment", "k").unwrap();
    assert!(matches!(known, KeyLookup::Sent(at) if at.to_string() == "2026-11-20T10:00:00Z"));
    let text = fs::read_to_string(file).unwrap();
    assert!(text.starts_with(&hash("k")[..24]), "{text}");
}

/// Nobody knows what the record said, so its key is in doubt. Other keys go on.
#[test]
fn a_damaged_record_concerns_its_own_key_alone() {
    let world = World::ready();
    let line = |key: &str| format!("{SEND} --idempotency-key {key}");
    world.run(&line("k")).is_silent();
    let [(path, text)] = journal(&world).try_into().unwrap();
    fs::write(&path, text.replace("sent", "gent") + "\u{0}\u{0}\n").unwrap();
    let is_in_doubt = || {
        world.run(&line("k")).failed(
            76,
            "graphmail: error: a message with this idempotency key may have been sent\n\
             hint: look in Sent Items; then: send it again with another key if it is not there\n",
        );
    };
    is_in_doubt();
    let warning = format!(
        "graphmail: warning: {} is damaged: if a message was sent with this key before, it is sent again\n",
        path.display()
    );
    let mut warned = 0;
    for number in 0..40 {
        let run = world.run(&line(&format!("other-{number}")));
        assert_eq!((run.status, &*run.stdout), (0, ""));
        let is_warned = !run.stderr.is_empty();
        assert!(!is_warned || run.stderr == world.hide(&warning), "{run:?}");
        warned += usize::from(is_warned);
        later(&world, 1);
    }
    // Those of the same file.
    assert!((1..10).contains(&warned), "{warned} warnings");
    world.clock.advance(DAY);
    world.run("outbox flush").failed(
        0,
        "graphmail: warning: damaged records of idempotency keys: 2; look in Sent Items before you use an old key again\n",
    );
    world.clock.advance(DAY);
    world.run("outbox flush").is_silent();
    is_in_doubt();
    assert_eq!(sent(&world), 41);
}

/// Older versions wrote a file for each key, and left its lock.
#[test]
fn keys_of_an_older_version_count_and_are_moved() {
    let world = World::ready();
    let line = |key: &str| format!("{SEND} --idempotency-key {key}");
    let records = [
        ("sent", r#""state":"sent""#),
        (
            "sending",
            r#""state":"sending","begun":"2026-11-20T09:00:00Z","message_id":"<other@example.org>","draft":null"#,
        ),
        (
            "kept",
            r#""state":"kept","entry":"20261120T090000000Z01010101""#,
        ),
        ("damaged", "damaged"),
    ];
    graphmail::files::make_folder(&folder(&world)).unwrap();
    for (key, state) in records {
        let file = folder(&world).join(hash(key));
        let json = format!(
            r#"{{"version":1,"account":"environment","key":"{key}","at":"2026-11-19T09:00:00Z","in_use":"PT0S",{state}}}"#
        );
        fs::write(file.with_extension("json"), json).unwrap();
        fs::write(file.with_extension("lock"), "").unwrap();
    }
    let count = || {
        world.run(&line("sent")).failed(
            0,
            "graphmail: nothing was sent: a message with this idempotency key was sent on 2026-11-19T09:00:00Z\n",
        );
        for key in ["sending", "damaged"] {
            let run = world.run(&line(key));
            assert_eq!(run.status, 76, "{key} {run:?}");
        }
    };
    count();
    world.clock.advance(DAY);
    world.run("outbox flush").failed(
        0,
        "graphmail: warning: damaged records of idempotency keys: 1; look in Sent Items before you use an old key again\n",
    );
    count();
    // Its entry is gone, and nothing was sent.
    world.run(&line("kept")).is_silent();
    assert_eq!(sent(&world), 1);
    let names: Vec<_> = journal(&world).into_iter().map(|(path, _)| path).collect();
    let is_shard = |path: &PathBuf| path.to_str().unwrap().contains("/journal-");
    assert!(names.iter().all(is_shard), "{names:?}");
}

#[test]
fn keys_take_few_files_and_200_bytes_each() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let root = folder.path().join("outbox");
    let outbox = Outbox::open(&root, &seams).unwrap();
    let keys = outbox.keys().unwrap();
    for number in 0..300 {
        let KeyLookup::Free(mut key) = keys.look_up("a", &number.to_string()).unwrap() else {
            panic!("{number} is not free");
        };
        key.set_state(KeyState::Sending {
            begun: seams.now(),
            message_id: Some(format!("<{}@contoso.com>", seams.uuid())),
            draft: None,
        })
        .unwrap();
        if number == 0 {
            let other = keys.look_up("a", "0").unwrap();
            assert!(matches!(other, KeyLookup::Held));
        }
        key.set_state(KeyState::Sent).unwrap();
    }
    // The other file says since when keys are recorded.
    let files: Vec<_> = fs::read_dir(root.join("keys"))
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .collect();
    assert_eq!(files.len(), 17);
    let bytes: u64 = files.iter().sum();
    assert!(bytes < 200 * 300, "{bytes}");
    for _ in 0..2 {
        assert_eq!(keys.compact(DAY * 30).unwrap(), 0);
        seams.advance(DAY);
        for number in 0..300 {
            let known = keys.look_up("a", &number.to_string()).unwrap();
            assert!(matches!(known, KeyLookup::Sent(_)), "{number}");
        }
    }
}

/// A key that is free again is free for every process, also on a full disk.
#[test]
fn a_free_key_leaves_no_longer_record() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let root = folder.path().join("outbox");
    let outbox = Outbox::open(&root, &seams).unwrap();
    let keys = outbox.keys().unwrap();
    let file = root.join(format!("keys/journal-{}", {
        let hash = format!("{:x}", Sha256::digest("a\0k"));
        hash[..1].to_owned()
    }));
    let KeyLookup::Free(mut key) = keys.look_up("a", "k").unwrap() else {
        panic!("not free");
    };
    key.set_state(KeyState::Sending {
        begun: seams.now(),
        message_id: None,
        draft: None,
    })
    .unwrap();
    let length = fs::metadata(&file).unwrap().len();
    key.free().unwrap();
    assert_eq!(fs::metadata(&file).unwrap().len(), length);
    assert!(matches!(
        keys.look_up("a", "k").unwrap(),
        KeyLookup::Free(_)
    ));
    seams.advance(DAY);
    keys.compact(DAY).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().len(), 0);
}
