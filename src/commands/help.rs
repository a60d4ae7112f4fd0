//! The help that a command line asks for: the options of the command first, then the global ones, last `--help`.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Arg, Command};

use super::report::Asked;
use crate::config;

/// The ids of the options that clap adds.
const OF_CLAP: [&str; 2] = ["help", "version"];

/// What clap prints for the error, which may be a help. clap puts the global options first, because a command's own are
/// defined when it is asked for.
pub(super) fn text(error: &clap::Error) -> String {
    let text = error.render().to_string();
    if !matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        return text;
    }
    let mut definitions = super::definitions();
    definitions.build();
    let usage = text.lines().find_map(|line| line.strip_prefix("Usage: "));
    let mut command = &definitions;
    for word in usage.unwrap_or_default().split(' ').skip(1) {
        let Some(below) = command.find_subcommand(word) else {
            break;
        };
        command = below;
    }
    let mut command = command.clone();
    let is_long = command.render_long_help().to_string() == text;
    if !is_long && command.render_help().to_string() != text {
        return text;
    }
    let mut command = with_global_options_last(command);
    match is_long {
        true => command.render_long_help().to_string(),
        false => command.render_help().to_string(),
    }
}

/// The command for its help only: its keys are not those of its options any more.
fn with_global_options_last(mut command: Command) -> Command {
    let is_global = |arg: &&Arg| arg.get_help_heading() == Some(config::GLOBAL_OPTIONS);
    let global: Vec<_> = command
        .get_arguments()
        .filter(is_global)
        .map(|arg| arg.get_id().to_string())
        .collect();
    for id in global {
        // An argument that is changed becomes the last one.
        command = command.mut_arg(id, |arg| arg);
    }
    for (order, id) in OF_CLAP.into_iter().enumerate() {
        if command.get_arguments().any(|arg| arg.get_id() == id) {
            command = command.mut_arg(id, |arg| {
                arg.help_heading(config::GLOBAL_OPTIONS)
                    .display_order(usize::MAX - OF_CLAP.len() + order)
            });
        }
    }
    command
}

/// The command in `arguments`.
pub(super) fn asked(arguments: &[OsString]) -> Asked {
    let mut definitions = super::definitions();
    definitions.build();
    let mut verb = &definitions;
    let mut help = definitions.get_name().to_owned();
    for word in arguments.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(found) = verb.find_subcommand(word) {
            verb = found;
            help = format!("{help} {word}");
        }
    }
    let longs = verb.get_arguments().filter_map(Arg::get_long);
    let commands = verb.get_subcommands().map(Command::get_name);
    let commands = commands.filter(|name| *name != "help");
    Asked {
        help: help + " --help",
        options: longs.map(ToOwned::to_owned).collect(),
        commands: commands.map(ToOwned::to_owned).collect(),
    }
}
