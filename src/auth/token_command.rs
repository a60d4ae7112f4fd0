//! A token from a command of the user's own.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use super::line::one_line;
use crate::secret::Secret;

/// How long a command may take to print a token.
pub const LIMIT: Duration = Duration::from_secs(30);

/// The most of a command's standard output that is read, in bytes; the longest tokens have a tenth.
const MAX_OUTPUT: u64 = 256 * 1024;
/// The most of a command's standard error that is shown, in bytes.
const MAX_COMPLAINT: usize = 1024;

/// Why a command gave no token.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It could not be started, or its output not be read.
    #[error("the token command cannot be run: {0}")]
    NotRun(#[from] io::Error),
    /// It ended with another status than 0.
    #[error("the token command failed ({status}){}", after_colon(complaint))]
    Failed {
        /// How it ended.
        status: ExitStatus,
        /// What it wrote to standard error, on one line, cut at 1 KB.
        complaint: String,
    },
    /// It did not end, and was killed.
    #[error("the token command did not end within {} seconds", limit.as_secs())]
    TimedOut {
        /// How long it was given.
        limit: Duration,
    },
    /// What it printed is no token.
    #[error("what the token command printed {0}")]
    Output(#[from] NotToken),
}

fn after_colon(complaint: &str) -> String {
    if complaint.is_empty() {
        String::new()
    } else {
        format!(": {complaint}")
    }
}

/// Why a text can be no access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotToken {
    /// There is nothing.
    #[error("is empty")]
    Empty,
    /// A token is one word of visible ASCII characters (RFC 6750 section 2.1).
    #[error("has a blank, a line end or another character that no token has")]
    Characters,
    /// JSON with a token has it under one of three names.
    #[error("is JSON without a string access_token, accessToken or token")]
    Json,
}

/// Takes `text` as a token, if it can be one.
pub(super) fn token(text: &str) -> Result<Secret, NotToken> {
    let text = text.trim();
    if text.is_empty() {
        Err(NotToken::Empty)
    } else if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(Secret::new(text))
    } else {
        Err(NotToken::Characters)
    }
}

/// Runs `command` in the system's shell, in this process's environment, and reads the token that
/// it prints: alone, or as JSON under `access_token`, `accessToken` or `token`.
///
/// # Errors
/// A [`Failure`], which never holds what the command wrote to standard output.
pub fn run(command: &str, limit: Duration) -> Result<Secret, Failure> {
    let mut child = shell(command)
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
    // A command that has closed its output has nothing left to do but to end.
    let status = within(limit, move || child.wait()).ok_or(Failure::TimedOut { limit })??;
    if !status.success() {
        return Err(Failure::Failed {
            status,
            complaint: one_line(&String::from_utf8_lossy(&stderr?), MAX_COMPLAINT),
        });
    }
    Ok(parse(&stdout?)?)
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

/// Reads to the end, of which the first part is kept: a command must not block on a full pipe.
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

fn parse(output: &[u8]) -> Result<Secret, NotToken> {
    #[derive(Deserialize)]
    struct Json {
        #[serde(alias = "accessToken", alias = "token")]
        access_token: String,
    }
    let text = std::str::from_utf8(output).map_err(|_| NotToken::Characters)?;
    if text.trim_start().starts_with('{') {
        let json: Json = serde_json::from_str(text).map_err(|_| NotToken::Json)?;
        return token(&json.access_token);
    }
    token(text)
}
