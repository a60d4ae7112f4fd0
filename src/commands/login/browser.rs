//! `login --browser`: the page opens in this host's browser, or a person is told how to get there.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use url::Url;

use super::flags::Args;
use super::plan::Plan;
use crate::auth::browser::{Person, Prompt, sign_in};
use crate::auth::store::Record;
use crate::commands::Context;
use crate::commands::report::{Result, WithContext as _};
use crate::interrupt;
use crate::seams::Environment;
use crate::text::Visible;

/// Signs a person in.
pub(super) fn run(
    args: &Args,
    plan: &Plan,
    permissions: &[String],
    context: &Context<'_>,
) -> Result<Record> {
    let permissions: Vec<_> = permissions.iter().map(String::as_str).collect();
    let mut guide = Guide {
        context,
        may_open: !args.no_open && context.terminal.stderr,
        stop: interrupt::flag().context("listening for Ctrl-C")?,
        warned: false,
    };
    let record = sign_in(
        &plan.app()?,
        &context.link(),
        &permissions,
        plan.known_username(),
        &mut guide,
    );
    context.ui.finish();
    Ok(record?)
}

/// Leads a person to the page.
struct Guide<'a, 'b> {
    context: &'a Context<'b>,
    may_open: bool,
    stop: Arc<AtomicBool>,
    warned: bool,
}

impl Person for Guide<'_, '_> {
    fn show(&mut self, prompt: &Prompt) {
        let Context { ui, settings, .. } = self.context;
        let environment = settings.environment();
        let desktop = has_desktop(environment);
        if self.may_open && desktop && open(&prompt.url, environment) {
            ui.info("To sign in, use the page in your browser. Where none has opened, it is:");
        } else {
            ui.info("To sign in, open this page in a browser on this host:");
        }
        ui.always(prompt.url.as_str());
        if !desktop {
            let port = prompt.port;
            ui.info(Visible::lines([
                "Where the browser is on another host, run this there first, with this host's name:",
                &format!("ssh -L {port}:localhost:{port} HOST"),
            ]));
        }
        ui.begin("waiting for the browser");
    }

    fn warn_of_stranger(&mut self) {
        if !std::mem::replace(&mut self.warned, true) {
            self.context.ui.info(
                "graphmail: warning: an answer that is not of this sign-in came and was refused; still waiting",
            );
        }
    }

    fn has_interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Whether a browser of this session would be seen by the person: not over ssh, save with a display
/// that reaches to them.
fn has_desktop(environment: &Environment) -> bool {
    let has = |name| environment.get_os(name).is_some();
    if cfg!(any(windows, target_os = "macos")) {
        return !has("SSH_CONNECTION");
    }
    has("DISPLAY") || has("WAYLAND_DISPLAY") || has("WSL_DISTRO_NAME")
}

/// The programs that open a URL, each with what stands before it.
const OPENERS: &[(&str, &[&str])] = if cfg!(windows) {
    &[("rundll32.exe", &["url.dll,FileProtocolHandler"])]
} else if cfg!(target_os = "macos") {
    &[("open", &[])]
} else {
    // The second is of the Windows Subsystem for Linux, where the first may be missing.
    &[("xdg-open", &[]), ("wslview", &[])]
};

/// Opens the page; whether there was a program to do it.
fn open(url: &Url, environment: &Environment) -> bool {
    OPENERS.iter().any(|(program, arguments)| {
        let mut command = Command::new(program);
        command
            .args(*arguments)
            .arg(url.as_str())
            .env_clear()
            .envs(environment.iter())
            // What browsers say is nobody's business here.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Ctrl-C ends the wait, not the browser.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        // It may last as long as the browser, so nobody waits for it.
        command.spawn().is_ok()
    })
}
