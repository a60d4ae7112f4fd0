//! Programs as processes. Each has a deadline, so that a test which waits for one always ends.

use std::ffi::OsStr;
use std::io::Read;
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

/// How long a test waits for a process. No test needs as much, even on a busy host.
const LIMIT: Duration = Duration::from_secs(120);

/// A command with nothing on standard input and with its outputs captured, unless a test changes that.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    reset_signals();
    let mut command = Command::new(program);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// How often the tests kill that are ignored by default: a thousand times, or `GRAPHMAIL_ROUNDS`.
pub fn rounds() -> usize {
    let given = std::env::var("GRAPHMAIL_ROUNDS").ok();
    given.map_or(1000, |text| text.parse().unwrap())
}

/// A command that ends, or whose test fails.
pub trait Bounded {
    /// Starts it and waits for its end.
    #[track_caller]
    fn run(&mut self) -> Output;

    /// Starts it.
    #[track_caller]
    fn start(&mut self) -> Process;
}

impl Bounded for Command {
    fn run(&mut self) -> Output {
        self.start().output()
    }

    fn start(&mut self) -> Process {
        let shown = format!("{:?}", self.get_program());
        let mut child = self
            .spawn()
            .unwrap_or_else(|error| panic!("{shown}: {error}"));
        let seen = Arc::new(Seen::default());
        let stdout = child.stdout.take();
        let stderr = child.stderr.take();
        seen.lock().open = usize::from(stdout.is_some()) + usize::from(stderr.is_some());
        if let Some(pipe) = stdout {
            seen.collect(pipe, |state| &mut state.stdout);
        }
        if let Some(pipe) = stderr {
            seen.collect(pipe, |state| &mut state.stderr);
        }
        Process {
            waiter: Some(seen.await_exit(Pid::from_child(&child))),
            child,
            shown,
            seen,
            output_lines: 0,
            error_lines: 0,
            deadline: Instant::now() + LIMIT,
        }
    }
}

/// Returns when the condition holds. Fails if it does not in time.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within {LIMIT:?}");
        thread::yield_now();
    }
}

/// What `work` returns, which may wait for a process. Fails if it does not return in time.
#[track_caller]
pub fn within<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    drop(thread::spawn(move || sender.send(work())));
    receiver
        .recv_timeout(LIMIT)
        .unwrap_or_else(|error| panic!("{what}: {error} ({LIMIT:?})"))
}

/// A process that was started. If it is dropped before its end, it is killed.
pub struct Process {
    child: Child,
    shown: String,
    seen: Arc<Seen>,
    /// How many lines of standard output the test has taken.
    output_lines: usize,
    /// How many lines of standard error the test has taken.
    error_lines: usize,
    waiter: Option<JoinHandle<()>>,
    deadline: Instant,
}

impl Process {
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The pipe to standard input, if there is one.
    pub fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("a pipe to standard input")
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Whether it has not ended yet.
    pub fn runs(&self) -> bool {
        !self.seen.lock().exited
    }

    /// Waits for its end. Standard output and standard error are whole.
    #[track_caller]
    pub fn output(mut self) -> Output {
        drop(self.child.stdin.take());
        self.wait_for("end", |state| {
            (state.exited && state.open == 0).then_some(())
        });
        let status = self.reap();
        let mut state = self.seen.lock();
        Output {
            status,
            stdout: std::mem::take(&mut state.stdout),
            stderr: std::mem::take(&mut state.stderr),
        }
    }

    /// Waits for its end.
    #[track_caller]
    pub fn status(self) -> ExitStatus {
        self.output().status
    }

    /// Kills it, and waits for its end.
    #[track_caller]
    pub fn kill(mut self) -> Output {
        self.child.kill().unwrap();
        self.output()
    }

    /// The next line of standard output, without its end.
    #[track_caller]
    pub fn output_line(&mut self) -> String {
        let number = self.output_lines;
        self.output_lines += 1;
        self.wait_for("write a line", |state| line(&state.stdout, number))
    }

    /// The next line of standard error, without its end.
    #[track_caller]
    pub fn error_line(&mut self) -> String {
        let number = self.error_lines;
        self.error_lines += 1;
        self.wait_for("write a line of errors", |state| {
            line(&state.stderr, number)
        })
    }

    /// Waits until `find` finds something. Fails if the process has ended without it, or at the deadline.
    #[track_caller]
    fn wait_for<T>(&self, what: &str, mut find: impl FnMut(&State) -> Option<T>) -> T {
        let mut state = self.seen.lock();
        loop {
            if let Some(found) = find(&state) {
                return found;
            }
            let left = self.deadline.saturating_duration_since(Instant::now());
            let over = state.exited && state.open == 0;
            if over || left.is_zero() {
                let why = if over { "before it ended" } else { "in time" };
                let output = state.shown();
                drop(state);
                panic!("{} did not {what} {why}\n{output}", self.shown);
            }
            state = self.seen.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Shows the output of a process that was still there when its test failed.
    #[expect(clippy::print_stderr, reason = "it belongs to the failure")]
    fn show_if_failed(&self) {
        if thread::panicking() {
            eprintln!("{} was killed\n{}", self.shown, self.seen.lock().shown());
        }
    }

    /// The exit status. The waiter is joined first: after that the process id may be another process's.
    fn reap(&mut self) -> ExitStatus {
        if let Some(waiter) = self.waiter.take() {
            waiter.join().unwrap();
        }
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.waiter.is_some() {
            drop(self.child.kill());
            self.reap();
            self.show_if_failed();
        }
    }
}

/// What was seen of a process so far.
#[derive(Default)]
struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// How many of its pipes still have a writer.
    open: usize,
    exited: bool,
}

impl State {
    fn shown(&self) -> String {
        format!(
            "--- standard output\n{}--- standard error\n{}",
            String::from_utf8_lossy(&self.stdout),
            String::from_utf8_lossy(&self.stderr)
        )
    }
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Reads a pipe to its end.
    fn collect(
        self: &Arc<Self>,
        mut pipe: impl Read + Send + 'static,
        into: fn(&mut State) -> &mut Vec<u8>,
    ) {
        let seen = Arc::clone(self);
        drop(thread::spawn(move || {
            let mut block = [0; 1 << 13];
            while let Ok(count) = pipe.read(&mut block)
                && count > 0
            {
                seen.change(|state| into(state).extend_from_slice(&block[..count]));
            }
            seen.change(|state| state.open -= 1);
        }));
    }

    /// Waits for the end of the process and leaves its exit status to [`Process::reap`].
    fn await_exit(self: &Arc<Self>, id: Pid) -> JoinHandle<()> {
        let seen = Arc::clone(self);
        thread::spawn(move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            let ended = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(id), options));
            seen.change(|state| state.exited = true);
            ended.unwrap();
        })
    }
}

/// The line of that number, from 0, if it is whole.
fn line(text: &[u8], number: usize) -> Option<String> {
    let line = text.split_inclusive(|byte| *byte == b'\n').nth(number)?;
    let line = line.strip_suffix(b"\n")?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// Lets the children of this process have the signals' default actions.
///
/// A shell ignores SIGINT in `cargo test &`, and `nohup` ignores SIGHUP; both are inherited. A signal that
/// is caught gets its default action in a child, and to catch one that is ignored changes nothing else here.
fn reset_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
        let runtime = runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .unwrap();
        let _entered = runtime.enter();
        for kind in [
            SignalKind::hangup(),
            SignalKind::interrupt(),
            SignalKind::quit(),
            SignalKind::terminate(),
        ] {
            if mask & (1 << (kind.as_raw_value() - 1)) != 0 {
                // The handler stays when this is dropped.
                drop(signal(kind).unwrap());
            }
        }
    });
}

/// What a test says that waits in vain.
fn failure(wait: impl FnOnce() -> Output) -> String {
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(wait));
    *failed.unwrap_err().downcast().unwrap()
}

#[test]
fn a_process_that_does_not_end_is_killed_and_shown() {
    let mut process = command("sh")
        .args(["-c", "echo begun >&2; exec sleep 1000000"])
        .start();
    assert_eq!(process.error_line(), "begun");
    let id = process.id();
    process.deadline = Instant::now();
    assert_eq!(
        failure(|| process.output()),
        "\"sh\" did not end in time\n--- standard output\n--- standard error\nbegun\n"
    );
    assert!(!std::fs::exists(format!("/proc/{id}/stat")).unwrap());
}

#[test]
fn a_process_that_ends_too_early_is_shown() {
    let mut process = command("sh").args(["-c", "echo all"]).start();
    assert_eq!(process.output_line(), "all");
    let early = || {
        process.output_line();
        process.output()
    };
    assert_eq!(
        failure(early),
        "\"sh\" did not write a line before it ended\n--- standard output\nall\n--- standard error\n"
    );
}

/// A wait without a deadline keeps a whole run of the tests waiting.
#[test]
fn all_tests_wait_with_a_deadline() {
    let mut folders = vec![std::path::PathBuf::from("tests")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_source = path.extension().is_some_and(|extension| extension == "rs");
            if path.is_dir() && !path.ends_with("fuzz") {
                folders.push(path);
            } else if is_source && !path.ends_with("support/process.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for unbounded in ["Command::new(", ".spawn()", ".wait()", "wait_with_output"] {
                    if text.contains(unbounded) {
                        found.push(format!("{} has {unbounded}", path.display()));
                    }
                }
            }
        }
    }
    assert_eq!(found, [""; 0]);
}
