//! SIGINT and SIGTERM, for what must end in order: a sandbox with its folders, a draft half made.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Builder;

/// A flag that the first SIGINT or SIGTERM sets from now on; the second ends the process at once, as
/// it would have without the flag.
///
/// # Errors
/// Why the system lets nobody wait for them.
pub fn flag() -> io::Result<Arc<AtomicBool>> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let set = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&set);
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if runtime.block_on(received()).is_ok() {
                flag.store(true, Ordering::Relaxed);
                if runtime.block_on(received()).is_ok() {
                    end();
                }
            }
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
    let runtime = Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(received())
}

#[cfg(unix)]
async fn received() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    std::future::poll_fn(|context| {
        if interrupt.poll_recv(context).is_ready() {
            return std::task::Poll::Ready(Ok(()));
        }
        terminate.poll_recv(context).map(|_| Ok(()))
    })
    .await
}

#[cfg(not(unix))]
async fn received() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
