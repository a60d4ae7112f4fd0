//! `man`: the manual. Pages of commands come from their definitions and from sections in Markdown, the others from
//! Markdown.

mod command;
mod main_page;
mod markdown;
mod page;
mod sections;
mod troubleshooting;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use clap::{Args as ClapArgs, Command};

use super::Context;
use crate::commands::error::UsageError;
use crate::commands::report::{Failure, Result, WithContext as _};
use crate::config::nearest;
use crate::exit::{Class, Status};

/// Shows a page of the manual, or writes all pages into a folder
///
/// A page is a command, such as `send` or `outbox flush`, or another page, such as `graphmail.toml`. On a terminal
/// man(1) shows it; otherwise it is printed in roff.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// A page; or the folder that gets all pages: a path with a slash, such as ./man
    #[arg(value_name = "PAGE|DIR", num_args = 0..)]
    what: Vec<String>,
}

/// The pages that are written by hand: the file name of each, and its text.
const PAGES: [(&str, &str); 4] = [
    (
        "graphmail.toml.5",
        include_str!("pages/graphmail.toml.5.md"),
    ),
    (
        "graphmail-admin.7",
        include_str!("pages/graphmail-admin.7.md"),
    ),
    (
        "graphmail-json.7",
        include_str!("pages/graphmail-json.7.md"),
    ),
    (
        "graphmail-sendmail.7",
        include_str!("pages/graphmail-sendmail.7.md"),
    ),
];

/// A page: its file name, which is its name and its section, and its text.
struct Entry {
    file: String,
    text: Vec<u8>,
}

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let pages = pages()?;
    if let Some(page) = find(&pages, &args.what) {
        show(page, context)?;
        return Ok(Class::Success.into());
    }
    let folder: PathBuf = match &*args.what {
        [folder] if folder.contains(std::path::is_separator) => folder.into(),
        words => return Err(unknown(&pages, words)),
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
    for page in &pages {
        put(&folder, page)?;
    }
    Ok(Class::Success.into())
}

/// The file names of all pages.
pub(super) fn names() -> io::Result<Vec<String>> {
    Ok(pages()?.into_iter().map(|page| page.file).collect())
}

/// The page of these words, as `send`, `outbox flush`, `graphmail-send` or `graphmail.toml`; without words,
/// graphmail(1).
fn find<'a>(pages: &'a [Entry], words: &[String]) -> Option<&'a Entry> {
    let words = words.join("-");
    let is_named = |page: &&Entry| {
        let name = page.file.rsplit_once('.').map_or("", |(name, _)| name);
        let short = name.strip_prefix("graphmail").unwrap_or(name);
        let short = short.strip_prefix(['-', '.']).unwrap_or(short);
        [name, short, &page.file].contains(&&*words)
    };
    pages.iter().find(is_named)
}

/// The error about words that name no page.
fn unknown(pages: &[Entry], words: &[String]) -> Failure {
    let words = words.join(" ");
    let names: Vec<_> = pages.iter().map(|page| &*page.file).collect();
    let wanted = format!("graphmail-{}", words.replace(' ', "-"));
    let near =
        nearest(&words, names.iter().copied()).or_else(|| nearest(&wanted, names.iter().copied()));
    let error = UsageError::new(format!("there is no page {words:?}"));
    match near {
        Some(near) => error.hint(format!("graphmail man {near}")).into(),
        None => error.hint("graphmail man").into(),
    }
}

fn put(folder: &Path, page: &Entry) -> Result<()> {
    let path = folder.join(&page.file);
    let write = || std::fs::File::create(&path)?.write_all(&page.text);
    write().with_context(|| format!("writing {}", path.display()))
}

/// Shows a page by man(1) on a terminal.
fn show(page: &Entry, context: &Context<'_>) -> Result<()> {
    if context.terminal.stdout && by_man(&page.text).unwrap_or(false) {
        return Ok(());
    }
    context.ui.raw(&page.text)?;
    Ok(())
}

/// Whether man(1) has shown the text.
fn by_man(text: &[u8]) -> io::Result<bool> {
    let mut man = process::Command::new("man");
    // The man of man-db and that of mandoc read a page from standard input.
    let mut man = man.args(["-l", "-"]).stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = man.stdin.take() {
        // A reader that is ended early closes it.
        drop(input.write_all(text));
    }
    Ok(man.wait()?.success())
}

/// All pages.
fn pages() -> io::Result<Vec<Entry>> {
    let mut root = super::definitions().disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    let mut names = vec!["graphmail(1)".to_owned()];
    names.extend(
        root.get_subcommands()
            .map(|below| reference(&format!("graphmail-{}", below.get_name()))),
    );
    let others: Vec<_> = PAGES
        .iter()
        .map(|(file, _)| *file)
        .chain([troubleshooting::FILE])
        .map(|file| {
            let (name, section) = file.rsplit_once('.').unwrap_or((file, "7"));
            format!("{name}({section})")
        })
        .collect();
    let of_main: Vec<_> = names.iter().skip(1).chain(&others).cloned().collect();
    pages.push(Entry {
        file: "graphmail.1".to_owned(),
        text: main_page::page(&root, &of_main)?,
    });
    for command in root.get_subcommands() {
        of_command(("graphmail", "graphmail(1)"), command, &others, &mut pages)?;
    }
    for (file, text) in PAGES {
        pages.push(Entry {
            file: file.to_owned(),
            text: markdown::page(text)?,
        });
    }
    pages.push(Entry {
        file: troubleshooting::FILE.to_owned(),
        text: markdown::page(&troubleshooting::text())?,
    });
    Ok(pages)
}

/// Adds the pages of a command and of its subcommands.
fn of_command(
    (above, parent): (&str, &str),
    command: &Command,
    others: &[String],
    pages: &mut Vec<Entry>,
) -> io::Result<()> {
    let name = format!("{above}-{}", command.get_name());
    let below = command.get_subcommands();
    let below = below.map(|below| reference(&format!("{name}-{}", below.get_name())));
    let mut also: Vec<_> = std::iter::once(parent.to_owned()).chain(below).collect();
    also.extend(others.iter().cloned());
    pages.push(Entry {
        file: format!("{name}.1"),
        text: command::page(&name, command, &also)?,
    });
    for below in command.get_subcommands() {
        of_command((&name, &reference(&name)), below, others, pages)?;
    }
    Ok(())
}

fn reference(name: &str) -> String {
    format!("{name}(1)")
}
