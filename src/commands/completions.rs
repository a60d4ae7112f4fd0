//! `completions`: the script of a shell, and the answers to it. The script runs graphmail, so that it also completes
//! the names of accounts and the ids of drafts and of entries of the outbox.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command as Process, Stdio};

use clap::{Arg, Args as ClapArgs, Command, ValueEnum};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{Bash as BashEngine, Elvish, EnvCompleter, Fish, Powershell, Zsh};
use serde_json::Value;

use super::Context;
use crate::cloud::Cloud;
use crate::commands::report::Result;
use crate::config::{Flags, Settings};
use crate::exit::{Class, Status};
use crate::seams::Environment;

/// The variable in which a script names its shell.
const VARIABLE: &str = "GRAPHMAIL_COMPLETE";

/// Prints the completions of a shell
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Shell {
    fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            Self::Bash => &Bash,
            Self::Elvish => &Elvish,
            Self::Fish => &Fish,
            Self::Powershell => &Powershell,
            Self::Zsh => &Zsh,
        }
    }
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let mut script = Vec::new();
    let (name, completer) = ("graphmail", args.shell.completer());
    completer.write_registration(VARIABLE, name, name, name, &mut script)?;
    context.ui.raw(&script)?;
    Ok(Class::Success.into())
}

/// Answers a script: prints what can complete the words after `--`. `None` if no script asks.
pub(super) fn answer(
    arguments: &[OsString],
    environment: &Environment,
    output: &mut dyn Write,
) -> Option<Status> {
    let shell = Shell::from_str(&environment.get(VARIABLE)?, false).ok()?;
    let (_, words) = arguments.split_first()?;
    let words = words.strip_prefix(&[OsString::from("--")])?.to_vec();
    let mut definitions = definitions(&Line::of(&words, environment));
    let folder = std::env::current_dir().ok();
    let written =
        shell
            .completer()
            .write_complete(&mut definitions, words, folder.as_deref(), output);
    // A shell shows no errors here.
    drop(written.and_then(|()| output.flush()));
    Some(Class::Success.into())
}

/// What the words of an unfinished command line say about the configuration.
#[derive(Clone, Default)]
struct Line {
    flags: Flags,
    environment: Environment,
}

impl Line {
    fn of(words: &[OsString], environment: &Environment) -> Self {
        let value = |names: &[&str]| {
            let mut given = words.iter().zip(words.iter().skip(1));
            let next = given.find(|(word, _)| names.iter().any(|name| word == name));
            let joined = || {
                let mut joined = words
                    .iter()
                    .filter_map(|word| word.to_str()?.split_once('='));
                joined.find(|(word, _)| names.contains(word))
            };
            next.map(|(_, value)| value.clone())
                .or_else(|| joined().map(|(_, value)| value.into()))
                .filter(|value| !value.is_empty())
        };
        Self {
            flags: Flags {
                config: value(&["--config"]).map(Into::into),
                account: value(&["-A", "--account"]).and_then(|name| name.into_string().ok()),
                ..Flags::default()
            },
            environment: environment.clone(),
        }
    }

    /// The clouds that graphmail has and those of the configuration.
    fn clouds(&self) -> Vec<CompletionCandidate> {
        let settings = Settings::from_flags(&self.flags, &self.environment).ok();
        let file = settings.and_then(|settings| settings.file().ok());
        let own = file.iter().flat_map(|file| file.clouds.keys());
        let names = Cloud::NAMES.iter().map(|name| (*name).to_owned());
        names
            .chain(own.cloned())
            .map(CompletionCandidate::new)
            .collect()
    }

    /// The values of a field in the JSON that `graphmail` prints for these words, each with a description; none if it
    /// fails.
    fn values(
        &self,
        words: &[&str],
        (list, field, description): (&str, &str, &str),
    ) -> Vec<CompletionCandidate> {
        let json = || -> Option<Value> {
            let program = std::env::current_exe().ok()?;
            let mut graphmail = Process::new(program);
            graphmail.args(words).args(["--json", "--quiet"]);
            if let Some(file) = &self.flags.config {
                graphmail.arg("--config").arg(file);
            }
            if let Some(name) = &self.flags.account {
                graphmail.arg("--account").arg(name);
            }
            graphmail.env_remove(VARIABLE).stdin(Stdio::null());
            serde_json::from_slice(&graphmail.output().ok()?.stdout).ok()
        };
        let json = json().unwrap_or_default();
        let values = json.get(list).and_then(Value::as_array);
        let candidate = |value: &Value| {
            let text = |name: &str| value.get(name).and_then(Value::as_str);
            let help = text(description).map(|help| help.to_owned().into());
            Some(CompletionCandidate::new(text(field)?.to_owned()).help(help))
        };
        values.into_iter().flatten().filter_map(candidate).collect()
    }

    /// The names of the accounts. The one on the command line may not be complete.
    fn accounts(&self) -> Vec<CompletionCandidate> {
        let mut line = self.clone();
        line.flags.account = None;
        line.values(&["accounts", "list"], ("accounts", "name", "auth"))
    }

    fn outbox(&self) -> Vec<CompletionCandidate> {
        self.values(&["outbox", "list"], ("entries", "id", "subject"))
    }

    fn drafts(&self) -> Vec<CompletionCandidate> {
        let list = ["draft", "list", "--timeout", "3s", "--max-wait", "0"];
        self.values(&list, ("drafts", "id", "subject"))
    }
}

/// The definitions with the values that are not in them.
fn definitions(line: &Line) -> Command {
    let asked = |ask: fn(&Line) -> Vec<CompletionCandidate>| {
        let line = line.clone();
        ArgValueCandidates::new(move || ask(&line))
    };
    let pages = || {
        let names = super::manual::names().unwrap_or_default().into_iter();
        names.map(CompletionCandidate::new).collect()
    };
    let with = |name: &'static str, candidates: ArgValueCandidates| {
        move |command: Command| command.mut_arg(name, |arg: Arg| arg.add(candidates))
    };
    let entry = || with("id", asked(Line::outbox));
    let entries = || with("ids", asked(Line::outbox));
    let draft = || with("id", asked(Line::drafts));
    let root = super::definitions();
    let mut root = with("account", asked(Line::accounts))(root);
    root.build();
    // After the word sendmail, the global options have no effect.
    let root = root.mut_subcommand("sendmail", |built| {
        let without_options =
            Command::new("sendmail").about(built.get_about().cloned().unwrap_or_default());
        without_options.args(built.get_positionals())
    });
    root.mut_subcommand("login", with("cloud", asked(Line::clouds)))
        .mut_subcommand("outbox", |outbox| {
            let outbox = outbox.mut_subcommand("show", entry());
            let outbox = outbox.mut_subcommand("flush", entries());
            let outbox = outbox.mut_subcommand("retry", entries());
            outbox.mut_subcommand("drop", entries())
        })
        .mut_subcommand("accounts", |accounts| {
            let name = || with("name", asked(Line::accounts));
            accounts
                .mut_subcommand("use", name())
                .mut_subcommand("remove", name())
        })
        .mut_subcommand("man", with("what", ArgValueCandidates::new(pages)))
        .mut_subcommand("draft", |drafts| {
            let drafts = drafts.mut_subcommand("send", draft());
            drafts.mut_subcommand("delete", draft())
        })
}

/// Bash splits words at `=` and `:`, and expects only what comes after them.
struct Bash;

const BASH: &str = r#"_graphmail() {
    local IFS=$'\013' i piece words=() index=0 joins=false
    for i in "${!COMP_WORDS[@]}"; do
        # Without quotes.
        piece=${COMP_WORDS[i]//[\"\'\\]/}
        if ((i > 0)) && { $joins || [[ $piece =~ ^[=:]+$ ]]; }; then
            words[${#words[@]} - 1]+=$piece
        else
            words+=("$piece")
        fi
        [[ $piece =~ ^[=:]+$ ]] && joins=true || joins=false
        if ((i == COMP_CWORD)); then
            index=$((${#words[@]} - 1))
            joins=false
        fi
    done
    piece=${COMP_WORDS[COMP_CWORD]//[\"\'\\]/}
    [[ $piece =~ ^[=:]+$ ]] && piece=
    local before=${words[index]%"$piece"}
    read -r -d '' -a COMPREPLY < <(
        _CLAP_IFS="$IFS" _CLAP_COMPLETE_INDEX="$index" VARIABLE=bash \
            graphmail -- "${words[@]}" 2>/dev/null
    )
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
    # Bash adds the quotes of a word that begins with one.
    if [[ ${COMP_WORDS[COMP_CWORD]} != [\"\']* ]]; then
        for i in "${!COMPREPLY[@]}"; do
            COMPREPLY[i]=$(printf %q "${COMPREPLY[i]}")
        done
    fi
    # No blank after an option that needs a value, and after a folder.
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} =~ [=/:]$ ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o bashdefault -F _graphmail graphmail
"#;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        BashEngine.name()
    }

    fn is(&self, name: &str) -> bool {
        BashEngine.is(name)
    }

    fn write_registration(
        &self,
        variable: &str,
        _: &str,
        _: &str,
        _: &str,
        script: &mut dyn Write,
    ) -> io::Result<()> {
        script.write_all(BASH.replace("VARIABLE", variable).as_bytes())
    }

    fn write_complete(
        &self,
        definitions: &mut Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        output: &mut dyn Write,
    ) -> io::Result<()> {
        BashEngine.write_complete(definitions, words, folder, output)
    }
}
