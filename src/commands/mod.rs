//! The commands: one module each with its arguments, and their shared context and error report.

mod accounts;
mod completions;
mod context;
mod deliver;
mod doctor;
mod draft;
mod error;
mod help;
mod hold;
#[cfg(unix)]
mod host;
mod keepalive;
mod ledger;
mod leftover;
mod login;
mod logout;
mod manual;
mod merge;
mod outbox;
mod report;
mod rights;
mod sandbox;
mod send;
mod sendmail;
mod session;
mod smtp;
#[cfg(unix)]
mod smtpd;
mod status;
mod table;

use std::cell::RefCell;
use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches as _, Parser, Subcommand};

use self::context::Context;
use self::report::{Failure, Result, Run, Situation};
use crate::Host;
use crate::config::{self, Flags, Settings};
use crate::exit::Status;
use crate::open_files;
use crate::seams::{Environment, Seams};
use crate::text::time as stamp;
use crate::ui::{OutputOptions, Ui};

/// Sends mail through Microsoft 365, from scripts, cron jobs and the command line.
#[derive(Debug, Parser)]
#[command(
    name = "graphmail",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "Try it without a tenant:
  graphmail sandbox -- graphmail send --to a@example.org --subject Hello"
)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
#[command(defer = true)]
enum Command {
    Send(Box<send::Args>),
    Draft(draft::Args),
    Merge(Box<merge::Args>),
    Outbox(outbox::Args),
    Sendmail(sendmail::Args),
    #[cfg(unix)]
    Smtpd(smtpd::Args),
    Login(login::Args),
    Logout(logout::Args),
    Status(status::Args),
    Keepalive(keepalive::Args),
    Accounts(accounts::Args),
    Doctor(doctor::Args),
    Sandbox(sandbox::Args),
    Completions(completions::Args),
    Man(manual::Args),
}

/// Runs the command line `arguments`; the first is the program's name.
pub(crate) fn run(arguments: &[OsString], host: Host<'_>) -> Status {
    let is_json = is_json(arguments, &host.environment);
    let stdout = host.stdout;
    let host = Host {
        stdin: host.stdin,
        stdout: &mut *stdout,
        stderr: host.stderr,
        terminal: host.terminal,
        environment: host.environment,
        seams: host.seams,
        transport: host.transport,
        keyring: host.keyring,
    };
    let status = run_line(arguments, host);
    if status.number() != 0
        && !is_json
        && let Some(lines) = sandbox::on_failure(arguments)
    {
        // Nothing else can be done if standard output cannot be written.
        drop(stdout.write_all(lines.as_bytes()));
        drop(stdout.flush());
    }
    status
}

/// Whether JSON is wanted, for a command line that may be wrong.
fn is_json(arguments: &[OsString], environment: &Environment) -> bool {
    arguments.iter().any(|argument| argument == "--json") || config::wants_json(environment)
}

fn run_line(arguments: &[OsString], host: Host<'_>) -> Status {
    let Host {
        stdin,
        stdout,
        stderr,
        terminal,
        environment,
        seams,
        transport,
        keyring,
    } = host;
    if let Some(status) = completions::answer(arguments, &environment, stdout) {
        return status;
    }
    let Line { flags, verb } = match Line::read(arguments, &environment) {
        Ok(line) => line,
        Err(error) => {
            let output_options = OutputOptions {
                json: is_json(arguments, &environment),
                ..OutputOptions::default()
            };
            let ui = Ui::new(stdout, stderr, output_options);
            return unread(error, arguments, (seams.as_ref(), &ui));
        }
    };
    let settings = open_files::ensure()
        .map_err(Failure::from)
        .and_then(|()| Ok(Settings::from_flags(&flags, &environment)?));
    let output_options = settings.as_ref().map_or_else(
        |_| OutputOptions {
            json: flags.json || config::wants_json(&environment),
            ..OutputOptions::default()
        },
        |settings| OutputOptions::from_settings(settings, terminal.stderr),
    );
    let ui = Ui::new(stdout, stderr, output_options);
    if terminal.is_one_socket && matches!(&verb, Verb::Sendmail(call) if call.is_smtp()) {
        // The client would read a warning as a reply.
        ui.silence();
    }
    let (settings, unusable) = match for_verb(settings, &verb, (&flags, &environment)) {
        Ok(settings) => settings,
        Err(error) => {
            return report::failure(&error, &Situation::default(), seams.now(), &ui);
        }
    };
    let context = Context {
        waits: context::wait_budget(&settings),
        ui: &ui,
        settings,
        flags: &flags,
        arguments,
        stdin: RefCell::new(Box::new(stdin)),
        terminal,
        seams: &seams,
        transport,
        keyring,
        slots: std::sync::Arc::default(),
        tokens: std::sync::Arc::default(),
        is_service: false,
    };
    carry_out(verb, unusable, &context)
}

/// Reports a command line that cannot be read.
fn unread(error: Unread, arguments: &[OsString], (seams, ui): (&dyn Seams, &Ui<'_>)) -> Status {
    let reported = match error {
        Unread::Line(error) => {
            let text = help::text(&error);
            report::usage((&error, &text), || help::asked(arguments), ui).map_err(Failure::from)
        }
        Unread::Sendmail(error) => Err(error.into()),
    };
    match reported {
        Ok(class) => class.into(),
        Err(error) => report::failure(&error, &Situation::default(), seams.now(), ui),
    }
}

/// The settings for `verb`. A message for sendmail is kept even if the settings are unusable: then the reason, and
/// settings without variables.
fn for_verb(
    settings: Result<Settings>,
    verb: &Verb,
    (flags, environment): (&Flags, &Environment),
) -> Result<(Settings, Option<Failure>)> {
    match (settings, verb) {
        (Err(error), Verb::Sendmail(_)) => match Settings::without_variables(flags, environment) {
            Ok(settings) => Ok((settings, Some(error))),
            Err(_) => Err(error),
        },
        (settings, _) => settings.map(|settings| (settings, None)),
    }
}

/// The checks before a command begins.
fn prepare(verb: &Verb, context: &Context<'_>) -> Result<()> {
    warn_of_variables(&context.settings, context.ui);
    match verb {
        // Login creates the configuration, and doctor reports it as one of its checks. The others do not read it.
        Verb::Own(
            Command::Login(_)
            | Command::Doctor(_)
            | Command::Sandbox(_)
            | Command::Completions(_)
            | Command::Man(_),
        ) => {}
        Verb::Own(_) | Verb::Sendmail(_) => context.settings.require_file()?,
    }
    Ok(())
}

/// Warns about variables that look like graphmail's and have no effect.
fn warn_of_variables(settings: &Settings, ui: &Ui<'_>) {
    for (name, nearest) in settings.unknown_variables() {
        let suggestion = nearest.map_or_else(String::new, |known| format!("; {known} is"));
        ui.info(&format!(
            "graphmail: warning: {name} is not a variable of graphmail{suggestion}"
        ));
    }
}

/// A parsed command line.
struct Line {
    flags: Flags,
    verb: Verb,
}

enum Verb {
    Own(Command),
    Sendmail(sendmail::Call),
}

/// Why a command line cannot be parsed.
enum Unread {
    Line(clap::Error),
    Sendmail(error::UsageError),
}

impl Line {
    /// Parses the words after `sendmail`, or all words if the program was started as `sendmail`, by
    /// sendmail's rules: its `-t` and `-q` have other meanings. Options of graphmail are not accepted
    /// there, because programs put untrusted words into that command line.
    fn read(arguments: &[OsString], environment: &Environment) -> Result<Self, Unread> {
        if let Some(question) = sendmail::help_or_version(arguments) {
            return Self::read(&question, environment);
        }
        if let Some(call) = sendmail::Call::by_name(arguments) {
            return Self::of_sendmail(call, Flags::default(), environment);
        }
        let help = |argument: &OsString| matches!(argument.to_str(), Some("-h" | "--help"));
        for (at, word) in arguments.iter().enumerate().skip(1) {
            let (before, rest) = arguments.split_at(at + 1);
            // With other words, -h is sendmail's hop count.
            let is_question = matches!(rest, [only] if help(only));
            if word == "sendmail"
                && !is_question
                && let Ok(cli) = parse(before)
                && matches!(cli.command, Command::Sendmail(_))
            {
                return Self::of_sendmail(
                    sendmail::Call::from_arguments(rest),
                    cli.flags,
                    environment,
                );
            }
        }
        let cli = parse(arguments).map_err(Unread::Line)?;
        Ok(Self {
            flags: cli.flags,
            verb: Verb::Own(cli.command),
        })
    }

    fn of_sendmail(
        call: Result<sendmail::Call, error::UsageError>,
        flags: Flags,
        environment: &Environment,
    ) -> Result<Self, Unread> {
        let mut call = call.map_err(Unread::Sendmail)?;
        Ok(Self {
            flags: call.apply_to(flags, environment),
            verb: Verb::Sendmail(call),
        })
    }
}

/// Runs the command unless its settings are `unusable`, and reports an error.
fn carry_out(verb: Verb, unusable: Option<Failure>, context: &Context<'_>) -> Status {
    let run = match &verb {
        Verb::Own(
            Command::Send(_) | Command::Draft(_) | Command::Merge(_) | Command::Status(_),
        )
        | Verb::Sendmail(_) => Run::Uses,
        Verb::Own(Command::Login(_)) => Run::SignsIn,
        Verb::Own(_) => Run::Keeps,
    };
    let prepared = unusable.map_or_else(|| prepare(&verb, context), Err);
    let done = match (verb, prepared) {
        (Verb::Sendmail(call), Err(error)) => Err(call.keep(error, context)),
        (_, Err(error)) => Err(error),
        (Verb::Own(command), Ok(())) => dispatch(command, context),
        (Verb::Sendmail(call), Ok(())) => call.run(context),
    };
    context.ui.finish();
    done.unwrap_or_else(|error| {
        let situation = Situation::of_run(run, context);
        report::failure(&error, &situation, context.seams.now(), context.ui)
    })
}

fn dispatch(command: Command, context: &Context<'_>) -> Result<Status> {
    match command {
        Command::Send(args) => send::run(&args, context),
        Command::Draft(args) => draft::run(&args, context),
        Command::Merge(args) => merge::run(&args, context),
        // Its arguments are parsed before clap; only its help comes from clap.
        Command::Sendmail(_) => Ok(crate::exit::Class::Usage.into()),
        #[cfg(unix)]
        Command::Smtpd(args) => smtpd::run(&args, context),
        Command::Outbox(args) => outbox::run(&args, context),
        Command::Login(args) => login::run(&args, context),
        Command::Logout(args) => logout::run(&args, context),
        Command::Status(args) => status::run(&args, context),
        Command::Keepalive(args) => keepalive::run(&args, context),
        Command::Accounts(args) => accounts::run(&args, context),
        Command::Doctor(args) => doctor::run(&args, context),
        Command::Sandbox(args) => sandbox::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => manual::run(&args, context),
    }
}

/// Parses a command line. The options of the commands that it does not name are defined only for an error or for help.
fn parse(arguments: &[OsString]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(arguments).or_else(|error| {
        if error.kind() == ErrorKind::DisplayVersion {
            return Err(error);
        }
        let mut definitions = definitions();
        definitions.build();
        let matches = definitions.try_get_matches_from_mut(arguments)?;
        Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut definitions))
    })
}

/// The definitions from which `--help`, the manual and the completions are made; [`clap::Command::build`] adds those of
/// the commands.
fn definitions() -> clap::Command {
    Cli::command()
}

/// Reports success.
fn done(context: &Context<'_>, account: &str, words: &str) -> Result<Status> {
    if context.ui.output_options().json {
        context
            .ui
            .json(&serde_json::json!({"ok": true, "account": account}))?;
    } else {
        context.ui.success(&format!("graphmail: {words}"));
    }
    Ok(crate::exit::Class::Success.into())
}
