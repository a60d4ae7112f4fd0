//! `completions`: generated from the same definitions as `--help`.

use clap::{Args as ClapArgs, Command};
use clap_complete::Shell;

use super::Context;
use crate::commands::report::Result;
use crate::exit::{Class, Status};

/// Prints the completions of a shell
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let mut script = Vec::new();
    let mut root = super::definitions();
    root.build();
    // The generators ignore `hide`, and after the word sendmail the global options have no effect.
    let mut root = root.mut_subcommand("sendmail", |built| {
        let mut without_options = Command::new("sendmail").bin_name("graphmail sendmail");
        if let Some(about) = built.get_about() {
            without_options = without_options.about(about.clone());
        }
        without_options.args(built.get_positionals())
    });
    clap_complete::generate(args.shell, &mut root, "graphmail", &mut script);
    context.ui.raw(&script)?;
    Ok(Class::Success.into())
}
