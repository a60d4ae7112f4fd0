//! Several runs at once over one account.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use graphmail::auth::store::{self, Memory, Store};
use graphmail::auth::{Account, ClientSecret, Credential, CredentialKind, Error, Tokens, Warning};
use graphmail::exit::Class;
use graphmail::http::{Link, Request, Transport, WaitBudget};
use graphmail::seams::Seams;
use graphmail::secret::Secret;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::run::{Fragile, REFRESH, Run, refreshed, tokens};
use super::{app, signed_in};
use crate::support::seams::Fixed;
use crate::support::transport::{Answer, Scripted, link};

#[test]
fn a_lock_that_cannot_be_made_costs_a_warning_and_not_the_token() {
    let run = Run::new([refreshed("ACCESS-2", "REFRESH-2")]);
    File::create(run.folder.path().join("locks")).unwrap();
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert!(matches!(
        tokens.take_warnings()[..],
        [Warning::NotLocked(_)]
    ));
    assert_eq!(store.held(), signed_in("ACCESS-2", "11:00:00", "REFRESH-2"));
}

#[test]
fn a_lock_that_is_never_given_back_ends_the_wait() {
    let run = Run::new([]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
    std::fs::create_dir(run.folder.path().join("locks")).unwrap();
    let path = run.folder.path().join("locks/reports.lock");
    let held = File::create(&path).unwrap();
    held.lock().unwrap();
    let error = run
        .tokens(Credential::DeviceCode, &store)
        .bearer()
        .unwrap_err();
    assert_eq!(error.class(), Class::Later);
    assert_eq!(
        error.to_string(),
        format!(
            "another process has locked {} for 30 seconds",
            path.display()
        )
    );
    assert_eq!(run.seams.sleeps(), vec![0.1; 300]);
}

#[test]
fn a_lock_that_is_never_given_back_keeps_an_application_only_shortly() {
    let run = Run::new([super::token_reply("ACCESS-2", &serde_json::json!({}))]);
    let store = Fragile::holding(&store::Record {
        client_secret: Some(Secret::new("SECRET")),
        ..store::Record::new(&app(), CredentialKind::ClientSecret)
    });
    std::fs::create_dir(run.folder.path().join("locks")).unwrap();
    let held = File::create(run.folder.path().join("locks/reports.lock")).unwrap();
    held.lock().unwrap();
    let mut tokens = run.tokens(Credential::ClientSecret(ClientSecret::Stored), &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert!(matches!(
        tokens.take_warnings()[..],
        [Warning::NotLocked(Error::Busy { .. })]
    ));
    assert_eq!(run.seams.sleeps(), vec![0.1; 50]);
}

#[test]
fn a_refresh_token_waits_for_the_lock_as_long_as_the_run_has_patience() {
    let run = Run::new([]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
    std::fs::create_dir(run.folder.path().join("locks")).unwrap();
    let held = File::create(run.folder.path().join("locks/reports.lock")).unwrap();
    held.lock().unwrap();
    let waits = WaitBudget::new(Duration::from_secs(8));
    let account = Account {
        name: "reports",
        store: &store,
        folder: run.folder.path(),
    };
    let link = Link {
        waits: &waits,
        ..link(&run.transport, &run.seams)
    };
    let error = Tokens::new(app(), Credential::DeviceCode, link, Some(account))
        .bearer()
        .unwrap_err();
    assert_eq!(error.class(), Class::Later);
    assert_eq!(run.seams.sleeps(), vec![0.1; 80]);
}

#[test]
fn a_sign_in_is_kept_and_forgotten_under_the_lock() {
    let run = Run::new([]);
    let store = Memory::default();
    let account = Account {
        name: "reports",
        store: &store,
        folder: run.folder.path(),
    };
    let record = signed_in("ACCESS-1", "10:00:00", "REFRESH-1");
    account.save(&record, &run.seams).unwrap();
    assert_eq!(
        account.record(&app(), CredentialKind::DeviceCode).unwrap(),
        record
    );
    let held = File::open(run.folder.path().join("locks/reports.lock")).unwrap();
    held.lock().unwrap();
    assert!(matches!(
        account.save(&record, &run.seams),
        Err(Error::Busy { .. })
    ));
    assert!(matches!(
        account.forget(&run.seams),
        Err(Error::Busy { .. })
    ));
    held.unlock().unwrap();
    assert!(account.forget(&run.seams).unwrap());
    assert!(!account.forget(&run.seams).unwrap());
}

/// The first of two runs is answered only when the second waits for the lock.
struct Slow {
    script: Scripted,
    second_waits: Mutex<Receiver<()>>,
}

impl Transport for Slow {
    fn execute(&self, request: &Request) -> Answer {
        self.second_waits.lock().unwrap().recv().unwrap();
        self.script.execute(request)
    }
}

/// The second run's seams: its first wait lasts until the first run is done.
struct Second {
    fixed: Fixed,
    waits: Sender<()>,
    first_is_done: Mutex<Receiver<()>>,
}

impl Seams for Second {
    fn now(&self) -> Timestamp {
        self.fixed.now()
    }

    fn sleep(&self, pause: Duration) {
        self.fixed.sleep(pause);
        self.waits.send(()).unwrap();
        self.first_is_done.lock().unwrap().recv().unwrap();
    }

    fn random(&self, bytes: &mut [u8]) {
        self.fixed.random(bytes);
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }
}

/// Two runs at once over `store`: one request, one token for both.
fn two_at_once(store: &dyn Store, folder: &Path) {
    let (waits, second_waits) = channel();
    let (done, first_is_done) = channel();
    let (asked, first_asked) = channel();
    let slow = Slow {
        script: Scripted::new([refreshed("ACCESS-2", "REFRESH-2")]),
        second_waits: Mutex::new(second_waits),
    };
    let second = Second {
        fixed: Fixed::new(),
        waits,
        first_is_done: Mutex::new(first_is_done),
    };
    let announced = Announced { inner: slow, asked };
    let nobody = Scripted::new([]);
    thread::scope(|scope| {
        scope.spawn(|| {
            let announced = announced;
            let seams = Fixed::new();
            let mut first = tokens(Credential::DeviceCode, &announced, &seams, store, folder);
            assert_eq!(first.bearer().unwrap(), Secret::new("ACCESS-2"));
            assert_eq!(announced.inner.script.forms(), [REFRESH]);
            done.send(()).unwrap();
        });
        first_asked.recv().unwrap();
        let mut tokens = tokens(Credential::DeviceCode, &nobody, &second, store, folder);
        assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
        assert_eq!(second.fixed.sleeps(), [0.1]);
    });
    let kept = store.load("reports").unwrap().unwrap();
    assert_eq!(kept, signed_in("ACCESS-2", "11:00:00", "REFRESH-2"));
}

/// Says that a request is under way, and so that the lock is held.
struct Announced {
    inner: Slow,
    asked: Sender<()>,
}

impl Transport for Announced {
    fn execute(&self, request: &Request) -> Answer {
        self.asked.send(()).unwrap();
        self.inner.execute(request)
    }
}

#[test]
fn two_runs_at_once_make_one_request() {
    let before = signed_in("ACCESS-1", "10:00:00", "REFRESH-1");
    let folder = tempfile::tempdir().unwrap();
    let stores: [&dyn Store; 2] = [&Memory::default(), &store::File::new(folder.path())];
    for store in stores {
        store.save("reports", &before).unwrap();
        two_at_once(store, folder.path());
    }
}
