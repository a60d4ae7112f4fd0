//! `sandbox`: simulates Entra and Graph on this host, to test a script without a tenant.

mod background;
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
use crate::interrupt;
use crate::sandbox::{Certificate, Fault, Options, Sandbox, is_address};
use crate::text::Visible;

/// Simulates Entra and Graph on this host, and can run a command in this sandbox
///
/// It is as strict as the service. It saves each accepted message in a folder, as JSON and as the message
/// that would arrive, and shows it on a web page. The page's URL contains a secret token, so that other
/// users of this host cannot read the messages. The sandbox prints the URL, and sets
/// GRAPHMAIL_SANDBOX_URL for the command. Nothing is sent to other hosts.
///
/// The page lists new messages when they arrive. It searches subjects, addresses, texts, file names and attached
/// messages. It shows each message as HTML, as text, as its source and as the JSON of Graph, and marks the
/// recipients of --bounce. The HTML loads nothing from other hosts: the page counts what it leaves out. The page
/// also lists drafts, and refused requests and faults with their answers. The keys j and k move between messages,
/// u goes to the list, and / to the search. "Delete all" deletes the messages on the page and in the summary of
/// the command, but not the files in the folder.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The command to run; without one, the sandbox runs until it is interrupted
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    /// Print the environment for `eval`, and keep running in the background
    ///
    /// GRAPHMAIL_SANDBOX_PID is the id of its process: kill "$GRAPHMAIL_SANDBOX_PID" ends it. If the sandbox cannot
    /// start, the output makes `eval` fail, and sets an environment in which graphmail sends nothing. So that a script
    /// stops in this case: env=$(graphmail sandbox --background) || exit; eval "$env"
    #[arg(long, conflicts_with = "command")]
    background: bool,
    /// The port on loopback; 0 means a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The folder for NNNN.json and NNNN.eml of each accepted message
    ///
    /// By default a temporary folder, which is removed when the sandbox ends.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// An address that exists and can send; the first is the user's; repeatable
    ///
    /// By default every address exists.
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    mailbox: Vec<String>,
    /// A Graph permission that consent grants; repeatable
    ///
    /// By default all that sending and drafts need.
    #[arg(long, value_name = "NAME", value_parser = PERMISSIONS)]
    permission: Vec<String>,
    /// Give the command a managed identity, as App Service does
    #[arg(long)]
    managed_identity: bool,
    /// A file with certificates to register, in PEM or DER; repeatable
    ///
    /// To sign in as an application with their key: login --certificate.
    #[arg(long, value_name = "FILE")]
    certificate: Vec<PathBuf>,
    /// A file with the token of another issuer to accept
    ///
    /// To sign in as an application with it: login --federated-token-file.
    #[arg(long, value_name = "FILE")]
    federated_token_file: Option<PathBuf>,
    /// A file with the only client secret to accept
    ///
    /// By default every secret is accepted. To sign in with it: login --client-secret-file.
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// How many times a device code is pending before it is approved
    #[arg(long, value_name = "N", default_value_t = 0)]
    polls: u32,
    /// The largest message that a mailbox can send, in bytes or as in 150MB; default 35MB
    ///
    /// The size is that of the encoded message: an attachment takes 1.37 times its size. One attachment
    /// can always have at most 150MB.
    #[arg(long, value_name = "SIZE", value_parser = config::parse_size)]
    message_limit: Option<u64>,
    /// Addresses to which nothing is delivered, `*` for any text: `*@bad.example`; repeatable
    ///
    /// The sender gets a non-delivery report in the inbox: see send --wait-bounce. The page, the summary and the
    /// file of the message name the recipients.
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    bounce: Vec<String>,
    /// A fault to simulate: 'POST /me/sendMail=429,retry-after=2'; repeatable
    ///
    /// METHOD PATH=ACTION[,key=value…]. ACTION is a status, reset-before, reset-after, stall-before,
    /// stall-after or garbage. The path is Graph's without the version, or /token, /devicecode,
    /// /authorize or /msi/token;
    /// `*` matches one segment. A status takes retry-after=, code=, error=, body=garbage|empty,
    /// process=yes and, with Graph's 401, claims=yes; every action takes times=N and after=N.
    ///
    /// graphmail sends a small message with POST /me/sendMail. It sends a large one with
    /// POST /me/messages, then for each attachment POST /me/messages/*/attachments, or
    /// POST /me/messages/*/attachments/createUploadSession and PUT /upload/*, and finally
    /// POST /me/messages/*/send. It reads the state with GET /upload/*, GET /me/messages/* and
    /// GET /me/mailFolders/*/messages, and deletes a draft with DELETE /me/messages/*. For another
    /// user's mailbox, /me is /users/*.
    #[arg(long, value_name = "FAULT")]
    fault: Vec<Fault>,
}

/// The permissions of Graph that matter to mail.
const PERMISSIONS: [&str; 10] = [
    "Mail.Send",
    "Mail.Send.Shared",
    "Mail.ReadWrite",
    "Mail.ReadWrite.Shared",
    "Mail.Read",
    "Mail.Read.Shared",
    "Mail.ReadBasic",
    "Mail.ReadBasic.Shared",
    "Mail.ReadBasic.All",
    "User.Read",
];

const EXAMPLES: &str = "Examples:
  graphmail sandbox -- ./nightly-report.sh
  graphmail sandbox -- graphmail send --to a@example.org --subject Hello
  graphmail sandbox --fault 'POST /me/sendMail=503,retry-after=1' -- \\
      graphmail send -v -t a@example.org
  graphmail sandbox --fault 'PUT /upload/*=reset-after,after=1' -- \\
      graphmail send -v -t a@example.org --attach dump.gz
  eval \"$(graphmail sandbox --background)\"";

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    if args.background {
        return background::run(context);
    }
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
        bounce: args.bounce.clone(),
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

/// What a shell evaluates if this command line has failed, if a shell evaluates its output.
pub(super) fn on_failure(arguments: &[OsString]) -> Option<String> {
    background::is_evaluated(arguments).then(guest::unusable)
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

/// The only word in the file at `path`; `what` is its name in errors.
fn word(path: Option<&Path>, what: &str) -> Result<Option<String>> {
    let Some(path) = path else { return Ok(None) };
    let text = String::from_utf8(read(path)?).unwrap_or_default();
    let word = text.trim();
    if word.is_empty() || word.contains(char::is_whitespace) {
        return Err(
            UsageError::new(format!("{} does not contain a {what}", path.display())).into(),
        );
    }
    Ok(Some(word.to_owned()))
}

fn read(path: &Path) -> Result<Vec<u8>, InputError> {
    std::fs::read(path).map_err(|error| InputError::Unreadable(path.display().to_string(), error))
}

/// An address that can exist.
fn address(text: &str) -> std::result::Result<String, &'static str> {
    match is_address(text) {
        true => Ok(text.to_owned()),
        false => Err("this is not an address"),
    }
}

/// A pattern that an address can match.
fn pattern(text: &str) -> std::result::Result<String, &'static str> {
    match text.contains('*') || is_address(text) {
        true => Ok(text.to_owned()),
        false => Err("this is neither an address nor a pattern with *"),
    }
}

/// A private temporary folder, which is removed when it is dropped.
fn temporary() -> std::io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(guest::FOLDER_PREFIX);
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Runs until it is interrupted.
fn serve(sandbox: Sandbox, guest: &Guest, folder: &Path, context: &Context<'_>) -> Result<Status> {
    let ui = context.ui;
    // Before others know the process: a signal ends it in order.
    let signals = interrupt::handle().context("handling signals")?;
    if ui.output_options().json {
        ui.json(&json!({
            "ok": true,
            "url": sandbox.graph_url(),
            "page": sandbox.page_url(),
            "folder": folder,
            "process": std::process::id(),
            "environment": guest.as_json(),
        }))?;
    } else {
        ui.raw(guest.as_shell().as_bytes())?;
        let (url, folder, page) = (sandbox.graph_url(), folder.display(), sandbox.page_url());
        ui.info(Visible::lines([
            format!("graphmail: the sandbox listens at {url}; messages go to {folder}"),
            "graphmail: to send to it, paste the lines above into another terminal".to_owned(),
            format!("graphmail: to see the messages, open {page}"),
        ]));
    }
    signals.wait();
    drop(sandbox);
    Ok(crate::exit::Class::Success.into())
}

/// Runs `command` in the sandbox's environment, with this program first in its PATH.
fn inside(command: &[OsString], guest: &Guest, context: &Context<'_>) -> Result<Status> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(crate::exit::Class::Success.into());
    };
    let mut child = std::process::Command::new(program);
    child.args(arguments);
    guest.enter(&mut child, context.settings.environment());
    if context.ui.output_options().json {
        // With --json, standard output is one JSON object of graphmail.
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

/// Runs the command. A signal that would end the sandbox ends the command first, so that the sandbox can
/// remove its folder.
fn run_to_end(mut command: std::process::Command) -> std::io::Result<std::process::ExitStatus> {
    let mut child = crate::core_files::with_former_limit(|| command.spawn())?;
    #[cfg(unix)]
    {
        let id = rustix::process::Pid::from_child(&child);
        std::thread::spawn(move || {
            if interrupt::wait().is_ok() {
                // This fails if the command has just ended.
                let _ended = rustix::process::kill_process(id, rustix::process::Signal::TERM);
            }
        });
    }
    child.wait()
}
