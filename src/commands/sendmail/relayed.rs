//! `sendmail -bs` on a host with a mail service: the client speaks with the service.

use std::io::{self, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::thread;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::smtp::BUFFER;
use crate::ui::Ui;

/// Brings what the client says to the service, and back, until one of them ends.
pub(super) fn relay(service: &UnixStream, ui: &Ui<'_>) -> io::Result<()> {
    thread::scope(|scope| {
        let replies = scope.spawn(|| replies(service, ui));
        let said = commands(service);
        // The service answers what it has, and closes.
        drop(service.shutdown(Shutdown::Write));
        let replied = replies.join().unwrap_or(Ok(()));
        said.and(replied)
    })
}

/// Copies the replies of the service.
fn replies(mut service: &UnixStream, ui: &Ui<'_>) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match service.read(&mut buffer)? {
            0 => return Ok(()),
            size => ui.raw(buffer.get(..size).unwrap_or_default())?,
        }
    }
}

/// Copies the commands of the client, until it or the service ends.
fn commands(mut service: &UnixStream) -> io::Result<()> {
    let mut stdin = io::stdin();
    let mut buffer = vec![0; BUFFER];
    loop {
        let mut waited = [
            PollFd::new(&stdin, PollFlags::IN),
            // Without an event to wait for, only its end is reported.
            PollFd::new(service, PollFlags::empty()),
        ];
        match poll(&mut waited, None) {
            Err(Errno::INTR) => continue,
            waited => waited?,
        };
        let [input, output] = &waited;
        if !output.revents().is_empty() {
            return Ok(());
        }
        if input.revents().is_empty() {
            continue;
        }
        let size = stdin.read(&mut buffer)?;
        let said = buffer.get(..size).unwrap_or_default();
        // What the service does not take any more, its last reply explains.
        if said.is_empty() || service.write_all(said).is_err() {
            return Ok(());
        }
    }
}
