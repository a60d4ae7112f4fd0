//! A program of the user's that prints a token or a secret: run, time-limited, its complaint kept.

use crate::text;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

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
    /// It printed more than 256 KB, and was killed.
    #[error("printed more than 256 KB")]
    TooMuch,
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

/// What `command` prints in the system's shell, in this process's environment, 256 KB at most.
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

/// How long a program may take in a run whose requests may take `timeout` each.
pub fn limit(timeout: Duration) -> Duration {
    LIMIT.min(timeout)
}

/// What `program` writes to standard output until it ends with success. Whatever it started is
/// killed with it where it does not end.
pub(super) fn output(program: &mut Command, limit: Duration) -> Result<Vec<u8>, Failure> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(program, 0);
    let mut child = program
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let complaint = thread::spawn(move || drained(stderr));
    let failure = match within(limit, move || capped(stdout)) {
        Some(Ok(Some(output))) => {
            let ended = within(limit, || complaint.join());
            return match ended {
                Some(complaint) => settled(&mut child, output, complaint, limit),
                None => {
                    end(&mut child);
                    Err(Failure::TimedOut { limit })
                }
            };
        }
        Some(Ok(None)) => Failure::TooMuch,
        Some(Err(error)) => Failure::NotRun(error),
        None => Failure::TimedOut { limit },
    };
    end(&mut child);
    Err(failure)
}

type Output = io::Result<Vec<u8>>;

/// What the child's end says of its output.
fn settled(
    child: &mut Child,
    output: Vec<u8>,
    complaint: thread::Result<Output>,
    limit: Duration,
) -> Result<Vec<u8>, Failure> {
    // A program that has closed its outputs has nothing left to do but to end.
    let ended = thread::scope(|scope| {
        let (sender, receiver) = mpsc::channel();
        let group = group(child);
        scope.spawn(move || drop(sender.send(child.wait())));
        receiver
            .recv_timeout(limit)
            .inspect_err(|_| kill(group))
            .ok()
    });
    let status = ended.ok_or(Failure::TimedOut { limit })??;
    if status.success() {
        return Ok(output);
    }
    let complaint = complaint.unwrap_or_else(|_| Err(io::Error::other("a reader died")))?;
    Err(Failure::Failed {
        status,
        complaint: text::sentence(&String::from_utf8_lossy(&complaint), MAX_COMPLAINT),
    })
}

/// Kills the child with all that it started, and waits for it.
fn end(child: &mut Child) {
    kill(group(child));
    // It may have ended just now; that it has is all that is wanted.
    drop(child.kill());
    drop(child.wait());
}

/// The child's process group, which is its own.
#[cfg(unix)]
fn group(child: &Child) -> rustix::process::Pid {
    rustix::process::Pid::from_child(child)
}

#[cfg(unix)]
fn kill(group: rustix::process::Pid) {
    // That nobody is left in it is all that is wanted.
    let _nobody = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
}

/// Elsewhere the child alone can be killed.
#[cfg(not(unix))]
const fn group(_: &Child) {}

#[cfg(not(unix))]
const fn kill((): ()) {}

/// Reads to the end; nothing where that is beyond what counts.
fn capped(pipe: Option<impl Read>) -> io::Result<Option<Vec<u8>>> {
    let mut kept = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(MAX_OUTPUT + 1).read_to_end(&mut kept)?;
    }
    let whole = u64::try_from(kept.len()).is_ok_and(|length| length <= MAX_OUTPUT);
    Ok(whole.then_some(kept))
}

/// Reads to the end, of which the first part is kept: a program must not block on a full pipe.
fn drained(pipe: Option<impl Read>) -> Output {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.by_ref().take(MAX_OUTPUT).read_to_end(&mut kept)?;
        io::copy(&mut pipe, &mut io::sink())?;
    }
    Ok(kept)
}

/// What `work` gives, if it ends within `limit`; else it is left to itself.
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || drop(sender.send(work())));
    receiver.recv_timeout(limit).ok()
}
