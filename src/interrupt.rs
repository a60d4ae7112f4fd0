//! SIGINT and SIGTERM, for what must end in order: a sandbox with its folders, a draft half made.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::{Builder, Runtime};

/// A flag that the first SIGINT or SIGTERM sets from now on; the second ends the process at once, as
/// it would have without the flag.
///
/// # Errors
/// Why the system lets nobody wait for them.
pub fn flag() -> io::Result<Arc<AtomicBool>> {
    let (runtime, mut signals) = listen()?;
    let set = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&set);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            runtime.block_on(signals.next());
            flag.store(true, Ordering::Relaxed);
            runtime.block_on(signals.next());
            end();
        })?;
    Ok(set)
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "whoever asks twice wants nothing more to happen"
)]
fn end() {
    std::process::exit(i32::from(crate::exit::Status::INTERRUPTED.number()));
}

/// Waits for SIGINT or SIGTERM (Ctrl-C elsewhere).
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
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        std::future::poll_fn(|context| {
            if self.interrupt.poll_recv(context).is_ready() {
                return std::task::Poll::Ready(());
            }
            self.terminate.poll_recv(context).map(drop)
        })
        .await;
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
