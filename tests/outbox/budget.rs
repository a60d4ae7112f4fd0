//! One budget for all who send from a mailbox on this host.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use graphmail::budget::{Budget, Limits, Threads, Turn};
use graphmail::delivery::take_turn;
use graphmail::http::{Busy, Link, Throttle as _, WaitBudget};
use graphmail::sandbox::Options;
use graphmail::seams::Seams;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{SEND, budget_of, entries, later, slot};
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
            "graphmail: error: the message was not sent: the send limit of this host for the mailbox is reached for now\n\
             hint: it is safe to run it again after 2026-11-20T10:01:00Z, or with a --max-wait that lasts until then\n",
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
fn an_entry_that_waits_for_the_send_limit_of_the_host_says_so() {
    let world = World::ready();
    world.configure("[outbox]\nper_minute = 1\n");
    world.run(SEND).is_silent();
    let run = world.run(&format!("{SEND} --queue always --max-wait 0"));
    assert_eq!(run.status, 0, "{run:?}");
    let reason = "the send limit of this host for the mailbox is reached for now";
    let run = world.run("outbox list");
    let wanted = format!("\n    ({reason})\n");
    assert!(run.stdout.ends_with(&wanted), "{}", run.stdout);
    // The error of an attempt stays.
    later(&world, 2);
    world.fault("POST /me/sendMail=500");
    let run = world.run("outbox flush");
    assert_eq!(run.status, 76, "{run:?}");
    assert!(!world.run("outbox list").stdout.contains(reason));
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
         hint: it is safe to run it again after 2026-11-20T10:00:40Z, or with a --max-wait that lasts until then\n",
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
    let budget = budget_of(folder.path(), limits, &seams);
    for _ in 0..2 {
        budget.turn(|_, _| true).unwrap();
    }
    let script = Scripted::new(vec![]);
    for (turn, slept) in [(60, vec![]), (3600, vec![120.0])] {
        let waits =
            WaitBudget::new(Duration::from_secs(60)).with_queueing(Duration::from_secs(turn));
        let link = Link {
            waits: &waits,
            ..link(&script, &seams)
        };
        assert_eq!(take_turn(Some(&budget), &link).is_ok(), !slept.is_empty());
        assert_eq!(seams.sleeps(), slept);
        assert!(waits.allows(Duration::from_secs(60)), "none of it is spent");
    }
}

#[test]
fn the_concurrency_of_a_mailbox_is_limited() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let limits = Limits {
        concurrency: 2,
        ..Limits::default()
    };
    let mailbox = ("https://graph.example.org", "A@example.org");
    let open = || Budget::open(folder.path(), mailbox, limits, &seams).unwrap();
    let (one, other) = (open(), open());
    let first = slot(&one).unwrap();
    let second = slot(&other).unwrap();
    assert!(first.is_some() && second.is_some());
    assert!(slot(&one).unwrap().is_none());
    drop(first);
    assert!(slot(&other).unwrap().is_some());
}

/// Seams in which something happens while a process waits.
pub(super) struct Meanwhile<'a>(pub(super) &'a Fixed, pub(super) Mutex<Option<Happens<'a>>>);

pub(super) type Happens<'a> = Box<dyn FnOnce() + Send + 'a>;

impl Seams for Meanwhile<'_> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, pause: Duration) {
        self.0.sleep(pause);
        let happens = self.1.lock().unwrap().take();
        if let Some(happens) = happens {
            happens();
        }
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    fn random(&self, bytes: &mut [u8]) {
        self.0.random(bytes);
    }
}

#[test]
fn a_throttle_applies_to_processes_that_wait_for_a_slot() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let limits = Limits {
        concurrency: 1,
        ..Limits::default()
    };
    let sending = budget_of(folder.path(), limits, &seams);
    let place = slot(&sending).unwrap();
    let throttled = || {
        let until = seams.now().checked_add(Duration::from_secs(40)).unwrap();
        let sending = budget_of(folder.path(), limits, &seams);
        sending.throttled(until, 429);
        drop(place);
    };
    let meanwhile = Meanwhile(&seams, Mutex::new(Some(Box::new(throttled))));
    let waiting = budget_of(folder.path(), limits, &meanwhile);
    let script = Scripted::new(vec![]);
    let waits = WaitBudget::new(Duration::from_secs(60)).with_queueing(Duration::from_secs(60));
    let link = Link {
        waits: &waits,
        seams: &meanwhile,
        ..link(&script, &seams)
    };
    assert!(take_turn(Some(&waiting), &link).is_ok());
    assert_eq!(seams.sleeps(), [0.1, 40.0]);
}

/// A slot of this process's own messages is taken at once when it is free. That wait does not count, and a throttle of
/// the other message applies.
#[test]
fn a_throttle_applies_to_threads_that_wait_for_a_slot() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let limits = Limits {
        concurrency: 1,
        ..Limits::default()
    };
    let mailbox = ("https://graph.example.org", "a@example.org");
    let threads = Arc::new(Threads::default());
    let sending = Budget::open(folder.path(), mailbox, limits, &seams).unwrap();
    let sending = sending.with_threads(&threads);
    let place = Mutex::new(slot(&sending).unwrap());
    let busy = |budget: &Budget<'_>| budget.wait_for_slot(Duration::ZERO).unwrap().err();
    let process = Budget::open(folder.path(), mailbox, limits, &seams).unwrap();
    assert_eq!(busy(&process), Some(Busy::Elsewhere));
    let thread = Budget::open(folder.path(), mailbox, limits, &seams).unwrap();
    let thread = thread.with_threads(&threads);
    assert_eq!(busy(&thread), Some(Busy::Here));
    // A long pause ends when the slot is free.
    std::thread::scope(|scope| {
        scope.spawn(|| drop(place.lock().unwrap().take()));
        let hour = Duration::from_hours(1);
        while thread.wait_for_slot(hour).unwrap().is_err() {}
    });
    let throttled = || {
        let until = seams.now().checked_add(Duration::from_secs(40)).unwrap();
        let sending = Budget::open(folder.path(), mailbox, limits, &seams).unwrap();
        sending.with_threads(&threads).throttled(until, 429);
        drop(place.lock().unwrap().take());
    };
    *place.lock().unwrap() = slot(&sending).unwrap();
    let looks = Looks(&seams, Mutex::new((0, Some(Box::new(throttled)))));
    let waiting = Budget::open(folder.path(), mailbox, limits, &looks).unwrap();
    let waiting = waiting.with_threads(&threads);
    let script = Scripted::new(vec![]);
    let waits = WaitBudget::new(Duration::from_secs(60)).with_queueing(Duration::ZERO);
    let link = Link {
        waits: &waits,
        seams: &looks,
        ..link(&script, &seams)
    };
    assert!(take_turn(Some(&waiting), &link).is_ok());
    assert_eq!(seams.sleeps(), [40.0]);
}

/// Seams in which something happens when a thread that waits looks whether to stop, after it did so before its turn.
struct Looks<'a>(&'a Fixed, Mutex<(u32, Option<Happens<'a>>)>);

impl Seams for Looks<'_> {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, pause: Duration) {
        self.0.sleep(pause);
    }

    fn interrupted(&self) -> bool {
        let mut looks = self.1.lock().unwrap();
        looks.0 += 1;
        if looks.0 == 3
            && let Some(happens) = looks.1.take()
        {
            happens();
        }
        false
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    fn random(&self, bytes: &mut [u8]) {
        self.0.random(bytes);
    }
}

fn ledger_of(folder: &std::path::Path) -> std::path::PathBuf {
    let mut mailboxes = std::fs::read_dir(folder).unwrap();
    mailboxes
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("ledger.json")
}

/// As after a power cut: the service enforces its limits itself.
#[test]
fn a_damaged_ledger_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let open = || budget_of(folder.path(), Limits::default(), &seams);
    let pause = || match open().turn(|_, _| true).unwrap() {
        Turn::After { pause, .. } => pause.as_secs(),
        Turn::Later { .. } => panic!("it is later"),
    };
    assert_eq!(pause(), 0);
    let path = ledger_of(folder.path());
    let text = std::fs::read_to_string(&path).unwrap();
    for damaged in ["", &text[1..], &format!("{text}}}"), "\0\0\0"] {
        std::fs::write(&path, damaged).unwrap();
        for turn in 0..Limits::default().per_minute {
            assert_eq!(pause(), 0, "{damaged} {turn}");
        }
        assert_eq!(pause(), 60, "{damaged}");
        seams.advance(Duration::from_secs(120));
    }
}

/// The ledger has an entry for each quarter of a second at most, whatever the limit is.
#[test]
fn a_high_limit_makes_no_large_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let limits = Limits {
        per_minute: 2_000,
        ..Limits::default()
    };
    let budget = budget_of(folder.path(), limits, &seams);
    for number in 0..4_000 {
        let turn = budget.turn(|pause, _| pause.is_zero()).unwrap();
        let is_free = matches!(turn, Turn::After { .. });
        match number {
            0..2_000 => assert!(is_free, "{number}"),
            2_000..3_000 => assert!(!is_free, "{number}"),
            // Within a quarter of a second.
            3_000..3_013 => {}
            _ => assert!(is_free, "{number}"),
        }
        seams.advance(Duration::from_millis(20));
    }
    let length = std::fs::metadata(ledger_of(folder.path())).unwrap().len();
    assert!(length < 10_000, "{length}");
}

#[test]
fn without_a_state_folder_a_send_goes_all_the_same() {
    let world = World::ready();
    drop(world.file(".local", "a file in its place"));
    world.run(SEND).is_silent();
    let run = world.run(&format!("{SEND} -v"));
    assert!(
        run.stderr
            .contains("the send budget of this host cannot be used"),
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
        "graphmail: error: the draft was not sent: the send limit of this host for the mailbox is reached for now\n\
         hint: it is safe to run it again after 2026-11-20T10:01:00Z, or with a --max-wait that lasts until then\n",
    );
    let run = world.run(&format!("draft send {id}"));
    assert_eq!((run.status, run.waits), (0, vec![60.0]));
    assert_eq!(world.run(SEND).waits, [60.0]);
    assert_eq!(world.sandbox().accepted().len(), 3);
}

/// A host whose account gets its token from the file HOME/token.
fn world_of_token_file() -> World {
    let world = World::with(Options::default());
    let token = world.file("token", world.sandbox().ready_token());
    world.configure(&format!(
        "[accounts.a]\nauth = \"token-command\"\ntoken_command = \"cat {}\"\n",
        token.display()
    ));
    world
}

fn ledger(world: &World) -> String {
    let rate = world.home().join(".local/state/graphmail/rate");
    let mut mailboxes = std::fs::read_dir(&rate).unwrap();
    assert!(mailboxes.nth(1).is_none());
    std::fs::read_to_string(ledger_of(&rate)).unwrap()
}

#[test]
fn a_refused_sign_in_takes_no_turn() {
    let world = world_of_token_file();
    world.run(SEND).is_silent();
    let run = world.run("draft create -t a@example.org -s S --body B");
    let id = run.stdout.split_whitespace().next().unwrap().to_owned();
    let before = ledger(&world);
    drop(world.file("token", ""));
    later(&world, 1);
    for (line, status) in [
        (SEND.to_owned(), 77),
        (format!("{SEND} --queue on-failure"), 0),
        (format!("{SEND} --queue always"), 0),
        (format!("draft send {id}"), 77),
        ("outbox flush --all".to_owned(), 77),
    ] {
        assert_eq!(world.run(&line).status, status, "{line}");
        assert_eq!(ledger(&world), before, "{line}");
    }
    let attempts = |entry: &Value| (entry["state"].clone(), entry["attempts"].clone());
    let kept: Vec<_> = entries(&world).iter().map(attempts).collect();
    assert_eq!(kept, [("new".into(), 2.into()), ("new".into(), 1.into())]);
}

/// What an attempt has left in the mailbox is not forgotten by one that could not ask.
#[test]
fn a_draft_that_was_cut_off_outlasts_a_refused_sign_in() {
    let world = world_of_token_file();
    drop(world.file("large.bin", vec![b'x'; 3_200_000]));
    world.steps.end_at(8);
    let line = format!("{SEND} --attach HOME/large.bin --queue always");
    let run = std::panic::AssertUnwindSafe(|| world.run(&line));
    assert!(std::panic::catch_unwind(run).is_err());
    assert_eq!(
        world.steps.reached_so_far().last(),
        Some(&"the draft is created")
    );
    world.steps.end_at(0);
    let token = world.read("token");
    drop(world.file("token", ""));
    assert_eq!(world.run("outbox flush").status, 77);
    drop(world.file("token", token));
    later(&world, 2);
    world.run("outbox flush").is_silent();
    assert_eq!(world.sandbox().accepted().len(), 1);
    assert_eq!(world.sandbox().drafts().len(), 0);
}

/// The host's default account and the account's mailbox are others.
#[test]
fn the_command_for_a_left_draft_names_the_account_and_the_mailbox_of_its_entry() {
    let mut world = World::with(Options::default());
    let token = world.file("token", world.sandbox().ready_token());
    let account = |name: &str| {
        format!(
            "[accounts.{name}]\nauth = \"token-command\"\ntoken_command = \"cat {}\"\n\
             mailbox = \"{name}@sandbox.example\"\n",
            token.display()
        )
    };
    world.configure(&format!(
        "default_account = \"a\"\n{}{}",
        account("a"),
        account("b")
    ));
    drop(world.file("large.bin", vec![b'x'; 3_200_000]));
    world.steps.end_at(8);
    let line = format!(
        "{SEND} -A b --mailbox other@sandbox.example --attach HOME/large.bin --queue always"
    );
    let run = std::panic::AssertUnwindSafe(|| world.run(&line));
    assert!(std::panic::catch_unwind(run).is_err());
    world.steps.end_at(0);
    let [draft] = world.sandbox().drafts().try_into().unwrap();
    later(&world, 2);
    world.fault("DELETE /users/*/messages/*=403,code=ErrorAccessDenied,times=9");
    let run = world.run("outbox flush");
    let command = format!(
        "graphmail draft delete --account b {} --mailbox other@sandbox.example\n",
        draft.immutable_id
    );
    assert!(run.stderr.contains(&command), "{run:?}");
    drop(world.complaints());
}

#[test]
fn a_search_that_fails_says_why() {
    let mut world = World::ready();
    world.fault("POST /me/sendMail=500");
    let run = world.run(&format!("{SEND} --queue always"));
    assert_eq!(run.status, 76, "{run:?}");
    later(&world, 2);
    world.fault("GET /me/mailFolders/*/messages=500,times=99");
    let run = world.run("outbox flush");
    assert_eq!(run.status, 76, "{run:?}");
    let object = world.run("outbox list --json").json();
    let inquiry = &object["entries"][0]["inquiry"];
    assert_eq!(inquiry["answer"], "not-asked");
    let reason = inquiry["reason"].as_str().unwrap();
    assert!(reason.starts_with("HTTP 500 "), "{reason}");
    drop(world.complaints());
}
