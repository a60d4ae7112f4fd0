//! What the fuzz targets share: a host in memory, whose network answers with the input.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use graphmail::auth::store::Memory;
use graphmail::http::{Failure, Reason, Request, Response, Transport};
use graphmail::seams::{Environment, Seams};
use graphmail::{Host, Terminal};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempfile::TempDir;

/// The variable of the access token, which no output may show.
const TOKEN: &str = "GRAPHMAIL_ACCESS_TOKEN";

/// How many access tokens were made.
static TOKENS: AtomicU64 = AtomicU64::new(0);

/// The exit statuses that the manual lists, except those of signals and that of a defect (70).
const STATUSES: [u8; 13] = [0, 1, 64, 65, 66, 67, 69, 73, 74, 75, 76, 77, 78];

/// A clock that moves with each look and each wait, and counted randomness.
#[derive(Default)]
pub struct Clock {
    milliseconds: AtomicU64,
    random: AtomicU64,
}

impl Seams for Clock {
    fn now(&self) -> Timestamp {
        // A second a look: a loop that waits for a time reaches it.
        let passed = self.milliseconds.fetch_add(1000, Ordering::Relaxed);
        let start: Timestamp = "2026-11-20T10:00:00Z".parse().expect("a timestamp");
        let passed = Duration::from_millis(passed);
        start.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    fn sleep(&self, pause: Duration) {
        let pause = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        // A century a wait is enough.
        self.milliseconds
            .fetch_add(pause.min(3_155_760_000_000), Ordering::Relaxed);
    }

    fn random(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.random.fetch_add(1, Ordering::Relaxed).to_le_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }
}

/// A network with prepared answers; when they are used up, nothing can be reached.
#[derive(Default)]
pub struct Answers(Mutex<VecDeque<Response>>);

impl Answers {
    /// These answers, in this order.
    pub fn new(answers: impl IntoIterator<Item = Response>) -> Self {
        Self(Mutex::new(answers.into_iter().collect()))
    }

    /// Accepts every message.
    pub fn accepting() -> Self {
        let accepted = Response {
            status: 202,
            headers: vec![("request-id".to_owned(), "r".to_owned())],
            body: "".into(),
        };
        Self::new(std::iter::repeat_n(accepted, 100))
    }
}

impl Transport for Answers {
    fn execute(&self, _: &Request) -> Result<Response, Failure> {
        let next = self.0.lock().unwrap().pop_front();
        next.ok_or_else(|| {
            let text = "connecting to graph.microsoft.com: no more answers".to_owned();
            Failure::NotConnected(graphmail::http::Cause::new(Reason::Dns, text))
        })
    }
}

/// A user's folder.
pub struct Home(TempDir);

impl Home {
    /// An empty folder.
    pub fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder"))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file that its owner alone may read.
    pub fn file(&self, name: &str, contents: &[u8]) -> std::path::PathBuf {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let path = self.path().join(name);
        let folder = path.parent().expect("a folder");
        std::fs::create_dir_all(folder).expect("a folder is made");
        for made in folder.ancestors().take_while(|one| *one != self.path()) {
            let mode = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(made, mode).expect("a mode is set");
        }
        let file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path);
        std::io::Write::write_all(&mut file.expect("a file is made"), contents)
            .expect("a file is written");
        path
    }

    /// The environment of a user with that folder. The host's own configuration and aliases are not
    /// read: those of the folder are, if it has any.
    pub fn environment(&self) -> Environment {
        let config = self.path().join("config.toml");
        if !config.exists() {
            let aliases = self.path().join("aliases");
            let text = format!("[sendmail]\naliases_file = '{}'\n", aliases.display());
            self.file("config.toml", text.as_bytes());
        }
        Environment::from_pairs([
            ("HOME", self.path().as_os_str()),
            ("GRAPHMAIL_CONFIG", config.as_os_str()),
            ("GRAPHMAIL_TOKEN_STORE", "file".as_ref()),
        ])
    }

    /// The same with a ready token.
    pub fn signed_in(&self) -> Environment {
        let mut environment = self.environment();
        // Always another: the fuzzer notes the texts that are compared, and tries them as input.
        let number = TOKENS.fetch_add(1, Ordering::Relaxed);
        environment.set(TOKEN, format!("eyJ0eXAi.fuzz{number:016x}.c2ln"));
        environment.set("GRAPHMAIL_MAILBOX", "reports@contoso.com");
        environment
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

/// What a run wrote.
pub struct Run {
    /// The exit status.
    pub status: u8,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

/// Runs the program with that command line, and requires what is true of every run: a listed exit
/// status, no access token in the output, and nothing on standard error that drives a terminal.
pub fn run(words: &[&str], environment: Environment, network: &Answers, stdin: &[u8]) -> Run {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let token = environment.get(TOKEN);
    let host = Host {
        stdin: &mut Cursor::new(stdin),
        stdout: &mut stdout,
        stderr: &mut stderr,
        terminal: Terminal::default(),
        environment,
        seams: Arc::new(Clock::default()),
        transport: network,
        keyring: &Memory::default(),
    };
    let status = graphmail::run(words.iter().map(OsString::from), host).number();
    assert!(STATUSES.contains(&status), "status {status}");
    if let Some(token) = token {
        for output in [&stdout, &stderr] {
            let shown = String::from_utf8_lossy(output).contains(&token);
            assert!(!shown, "the access token is shown");
        }
    }
    is_visible(&stderr);
    Run {
        status,
        stdout,
        stderr,
    }
}

/// As [`run`], and nothing on standard output drives a terminal either: for commands that print
/// neither a message nor SMTP replies.
pub fn run_visibly(
    words: &[&str],
    environment: Environment,
    network: &Answers,
    stdin: &[u8],
) -> Run {
    let run = run(words, environment, network, stdin);
    is_visible(&run.stdout);
    run
}

/// Requires lines of text without control characters, C1 and bidirectional controls among them.
fn is_visible(output: &[u8]) {
    let text = std::str::from_utf8(output).expect("the output is UTF-8");
    let hidden = text.chars().find(|character| {
        (character.is_control() && *character != '\n')
            || matches!(character,
                '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
                | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    assert_eq!(hidden, None, "{text:?}");
}
