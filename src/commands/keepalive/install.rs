//! Installs the weekly job in systemd or cron.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::json;

use super::job::{self, FAILED, Job, TIMER};
use crate::commands::Context;
use crate::commands::error::NotScheduled;
use crate::commands::report::{self, Advice, Result, Step, WithContext as _};
use crate::config;
use crate::exit::{Class, Status};
use crate::files;
use crate::shell::{self, path as quoted};
use crate::text;

/// Writes service and timer, and starts the timer in the user's systemd.
pub(super) fn systemd(job: &Job, context: &Context<'_>) -> Result<Status> {
    let folder = units(context)?;
    files::check_way(&folder).with_context(|| format!("making {}", folder.display()))?;
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let timer = job.unit("timer");
    let files = [
        (job.unit("service"), job.service()),
        (timer.clone(), TIMER.to_owned()),
        (FAILED.0.to_owned(), FAILED.1.to_owned()),
    ];
    let paths = files.each_ref().map(|(name, _)| folder.join(name));
    for (path, (_, text)) in paths.iter().zip(&files) {
        replace(path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    let reload = ["--user", "daemon-reload"];
    let enable = ["--user", "enable", "--now", &timer];
    for words in [&reload[..], &enable] {
        run("systemctl", words, None).map_err(|reason| NotScheduled {
            reason,
            advice: Advice::from(Step::Program(format!(
                "systemctl --user daemon-reload && systemctl --user enable --now '{timer}'"
            )))
            .then(Step::Program("loginctl enable-linger".to_owned()))
            .or(report::Command::KeepaliveCron)
            .because("in a session of this user"),
        })?;
    }
    let shown = paths.map(|path| path.display().to_string());
    done(
        context,
        &json!({"ok": true, "installed": "systemd", "files": shown}),
        &[
            &format!("graphmail: {timer} renews the sign-in every week"),
            "graphmail: if it fails, sendmail mails its status to this user",
            "graphmail: so that it runs while you have no session on this host: loginctl enable-linger",
        ],
    )
}

/// Writes the job's line to the user's crontab and removes its former one; other lines stay unchanged.
pub(super) fn cron(job: &Job, context: &Context<'_>) -> Result<Status> {
    let line = job.cron_line();
    let failed = |reason| NotScheduled {
        reason,
        advice: format!("put this line into the crontab of this user: {line}").into(),
    };
    let former = crontab().map_err(failed)?;
    let mark = format!(" {}", job.mark());
    let mut table = String::new();
    for other in former.lines().filter(|other| !other.ends_with(&mark)) {
        table += other;
        table.push('\n');
    }
    table += &format!("{line}\n");
    // If the line exists already, the crontab is not rewritten.
    if !former.lines().any(|known| known == line) {
        run("crontab", &["-"], Some(&table)).map_err(failed)?;
    }
    done(
        context,
        &json!({"ok": true, "installed": "cron", "line": line}),
        &[&format!(
            "graphmail: cron renews the sign-in every week: {line}"
        )],
    )
}

/// The commands that remove the installed weekly jobs of `accounts`; `None` is the job without an
/// account's name.
pub(in crate::commands) fn removal(
    accounts: &[Option<&str>],
    context: &Context<'_>,
) -> Vec<String> {
    let folder = units(context).ok();
    // Without PATH, the crontab command is not found.
    let path = context.settings.environment().get_os("PATH");
    let table = path.and_then(|_| crontab().ok()).unwrap_or_default();
    let others = others(accounts, folder.as_deref());
    let mut commands = Vec::new();
    for account in accounts {
        let [timer, service] = ["timer", "service"].map(|kind| job::unit(*account, kind));
        if let Some(folder) = folder
            .as_ref()
            .filter(|folder| folder.join(&timer).exists())
        {
            let mut command = format!(
                "systemctl --user disable --now {}; rm {} {}",
                shell::word(&timer),
                quoted(&folder.join(&timer)),
                quoted(&folder.join(&service))
            );
            let failed = folder.join(FAILED.0);
            if !others && failed.exists() {
                command += &format!(" {}", quoted(&failed));
            }
            commands.push(command);
        }
        let mark = format!(" {}", job::mark(*account));
        if table.lines().any(|line| line.ends_with(&mark)) {
            // If the crontab cannot be read, it is not replaced.
            commands.push(format!(
                "t=$(crontab -l) && printf '%s\\n' \"$t\" | grep -v {} | crontab -",
                shell::word(&format!("{mark}$"))
            ));
        }
    }
    commands
}

/// Whether there are jobs of other accounts, which need the unit that reports a failure.
fn others(accounts: &[Option<&str>], folder: Option<&Path>) -> bool {
    let removed: Vec<_> = accounts
        .iter()
        .map(|account| job::unit(*account, "timer"))
        .collect();
    let files = folder.and_then(|folder| std::fs::read_dir(folder).ok());
    files.into_iter().flatten().flatten().any(|file| {
        let name = file.file_name();
        let name = name.to_string_lossy();
        let is_job = name.starts_with(job::UNIT) && name.ends_with(".timer");
        is_job && !removed.contains(&name.into_owned())
    })
}

fn done(context: &Context<'_>, object: &serde_json::Value, lines: &[&str]) -> Result<Status> {
    if context.ui.output_options().json {
        context.ui.json(object)?;
    } else {
        for line in lines {
            context.ui.info(*line);
        }
    }
    Ok(Class::Success.into())
}

/// The folder of the user's units (systemd.unit(5)).
fn units(context: &Context<'_>) -> Result<PathBuf, config::Error> {
    let environment = context.settings.environment();
    let folder = environment
        .path("XDG_CONFIG_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| Some(environment.path("HOME")?.join(".config")));
    Ok(folder
        .ok_or(config::Error::NoHome)?
        .join("systemd")
        .join("user"))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The user's crontab. `crontab -l` also fails if there is none, and has no exit status of its own for
/// that. A crontab that cannot be read must not be replaced, so any other error counts.
fn crontab() -> Result<String, String> {
    let output = start("crontab", &["-l"], None)?;
    let text = String::from_utf8(output.stdout)
        .map_err(|_| "crontab -l: the output is not UTF-8".to_owned())?;
    // The words of cron, cronie and systemd-cron, and those of BusyBox, in the locale C.
    let told = String::from_utf8_lossy(&output.stderr);
    let is_absent = told.trim().is_empty()
        || ["no crontab for", "No such file or directory"]
            .iter()
            .any(|words| told.contains(words));
    let is_read = output.status.success() || (text.is_empty() && is_absent);
    if !is_read {
        return Err(error_text("crontab -l", output.status, &output.stderr));
    }
    Ok(text)
}

/// Runs the program; an exit status other than 0 is an error.
fn run(program: &str, words: &[&str], stdin: Option<&str>) -> Result<(), String> {
    let output = start(program, words, stdin)?;
    if output.status.success() {
        return Ok(());
    }
    let command = format!("{program} {}", words.join(" "));
    Err(error_text(&command, output.status, &output.stderr))
}

fn start(program: &str, words: &[&str], stdin: Option<&str>) -> Result<Output, String> {
    let failed = |error: io::Error| format!("{program}: {error}");
    let mut child = Command::new(program)
        .args(words)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    // This closes its input. If the program did not read it, its own error says why.
    if let (Some(mut pipe), Some(text)) = (child.stdin.take(), stdin) {
        drop(pipe.write_all(text.as_bytes()));
    }
    child.wait_with_output().map_err(failed)
}

/// The longest error text of a program that is shown, in bytes.
const MAX_ERROR_TEXT: usize = 500;

fn error_text(command: &str, status: std::process::ExitStatus, stderr: &[u8]) -> String {
    let words = text::sentence(&String::from_utf8_lossy(stderr), MAX_ERROR_TEXT);
    if words.is_empty() {
        return format!("{command} ended with {status}");
    }
    format!("{command}: {words}")
}
