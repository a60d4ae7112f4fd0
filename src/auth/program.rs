//! Runs a program of the user that prints a token or a secret, with a time limit.

use crate::text;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a program may take.
pub const LIMIT: Duration = Duration::from_secs(30);

/// The most of a program's standard output that is read, in bytes. The longest tokens have a tenth.
const MAX_OUTPUT: u64 = 256 * 1024;
/// The most of a program's standard error that is shown, in bytes.
const MAX_COMPLAINT: usize = 1024;

/// Why a program's output cannot be used. The caller's text names the program first.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It could not be started, or its output could not be read.
    #[error("cannot be run: {0}")]
    NotRun(#[from] io::Error),
    /// It exited with a status other than 0.
    #[error("failed ({status}){}", after_colon(complaint))]
    Failed {
        /// The exit status.
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
        /// The time limit.
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

/// Runs `command` in the system's shell with this process's environment, and returns its standard
/// output, at most 256 KB.
///
/// # Errors
/// A [`Failure`]. It never contains the standard output.
pub(super) fn shell_output(command: &str, limit: Duration) -> Result<Vec<u8>, Failure> {
    output(&mut shell(command), limit)
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

/// `cmd` does not undo the quoting of arguments, so the command is passed unquoted.
#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.arg("/C");
    std::os::windows::process::CommandExt::raw_arg(&mut shell, command);
    shell
}

/// The time limit for a program if each request may take `timeout`.
pub fn limit(timeout: Duration) -> Duration {
    LIMIT.min(timeout)
}

/// The standard output of `program`, if it succeeds. If it does not end in time, it is killed with all
/// its child processes.
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
                Some(complaint) => finished(&mut child, output, complaint, limit),
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

/// The output, or why it cannot be used.
fn finished(
    child: &mut Child,
    output: Vec<u8>,
    complaint: thread::Result<Output>,
    limit: Duration,
) -> Result<Vec<u8>, Failure> {
    // A program that has closed its outputs is about to exit.
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

/// Kills the program and its child processes, and waits for it.
fn end(child: &mut Child) {
    kill(group(child));
    // It may already have ended.
    drop(child.kill());
    drop(child.wait());
}

/// The process group of the program.
#[cfg(unix)]
fn group(child: &Child) -> rustix::process::Pid {
    rustix::process::Pid::from_child(child)
}

#[cfg(unix)]
fn kill(group: rustix::process::Pid) {
    // The group may already be empty.
    let _nobody = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
}

/// On other systems only the program itself can be killed.
#[cfg(not(unix))]
const fn group(_: &Child) {}

#[cfg(not(unix))]
const fn kill((): ()) {}

/// Reads to the end; `None` if there is more than the limit.
fn capped(pipe: Option<impl Read>) -> io::Result<Option<Vec<u8>>> {
    let mut kept = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(MAX_OUTPUT + 1).read_to_end(&mut kept)?;
    }
    let whole = u64::try_from(kept.len()).is_ok_and(|length| length <= MAX_OUTPUT);
    Ok(whole.then_some(kept))
}

/// Reads to the end and keeps the first part, because a program blocks if its pipe is full.
fn drained(pipe: Option<impl Read>) -> Output {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.by_ref().take(MAX_OUTPUT).read_to_end(&mut kept)?;
        io::copy(&mut pipe, &mut io::sink())?;
    }
    Ok(kept)
}

/// The result of `work`, if it ends within `limit`. Otherwise its thread continues alone.
pub(super) fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || drop(sender.send(work())));
    receiver.recv_timeout(limit).ok()
}
