//! The page of a command, from its definition.

use clap::{Arg, ArgAction, Command};
use clap_mangen::roff::{Inline, bold, italic, roman};

use super::page::Page;
use super::sections;
use crate::config;

/// The heading of the section, and how the line of `--help` begins.
const EXIT_STATUS: &str = "Exit status";

/// The page of a command of this name; `others`: the pages that it refers to.
pub(super) fn page(name: &str, command: &Command, others: &[String]) -> Page {
    let mut page = begin(name, command);
    options(&mut page, command, "OPTIONS", |arg| !arg.is_global_set());
    commands(&mut page, name, command);
    let after = command.get_after_long_help().or(command.get_after_help());
    let after = after.map(ToString::to_string).unwrap_or_default();
    help(&mut page, &after);
    let mut page = sections::append(page, name, after.contains(EXIT_STATUS));
    see_also(&mut page, others);
    page
}

/// The sections NAME, SYNOPSIS and DESCRIPTION.
pub(super) fn begin(name: &str, command: &Command) -> Page {
    let summary = command.get_about().map(ToString::to_string);
    let mut page = Page::new(name, "1", &summary.unwrap_or_default());
    page.heading("SYNOPSIS");
    page.paragraph(synopsis(command));
    page.heading("DESCRIPTION");
    let about = command.get_long_about().or(command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    for paragraph in about.split("\n\n") {
        page.paragraph(styled(&paragraph.replace('\n', " ")));
    }
    page
}

/// The section SEE ALSO.
pub(super) fn see_also(page: &mut Page, others: &[String]) {
    page.heading("SEE ALSO");
    page.paragraph(vec![roman(others.join(", "))]);
}

/// The command line with the names of the values.
fn synopsis(command: &Command) -> Vec<Inline> {
    if command.get_name() == "sendmail" {
        let usage = "graphmail [GLOBAL OPTIONS] sendmail [OPTIONS] [ADDRESS]...";
        return vec![roman(usage)];
    }
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let mut line = vec![bold(name)];
    let all = command.get_arguments();
    let shown = all.filter(|arg| !arg.is_hide_set() && !arg.is_global_set() && !is_help(arg));
    let (positionals, options): (Vec<_>, Vec<_>) = shown.partition(|arg| arg.is_positional());
    if command.get_name() == "graphmail" {
        line.push(roman(" [OPTIONS]"));
    }
    for option in options {
        line.push(roman(if option.is_required_set() { " " } else { " [" }));
        line.extend(form(option, &name_of(option)));
        line.push(roman(closing(option)));
    }
    if command.has_subcommands() {
        line.extend([roman(" "), italic("COMMAND")]);
    }
    for positional in positionals {
        let is_required = positional.is_required_set();
        let dashes = if positional.is_last_set() { "-- " } else { "" };
        line.push(roman(format!(
            " {}{dashes}",
            if is_required { "" } else { "[" }
        )));
        line.push(italic(value_of(positional)));
        line.push(roman(closing(positional)));
    }
    line
}

/// What follows an option or an argument: whether it may be left out, and whether it may be repeated.
fn closing(arg: &Arg) -> String {
    let bracket = if arg.is_required_set() { "" } else { "]" };
    let is_repeated = matches!(arg.get_action(), ArgAction::Append | ArgAction::Count)
        || arg
            .get_num_args()
            .is_some_and(|range| range.max_values() > 1);
    format!("{bracket}{}", if is_repeated { "..." } else { "" })
}

/// The name of an option: the long one.
fn name_of(option: &Arg) -> String {
    let long = option.get_long().map(|long| format!("--{long}"));
    long.or_else(|| option.get_short().map(|short| format!("-{short}")))
        .unwrap_or_default()
}

/// The names of the values.
fn value_of(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    let names: Vec<_> = names.iter().map(clap::builder::Str::as_str).collect();
    match names.is_empty() {
        true => arg.get_id().as_str().to_uppercase(),
        false => names.join(" "),
    }
}

/// An option with its value.
fn form(option: &Arg, name: &str) -> Vec<Inline> {
    let mut form = vec![bold(name)];
    if !option.get_action().takes_values() {
        return form;
    }
    let is_optional = option
        .get_num_args()
        .is_some_and(|range| range.min_values() == 0);
    let (before, after) = match (is_optional, option.is_require_equals_set()) {
        (true, _) => ("[=", "]"),
        (false, true) => ("=", ""),
        (false, false) => (" ", ""),
    };
    form.extend([roman(before), italic(value_of(option)), roman(after)]);
    form
}

fn is_help(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}

/// The options, in groups, and the arguments.
pub(super) fn options(
    page: &mut Page,
    command: &Command,
    heading: &str,
    is_shown: impl Fn(&Arg) -> bool,
) {
    let all = command.get_arguments();
    let shown: Vec<_> = all
        .filter(|arg| !arg.is_hide_set() && !is_help(arg) && is_shown(arg))
        .filter(|arg| command.get_name() != "sendmail" || !arg.is_positional())
        .collect();
    if shown.is_empty() {
        return;
    }
    page.heading(heading);
    let mut groups: Vec<Option<&str>> = Vec::new();
    for arg in &shown {
        if !groups.contains(&arg.get_help_heading()) {
            groups.push(arg.get_help_heading());
        }
    }
    // Those without a heading come first.
    groups.sort_by_key(Option::is_some);
    for group in groups {
        if let Some(group) = group.filter(|group| *group != config::GLOBAL_OPTIONS) {
            page.subheading(group);
        }
        let of_group = |arg: &&&Arg| arg.get_help_heading() == group;
        shown
            .iter()
            .filter(of_group)
            .for_each(|arg| option(page, arg));
    }
}

/// An option or an argument.
fn option(page: &mut Page, arg: &Arg) {
    let mut term = Vec::new();
    if arg.is_positional() {
        term.push(italic(value_of(arg)));
    } else {
        if let (Some(short), Some(_)) = (arg.get_short(), arg.get_long()) {
            term.extend([bold(format!("-{short}")), roman(", ")]);
        }
        term.extend(form(arg, &name_of(arg)));
    }
    page.term(term);
    let about = arg.get_long_help().or(arg.get_help());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let mut paragraphs: Vec<_> = about
        .split("\n\n")
        .map(|paragraph| paragraph.replace('\n', " "))
        .collect();
    let values = arg.get_possible_values();
    let values: Vec<_> = values.iter().filter(|value| !value.is_hide_set()).collect();
    if let [_, _, ..] = &values[..] {
        let names: Vec<_> = values.iter().map(|value| value.get_name()).collect();
        paragraphs.push(format!("Possible values: {}.", names.join(", ")));
    }
    let defaults = arg.get_default_values();
    if let [default] = defaults
        && arg.get_action().takes_values()
    {
        paragraphs.push(format!("Default: {}.", default.to_string_lossy()));
    }
    for paragraph in paragraphs {
        page.more(styled(&paragraph));
    }
}

/// The subcommands, with their pages.
pub(super) fn commands(page: &mut Page, name: &str, command: &Command) {
    if !command.has_subcommands() {
        return;
    }
    page.heading("COMMANDS");
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        page.term(vec![
            bold(format!("{name}-{}", below.get_name())),
            roman("(1)"),
        ]);
        let about = below.get_about().map(ToString::to_string);
        page.more(styled(&about.unwrap_or_default()));
    }
}

/// The text after the options of `--help`: a line that ends with a colon and has no blank in it is a heading, and
/// indented lines are shown unchanged.
fn help(page: &mut Page, text: &str) {
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.starts_with("  ") {
            let mut code = vec![line.strip_prefix("  ").unwrap_or(line)];
            while let Some(next) = lines.next_if(|next| next.starts_with("  ")) {
                code.push(next.strip_prefix("  ").unwrap_or(next));
            }
            match code.iter().all(|line| line.starts_with('-')) {
                true => code.iter().for_each(|line| definition(page, line)),
                false => page.example(code),
            }
        } else if let Some(text) = line.strip_prefix(EXIT_STATUS) {
            page.heading(EXIT_STATUS);
            page.paragraph(styled(text.trim_start_matches([' ', ':'])));
        } else if let Some(heading) = line.strip_suffix(':').filter(|line| !line.contains(' ')) {
            page.heading(heading);
        } else if !line.is_empty() {
            page.paragraph(styled(line));
        }
    }
}

/// An option of another program's form, and what it does, after two or more blanks.
fn definition(page: &mut Page, line: &str) {
    let (option, text) = line.split_once("  ").unwrap_or((line, ""));
    page.term(vec![bold(option)]);
    page.more(styled(text.trim_start()));
}

/// Text in which words between backticks are bold.
pub(super) fn styled(text: &str) -> Vec<Inline> {
    let pieces = text.split('`').enumerate();
    let styled = pieces.map(|(at, piece)| match at % 2 {
        0 => roman(piece),
        _ => bold(piece),
    });
    styled.collect()
}
