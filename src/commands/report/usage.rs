//! Reports a command line that cannot be read.

use std::io;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use serde_json::json;

use super::print::{print, print_json};
use crate::config::nearest;
use crate::exit::Class;
use crate::shell;
use crate::text::Visible;
use crate::ui::Ui;

/// The command of a command line.
pub(in crate::commands) struct Asked {
    /// The command that shows its help.
    pub(in crate::commands) help: String,
    /// Its long options.
    pub(in crate::commands) options: Vec<String>,
    /// The commands below it.
    pub(in crate::commands) commands: Vec<String>,
}

/// Words of other programs, and what graphmail may call it.
const SYNONYMS: [(&str, &[&str]); 16] = [
    ("delete", &["drop", "remove", "delete"]),
    ("remove", &["remove", "drop", "delete"]),
    ("rm", &["remove", "drop", "delete"]),
    ("cancel", &["drop", "delete"]),
    ("ls", &["list"]),
    ("send", &["flush"]),
    ("add", &["login", "create"]),
    ("default", &["use"]),
    // Of graphmail itself: a command of a group, or an option.
    ("list", &["outbox list"]),
    ("queue", &["outbox"]),
    ("mailq", &["outbox list"]),
    ("flush", &["outbox flush"]),
    ("retry", &["outbox retry"]),
    ("version", &["--version"]),
    ("auth", &["login"]),
    ("whoami", &["status"]),
];

/// Options of other programs, and those of graphmail.
const OPTION_SYNONYMS: [(&str, &str); 7] = [
    ("message", "body"),
    ("text", "body"),
    ("content", "body"),
    ("recipient", "to"),
    ("recipients", "to"),
    ("sender", "from"),
    ("title", "subject"),
];

impl Asked {
    /// What the user may have meant.
    fn suggestion(&self, error: &clap::Error) -> Option<String> {
        match error.kind() {
            ErrorKind::UnknownArgument => {
                let unknown = text_of(error, ContextKind::InvalidArg)?;
                let has = |option: &str| self.options.iter().any(|known| known == option);
                // As mailx takes recipients.
                if unknown.contains('@') && !unknown.starts_with('-') && has("to") {
                    return Some(format!("--to {}", shell::word(unknown)));
                }
                let unknown = unknown.strip_prefix("--")?.to_lowercase();
                let mut synonyms = OPTION_SYNONYMS.iter();
                let synonym = synonyms.find(|(word, known)| *word == unknown && has(known));
                let known = synonym.map(|(_, known)| (*known).to_owned());
                let known = known.or_else(|| near(&unknown, &self.options));
                known.map(|option| format!("--{option}"))
            }
            ErrorKind::InvalidSubcommand => {
                let unknown = text_of(error, ContextKind::InvalidSubcommand)?;
                let mut synonyms = SYNONYMS.iter().filter(|(word, _)| *word == unknown);
                let known = synonyms.find_map(|(_, known)| {
                    let mut known = known.iter().map(|known| (*known).to_owned());
                    known.find(|known| self.has_command(known))
                });
                known.or_else(|| near(&unknown.to_lowercase(), &self.commands))
            }
            ErrorKind::InvalidValue => {
                let unknown = text_of(error, ContextKind::InvalidValue)?;
                let Some(ContextValue::Strings(values)) = error.get(ContextKind::ValidValue) else {
                    return None;
                };
                let mut same = values.iter();
                let same = same.find(|value| value.eq_ignore_ascii_case(unknown));
                same.cloned().or_else(|| near(unknown, values))
            }
            _ => None,
        }
    }

    /// Whether the command of these words is below it. An option is one of the program.
    fn has_command(&self, words: &str) -> bool {
        let first = match words.split_once(' ') {
            Some((first, _)) => first,
            None if words.starts_with('-') => "outbox",
            None => words,
        };
        self.commands.iter().any(|known| known == first)
    }
}

fn text_of(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

fn near(unknown: &str, known: &[String]) -> Option<String> {
    nearest(unknown, known.iter().map(String::as_str)).map(ToOwned::to_owned)
}

/// Reports an invalid command line, or prints help or version, which clap also returns as errors. `text` is what clap
/// prints.
///
/// # Errors
/// If the help cannot be written.
pub(in crate::commands) fn usage(
    (error, text): (&clap::Error, &str),
    asked: impl FnOnce() -> Asked,
    ui: &Ui<'_>,
) -> io::Result<Class> {
    if !error.use_stderr() {
        ui.data(&Visible::block(text.trim_end_matches('\n')))?;
        return Ok(Class::Success);
    }
    let asked = asked();
    let say_json = |words: &str, hint: &str| {
        if ui.output_options().json {
            let class = (Class::Usage, Class::Usage.into());
            print_json(class, words, Some(hint), json!({}), ui);
        }
    };
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let command = asked.help.trim_end_matches(" --help");
        let commands = asked.commands.join(", ");
        let words = format!("{command} needs a command: {commands}");
        say_json(&words, &asked.help);
        ui.always(Visible::block(text.trim_end()));
        return Ok(Class::Usage);
    }
    // clap: "error: WHAT", blank line, tips, usage, "For more information, try '--help'."
    let what = text.split("\n\n").next().unwrap_or_default();
    let what = what.trim_start_matches("error: ");
    let words = what.split_whitespace().collect::<Vec<_>>().join(" ");
    let suggestion = asked.suggestion(error);
    let hint = suggestion.map(|suggestion| format!("did you mean {suggestion}?"));
    let hint = hint.unwrap_or_else(|| asked.help.clone());
    say_json(&words, &hint);
    print(&words, Some(&hint), ui);
    Ok(Class::Usage)
}
