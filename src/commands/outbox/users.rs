//! Outboxes of the users of this host. With a mail service, they hold what was sent before there was one.

use std::collections::HashSet;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{Args, OfService};
use crate::commands::error::UsageError;
use crate::commands::report::{Result, WithContext as _};
use crate::commands::{Context, deliver, host};
use crate::config::{self, variable};
use crate::exit::{Class, Status};
use crate::outbox::State;
use crate::seams::User;
use crate::shell;
use crate::ui::Ui;

/// Root's user id.
const ROOT: u32 = 0;

/// A user who has messages in an outbox.
struct Holder {
    user: User,
    /// The state folder.
    folder: PathBuf,
    count: usize,
}

/// Names the outboxes that have messages and were not shown: to root those of all users, to others their own.
/// `is_of_service`: the service's outbox was shown, and not the user's own.
pub(super) fn notice(is_of_service: bool, context: &Context<'_>) {
    let holders = holders(is_of_service, context);
    let Some(first) = holders.first() else { return };
    for Holder {
        user,
        folder,
        count,
    } in &holders
    {
        let name = &user.name;
        let (messages, wait) = match count {
            1 => ("message", "waits"),
            _ => ("messages", "wait"),
        };
        let folder = folder.display();
        context.ui.info(&format!(
            "graphmail: {count} {messages} of {name} {wait} in {folder}"
        ));
    }
    let hint = match host::flush_of_root() {
        Some(command) => command.to_owned(),
        None => {
            let folder = shell::path(&first.folder);
            format!("{}={folder} graphmail outbox flush", variable::STATE_DIR)
        }
    };
    context.ui.info(&format!("hint: {hint}"));
}

/// Flushes the outbox of the service or of root, and those of all users, as these users: only they may write there,
/// and their configuration and credentials apply.
pub(super) fn flush(context: &Context<'_>) -> Result<Status> {
    if !is_root() {
        let error = UsageError::new("--all-users is only for root");
        return Err(error.hint("run it as root").into());
    }
    let json = context.ui.output_options().json;
    let mut results = Vec::new();
    let mut status = match json {
        true => of_service(&mut results, context)?,
        // Without a hint to do what is done next.
        false => super::of_host(&Args::FLUSH, context)?.0?,
    };
    for Holder { user, folder, .. } in holders(true, context) {
        let (done, printed) = as_user(&user, &folder, (&["outbox", "flush"], json))?;
        if status == Status::from(Class::Success) {
            status = done;
        }
        match json {
            true => {
                results.push(result_of(Some(&user.name), done, &printed));
            }
            false => {
                context
                    .ui
                    .info(&format!("graphmail: the outbox of {}:", user.name));
                context.ui.raw(&printed)?;
            }
        }
    }
    if json {
        let number = status.number();
        context
            .ui
            .json(&json!({"ok": number == 0, "exit": number, "users": results}))?;
    }
    Ok(status)
}

/// Has the service flush its outbox, and adds the result. (Root's own is one of the users'.)
fn of_service(results: &mut Vec<Value>, context: &Context<'_>) -> Result<Status> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let done = {
        let ui = Ui::new(&mut stdout, &mut stderr, context.ui.output_options());
        super::of_service(Args::FLUSH.request()?, &context.shared().context_for(&ui))
    };
    let lines = String::from_utf8_lossy(&stderr);
    lines.lines().for_each(|line| context.ui.always(line));
    Ok(match done? {
        OfService::Done(status) => {
            results.push(result_of(None, status, &stdout));
            status
        }
        OfService::Own => Class::Success.into(),
        OfService::Silent => Class::Later.into(),
    })
}

/// The user of the packaged service, whose home is its state folder.
const SERVICE: &str = "graphmail";

/// Shows root the outbox of the packaged service while it does not run, by this command line. `None` if there is none.
pub(super) fn show_spool(words: &[&str], context: &Context<'_>) -> Result<Option<Status>> {
    let is_service = |user: &User| user.name == SERVICE;
    let user = context.seams.users().into_iter().find(is_service);
    let Some(user) = user.filter(|user| is_root() && user.home.join(deliver::OUTBOX).is_dir())
    else {
        return Ok(None);
    };
    let json = context.ui.output_options().json;
    let (status, printed) = as_user(&user, &user.home, (words, json))?;
    context.ui.raw(&printed)?;
    Ok(Some(status))
}

/// A result in `--json`. The service has no `user`.
fn result_of(user: Option<&str>, status: Status, printed: &[u8]) -> Value {
    let result: Value = serde_json::from_slice(printed).unwrap_or_default();
    json!({"user": user, "exit": status.number(), "result": result})
}

/// Runs this program with these words as a user, for the outbox in its state folder. Standard error of the process is
/// that of this run.
fn as_user(
    user: &User,
    folder: &Path,
    (words, json): (&[&str], bool),
) -> Result<(Status, Vec<u8>)> {
    let program = std::env::current_exe()?;
    let mut command = Command::new(program);
    command.args(json.then_some("--json")).args(words);
    command.env_clear().current_dir("/");
    command.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command.env("HOME", &user.home);
    command.env("USER", &user.name).env("LOGNAME", &user.name);
    command.env(variable::STATE_DIR, folder);
    command.uid(user.uid).gid(user.gid);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    let output = output.with_context(|| format!("using the outbox of {}", user.name))?;
    let code = output
        .status
        .code()
        .and_then(|code| u8::try_from(code).ok());
    let status = code.map_or_else(|| Status::from(Class::Bug), Status::of_number);
    Ok((status, output.stdout))
}

/// The users who have messages, for root; otherwise this user. Root looks only at the names of the entries: a
/// user could put a link in the place of a file.
fn holders(is_of_service: bool, context: &Context<'_>) -> Vec<Holder> {
    let uid = uzers::get_current_uid();
    // This user's variables may name another folder than the default.
    let own = deliver::folder(context).ok();
    let mut seen = HashSet::new();
    if !is_of_service {
        seen.extend(own.clone());
    }
    let mut holder = |(user, outbox): (User, PathBuf)| {
        let count = count(&outbox);
        if count == 0 || !seen.insert(outbox.clone()) {
            return None;
        }
        let folder = outbox.parent()?.to_owned();
        Some(Holder {
            user,
            folder,
            count,
        })
    };
    let outboxes = |user: User| {
        let own = own.clone().filter(|_| user.uid == uid);
        let defaults = [config::home_state(&user.home), config::host_state(user.uid)]
            .map(|folder| folder.join(deliver::OUTBOX))
            .into_iter()
            .filter(|_| uid == ROOT);
        let all: Vec<_> = own.into_iter().chain(defaults).collect();
        all.into_iter().map(move |outbox| (user.clone(), outbox))
    };
    let users = context.seams.users().into_iter();
    users.flat_map(outboxes).filter_map(&mut holder).collect()
}

/// The number of entries in an outbox.
fn count(outbox: &Path) -> usize {
    let of = |state: State| fs::read_dir(outbox.join(state.name())).map_or(0, Iterator::count);
    State::ALL.into_iter().map(of).sum()
}

fn is_root() -> bool {
    uzers::get_effective_uid() == ROOT
}
