//! The program in process: an environment of its own, a clock that is held, a keyring in memory,
//! and, where a test wants a network, a sandbox on it.

use std::ffi::OsString;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use graphmail::auth::store::{Error, Kind, Memory, Record, Store};
use graphmail::http::Transport;
use graphmail::http::client::Client;
use graphmail::sandbox::{Accepted, Options, Sandbox};
use graphmail::seams::{Environment, Seams};
use graphmail::{Host, Terminal};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::Value;
use tempfile::TempDir;

use super::browser::{Visit, Watched};
use super::expected;
use super::schema;
use super::seams::Fixed;
use super::transport::Scripted;

/// A host with a user on it. Runs share its files, its clock and its keyring.
pub struct World {
    home: TempDir,
    /// The environment of the runs: HOME alone, and what leads to the sandbox.
    pub environment: Environment,
    /// Begins at 2026-11-20T10:00:00Z, an hour later on the user's wall.
    pub clock: Arc<Fixed>,
    /// The desktop's keyring.
    pub keyring: Keyring,
    /// Where a run ends as by a power cut.
    pub steps: Arc<Steps>,
    /// Which streams are a terminal: none, unless told otherwise.
    pub terminal: Terminal,
    /// Is given the URL that a sign-in shows for a browser, on a thread of its own.
    pub browser: Option<Visit>,
    sandbox: Option<Sandbox>,
    complaints_expected: bool,
}

/// What a run left.
#[must_use]
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The exit status.
    pub status: u8,
    /// Standard output; `SANDBOX` stands for the sandbox's URL and `HOME` for the user's folder.
    pub stdout: String,
    /// Standard error, in the same way.
    pub stderr: String,
    /// The waits in seconds.
    pub waits: Vec<f64>,
}

/// The text without Entra's ids of a refused sign-in, which are random.
fn without_sign_in_ids(text: &str) -> String {
    let mut parts = text.split(" (correlation-id ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once(')').map_or("", |(_, rest)| rest)
    })
}

impl World {
    /// A host without a network: whatever is asked of it fails the test.
    pub fn alone() -> Self {
        let home = tempfile::tempdir().unwrap();
        let environment = Environment::from_pairs([("HOME", home.path())]);
        Self {
            home,
            environment,
            clock: Arc::new(Fixed::new()),
            keyring: Keyring::default(),
            steps: Arc::default(),
            terminal: Terminal::default(),
            browser: None,
            sandbox: None,
            complaints_expected: false,
        }
    }

    /// A host whose Graph and Entra are a sandbox; nobody is signed in.
    pub fn with(options: Options) -> Self {
        let mut world = Self::alone();
        let seams = Arc::new(Service {
            clock: Arc::clone(&world.clock),
            state: AtomicU64::new(1),
        });
        let sandbox = Sandbox::start(options, seams).unwrap();
        world.set("GRAPHMAIL_GRAPH_URL", &sandbox.graph_url());
        world.set("GRAPHMAIL_LOGIN_URL", &sandbox.login_url());
        world.sandbox = Some(sandbox);
        world
    }

    /// A host whose environment holds a token of the sandbox's.
    pub fn ready() -> Self {
        Self::ready_with(Options::default())
    }

    /// The same, with a sandbox of other options.
    pub fn ready_with(options: Options) -> Self {
        let mut world = Self::with(options);
        let token = world.sandbox().ready_token();
        world.set("GRAPHMAIL_ACCESS_TOKEN", &token);
        world
    }

    /// An application whose client secret is in the environment.
    pub fn with_client_secret() -> Self {
        let mut world = Self::with(Options {
            client_secret: Some("right".to_owned()),
            ..Options::default()
        });
        world.set("AZURE_TENANT_ID", "contoso.com");
        world.set("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111");
        world.set("AZURE_CLIENT_SECRET", "right");
        world
    }

    /// Sets a variable; `HOME/` in its value is the user's folder.
    pub fn set(&mut self, name: &str, value: &str) {
        let value = self.in_home(value);
        self.environment.set(name, &value);
    }

    fn in_home(&self, text: &str) -> String {
        text.replace("HOME/", &format!("{}/", self.home().display()))
    }

    pub fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().expect("a world with a sandbox")
    }

    /// Scripts what goes wrong next.
    pub fn fault(&self, text: &str) {
        self.sandbox().add_fault(text.parse().unwrap());
    }

    /// The user's folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file of the user's.
    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// Reads a file of the user's.
    pub fn read(&self, name: &str) -> String {
        let path = self.home().join(name);
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self.hide(&text)
    }

    /// Writes the user's configuration.
    pub fn configure(&self, text: &str) {
        drop(self.file(".config/graphmail/config.toml", text));
    }

    /// Runs `graphmail` with this command line, split as a shell would; `HOME/` is the user's folder.
    pub fn run(&self, line: &str) -> Run {
        self.run_with(line, b"")
    }

    /// Runs with this standard input.
    pub fn run_with(&self, line: &str, stdin: impl AsRef<[u8]>) -> Run {
        let words = shlex::split(line).unwrap_or_else(|| panic!("not a command line: {line}"));
        let words = words
            .into_iter()
            .map(|word| OsString::from(self.in_home(&word)));
        let words: Vec<OsString> = std::iter::once("graphmail".into()).chain(words).collect();
        self.run_words(&words, stdin.as_ref())
    }

    /// Runs with these words, the program's name first.
    pub fn run_words(&self, words: &[OsString], stdin: &[u8]) -> Run {
        let client = Client::new(&self.environment);
        let nothing = Scripted::new([]);
        let transport: &(dyn Transport + Sync) = match self.sandbox {
            Some(_) => &client,
            None => &nothing,
        };
        self.run_over(transport, words, stdin)
    }

    /// Runs with these words over that transport.
    pub fn run_over(
        &self,
        transport: &(dyn Transport + Sync),
        words: &[OsString],
        stdin: &[u8],
    ) -> Run {
        let mut stdout = Vec::new();
        let mut stderr = Watched::new(self.browser.clone(), &self.clock);
        let before = self.clock.sleeps().len();
        let host = Host {
            stdin: &mut Cursor::new(stdin),
            stdout: &mut stdout,
            stderr: &mut stderr,
            terminal: self.terminal,
            environment: self.environment.clone(),
            seams: Arc::new(User(Arc::clone(&self.clock), Arc::clone(&self.steps))),
            transport,
            keyring: &self.keyring,
        };
        let status = graphmail::run(words.iter().cloned(), host).number();
        schema::check(words, &stdout);
        let shown = |bytes| self.hide(&String::from_utf8(bytes).unwrap());
        Run {
            status,
            stdout: shown(stdout),
            stderr: shown(stderr.end()),
            waits: self.clock.sleeps().split_off(before),
        }
    }

    /// `text` without what differs from run to run.
    pub fn hide(&self, text: &str) -> String {
        let text = match &self.sandbox {
            Some(sandbox) => text.replace(&sandbox.graph_url(), "SANDBOX"),
            None => text.to_owned(),
        };
        let text = without_sign_in_ids(&text);
        text.replace(&*self.home().to_string_lossy(), "HOME")
    }

    /// The one message that the sandbox accepted.
    pub fn message(&self) -> Accepted {
        let mut accepted = self.sandbox().accepted();
        assert_eq!(accepted.len(), 1, "accepted messages");
        accepted.remove(0)
    }

    /// What the sandbox was asked, and answered: `POST /v1.0/me/sendMail 202`, `-` for no answer.
    pub fn requests(&self) -> Vec<String> {
        let shown =
            |status: Option<u16>| status.map_or("-".to_owned(), |status| status.to_string());
        self.sandbox()
            .exchanges()
            .iter()
            .map(|exchange| {
                format!(
                    "{} {} {}",
                    exchange.method,
                    exchange.path,
                    shown(exchange.status)
                )
            })
            .collect()
    }

    /// The sandbox's complaints, which are then no failure of the test.
    pub fn complaints(&mut self) -> Vec<String> {
        self.complaints_expected = true;
        self.sandbox().complaints()
    }
}

/// The sandbox is strict: what no correct client does fails the test, and so does a fault that
/// did not happen.
impl Drop for World {
    fn drop(&mut self) {
        if let Some(sandbox) = &self.sandbox
            && !self.complaints_expected
            && !thread::panicking()
        {
            assert_eq!(sandbox.complaints(), Vec::<String>::new());
        }
    }
}

impl Run {
    /// Demands this status and these outputs.
    #[track_caller]
    pub fn is(&self, status: u8, stdout: &str, stderr: &str) {
        let shown = |status, stdout, stderr| {
            format!(
                "exit status {status}\n--- standard output\n{stdout}--- standard error\n{stderr}"
            )
        };
        expected::same(
            "the run",
            &shown(status, stdout, stderr),
            &shown(self.status, &self.stdout, &self.stderr),
        );
    }

    /// Demands this status, whatever was said.
    #[track_caller]
    pub fn status_is(&self, status: u8) {
        assert_eq!(self.status, status, "{}", self.stderr);
    }

    /// Demands that nothing was said and nothing failed.
    #[track_caller]
    pub fn is_silent(&self) {
        self.is(0, "", "");
    }

    /// Demands success, and these words on standard error.
    #[track_caller]
    pub fn is_silent_but_for(&self, stderr: &str) {
        self.is(0, "", stderr);
    }

    /// Demands this status and these words on standard error, and nothing on standard output.
    #[track_caller]
    pub fn failed(&self, status: u8, stderr: &str) {
        self.is(status, "", stderr);
    }

    /// Demands that this run, of a send, failed as a run of another command does with this status
    /// and these words on standard error.
    #[track_caller]
    pub fn not_sent(&self, status: u8, stderr: &str) {
        let error = "graphmail: error: ";
        self.failed(
            status,
            &stderr.replacen(error, &format!("{error}the message was not sent: "), 1),
        );
    }

    /// Demands that this run, of sendmail, failed with this status and these words on standard error, to which
    /// it adds the entry that keeps the message. Returns its id.
    #[track_caller]
    pub fn kept(&self, status: u8, stderr: &str) -> String {
        let id = self.stderr.split_once("the message (");
        let id = id.and_then(|(_, rest)| rest.split_once(" in the outbox)"));
        let id = id.map_or_else(|| "ID".to_owned(), |(id, _)| id.to_owned());
        let error = "graphmail: error: ";
        let what = format!("{error}the message ({id} in the outbox) was not sent: ");
        let mut expected = stderr.replacen(error, &what, 1);
        if status != 65 {
            let link = match expected.contains("\nhint: ") {
                true => "; then: ",
                false => "\nhint: ",
            };
            let retry = format!("{link}graphmail outbox retry {id}\n");
            expected = expected.trim_end_matches('\n').to_owned() + &retry;
        }
        self.failed(status, &expected);
        id
    }

    /// Standard output, which must be one JSON object on one line.
    #[track_caller]
    pub fn json(&self) -> Value {
        let line = self.stdout.strip_suffix('\n').expect("a line");
        assert!(!line.contains('\n'), "more than a line: {line}");
        let value: Value = serde_json::from_str(line).unwrap();
        assert!(value.is_object(), "{value}");
        value
    }
}

/// The user's clock and chance: counted, an hour east of Greenwich.
struct User(Arc<Fixed>, Arc<Steps>);

impl Seams for User {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep(&self, pause: Duration) {
        self.0.sleep(pause);
    }

    fn wait_for_input(&self, limit: Duration) -> io::Result<bool> {
        self.0.wait_for_input(limit)
    }

    fn random(&self, bytes: &mut [u8]) {
        self.0.random(bytes);
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::fixed(Offset::constant(1))
    }

    fn host_name(&self) -> String {
        "host.example.org".to_owned()
    }

    fn host_names(&self) -> Vec<String> {
        vec![self.host_name(), "mail.example.net".to_owned()]
    }

    fn step(&self, name: &'static str) {
        self.1.reached(name);
    }

    fn disk_error(&self) -> Option<io::Error> {
        let refuses = self.1.refuses_notes.load(Ordering::Relaxed);
        refuses.then(|| io::ErrorKind::StorageFull.into())
    }
}

/// The steps of a run that must make sense on the disk, one of which may be its last.
#[derive(Default)]
pub struct Steps {
    last: AtomicUsize,
    reached: Mutex<Vec<&'static str>>,
    /// What happens to the disk when the run reaches that step.
    accident: Mutex<Option<(&'static str, Accident)>>,
    /// Whether the disk takes no record of an entry.
    refuses_notes: Arc<AtomicBool>,
}

type Accident = Box<dyn FnOnce() + Send>;

impl Steps {
    /// Lets the next run end at that step, from 1.
    pub fn end_at(&self, step: usize) {
        self.last.store(step, Ordering::Relaxed);
        self.reached.lock().unwrap().clear();
    }

    /// Does `accident` when the next run reaches the step `name`.
    pub fn at(&self, name: &'static str, accident: impl FnOnce() + Send + 'static) {
        *self.accident.lock().unwrap() = Some((name, Box::new(accident)));
    }

    /// From the step `name` on, the disk takes no record of an entry; then `accident` happens.
    pub fn refuse_notes_at(&self, name: &'static str, accident: impl FnOnce() + Send + 'static) {
        let refuses = Arc::clone(&self.refuses_notes);
        self.at(name, move || {
            refuses.store(true, Ordering::Relaxed);
            accident();
        });
    }

    /// The disk takes everything again.
    pub fn repair(&self) {
        self.refuses_notes.store(false, Ordering::Relaxed);
    }

    /// The steps since then.
    pub fn reached_so_far(&self) -> Vec<&'static str> {
        self.reached.lock().unwrap().clone()
    }

    fn reached(&self, name: &'static str) {
        let accident = self.accident.lock().unwrap().take_if(|(at, _)| *at == name);
        if let Some((_, accident)) = accident {
            accident();
        }
        let count = {
            let mut reached = self.reached.lock().unwrap();
            reached.push(name);
            reached.len()
        };
        assert!(
            count != self.last.load(Ordering::Relaxed),
            "the power is cut"
        );
    }
}

/// The service's clock, which is the user's, and tokens that are like nothing else in a test.
struct Service {
    clock: Arc<Fixed>,
    state: AtomicU64,
}

impl Seams for Service {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn sleep(&self, _: Duration) {
        panic!("the sandbox does not sleep");
    }

    /// SplitMix64.
    fn random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let step = 0x9E37_79B9_7F4A_7C15;
            let state = self.state.fetch_add(step, Ordering::Relaxed);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            let mixed = (mixed ^ (mixed >> 31)).to_le_bytes();
            chunk.copy_from_slice(&mixed[..chunk.len()]);
        }
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    /// All the service's numbers are one, so that outputs can be compared whole.
    fn uuid(&self) -> uuid::Uuid {
        uuid::uuid!("99999999-9999-4999-8999-999999999999")
    }
}

/// A keyring in memory that counts what it is asked, and that can be out of order.
#[derive(Default)]
pub struct Keyring {
    records: Memory,
    asked: AtomicUsize,
    /// What it answers to everything.
    pub fault: Option<fn() -> Error>,
    /// What it answers to saving.
    pub full: Option<fn() -> Error>,
}

impl Keyring {
    /// How often it was asked anything.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    fn ask(&self) -> Result<&Memory, Error> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match self.fault {
            Some(fault) => Err(fault()),
            None => Ok(&self.records),
        }
    }
}

impl Store for Keyring {
    fn load(&self, account: &str) -> Result<Option<Record>, Error> {
        self.ask()?.load(account)
    }

    fn save(&self, account: &str, record: &Record) -> Result<(), Error> {
        let records = self.ask()?;
        match self.full {
            Some(full) => Err(full()),
            None => records.save(account, record),
        }
    }

    fn delete(&self, account: &str) -> Result<bool, Error> {
        self.ask()?.delete(account)
    }

    fn kind(&self) -> Kind {
        Kind::Keyring
    }
}
