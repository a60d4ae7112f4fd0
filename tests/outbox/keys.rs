//! One message for each idempotency key of an account.

use std::time::Duration;

use serde_json::json;

use super::{SEND, id, later, states};
use crate::support::host::World;

const DAY: Duration = Duration::from_hours(24);

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
