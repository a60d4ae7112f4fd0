//! A flush sends several messages at the same time, and mailboxes take turns.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use graphmail::delivery::Schedule;
use graphmail::http::client::Client;
use graphmail::http::{Failure, Request, Response, Transport};
use jiff::{SignedDuration, Timestamp};

use super::states;
use crate::support::host::World;
use crate::support::process::until;

/// A network that answers a message only after as many others are on their way as may be, and keeps how many.
pub(crate) struct Gate {
    client: Client,
    /// How many messages are sent alone, before the others.
    alone: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    begun: usize,
    on_their_way: usize,
    most: usize,
}

impl Gate {
    pub(crate) fn new(world: &World, alone: usize) -> Self {
        Self {
            client: Client::new(&world.environment),
            alone,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }
}

impl Gate {
    /// The most messages that were on their way at the same time.
    pub(crate) fn most(&self) -> usize {
        self.state.lock().unwrap().most
    }
}

impl Transport for Gate {
    fn execute(&self, request: &Request) -> Result<Response, Failure> {
        if !request.url.expose().path().ends_with("/sendMail") {
            return self.client.execute(request);
        }
        let mut state = self.state.lock().unwrap();
        state.begun += 1;
        state.on_their_way += 1;
        state.most = state.most.max(state.on_their_way);
        // Those that wait for others go in groups of four: the others of a group come, or the test fails.
        let group = state.begun.saturating_sub(self.alone).div_ceil(4);
        let full = if group == 0 {
            state.begun
        } else {
            self.alone + 4 * group
        };
        self.changed.notify_all();
        let limit = Duration::from_secs(30);
        let waited = self
            .changed
            .wait_timeout_while(state, limit, |state| state.begun < full);
        let (state, timeout) = waited.unwrap();
        assert!(!timeout.timed_out(), "{} of {full} have begun", state.begun);
        drop(state);
        let answer = self.client.execute(request);
        self.state.lock().unwrap().on_their_way -= 1;
        answer
    }
}

#[test]
fn a_flush_sends_the_first_message_alone_and_then_four_at_once() {
    let world = World::ready();
    world.configure("[outbox]\nper_minute = 1000\n");
    for number in 0..13 {
        let message = format!("From: you@sandbox.example\nSubject: {number}\n\nB\n");
        let run = world.run_with("sendmail -odq a@example.org", &message);
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    let gate = Gate::new(&world, 1);
    let words = ["graphmail", "outbox", "flush"].map(Into::into);
    let run = world.run_over(&gate, &words, b"");
    assert_eq!((run.status, &*run.stderr), (0, ""));
    assert_eq!(states(&world), [""; 0]);
    let mut subjects: Vec<u32> = (world.sandbox().accepted().iter())
        .map(|message| message.subject.parse().unwrap())
        .collect();
    assert_eq!(subjects.first(), Some(&0), "the oldest is the first");
    subjects.sort_unstable();
    assert_eq!(subjects, (0..13).collect::<Vec<_>>());
    assert_eq!(gate.most(), 4);
}

/// A network that looks at the outbox: how many entries are worked on while messages are on their way.
struct Desk {
    client: Client,
    busy: PathBuf,
    /// The entries that are worked on at the same time once the first message was sent.
    expected: usize,
    sent: AtomicUsize,
    /// Whether there were as many.
    full: AtomicBool,
}

impl Desk {
    fn at_work(&self) -> usize {
        std::fs::read_dir(&self.busy).unwrap().count()
    }
}

impl Transport for Desk {
    fn execute(&self, request: &Request) -> Result<Response, Failure> {
        if request.url.expose().path().ends_with("/sendMail") {
            match self.sent.fetch_add(1, Ordering::Relaxed) {
                0 => assert_eq!(self.at_work(), 1),
                // All that are on their way wait until as many are worked on.
                _ if !self.full.load(Ordering::Relaxed) => {
                    until("the others begin", || {
                        self.full.load(Ordering::Relaxed) || self.at_work() == self.expected
                    });
                    self.full.store(true, Ordering::Relaxed);
                }
                _ => assert!(self.at_work() <= self.expected),
            }
        }
        self.client.execute(request)
    }
}

/// While messages are on their way, others are written to the disk. One at a time stays one at a time.
#[test]
fn more_messages_are_worked_on_than_are_sent_at_once() {
    for (concurrency, expected) in [(1, 1), (4, 6)] {
        let world = World::ready();
        world.configure(&format!(
            "[outbox]\nper_minute = 1000\nconcurrency = {concurrency}\n"
        ));
        for number in 0..10 {
            let message = format!("From: you@sandbox.example\nSubject: {number}\n\nB\n");
            let run = world.run_with("sendmail -odq a@example.org", &message);
            assert_eq!(run.status, 0, "{}", run.stderr);
        }
        let desk = Desk {
            client: Client::new(&world.environment),
            busy: world.home().join(".local/state/graphmail/outbox/busy"),
            expected,
            sent: AtomicUsize::new(0),
            full: AtomicBool::new(false),
        };
        // The wait for an own message does not count.
        let words = ["graphmail", "--max-wait", "0", "outbox", "flush"].map(Into::into);
        let run = world.run_over(&desk, &words, b"");
        assert_eq!((run.status, &*run.stderr), (0, ""));
        assert_eq!(states(&world), [""; 0]);
        assert_eq!(world.sandbox().accepted().len(), 10);
    }
}

#[test]
fn mailboxes_take_turns() {
    let mut schedule = Schedule::new(2);
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
    for number in 1..=5 {
        schedule.push(&"a", number);
    }
    schedule.push(&"b", 10);
    assert_eq!(schedule.most_at_once(), 3);
    assert_eq!(schedule.begin(now), Some(("a", 1)));
    assert_eq!(
        schedule.begin(now),
        Some(("b", 10)),
        "the first of a mailbox is alone"
    );
    assert_eq!(schedule.begin(now), None);
    assert_eq!(schedule.end_and_begin(&"a", true, now), Some(2));
    assert_eq!(schedule.begin(now), Some(("a", 3)));
    assert_eq!(schedule.begin(now), None, "two places");
    schedule.push(&"b", 11);
    assert_eq!(schedule.end_and_begin(&"b", true, now), Some(11));
    schedule.push(&"c", 20);
    assert_eq!(
        schedule.end_and_begin(&"a", true, now),
        None,
        "another one's turn"
    );
    assert_eq!(schedule.begin(now), Some(("c", 20)));
    assert_eq!(schedule.begin(now), Some(("a", 4)));
    assert_eq!(schedule.withdraw(&"a"), [5]);
    for mailbox in ["a", "a", "b", "c"] {
        assert!(!schedule.is_done());
        schedule.end(&mailbox, false);
    }
    assert!(schedule.is_done());
}

#[test]
fn the_first_message_of_a_mailbox_is_alone_for_ten_seconds_at_most() {
    let mut schedule = Schedule::new(2);
    let begun = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
    for number in 1..=3 {
        schedule.push(&"a", number);
    }
    assert_eq!(schedule.begin(begun), Some(("a", 1)));
    assert_eq!(schedule.begin(begun + SignedDuration::from_secs(9)), None);
    let later = begun + SignedDuration::from_secs(10);
    assert_eq!(schedule.begin(later), Some(("a", 2)));
    assert_eq!(schedule.begin(later), None, "two places");
    schedule.end(&"a", true);
    assert_eq!(schedule.begin(later), Some(("a", 3)));
    schedule.end(&"a", true);
    schedule.end(&"a", true);
    assert!(schedule.is_done());
    // It has had success, and is idle.
    schedule.push(&"a", 4);
    schedule.push(&"a", 5);
    assert_eq!(schedule.begin(later), Some(("a", 4)));
    assert_eq!(schedule.begin(later), Some(("a", 5)));
    // There is no connection any more.
    let former = schedule.begun_request(&"a");
    schedule.push(&"a", 6);
    assert_eq!(schedule.withdraw(&"a"), [6]);
    schedule.end(&"a", false);
    schedule.end(&"a", false);
    for number in 7..=9 {
        schedule.push(&"a", number);
    }
    assert_eq!(schedule.begin(later), Some(("a", 7)));
    former.store(true, Ordering::Relaxed);
    assert_eq!(schedule.begin(later), None);
    // There is one again.
    schedule.begun_request(&"a").store(true, Ordering::Relaxed);
    assert_eq!(schedule.begin(later), Some(("a", 8)));
    assert_eq!(schedule.begin(later), None, "two places");
}
