//! `login --browser`: opens the sign-in page in this host's browser, or shows its URL.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use url::Url;

use super::flags::Args;
use super::plan::Plan;
use crate::auth::CredentialKind;
use crate::auth::browser::{Person, Prompt, sign_in};
use crate::auth::store::Record;
use crate::commands::report::{Result, WithContext as _};
use crate::commands::{Context, ledger};
use crate::interrupt;
use crate::seams::Environment;
use crate::text::Visible;

/// Signs a user in.
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
    let app = plan.app()?;
    let waits = ledger::token_endpoint(&app, CredentialKind::Browser, context);
    let record = sign_in(
        &app,
        &context.link().with_throttle(waits.as_ref()),
        &permissions,
        plan.known_username(),
        &mut guide,
    );
    context.ui.finish();
    Ok(record?)
}

/// Shows the sign-in page to the user.
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
            ui.info("To sign in, use the page in your browser. If it has not opened, open:");
        } else {
            ui.info("To sign in, open this page in a browser on this host:");
        }
        ui.always(prompt.url.as_str());
        if !desktop {
            let port = prompt.port;
            ui.info(Visible::lines([
                "If the browser is on another host, run this there first, with the name of this host:",
                &format!("ssh -L {port}:localhost:{port} HOST"),
            ]));
        }
        ui.begin("waiting for the browser");
    }

    fn warn_of_unrelated_answer(&mut self) {
        if !std::mem::replace(&mut self.warned, true) {
            self.context.ui.info(
                "graphmail: warning: an answer of another sign-in was refused; still waiting",
            );
        }
    }

    fn has_interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Whether the user would see a browser of this session. Over ssh they would not, unless a display is
/// forwarded.
fn has_desktop(environment: &Environment) -> bool {
    let has = |name| environment.get_os(name).is_some();
    if cfg!(any(windows, target_os = "macos")) {
        return !has("SSH_CONNECTION");
    }
    has("DISPLAY") || has("WAYLAND_DISPLAY") || has("WSL_DISTRO_NAME")
}

/// The programs that open a URL, with their arguments.
const OPENERS: &[(&str, &[&str])] = if cfg!(windows) {
    &[("rundll32.exe", &["url.dll,FileProtocolHandler"])]
} else if cfg!(target_os = "macos") {
    &[("open", &[])]
} else {
    // The second is for the Windows Subsystem for Linux, which may lack the first.
    &[("xdg-open", &[]), ("wslview", &[])]
};

/// Opens the page, and returns whether a program did so.
fn open(url: &Url, environment: &Environment) -> bool {
    OPENERS.iter().any(|(program, arguments)| {
        let mut command = Command::new(program);
        command
            .args(*arguments)
            .arg(url.as_str())
            .env_clear()
            .envs(environment.iter())
            // Messages of the browser are not shown.
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Ctrl-C must end the wait, not the browser.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        // The program may run as long as the browser, so it is not waited for.
        command.spawn().is_ok()
    })
}
