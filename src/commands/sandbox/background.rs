//! `sandbox --background`: starts the sandbox as another process, and prints its environment.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::guest;
use crate::commands::Context;
use crate::commands::report::{Result, WithContext as _};
use crate::config::variable::{SANDBOX_PID, SANDBOX_URL};
use crate::exit::{Class, Status};

/// The option of this command, which the other process does not get.
const OPTION: &str = "--background";

/// Starts the sandbox, and returns when it listens.
pub(super) fn run(context: &Context<'_>) -> Result<Status> {
    let program = std::env::current_exe().context("finding this program")?;
    let mut sandbox = Command::new(program);
    let words = std::env::args_os().skip(1);
    sandbox.args(words.filter(|word| ![OPTION, "--quiet", "-q"].iter().any(|other| word == other)));
    #[cfg(unix)]
    // Ctrl-C is for the commands of the shell.
    std::os::unix::process::CommandExt::process_group(&mut sandbox, 0);
    // It may not hold the streams of the shell open, so it says nothing, except for an error at its start.
    let sandbox = sandbox.arg("--quiet").stdin(Stdio::null());
    let sandbox = sandbox.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut sandbox = sandbox.spawn().context("starting the sandbox")?;
    let output = sandbox.stdout.take().map(BufReader::new);
    let mut printed = String::new();
    let is_json = context.ui.output_options().json;
    for line in output.into_iter().flat_map(BufReader::lines) {
        let line = line.context("reading the output of the sandbox")?;
        printed += &format!("{line}\n");
        if let Some(url) = line.strip_prefix(&format!("export {SANDBOX_URL}=")) {
            context
                .ui
                .info(&format!("graphmail: to see the messages, open {url}"));
        }
        if is_json || line.starts_with(guest::LAST_LINE) {
            if !is_json {
                printed += &format!("export {SANDBOX_PID}={}\n", sandbox.id());
            }
            context.ui.raw(printed.as_bytes())?;
            return Ok(Class::Success.into());
        }
    }
    let output = sandbox
        .wait_with_output()
        .context("waiting for the sandbox")?;
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        context.ui.always(line);
    }
    Ok(Status::of_command(output.status))
}
