//! An absurd Retry-After: trusted for an hour, then one message probes.

use std::time::Duration;

use graphmail::budget::{Budget, Limits, Turn};
use graphmail::http::Throttle as _;
use graphmail::sandbox::Options;
use graphmail::seams::Seams as _;

use super::{SEND, budget_of, entries, later, states};
use crate::support::files::{add_record, last_record};
use crate::support::host::World;
use crate::support::seams::Fixed;

/// 100 years, a date, 2^64-1, and more than any number holds.
const ABSURD: [(&str, &str); 4] = [
    ("3155760000", "2126-11-21T10:00:00Z"),
    ("31 Dec 2099 23:59:59 GMT", "2099-12-31T23:59:59Z"),
    ("18446744073709551615", "9999-12-30T22:00:00Z"),
    ("999999999999999999999999999999", "9999-12-30T22:00:00Z"),
];

#[test]
fn an_absurd_wait_is_trusted_for_an_hour() {
    for (after, asked) in ABSURD {
        let world = World::ready();
        world.fault(&format!("POST /me/sendMail=429,retry-after={after}"));
        let until = "hint: it is safe to run it again after 2026-11-20T11:00:00Z, or with a --max-wait that lasts until then\n";
        let run = world.run(SEND);
        assert_eq!((run.status, run.waits), (75, vec![]), "{after}");
        assert!(run.stderr.ends_with(until), "{after}: {}", run.stderr);
        // No wait is none, whatever its number.
        world.run(SEND).failed(
            75,
            &format!("graphmail: error: the message was not sent: the mailbox is throttled until 2026-11-20T11:00:00Z\n{until}"),
        );
        let shown = world.run("status --json").json()["throttled"].clone();
        assert_eq!(
            shown,
            serde_json::json!({"mailbox": "environment", "until": "2026-11-20T11:00:00Z", "asked_until": asked, "http_status": 429}),
            "{after}"
        );
        later(&world, 59);
        assert_eq!(world.run(&format!("{SEND} --max-wait 0")).status, 75);
        later(&world, 1);
        world.run(SEND).is_silent();
        assert_eq!(
            world.run("status --json").json()["throttled"],
            serde_json::Value::Null
        );
        world.run(SEND).is_silent();
        assert_eq!(world.sandbox().accepted().len(), 2, "{after}");
    }
}

#[test]
fn after_the_hour_one_of_many_probes() {
    let world = World::ready();
    world.fault("POST /me/sendMail=429,retry-after=18446744073709551615,times=3");
    for _ in 0..5 {
        assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
    }
    assert_eq!(states(&world), ["new"; 5]);
    assert_eq!(world.requests().len(), 1, "the others wait at once");
    for asked in 2..=3 {
        later(&world, 50);
        assert_eq!(world.run("outbox flush --all").status, 75);
        assert_eq!(world.requests().len(), asked - 1);
        later(&world, 10);
        assert_eq!(world.run("outbox flush").status, 75);
        assert_eq!(world.run("outbox flush --all").status, 75);
        assert_eq!(world.requests().len(), asked, "one probe an hour");
    }
    later(&world, 60);
    assert_eq!(world.run("outbox flush").status, 0);
    assert_eq!(states(&world), [""; 0]);
    assert_eq!(world.sandbox().accepted().len(), 5);
}

#[test]
fn the_hold_is_shown_and_overridden() {
    let mut world = World::ready();
    world.fault("POST /me/sendMail=503,retry-after=3155760000,times=2");
    assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
    let hold = "mailbox environment is throttled until 2026-11-20T11:00:00Z: HTTP 503 asked to wait until \
                2126-11-21T10:00:00Z; one message then checks whether that still counts";
    let listed = world.run("outbox list");
    let (line, shown) = listed.stdout.trim_end().rsplit_once('\n').unwrap();
    assert!(
        line.contains("  new  2026-11-20T10:00:00Z  1  2026-11-20T11:00:00Z  environment  "),
        "{line}"
    );
    assert_eq!(shown, hold);
    assert_eq!(
        world.run_words(&["mailq".into()], b"").stdout,
        listed.stdout.clone() + "-- 1 Kbytes in 1 Request.\n"
    );
    assert_eq!(
        world.run("outbox list --json").json()["throttled"],
        serde_json::json!([{"mailbox": "environment", "until": "2026-11-20T11:00:00Z", "asked_until": "2126-11-21T10:00:00Z", "http_status": 503}])
    );
    let status = world.run("status").stdout;
    assert!(
        status.contains(&format!("\nthrottled     {hold}\n")),
        "{status}"
    );
    let told = format!("warn throttling     {hold}\n     fix: graphmail outbox flush --now\n");
    let doctor = world.run("doctor").stdout;
    assert!(doctor.contains(&told), "{doctor}");
    let before = world.requests().len();
    assert_eq!(world.run("outbox flush --all").status, 75);
    assert_eq!(world.requests().len(), before);
    // The service says it again, and its new word counts.
    assert_eq!(world.run("outbox flush --now").status, 75);
    assert_eq!(world.requests().len(), before + 1);
    assert_eq!(world.run("outbox flush --all").status, 75);
    assert_eq!(world.requests().len(), before + 1);
    world.run("outbox flush --now").is_silent();
    assert_eq!(states(&world), [""; 0]);
    assert_eq!(
        world.run("outbox list --json").json()["throttled"],
        serde_json::json!([])
    );
    drop(world.complaints());
}

/// What older versions noted is not obeyed for longer either: neither the ledger nor an entry.
#[test]
fn a_hold_of_an_older_version_is_cut_too() {
    let world = World::ready();
    world.fault("POST /me/sendMail=429,retry-after=60");
    assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
    let mut changed = 0;
    let mut folders = vec![world.home().join(".local/state/graphmail")];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                let mut json = last_record(&std::fs::read(&path).unwrap());
                json["not_before"] = "2099-12-31T23:59:59Z".into();
                json.as_object_mut().unwrap().remove("asked");
                match path.ends_with("ledger.json") {
                    true => std::fs::write(&path, json.to_string()).unwrap(),
                    false => add_record(&path, &json),
                }
                changed += 1;
            }
        }
    }
    assert_eq!(changed, 2);
    assert_eq!(entries(&world)[0]["not_before"], "2099-12-31T23:59:59Z");
    let run = world.run("outbox flush");
    assert_eq!(run.status, 75, "{run:?}");
    assert!(
        run.stderr
            .contains("the mailbox is throttled until 2026-11-20T11:00:00Z"),
        "{run:?}"
    );
    later(&world, 60);
    world.run("outbox flush").is_silent();
    assert_eq!(world.sandbox().accepted().len(), 1);
}

/// A probe that gets no answer, as without a network, leaves the next try to another message at once; one
/// that is killed, after an hour.
#[test]
fn a_probe_without_an_answer_is_another_messages() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let open = || budget_of(folder.path(), Limits::default(), &seams);
    let turns = |budget: &Budget<'_>| {
        matches!(
            budget.turn(|pause, _| pause.is_zero()).unwrap(),
            Turn::After { .. }
        )
    };
    let hour = Duration::from_hours(1);
    open().throttled(jiff::Timestamp::MAX, 429);
    assert!(!turns(&open()));
    seams.advance(hour);
    let probe = open();
    assert!(turns(&probe) && !turns(&open()) && !turns(&probe));
    drop(probe);
    let probe = open();
    assert!(turns(&probe) && !turns(&open()));
    std::mem::forget(probe);
    seams.advance(hour - Duration::from_secs(1));
    assert!(!turns(&open()));
    seams.advance(Duration::from_secs(1));
    let probe = open();
    assert!(turns(&probe) && !turns(&open()));
    // A short wait in answer to it takes the place of the long one.
    let soon = seams.now() + Duration::from_secs(5);
    probe.throttled(soon, 429);
    seams.advance(Duration::from_secs(5));
    assert!(turns(&open()) && turns(&open()));
    // Of several holds that are not answers to a probe the longest counts.
    let far = seams.now() + Duration::from_mins(2);
    open().throttled(far, 503);
    open().throttled(seams.now() + Duration::from_secs(1), 429);
    open().admitted();
    seams.advance(Duration::from_secs(2));
    assert!(!turns(&open()));
    open().release().unwrap();
    assert!(turns(&open()));
}

#[test]
fn turns_that_a_damaged_ledger_puts_far_off_count_for_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let mailbox = ("https://graph.example.org", "a@example.org");
    let limits = Limits::default();
    let open = || Budget::open(folder.path(), mailbox, limits, &seams).unwrap();
    assert!(matches!(
        open().turn(|_, _| true).unwrap(),
        Turn::After { .. }
    ));
    let mut found = std::fs::read_dir(folder.path()).unwrap();
    let path = found.next().unwrap().unwrap().path().join("ledger.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut ledger: serde_json::Value = serde_json::from_str(&text).unwrap();
    ledger["sent"] = vec!["2099-12-31T23:59:59Z"; 100].into();
    std::fs::write(&path, ledger.to_string()).unwrap();
    let asked = std::cell::Cell::new(Duration::ZERO);
    let turn = open().turn(|pause, _| {
        asked.set(pause);
        false
    });
    assert!(!matches!(turn.unwrap(), Turn::After { .. }));
    assert_eq!(
        asked.get(),
        Duration::from_secs(3_660),
        "an hour, and then a minute's turn"
    );
}

/// Each request to Graph that is told to wait holds the mailbox for all other requests, whatever they are for.
#[test]
fn every_request_holds_and_obeys() {
    for (fault, told) in [
        (
            "GET /me/mailFolders/drafts/messages=429,retry-after=40",
            "draft list",
        ),
        ("GET /me/messages/*=429,retry-after=40", "draft delete AAMk"),
        (
            "POST /me/messages=503,retry-after=40",
            "draft create -t a@example.org -s S",
        ),
        ("POST /me/sendMail=429,retry-after=40", SEND),
    ] {
        let world = World::ready();
        world.fault(fault);
        let until = "2026-11-20T10:00:40Z";
        let run = world.run(&format!("{told} --max-wait 0"));
        assert_eq!(run.status, 75, "{told}: {run:?}");
        let asked = world.requests().len();
        for line in [
            "draft list",
            "draft delete AAMk",
            "draft create -t a@example.org -s S",
            "draft send AAMk",
            SEND,
        ] {
            let run = world.run(&format!("{line} --max-wait 39s"));
            assert_eq!(run.status, 75, "{told}, {line}: {run:?}");
            assert!(
                run.stderr.contains(&format!("throttled until {until}\nhint: it is safe to run it again after 2026-11-20T10:00:40Z")),
                "{told}, {line}: {run:?}"
            );
        }
        let doctor = world.run("doctor").stdout;
        assert!(doctor.contains("skip mailbox"), "{doctor}");
        let unasked = world.requests().len() - asked;
        assert_eq!(unasked, 1, "{told}: only the doctor's, without a token");
        assert_eq!(world.run("draft list").waits, [40.0], "{told}");
    }
}

/// A doubt is not settled before the service can be asked, and no draft is deleted against its word.
#[test]
fn lookups_and_the_deletion_of_drafts_obey_too() {
    let world = World::ready();
    world.fault("POST /me/sendMail=504");
    assert_eq!(world.run(&format!("{SEND} --queue always")).status, 76);
    world.fault("GET /me/mailFolders/sentitems/messages=429,retry-after=600");
    assert_eq!(world.run("outbox flush --all").status, 76);
    let asked = world.requests().len();
    assert_eq!(world.run("outbox flush --all").status, 76);
    assert_eq!(world.requests().len(), asked, "no look before the time");
    assert_eq!(states(&world), ["doubtful"]);

    let world = World::ready();
    drop(world.file("big", "x".repeat(4_000_000)));
    world.fault("PUT /upload/*=503,retry-after=600");
    let large = "send -t a@example.org -s S --attach HOME/big";
    let run = world.run(&format!("{large} --max-wait 10s"));
    let id = world.sandbox().drafts()[0].immutable_id.clone();
    run.failed(
        75,
        &format!("graphmail: error: the message was not sent: uploading \"big\": HTTP 503 ErrorServerBusy: The sandbox was told to answer this.; the draft {id} is left in Drafts (request-id 99999999-9999-4999-8999-999999999999, client-request-id 04040404-0404-4404-8404-040404040404)\n\
             hint: graphmail draft delete {id}; then: it is safe to run it again after 2026-11-20T10:10:00Z, or with a --max-wait that lasts until then\n"),
    );
}

/// An account's processes share what the token endpoint asked for, and so do a login and a status.
#[test]
fn a_token_endpoint_that_is_busy_is_left_alone_by_all() {
    let mut world = World::with_client_secret();
    world.set("GRAPHMAIL_MAILBOX", "me@sandbox.example");
    for (after, seconds) in [("40", 40), ("999999999999999999999999999999", 3600)] {
        world.fault(&format!("POST /token=429,retry-after={after}"));
        assert_eq!(world.run("status --check --max-wait 0").status, 75);
        let asked = world.requests().len();
        for line in [SEND, "status --check", "draft list"] {
            let run = world.run(&format!("{line} --max-wait 39s"));
            assert_eq!(run.status, 75, "{line}: {run:?}");
            assert!(
                run.stderr.contains("are throttled until 2026-11-20T1"),
                "{line}: {run:?}"
            );
        }
        assert_eq!(world.requests().len(), asked, "{after}");
        let run = world.run("status --check --max-wait 2h");
        assert_eq!(
            (run.status, run.waits),
            (0, vec![f64::from(seconds)]),
            "{after}"
        );
    }
    // A queued message is tried again at that time.
    world.fault("POST /token=503,retry-after=600");
    assert_eq!(world.run(&format!("{SEND} --queue always")).status, 0);
}

/// The least permission to read is enough to settle a doubt; without one, the missing one is named.
#[test]
fn a_doubt_is_settled_with_the_least_permission() {
    for (permission, status, left, said) in [
        ("Mail.ReadBasic", 0, 0, ""),
        ("Mail.Read", 0, 0, ""),
        ("Mail.ReadWrite", 0, 0, ""),
        (
            "User.Read",
            76,
            1,
            "the mailbox could not be searched at 2026-11-20T10:02:00Z; that requires Mail.ReadBasic\n",
        ),
    ] {
        let mut world = World::with(Options {
            permissions: ["Mail.Send", permission].map(str::to_owned).into(),
            ..Options::default()
        });
        let token = world.sandbox().ready_token();
        world.set("GRAPHMAIL_ACCESS_TOKEN", &token);
        world.fault("POST /me/sendMail=504,process=yes");
        assert_eq!(world.run(&format!("{SEND} --queue always")).status, 76);
        later(&world, 2);
        let run = world.run("outbox flush");
        assert_eq!(run.status, status, "{permission}: {run:?}");
        assert!(run.stderr.ends_with(said), "{permission}: {run:?}");
        assert_eq!(states(&world).len(), left, "{permission}");
        assert_eq!(world.sandbox().accepted().len(), 1);
    }
}

/// Without a place for the ledger, a process still obeys what it was told itself.
#[test]
fn a_wait_that_cannot_be_recorded_binds_this_process() {
    let world = World::ready();
    drop(world.file(".local/state", "a file where the folder would be"));
    drop(world.file("big", "x".repeat(4_000_000)));
    world.fault("PUT /upload/*=503,retry-after=600");
    let run = world.run("send -t a@example.org -s S --attach HOME/big --max-wait 10s");
    assert_eq!(run.status, 75, "{run:?}");
    assert_eq!(world.sandbox().drafts().len(), 1, "it is not deleted yet");
    assert!(run.stderr.contains("is left in Drafts"), "{run:?}");
    assert!(
        !world
            .requests()
            .iter()
            .any(|line| line.starts_with("DELETE"))
    );
    // It is trusted for an hour, too.
    world.clock.advance(Duration::from_mins(10));
    world.fault("POST /me/sendMail=429,retry-after=3155760000");
    let run = world.run(&format!("{SEND} --max-wait 2h"));
    assert_eq!((run.status, run.waits), (0, vec![3600.0]));
}
