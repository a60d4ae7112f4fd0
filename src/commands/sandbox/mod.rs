//! `sandbox`: a stand-in for Entra and Graph on this host, to try a script without a tenant.

mod guest;
mod show;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use clap::Args as ClapArgs;
use serde_json::json;
use tempfile::TempDir;

use self::guest::Guest;
use super::Context;
use super::error::{InputError, UsageError};
use crate::commands::report::{Result, WithContext as _};
use crate::config;
use crate::exit::Status;
use crate::sandbox::{Certificate, Fault, Options, Sandbox};

/// Starts a local stand-in for Entra and Graph, or runs a command inside one
///
/// It is as strict as the service. What `sendMail` accepts is kept in a folder, as JSON and as the
/// message that would arrive, and shown on a page. The page's URL has a secret token in it, so that
/// no other user of this host reads the messages: the sandbox prints the URL, and a command inside
/// finds it in GRAPHMAIL_SANDBOX_URL. Nothing leaves this host.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The command to run inside; without one, the sandbox runs until it is interrupted
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    /// The port on loopback; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The folder that gets NNNN.json and NNNN.eml for each accepted message
    ///
    /// Without it: a temporary one, which goes when the sandbox ends.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// An address that exists and may be sent from, the first being the user's; repeatable
    ///
    /// Without any, every address exists.
    #[arg(long, value_name = "ADDRESS")]
    mailbox: Vec<String>,
    /// A Graph permission that consent grants; repeatable
    ///
    /// Without any, all that sending and drafts need.
    #[arg(long, value_name = "NAME")]
    permission: Vec<String>,
    /// Gives the command a managed identity, as App Service does
    #[arg(long)]
    managed_identity: bool,
    /// The certificates in this file, PEM or DER, are registered; repeatable
    ///
    /// An application signs in with their key: login --certificate.
    #[arg(long, value_name = "FILE")]
    certificate: Vec<PathBuf>,
    /// The token in this file is taken as the one of another issuer
    ///
    /// An application signs in with it: login --federated-token-file.
    #[arg(long, value_name = "FILE")]
    federated_token_file: Option<PathBuf>,
    /// The client secret in this file is the only one that is right
    ///
    /// Without it every secret is. An application signs in with it: login --client-secret-file.
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// How often a device code is pending before it is approved
    #[arg(long, value_name = "N", default_value_t = 0)]
    polls: u32,
    /// The largest message that a mailbox sends: bytes, or 150MB; 35MB without it
    ///
    /// It is counted as it arrives, where an attachment takes 1.37 times its size. One attachment is
    /// at most 150MB, whatever this is.
    #[arg(long, value_name = "SIZE", value_parser = config::parse_size)]
    message_limit: Option<u64>,
    /// What goes wrong: 'POST /me/sendMail=429,retry-after=2'; repeatable
    ///
    /// METHOD PATH=ACTION[,key=value…]. ACTION is a status, reset-before, reset-after, stall-before,
    /// stall-after or garbage. The path is Graph's without the version, or /token, /devicecode,
    /// /authorize or /msi/token;
    /// `*` stands for one segment. A status takes retry-after=, code=, error=, body=garbage|empty,
    /// process=yes and, with Graph's 401, claims=yes; every action takes times=N and after=N.
    ///
    /// Mail goes to POST /me/sendMail. A large one goes to POST /me/messages,
    /// POST /me/messages/*/attachments or POST /me/messages/*/attachments/createUploadSession and
    /// then PUT /upload/* for each attachment, and POST /me/messages/*/send. What became of it is
    /// asked with GET /upload/*, GET /me/messages/* and GET /me/mailFolders/*/messages;
    /// DELETE /me/messages/* takes it away. For another's mailbox /users/* stands in place of /me.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Fault>,
}

const EXAMPLES: &str = "Examples:
  graphmail sandbox -- ./nightly-report.sh
  graphmail sandbox -- graphmail send --to a@example.org --subject Hello --body Hi
  graphmail sandbox --fault 'POST /me/sendMail=503,retry-after=1' -- graphmail send -v -t a@example.org
  graphmail sandbox --fault 'PUT /upload/*=reset-after,after=1' -- graphmail send -v -t a@example.org --attach dump.gz
  graphmail sandbox --port 8025 >sandbox.env &    # then, in any shell: . ./sandbox.env";

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let home = temporary().context("creating the sandbox's folder")?;
    let folder = args
        .folder
        .clone()
        .unwrap_or_else(|| home.path().join("messages"));
    let mut options = Options {
        port: args.port,
        mailboxes: args.mailbox.clone(),
        certificates: registered(&args.certificate)?,
        federated_token: word(args.federated_token_file.as_deref(), "token")?,
        client_secret: word(args.client_secret_file.as_deref(), "secret")?,
        polls_before_approval: args.polls,
        faults: args.fault.clone(),
        folder: Some(folder.clone()),
        ..Options::default()
    };
    if !args.permission.is_empty() {
        options.permissions.clone_from(&args.permission);
    }
    if let Some(bytes) = args.message_limit {
        options.message_limit = bytes;
    }
    let sandbox = Sandbox::start(options, Arc::clone(context.seams))?;
    let mut guest = Guest::new(&sandbox, args.message_limit, home.path())?;
    if args.managed_identity {
        guest.give_identity(&sandbox);
    }
    if args.command.is_empty() {
        return serve(sandbox, &guest, &folder, context);
    }
    let status = inside(&args.command, &guest, context)?;
    show::captured(&sandbox, status, context)?;
    Ok(status)
}

/// The certificates in the files.
fn registered(files: &[PathBuf]) -> Result<Vec<Certificate>> {
    let mut certificates = Vec::new();
    for path in files {
        let found = Certificate::all(&read(path)?)
            .map_err(|error| UsageError::new(format!("{} {error}", path.display())))?;
        certificates.extend(found);
    }
    Ok(certificates)
}

/// The one word in the file, if there is to be one, which is that `what`.
fn word(path: Option<&Path>, what: &str) -> Result<Option<String>> {
    let Some(path) = path else { return Ok(None) };
    let text = String::from_utf8(read(path)?).unwrap_or_default();
    let word = text.trim();
    if word.is_empty() || word.contains(char::is_whitespace) {
        return Err(UsageError::new(format!("{} holds no {what}", path.display())).into());
    }
    Ok(Some(word.to_owned()))
}

fn read(path: &Path) -> Result<Vec<u8>, InputError> {
    std::fs::read(path).map_err(|error| InputError::Unreadable(path.display().to_string(), error))
}

/// A folder that goes with the sandbox, for this user alone.
fn temporary() -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("graphmail-sandbox-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Runs until it is interrupted.
fn serve(sandbox: Sandbox, guest: &Guest, folder: &Path, context: &Context<'_>) -> Result<Status> {
    let ui = context.ui;
    if ui.manner().json {
        ui.json(&json!({
            "ok": true,
            "url": sandbox.graph_url(),
            "page": sandbox.page_url(),
            "folder": folder,
            "environment": guest.as_json(),
        }))?;
    } else {
        ui.raw(guest.as_shell().as_bytes())?;
        ui.info(&format!(
            "graphmail: the sandbox listens at {}; messages go to {}\n\
             graphmail: to see them, open {}",
            sandbox.graph_url(),
            folder.display(),
            sandbox.page_url()
        ));
    }
    sandbox.wait()?;
    Ok(crate::exit::Class::Success.into())
}

/// Runs `command` in the sandbox's environment, this program first in its PATH.
fn inside(command: &[OsString], guest: &Guest, context: &Context<'_>) -> Result<Status> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(crate::exit::Class::Success.into());
    };
    let mut child = std::process::Command::new(program);
    child.args(arguments);
    guest.enter(&mut child, context.settings.environment());
    if context.ui.manner().json {
        // Standard output is for our own one object.
        child.stdout(Stdio::from(std::io::stderr()));
    }
    match run_to_end(child) {
        Ok(status) => Ok(Status::of_command(status)),
        Err(error) => {
            let program = program.to_string_lossy();
            context
                .ui
                .always(&format!("graphmail: error: running {program}: {error}"));
            Ok(Status::not_started(&error))
        }
    }
}

/// Runs the command; a signal that would end the sandbox ends the command first, so that nothing of
/// either is left.
fn run_to_end(mut command: std::process::Command) -> std::io::Result<std::process::ExitStatus> {
    let mut child = crate::core_files::with_former_limit(|| command.spawn())?;
    #[cfg(unix)]
    {
        let id = rustix::process::Pid::from_child(&child);
        std::thread::spawn(move || {
            if crate::interrupt::wait().is_ok() {
                // A command that has just ended needs no signal.
                let _ended = rustix::process::kill_process(id, rustix::process::Signal::TERM);
            }
        });
    }
    child.wait()
}
