//! Handles SIGINT, SIGTERM and SIGHUP for runs that must clean up: a sandbox removes its folder, an
//! interrupted upload deletes its draft.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::exit::{Class, Status};
use crate::mutex::locked;
use crate::text::Visible;

/// The signals of this process so far; static, because signals are sent to the process.
static STATE: Mutex<State> = Mutex::new(State {
    flag: None,
    signal: None,
    messages: Vec::new(),
    is_service: false,
});

/// The number of SIGHUP.
const SIGHUP: u8 = 1;

/// Wakes [`rest`] when a signal arrives.
static ARRIVED: Condvar = Condvar::new();

struct State {
    /// Set if signals are handled.
    flag: Option<Arc<AtomicBool>>,
    /// The number of the first signal.
    signal: Option<u8>,
    /// The messages that are being sent, by the numbers of their [`Sending`].
    messages: Vec<(u64, Message)>,
    /// Whether no person waits for the end of the process.
    is_service: bool,
}

/// The state of a message that is being sent as a draft. It is printed when a second signal leaves no
/// time to ask the mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The draft's id, if it has been created.
    pub draft: Option<String>,
    /// Whether the request that sends it has begun.
    pub sending: bool,
}

impl Message {
    /// What may be left in the mailbox.
    fn remains(&self) -> String {
        match (&self.draft, self.sending) {
            (None, false) => "a draft may be left in Drafts".to_owned(),
            (None, true) => "the message may have been sent".to_owned(),
            (Some(id), false) => format!("the draft {id} is left in Drafts"),
            (Some(id), true) => format!("the message may have been sent; the draft is {id}"),
        }
    }
}

/// A message that is being sent, until this is dropped. Several may be sent at the same time.
#[derive(Debug)]
pub struct Sending(u64);

impl Sending {
    /// Begins to send a message. Nothing of it is in the mailbox yet.
    #[must_use]
    pub fn begin() -> Self {
        let mut state = state();
        let number = state.messages.last().map_or(0, |(last, _)| last + 1);
        state.messages.push((number, Message::default()));
        Self(number)
    }

    /// Sets what is in the mailbox.
    pub fn set(&self, message: Message) {
        let mut state = state();
        let mut messages = state.messages.iter_mut();
        if let Some((_, known)) = messages.find(|(number, _)| *number == self.0) {
            *known = message;
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        state().messages.retain(|(number, _)| *number != self.0);
    }
}

/// A flag that the first of these signals sets. The second ends the process at once: with the status of
/// the signal, or with [`Class::Unknown`] if a message may have been sent. An ignored signal stays
/// ignored, such as SIGHUP under `nohup`.
///
/// # Errors
/// Why signals cannot be handled.
pub fn flag() -> io::Result<Arc<AtomicBool>> {
    flag_of(|_| true)
}

/// The flag that the first signal for which `ends` is true sets.
fn flag_of(ends: fn(u8) -> bool) -> io::Result<Arc<AtomicBool>> {
    let mut state = state();
    if let Some(flag) = &state.flag {
        return Ok(Arc::clone(flag));
    }
    let (runtime, mut signals) = listen()?;
    let set = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&set);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let mut next = || loop {
                let signal = runtime.block_on(signals.next());
                if ends(signal) {
                    return signal;
                }
            };
            on_first_signal(next(), &flag);
            on_second_signal(next());
        })?;
    state.flag = Some(Arc::clone(&set));
    Ok(set)
}

/// As [`flag`], for a service, which SIGHUP does not end.
///
/// # Errors
/// As [`flag`].
pub fn service_flag() -> io::Result<Arc<AtomicBool>> {
    state().is_service = true;
    flag_of(|signal| signal != SIGHUP)
}

/// Ends the process with success after `limit`, if it still runs: what is in flight then is settled by the next
/// start.
pub fn end_within(limit: Duration) {
    let end = std::thread::Builder::new().name("end".to_owned());
    drop(end.spawn(move || {
        #[expect(
            clippy::disallowed_methods,
            reason = "a signal has come, so that waits return at once"
        )]
        std::thread::sleep(limit);
        exit(Class::Success.into());
    }));
}

/// Whether a signal has arrived.
#[must_use]
pub fn is_set() -> bool {
    state().signal.is_some()
}

/// The exit status of a run that the signal stopped: 128 and its number, as in a shell.
#[must_use]
pub fn status() -> Status {
    state()
        .signal
        .map_or(Status::INTERRUPTED, Status::of_signal)
}

/// Sleeps for `pause`, or until a signal arrives; returns at once if one has arrived already.
pub fn rest(pause: Duration) {
    drop(ARRIVED.wait_timeout_while(state(), pause, |state| state.signal.is_none()));
}

fn state() -> MutexGuard<'static, State> {
    locked(&STATE)
}

fn on_first_signal(signal: u8, flag: &AtomicBool) {
    let state_before = state();
    let is_sending = !state_before.messages.is_empty() && !state_before.is_service;
    drop(state_before);
    // Before the run says what it did.
    if is_sending {
        print_line("stopping after the current request; Ctrl-C again stops at once");
    }
    flag.store(true, Ordering::Relaxed);
    state().signal = Some(signal);
    ARRIVED.notify_all();
}

fn on_second_signal(signal: u8) {
    let messages = state().messages.clone();
    let mut status = Status::of_signal(signal);
    for (_, message) in messages {
        print_line(&format!("stopped; {}", message.remains()));
        if message.sending {
            status = Class::Unknown.into();
        }
    }
    exit(status);
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "a second signal or the end of a service leaves no time for cleanup"
)]
fn exit(status: Status) -> ! {
    std::process::exit(i32::from(status.number()))
}

/// Writes to standard error from the signal thread, which cannot use the run's `Ui`. Errors are
/// ignored.
fn print_line(words: &str) {
    let line = Visible::line(&format!("graphmail: {words}"));
    drop(io::stderr().write_all(format!("{line}\n").as_bytes()));
}

/// Waits for one of the signals (on Windows, for Ctrl-C).
///
/// # Errors
/// Why signals cannot be handled.
pub fn wait() -> io::Result<()> {
    handle().map(Handled::wait)
}

/// Handles the signals from now on: none that arrives before [`Handled::wait`] is missed.
///
/// # Errors
/// As [`wait`].
pub fn handle() -> io::Result<Handled> {
    listen().map(|(runtime, signals)| Handled(runtime, signals))
}

/// The signals, which are handled.
pub struct Handled(Runtime, Signals);

impl Handled {
    /// Waits for one of them.
    pub fn wait(self) {
        let Self(runtime, mut signals) = self;
        runtime.block_on(signals.next());
    }
}

/// Begins to handle the signals; none that arrives after this is missed.
fn listen() -> io::Result<(Runtime, Signals)> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    Ok((runtime, signals))
}

#[cfg(unix)]
struct Signals(Vec<(u8, tokio::signal::unix::Signal)>);

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let ignored = ignored();
        let kinds = [
            (SIGHUP, SignalKind::hangup()),
            (2, SignalKind::interrupt()),
            (15, SignalKind::terminate()),
        ];
        let mut signals = Vec::new();
        for (number, kind) in kinds {
            if ignored & (1 << (number - 1)) == 0 {
                signals.push((number, signal(kind)?));
            }
        }
        Ok(Self(signals))
    }

    /// The number of the next signal.
    async fn next(&mut self) -> u8 {
        std::future::poll_fn(|context| {
            for (number, signal) in &mut self.0 {
                if signal.poll_recv(context).is_ready() {
                    return std::task::Poll::Ready(*number);
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}

/// The signals that this process ignored at its start, one bit each from SIGHUP on. If that cannot be
/// read, SIGHUP counts as ignored: to handle it would undo `nohup`.
#[cfg(unix)]
fn ignored() -> u64 {
    const UNKNOWN: u64 = 1;
    // proc(5): /proc/PID/status, SigIgn.
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return UNKNOWN;
    };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(UNKNOWN)
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) -> u8 {
        self.0.recv().await;
        2
    }
}
