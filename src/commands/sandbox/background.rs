//! `sandbox --background`: starts the sandbox as another process, and prints its environment.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::guest;
use crate::commands::Context;
use crate::commands::report::{Result, WithContext as _};
use crate::config::variable::{SANDBOX_PID, SANDBOX_URL};
use crate::exit::{Class, Status};

/// The option of this command, which the other process does not get.
const OPTION: &str = "--background";

/// How a word begins that a user may have meant as this option.
const ALMOST: &str = "--back";

/// Whether a shell evaluates what this command line prints. The line may be wrong.
pub(super) fn is_evaluated(arguments: &[OsString]) -> bool {
    let own = arguments.iter().take_while(|word| *word != "--");
    let mut words = own.map(|word| word.to_string_lossy());
    words.any(|word| word == "sandbox") && words.any(|word| word.starts_with(ALMOST))
}

/// Starts the sandbox, and returns when it listens.
pub(super) fn run(context: &Context<'_>) -> Result<Status> {
    report_other(context);
    let mut sandbox = start()?;
    match announce(&mut sandbox, context) {
        Ok(true) => return Ok(Class::Success.into()),
        Ok(false) => {}
        Err(error) => {
            // Nobody knows its address or its process.
            end(&mut sandbox);
            return Err(error);
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

/// Reports a sandbox that this shell, or one that started it, has started before: it may still be in use.
fn report_other(context: &Context<'_>) {
    #[cfg(unix)]
    if let Some(id) = context.settings.environment().get(SANDBOX_PID)
        && let Some(process) = id.parse().ok().and_then(rustix::process::Pid::from_raw)
        && rustix::process::test_kill_process(process).is_ok()
    {
        context.ui.info(&format!(
            "graphmail: another sandbox is still running; to end it: kill {id}"
        ));
    }
    #[cfg(not(unix))]
    let _ = context;
}

fn start() -> Result<Child> {
    let program = std::env::current_exe().context("finding this program")?;
    let mut sandbox = Command::new(program);
    let words = std::env::args_os().skip(1);
    sandbox.args(words.filter(|word| ![OPTION, "--quiet", "-q"].iter().any(|other| word == other)));
    #[cfg(unix)]
    {
        // Ctrl-C is for the commands of the shell.
        std::os::unix::process::CommandExt::process_group(&mut sandbox, 0);
        // Files of the shell: a lock would stay locked, and the reader of a pipe would wait.
        close_fds::set_fds_cloexec_threadsafe(3, &[]);
    }
    // It may not hold the streams of the shell open, so it says nothing, except for an error at its start.
    let sandbox = sandbox.arg("--quiet").stdin(Stdio::null());
    let sandbox = sandbox.stdout(Stdio::piped()).stderr(Stdio::piped());
    sandbox.spawn().context("starting the sandbox")
}

/// Prints what the sandbox prints at its start. Returns whether it has started.
fn announce(sandbox: &mut Child, context: &Context<'_>) -> Result<bool> {
    let output = sandbox.stdout.take().map(BufReader::new);
    let mut printed = String::new();
    let is_json = context.ui.output_options().json;
    for line in output.into_iter().flat_map(BufReader::lines) {
        let line = line.context("reading the output of the sandbox")?;
        if is_json {
            context.ui.raw(format!("{line}\n").as_bytes())?;
            let object: Value = serde_json::from_str(&line).unwrap_or_default();
            return Ok(object.get("ok").and_then(Value::as_bool) == Some(true));
        }
        if line.starts_with(guest::LAST_LINE) {
            let path = context.settings.environment().get_os("PATH");
            printed += &guest::with_path(&line, path);
            printed += &format!("\nexport {SANDBOX_PID}={}\n", sandbox.id());
            context.ui.raw(printed.as_bytes())?;
            return Ok(true);
        }
        printed += &format!("{line}\n");
        if let Some(url) = line.strip_prefix(&format!("export {SANDBOX_URL}=")) {
            context
                .ui
                .info(&format!("graphmail: to see the messages, open {url}"));
        }
    }
    Ok(false)
}

/// Ends the sandbox as Ctrl-C does, so that it removes its folder.
fn end(sandbox: &mut Child) {
    #[cfg(unix)]
    let ended = {
        let id = rustix::process::Pid::from_child(sandbox);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).is_ok()
    };
    #[cfg(not(unix))]
    let ended = sandbox.kill().is_ok();
    if ended {
        drop(sandbox.wait());
    }
}
