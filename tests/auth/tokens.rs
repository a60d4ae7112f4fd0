//! Cached, else refreshed, else obtained.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use graphmail::auth::store::{self, Access, Kind, Memory, Origin, Record, Store};
use graphmail::auth::{Account, Credential, Error, Reason, Tokens, Warning};
use graphmail::cloud::Cloud;
use graphmail::exit::Class;
use graphmail::http::{Failure, Renew as _, Request, Transport};
use graphmail::seams::Seams;
use graphmail::secret::Secret;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{app, at, id_token, refusal, signed_in, token_reply, words};
use crate::support::seams::Fixed;
use crate::support::transport::{Answer, Scripted, answer, link};

const REFRESH: &str = "POST https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token\n\
    grant_type=refresh_token\n\
    refresh_token=REFRESH-1\n\
    scope=https://graph.microsoft.com/Mail.Send offline_access openid profile\n\
    client_id=CLIENT";

/// A store that a test can break, and that counts.
#[derive(Default)]
struct Fragile {
    memory: Memory,
    calls: Mutex<Vec<&'static str>>,
    broken: Mutex<Option<&'static str>>,
}

impl Fragile {
    fn holding(record: &Record) -> Self {
        let store = Self::default();
        store.memory.save("reports", record).unwrap();
        store
    }

    fn breaking(self, call: &'static str) -> Self {
        *self.broken.lock().unwrap() = Some(call);
        self
    }

    fn held(&self) -> Record {
        self.memory.load("reports").unwrap().unwrap()
    }

    fn calls(&self) -> Vec<&'static str> {
        self.calls.lock().unwrap().clone()
    }

    fn called(&self, call: &'static str) -> Result<(), store::Error> {
        self.calls.lock().unwrap().push(call);
        if *self.broken.lock().unwrap() == Some(call) {
            return Err(store::Error::TimedOut {
                limit: Duration::from_secs(3),
            });
        }
        Ok(())
    }
}

impl Store for Fragile {
    fn load(&self, account: &str) -> Result<Option<Record>, store::Error> {
        self.called("load")?;
        self.memory.load(account)
    }

    fn save(&self, account: &str, record: &Record) -> Result<(), store::Error> {
        self.called("save")?;
        self.memory.save(account, record)
    }

    fn delete(&self, account: &str) -> Result<bool, store::Error> {
        self.called("delete")?;
        self.memory.delete(account)
    }

    fn kind(&self) -> Kind {
        Kind::Keyring
    }
}

/// One run of the program with these answers.
struct Run {
    transport: Scripted,
    seams: Fixed,
    folder: tempfile::TempDir,
}

impl Run {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            transport: Scripted::new(answers),
            seams: Fixed::new(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn tokens<'a>(&'a self, credential: Credential, store: &'a dyn Store) -> Tokens<'a> {
        tokens(
            credential,
            &self.transport,
            &self.seams,
            store,
            self.folder.path(),
        )
    }
}

fn tokens<'a>(
    credential: Credential,
    transport: &'a dyn Transport,
    seams: &'a dyn Seams,
    store: &'a dyn Store,
    folder: &'a Path,
) -> Tokens<'a> {
    let account = Account {
        name: "reports",
        store,
        folder,
    };
    Tokens::new(app(), credential, link(transport, seams), Some(account))
}

fn refreshed(access: &str, refresh: &str) -> Answer {
    token_reply(
        access,
        &json!({
            "scope": "https://graph.microsoft.com/Mail.Send openid profile email",
            "refresh_token": refresh,
        }),
    )
}

#[test]
fn a_fresh_stored_token_makes_no_request_and_is_looked_up_once() {
    let run = Run::new([]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    for _ in 0..3 {
        assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-1"));
    }
    assert_eq!(store.calls(), ["load"]);
    assert_eq!(
        run.folder.path().read_dir().unwrap().count(),
        0,
        "no lock is made"
    );
}

#[test]
fn an_expiring_token_is_refreshed_and_both_new_ones_are_kept() {
    let run = Run::new([refreshed("ACCESS-2", "REFRESH-2")]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:05:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(run.transport.forms(), [REFRESH]);
    assert_eq!(store.held(), signed_in("ACCESS-2", "11:00:00", "REFRESH-2"));
    assert!(tokens.take_warnings().is_empty());

    let next = Run::new([]);
    let mut tokens = next.tokens(Credential::DeviceCode, &store);
    assert_eq!(
        tokens.bearer().unwrap(),
        Secret::new("ACCESS-2"),
        "the next run asks nobody"
    );
}

#[test]
fn what_a_reply_leaves_out_stays() {
    let changed = json!({ "id_token": id_token("doe@contoso.com") });
    let run = Run::new([token_reply("ACCESS-2", &changed)]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
    run.tokens(Credential::DeviceCode, &store).bearer().unwrap();
    assert_eq!(
        store.held(),
        Record {
            username: Some("doe@contoso.com".to_owned()),
            scopes: words("https://graph.microsoft.com/Mail.Send offline_access openid profile"),
            ..signed_in("ACCESS-2", "11:00:00", "REFRESH-1")
        }
    );
}

#[test]
fn a_long_run_refreshes_when_its_token_ends() {
    let run = Run::new([refreshed("ACCESS-2", "REFRESH-2")]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-1"));
    run.seams.advance(Duration::from_secs(55 * 60));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
}

#[test]
fn a_refused_token_is_replaced_though_it_is_fresh() {
    let run = Run::new([
        refreshed("ACCESS-2", "REFRESH-2"),
        refusal("invalid_grant", 700082),
    ]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    tokens.bearer().unwrap();
    assert!(tokens.renewable());
    assert_eq!(tokens.renew(), Some(Secret::new("ACCESS-2")));
    assert!(tokens.take_error().is_none());
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(tokens.renew(), None);
    let error = tokens.take_error().unwrap();
    assert_eq!(
        error.to_string(),
        "login.microsoftonline.com refused: AADSTS700082: Said no."
    );
}

#[test]
fn a_token_that_another_process_stored_is_taken_in_place_of_a_refused_one() {
    let run = Run::new([]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    tokens.bearer().unwrap();
    let others = signed_in("ACCESS-2", "11:30:00", "REFRESH-2");
    store.memory.save("reports", &others).unwrap();
    assert_eq!(tokens.renew(), Some(Secret::new("ACCESS-2")));
}

#[test]
fn a_failed_refresh_leaves_the_sign_in_as_it_was() {
    let down = || answer(503, &[("retry-after", "3600")], "");
    let table: [(Vec<Answer>, Class); 5] = [
        (vec![down()], Class::Later),
        (
            vec![refusal("temporarily_unavailable", 90033)],
            Class::Later,
        ),
        (vec![refusal("invalid_grant", 50173)], Class::SignIn),
        (
            vec![Err(Failure::NotConfigured("proxy".into()))],
            Class::Config,
        ),
        (vec![answer(200, &[], "<html>")], Class::Config),
    ];
    for (answers, class) in table {
        let run = Run::new(answers);
        let before = signed_in("ACCESS-1", "10:00:00", "REFRESH-1");
        let store = Fragile::holding(&before);
        let error = run
            .tokens(Credential::DeviceCode, &store)
            .bearer()
            .unwrap_err();
        assert_eq!(error.class(), class, "{error}");
        assert_eq!(store.held(), before, "{error}");
        assert!(!store.calls().contains(&"save") && !store.calls().contains(&"delete"));
    }
}

#[test]
fn an_unreachable_service_says_when_to_come_back() {
    let run = Run::new([answer(503, &[("retry-after", "3600")], "")]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
    let error = run
        .tokens(Credential::DeviceCode, &store)
        .bearer()
        .unwrap_err();
    assert!(
        matches!(error, Error::Unavailable { until: Some(until), .. } if until == at("11:00:00"))
    );
}

#[test]
fn a_failed_save_costs_a_warning_and_not_the_token() {
    let run = Run::new([refreshed("ACCESS-2", "REFRESH-2")]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1")).breaking("save");
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    let warnings: Vec<_> = tokens
        .take_warnings()
        .iter()
        .map(Warning::to_string)
        .collect();
    assert_eq!(
        warnings,
        ["the new tokens could not be stored: the keyring did not answer within 3 seconds"]
    );
    assert!(tokens.take_warnings().is_empty());
    assert_eq!(store.held(), signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
}

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
fn a_store_that_does_not_answer_is_an_error_of_its_own() {
    let run = Run::new([]);
    let store = Fragile::default().breaking("load");
    let error = run
        .tokens(Credential::DeviceCode, &store)
        .bearer()
        .unwrap_err();
    assert!(matches!(error, Error::Store(store::Error::TimedOut { .. })));
    assert_eq!(error.class(), Class::SignIn);
}

#[test]
fn a_record_of_others_counts_as_none_and_is_left_alone() {
    let with = |change: fn(&mut Record)| {
        let mut record = signed_in("ACCESS-1", "11:00:00", "REFRESH-1");
        change(&mut record);
        record
    };
    let text = |reason: &str| format!("account \"reports\" is not signed in: {reason}");
    let table = [
        (
            with(|record| record.authority = "https://login.example".to_owned()),
            "the stored sign-in is for login authority https://login.example, not https://login.microsoftonline.com",
        ),
        (
            with(|record| record.graph = Cloud::national("china").unwrap().graph().to_owned()),
            "the stored sign-in is for Graph https://microsoftgraph.chinacloudapi.cn, not https://graph.microsoft.com",
        ),
        (
            with(|record| record.tenant = "fabrikam.com".to_owned()),
            "the stored sign-in is for tenant fabrikam.com, not contoso.com",
        ),
        (
            with(|record| record.client_id = "OTHER".to_owned()),
            "the stored sign-in is for client id OTHER, not CLIENT",
        ),
        (
            with(|record| record.origin = Origin::ClientSecret),
            "the stored sign-in is of another kind",
        ),
        (
            with(|record| (record.access, record.refresh_token) = (None, None)),
            "the stored sign-in has no refresh token",
        ),
    ];
    for (record, reason) in table {
        let run = Run::new([]);
        let store = Fragile::holding(&record);
        let error = run
            .tokens(Credential::DeviceCode, &store)
            .bearer()
            .unwrap_err();
        assert_eq!(
            (error.class(), error.to_string()),
            (Class::SignIn, text(reason))
        );
        assert_eq!(store.held(), record);
    }
}

#[test]
fn nothing_stored_and_nothing_to_store_in_are_told_apart() {
    let run = Run::new([]);
    let store = Memory::default();
    let error = run
        .tokens(Credential::DeviceCode, &store)
        .bearer()
        .unwrap_err();
    assert!(matches!(
        error,
        Error::NotSignedIn {
            reason: Reason::NoRecord,
            ..
        }
    ));
    let mut storeless = Tokens::new(
        app(),
        Credential::DeviceCode,
        link(&run.transport, &run.seams),
        None,
    );
    assert!(matches!(storeless.bearer(), Err(Error::NoStore)));
}

#[test]
fn a_stored_client_secret_gives_tokens_that_are_cached() {
    let run = Run::new([token_reply("ACCESS-2", &json!({}))]);
    let application = |access: &str, expires_at| Record {
        scopes: words("https://graph.microsoft.com/.default"),
        access: Some(Access {
            token: Secret::new(access),
            expires_at: at(expires_at),
        }),
        client_secret: Some(Secret::new("SECRET")),
        ..Record::new(&app(), Origin::ClientSecret)
    };
    let store = Fragile::holding(&application("ACCESS-1", "10:04:00"));
    let mut tokens = run.tokens(Credential::ClientSecret(None), &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(store.held(), application("ACCESS-2", "11:00:00"));
    assert_eq!(run.transport.requests().len(), 1);
}

#[test]
fn a_given_client_secret_leaves_the_store_alone() {
    let run = Run::new([token_reply("A", &json!({})), token_reply("B", &json!({}))]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "11:00:00", "REFRESH-1"));
    let secret = Credential::ClientSecret(Some(Secret::new("SECRET")));
    let mut tokens = run.tokens(secret, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("A"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("A"));
    assert_eq!(tokens.renew(), Some(Secret::new("B")));
    assert!(store.calls().is_empty());
}

#[test]
fn a_ready_token_is_used_as_it_is_and_never_renewed() {
    let run = Run::new([]);
    let store = Fragile::default();
    let mut tokens = run.tokens(Credential::AccessToken(Secret::new("TOKEN\n")), &store);
    assert!(!tokens.renewable());
    assert_eq!(tokens.bearer().unwrap(), Secret::new("TOKEN"));
    assert!(store.calls().is_empty());

    let mut tokens = run.tokens(
        Credential::AccessToken(Secret::new("Bearer TOPSECRET")),
        &store,
    );
    let error = tokens.bearer().unwrap_err();
    assert_eq!(error.class(), Class::SignIn);
    assert_eq!(
        error.to_string(),
        "the access token has a blank, a line end or another character that no token has"
    );
}

#[cfg(unix)]
#[test]
fn a_command_runs_once_and_again_after_a_refusal() {
    let run = Run::new([]);
    let store = Fragile::default();
    let file = run.folder.path().join("count");
    let command = format!(
        "echo x >> '{0}'; echo T$(wc -l < '{0}' | tr -d ' ')",
        file.display()
    );
    let mut tokens = run.tokens(Credential::TokenCommand(command), &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("T1"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("T1"));
    assert_eq!(tokens.renew(), Some(Secret::new("T2")));
    assert!(store.calls().is_empty());

    let mut same = run.tokens(Credential::TokenCommand("echo SAME".to_owned()), &store);
    same.bearer().unwrap();
    assert_eq!(same.renew(), None, "the refused token is no other one");
    assert!(same.take_error().is_none());
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
        format!("another process has held {} for 30 seconds", path.display())
    );
    assert_eq!(run.seams.sleeps(), vec![0.1; 300]);
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
    assert_eq!(account.record(&app(), Origin::DeviceCode).unwrap(), record);
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

#[test]
fn a_missing_lifetime_is_none() {
    let run = Run::new([
        token_reply("ACCESS-2", &json!({ "expires_in": Value::Null })),
        token_reply("ACCESS-3", &json!({})),
    ]);
    let store = Fragile::holding(&signed_in("ACCESS-1", "10:00:00", "REFRESH-1"));
    let mut tokens = run.tokens(Credential::DeviceCode, &store);
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-2"));
    assert_eq!(tokens.bearer().unwrap(), Secret::new("ACCESS-3"));
}
