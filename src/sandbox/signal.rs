//! The end of a sandbox that runs until somebody ends it.

use std::io;

use tokio::runtime::Builder;

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
