//! A program of the user's that prints a token or a secret: run, time-limited, its complaint kept.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::line::one_line;

/// How long a program may take.
pub const LIMIT: Duration = Duration::from_secs(30);

/// The most of a program's standard output that is read, in bytes; the longest tokens have a tenth.
const MAX_OUTPUT: u64 = 256 * 1024;
/// The most of a program's standard error that is shown, in bytes.
const MAX_COMPLAINT: usize = 1024;

/// Why a program printed nothing that counts; whose failure it is stands before the words.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It could not be started, or its output not be read.
    #[error("cannot be run: {0}")]
    NotRun(#[from] io::Error),
    /// It ended with another status than 0.
    #[error("failed ({status}){}", after_colon(complaint))]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to standard error, on one line, cut at 1 KB.
        complaint: String,
    },
    /// It did not end, and was killed.
    #[error("did not end within {} seconds", limit.as_secs())]
    TimedOut {
        /// How long it was given.
        limit: Duration,
    },
}

fn after_colon(complaint: &str) -> String {
    if complaint.is_empty() {
        String::new()
    } else {
        format!(": {complaint}")
    }
}

/// What `command` prints in the system's shell, in this process's environment, cut at 256 KB.
///
/// # Errors
/// A [`Failure`], which never holds what the command wrote to standard output.
pub(super) fn printed(command: &str, limit: Duration) -> Result<Vec<u8>, Failure> {
    output(&mut shell(command), limit)
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

/// `cmd` does not undo the quoting of arguments: the command goes there as it is.
#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C");
    std::os::windows::process::CommandExt::raw_arg(&mut shell, command);
    shell
}

/// What `program` writes to standard output until it ends with success.
pub(super) fn output(program: &mut Command, limit: Duration) -> Result<Vec<u8>, Failure> {
    let mut child = program
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let output = collect(&mut child);
    let Some((stdout, stderr)) = within(limit, output) else {
        // It may have ended just now; that it has is all that is wanted.
        drop(child.kill());
        drop(child.wait());
        return Err(Failure::TimedOut { limit });
    };
    // A program that has closed its output has nothing left to do but to end.
    let status = within(limit, move || child.wait()).ok_or(Failure::TimedOut { limit })??;
    if !status.success() {
        return Err(Failure::Failed {
            status,
            complaint: one_line(&String::from_utf8_lossy(&stderr?), MAX_COMPLAINT),
        });
    }
    Ok(stdout?)
}

type Output = io::Result<Vec<u8>>;

/// Reads both of the child's outputs to their ends, when it is called.
fn collect(child: &mut Child) -> impl FnOnce() -> (Output, Output) + Send + 'static {
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    move || {
        let complaint = thread::spawn(move || read(stderr));
        let output = read(stdout);
        let complaint = complaint
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("a reader died")));
        (output, complaint)
    }
}

/// Reads to the end, of which the first part is kept: a program must not block on a full pipe.
fn read(pipe: Option<impl Read>) -> Output {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.by_ref().take(MAX_OUTPUT).read_to_end(&mut kept)?;
        io::copy(&mut pipe, &mut io::sink())?;
    }
    Ok(kept)
}

/// What `work` gives, if it ends within `limit`; else it is left to itself.
fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || drop(sender.send(work())));
    receiver.recv_timeout(limit).ok()
}
