//! SIGINT, SIGTERM and SIGHUP, for what must end in order: a sandbox with its folders, a draft half made.

use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::exit::{Class, Status};
use crate::text::Visible;

/// What this process has heard so far. A signal is the process's, and so is this.
static HEARD: Mutex<Heard> = Mutex::new(Heard {
    flag: None,
    signal: None,
    message: None,
});

/// Wakes who waits when a signal comes.
static COMES: Condvar = Condvar::new();

struct Heard {
    /// There from when signals are listened to.
    flag: Option<Arc<AtomicBool>>,
    /// The number of the first.
    signal: Option<u8>,
    message: Option<Message>,
}

/// What a message that is on its way as a draft has come to: what is said of it where a second
/// signal leaves no time to ask the mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The draft's id, from when it has one.
    pub draft: Option<String>,
    /// Whether the request that sends it has begun.
    pub sending: bool,
}

impl Message {
    /// What may be left of it.
    fn remains(&self) -> String {
        match (&self.draft, self.sending) {
            (None, false) => "a draft may be left in Drafts".to_owned(),
            (None, true) => "the message may have been sent".to_owned(),
            (Some(id), false) => format!("the draft {id} is left in Drafts"),
            (Some(id), true) => format!("the message may have been sent; the draft is {id}"),
        }
    }
}

/// A flag that the first of these signals sets from now on; the second ends the process at once, as
/// it would have without the flag, and with [`Class::Unknown`] where a message may have been sent. A signal that is ignored, as `nohup` does with SIGHUP, stays so.
///
/// # Errors
/// Why the system lets nobody wait for them.
pub fn flag() -> io::Result<Arc<AtomicBool>> {
    let mut heard = heard();
    if let Some(flag) = &heard.flag {
        return Ok(Arc::clone(flag));
    }
    let (runtime, mut signals) = listen()?;
    let set = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&set);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            first(runtime.block_on(signals.next()), &flag);
            end(runtime.block_on(signals.next()));
        })?;
    heard.flag = Some(Arc::clone(&set));
    Ok(set)
}

/// Whether the flag is set.
#[must_use]
pub fn is_set() -> bool {
    heard().signal.is_some()
}

/// What a run ends with that the signal stopped, as a shell has it.
#[must_use]
pub fn status() -> Status {
    heard()
        .signal
        .map_or(Status::INTERRUPTED, Status::of_signal)
}

/// Waits for `pause`, or until the flag is set: not at all where it is set already, as it may be
/// since the caller has looked.
pub fn rest(pause: Duration) {
    drop(COMES.wait_timeout_while(heard(), pause, |heard| heard.signal.is_none()));
}

/// Notes what the message on its way has come to; none is on its way any more.
pub fn note(message: Option<Message>) {
    heard().message = message;
}

fn heard() -> MutexGuard<'static, Heard> {
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn first(signal: u8, flag: &AtomicBool) {
    flag.store(true, Ordering::Relaxed);
    let mut heard = heard();
    heard.signal = Some(signal);
    let on_its_way = heard.message.is_some();
    drop(heard);
    COMES.notify_all();
    if on_its_way {
        say("stopping when the request under way has ended; Ctrl-C again stops at once");
    }
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "whoever asks twice wants nothing more to happen"
)]
fn end(signal: u8) {
    let message = heard().message.clone();
    let mut status = Status::of_signal(signal);
    if let Some(message) = message {
        say(&format!("stopped; {}", message.remains()));
        if message.sending {
            status = Class::Unknown.into();
        }
    }
    std::process::exit(i32::from(status.number()));
}

/// Says so from the thread of the signals, which has no part in the run's own talk; where nobody
/// can be told, nobody is.
fn say(words: &str) {
    let line = Visible::line(&format!("graphmail: {words}"));
    drop(io::stderr().write_all(format!("{line}\n").as_bytes()));
}

/// Waits for one of the signals (Ctrl-C elsewhere).
///
/// # Errors
/// Why the system lets nobody wait for them.
pub fn wait() -> io::Result<()> {
    let (runtime, mut signals) = listen()?;
    runtime.block_on(signals.next());
    Ok(())
}

/// Begins to listen; none that comes after this is missed.
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
            (1, SignalKind::hangup()),
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

    /// The number of the next one.
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

/// The signals that this process was started to ignore, a bit each from SIGHUP on. Where the system
/// does not tell, SIGHUP counts as ignored, for to listen would undo what `nohup` has done.
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
