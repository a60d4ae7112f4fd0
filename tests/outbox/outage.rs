//! A service that does not answer: nobody waits long, and later callers not at all.

use std::ffi::OsString;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use graphmail::budget::Limits;
use graphmail::http::{
    Failure, Link, Method, NoRenewal, Request, RequestOutcome, Response, Safety, Transport,
    WaitBudget, exchange,
};
use graphmail::seams::Seams as _;
use graphmail::secret::Secret;

use super::budget::{Happens, Meanwhile};
use super::{budget_of, entries, slot, states};
use crate::support::host::{Run, World};
use crate::support::seams::Fixed;
use crate::support::transport::{Scripted, answer, link};

/// A network on which nobody answers: every attempt fails after this time.
struct Silent {
    clock: Arc<Fixed>,
    after: Duration,
    requests: AtomicUsize,
}

impl Silent {
    fn new(world: &World, after: Duration) -> Self {
        Self {
            clock: Arc::clone(&world.clock),
            after,
            requests: AtomicUsize::new(0),
        }
    }

    /// The requests since the last call.
    fn requests(&self) -> usize {
        self.requests.swap(0, Ordering::Relaxed)
    }
}

impl Transport for Silent {
    fn execute(&self, _: &Request) -> Result<Response, Failure> {
        self.clock.advance(self.after);
        self.requests.fetch_add(1, Ordering::Relaxed);
        Err(unreachable())
    }
}

fn unreachable() -> Failure {
    Failure::NotConnected("connecting to graph.microsoft.com: connection refused".into())
}

fn world() -> World {
    let mut world = World::alone();
    world.set("GRAPHMAIL_ACCESS_TOKEN", "token");
    world
}

fn run(world: &World, network: &Silent, line: &str) -> Run {
    let words: Vec<OsString> = line.split(' ').map(Into::into).collect();
    world.run_over(network, &words, b"From: me@contoso.com\nSubject: S\n\nB\n")
}

const SENDMAIL: &str = "graphmail sendmail a@example.org";

#[test]
fn the_first_caller_waits_ten_seconds_and_the_next_not_at_all() {
    for queue in ["", " -odi"] {
        let world = world();
        let network = Silent::new(&world, Duration::ZERO);
        let sendmail = format!("graphmail sendmail{queue} a@example.org");
        let first = run(&world, &network, &sendmail);
        assert_eq!((first.status, &*first.stderr), (0, ""));
        assert_eq!(network.requests(), 5);
        let waited: f64 = first.waits.iter().sum();
        assert!(waited <= 10.0, "{:?}", first.waits);
        for _ in 0..2 {
            let next = run(&world, &network, &sendmail);
            assert_eq!((next.status, next.waits), (0, vec![]));
        }
        assert_eq!(network.requests(), 0);
        assert_eq!(states(&world), ["new"; 3]);
        let why: Vec<_> = (entries(&world).iter())
            .map(|entry| entry["last_error"].as_str().unwrap().to_owned())
            .collect();
        let refused = "connecting to graph.microsoft.com: connection refused";
        let skipped = "the service did not answer a few seconds ago";
        assert_eq!(why, [refused, skipped, skipped]);
    }
}

/// The time of the attempt counts, and one process at a time finds out whether the service is back.
#[test]
fn an_attempt_that_takes_ten_seconds_is_the_only_one() {
    let world = world();
    let network = Silent::new(&world, Duration::from_secs(10));
    for _ in 0..2 {
        let first = run(&world, &network, SENDMAIL);
        assert_eq!((first.status, first.waits), (0, vec![]));
        assert_eq!(network.requests(), 1);
        world.clock.advance(Duration::from_secs(9));
        assert_eq!(run(&world, &network, SENDMAIL).status, 0);
        assert_eq!(network.requests(), 0);
        world.clock.advance(Duration::from_secs(1));
    }
}

#[test]
fn a_send_that_is_not_queued_tries() {
    let world = world();
    let network = Silent::new(&world, Duration::ZERO);
    assert_eq!(run(&world, &network, SENDMAIL).status, 0);
    network.requests();
    let send = "graphmail send -t a@example.org -s S --body B --max-wait 0";
    assert_eq!(run(&world, &network, send).status, 75);
    assert_eq!(network.requests(), 1);
    let flush = run(
        &world,
        &network,
        "graphmail outbox flush --now --max-wait 0",
    );
    assert_eq!(flush.status, 75, "{flush:?}");
    assert_eq!(network.requests(), 1);
}

/// A login service that takes the connection and does not answer.
struct Mute {
    clock: Arc<Fixed>,
    timeouts: Mutex<Vec<Duration>>,
}

impl Transport for Mute {
    fn execute(&self, request: &Request) -> Result<Response, Failure> {
        self.clock.advance(request.timeout);
        self.timeouts.lock().unwrap().push(request.timeout);
        Err(Failure::Interrupted("no answer".into()))
    }
}

#[test]
fn nobody_waits_longer_for_an_access_token() {
    let mut world = World::alone();
    for (name, value) in [
        ("AZURE_TENANT_ID", "contoso.com"),
        ("AZURE_CLIENT_ID", "11111111-2222-3333-4444-555555555555"),
        ("AZURE_CLIENT_SECRET", "hunter2"),
        ("GRAPHMAIL_MAILBOX", "me@contoso.com"),
    ] {
        world.set(name, value);
    }
    let mute = Mute {
        clock: Arc::clone(&world.clock),
        timeouts: Mutex::default(),
    };
    let caller = || {
        let words: Vec<OsString> = SENDMAIL.split(' ').map(Into::into).collect();
        let begun = world.clock.now();
        let run = world.run_over(&mute, &words, b"From: me@contoso.com\nSubject: S\n\nB\n");
        assert_eq!(run.status, 0, "{run:?}");
        world.clock.now().duration_since(begun).as_secs()
    };
    assert_eq!([caller(), caller()], [10, 0]);
    let ten = Duration::from_secs(10);
    assert_eq!(*mute.timeouts.lock().unwrap(), [ten]);
    assert_eq!(states(&world), ["new", "new"]);
    // Nobody waits for a flush.
    let words = ["graphmail", "outbox", "flush", "--all"].map(Into::into);
    assert_eq!(world.run_over(&mute, &words, b"").status, 75);
    let longest = mute.timeouts.lock().unwrap().iter().max().copied();
    assert_eq!(longest, Some(Duration::from_secs(30)));
}

/// The service is back: the first message that is accepted says so to all.
#[test]
fn an_answer_ends_it() {
    let world = World::ready();
    let network = Silent::new(&world, Duration::ZERO);
    assert_eq!(run(&world, &network, SENDMAIL).status, 0);
    world.run("send -t a@example.org -s S --body B").is_silent();
    let message = "From: you@sandbox.example\nSubject: S\n\nB\n";
    let sent = world.run_with("sendmail a@example.org", message);
    assert_eq!((sent.status, sent.waits), (0, vec![]));
    assert_eq!(world.sandbox().accepted().len(), 2);
}

/// While a message waits to be tried again, another one has its place.
#[test]
fn a_place_is_free_while_its_message_waits() {
    let folder = tempfile::tempdir().unwrap();
    let seams = Fixed::new();
    let limits = Limits {
        concurrency: 1,
        ..Limits::default()
    };
    let open = || budget_of(folder.path(), limits, &seams);
    let network = Scripted::new([Err(unreachable()), answer(202, &[], "")]);
    let others: Mutex<Vec<_>> = Mutex::default();
    let takes_the_place: Happens<'_> = Box::new(|| {
        let other = open();
        let place = slot(&other).unwrap();
        others
            .lock()
            .unwrap()
            .push(place.expect("the place is free"));
    });
    let meanwhile = Meanwhile(&seams, Mutex::new(Some(takes_the_place)));
    let waits = WaitBudget::new(Duration::from_secs(60)).with_queueing(Duration::from_secs(1));
    let budget = open();
    let link = Link {
        waits: &waits,
        ..link(&network, &meanwhile)
    };
    let link = link.with_throttle(Some(&budget));
    let place = slot(&budget).unwrap();
    assert!(place.is_some());
    let request = || Request {
        method: Method::Post,
        url: "https://graph.example.org/"
            .parse::<url::Url>()
            .unwrap()
            .into(),
        headers: Vec::new(),
        bearer: Some(Secret::new("token")),
        body: "B".into(),
        timeout: Duration::from_secs(30),
        stoppable: false,
        begun: None,
    };
    let result = exchange(&link, request(), Safety::Once, &mut NoRenewal);
    // The other one keeps the place for longer than this one waits for a place.
    assert_eq!(result.request_outcome, RequestOutcome::Later(None));
    assert_eq!(seams.sleeps()[1..], [0.1; 10]);
    others.lock().unwrap().clear();
    let result = exchange(&link, request(), Safety::Once, &mut NoRenewal);
    assert_eq!(result.request_outcome, RequestOutcome::Done);
    assert_eq!(seams.sleeps().len(), 11);
}
