//! `man`: the manual. Pages of commands come from their definitions and from sections in Markdown, the others from
//! Markdown.

mod command;
mod main_page;
mod markdown;
mod page;
mod sections;
mod text;
mod troubleshooting;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use clap::{Args as ClapArgs, Command};

use self::page::Page;
use super::Context;
use crate::commands::error::UsageError;
use crate::commands::report::{Failure, Result, WithContext as _};
use crate::config::nearest;
use crate::exit::{Class, Status};

/// Shows a page of the manual, or writes all pages into a folder
///
/// A page is a command, such as `send` or `outbox flush`, or another page, such as `graphmail.toml`. The names that
/// man(1) and the manual use also work: `7 graphmail-admin`, `graphmail-admin.7` and `graphmail-admin(7)`. On a
/// terminal, man(1) shows the page, if it is installed. Otherwise the page is printed as text, as wide as the terminal
/// or COLUMNS, or 80 columns wide. The pages in a folder are in roff.
#[derive(Debug, ClapArgs)]
pub(super) struct Args {
    /// A page; or the folder that gets all pages: a path with a slash, such as ./man
    #[arg(value_name = "PAGE|DIR", num_args = 0..)]
    what: Vec<String>,
    /// Print the page in roff, for man(1)
    #[arg(long)]
    roff: bool,
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

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let pages = pages()?;
    if let Some(page) = find(&pages, &args.what) {
        show(page, args.roff, context)?;
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

/// A name of each page: of commands as `outbox-flush`, of the other pages with the section.
pub(super) fn names() -> io::Result<Vec<String>> {
    let name = |page: &Page| match (&*page.section, short(page)) {
        ("1", "") => page.name.clone(),
        ("1", short) => short.to_owned(),
        _ => page.file(),
    };
    Ok(pages()?.iter().map(name).collect())
}

/// The name of a page without `graphmail`.
fn short(page: &Page) -> &str {
    let short = page.name.strip_prefix("graphmail").unwrap_or(&page.name);
    short.strip_prefix(['-', '.']).unwrap_or(short)
}

/// Names of other pages, and the file names of those that describe the same.
const SYNONYMS: [(&str, &str); 6] = [
    ("config", "graphmail.toml.5"),
    ("config.toml", "graphmail.toml.5"),
    ("configuration", "graphmail.toml.5"),
    ("mailq", "graphmail-sendmail.1"),
    ("newaliases", "graphmail-sendmail.1"),
    ("help", "graphmail.1"),
];

/// The page of these words, as `send`, `outbox flush`, `graphmail-send`, `7 graphmail-admin`, `sendmail.7` or
/// `graphmail(1)`; without words, graphmail(1).
fn find<'a>(pages: &'a [Page], words: &[String]) -> Option<&'a Page> {
    let is_section = |word: &str| matches!(word, "1" | "5" | "7");
    let (section, words) = match words {
        [section, name @ ..] if is_section(section) && !name.is_empty() => (Some(&**section), name),
        words => (None, words),
    };
    let words = words.join("-").replace(' ', "-");
    let synonym = SYNONYMS.iter().find(|(name, _)| *name == words);
    let words = synonym.map_or(&*words, |(_, file)| file);
    let in_brackets = words
        .strip_suffix(')')
        .and_then(|words| words.rsplit_once('('));
    let (name, section) = in_brackets
        .or_else(|| words.rsplit_once('.'))
        .filter(|(_, section)| is_section(section))
        .map_or((words, section), |(name, section)| (name, Some(section)));
    pages.iter().find(|page| {
        section.is_none_or(|section| page.section == section)
            && (page.name == name || short(page) == name)
    })
}

/// The error about words that name no page.
fn unknown(pages: &[Page], words: &[String]) -> Failure {
    let words = words.join(" ");
    let (name, _) = words.split_once(['.', '(']).unwrap_or((&words, ""));
    let name = name.replace(' ', "-");
    let name = name.strip_prefix("graphmail-").unwrap_or(&name);
    let near = nearest(name, pages.iter().map(short));
    let near = near.and_then(|near| pages.iter().find(|page| short(page) == near));
    let error = UsageError::new(format!("there is no page {words:?}"));
    match near {
        Some(near) => error.hint(format!("graphmail man {}", near.file())).into(),
        None => error.hint("graphmail man").into(),
    }
}

fn put(folder: &Path, page: &Page) -> Result<()> {
    let path = folder.join(page.file());
    let write = || std::fs::File::create(&path)?.write_all(&page.as_roff()?);
    write().with_context(|| format!("writing {}", path.display()))
}

/// The width of a page if it is not known.
const COLUMNS: u16 = 80;

/// Shows a page: by man(1) on a terminal, otherwise as text.
fn show(page: &Page, is_roff: bool, context: &Context<'_>) -> Result<()> {
    if is_roff {
        context.ui.raw(&page.as_roff()?)?;
        return Ok(());
    }
    if context.terminal.stdout && by_man(&page.as_roff()?).unwrap_or(false) {
        return Ok(());
    }
    let environment = context.settings.environment();
    let given = environment
        .get("COLUMNS")
        .and_then(|text| text.parse().ok());
    let columns = context.terminal.columns.or(given).unwrap_or(COLUMNS);
    let text = text::of(page, columns.into());
    context.ui.raw(text.as_bytes())?;
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
fn pages() -> io::Result<Vec<Page>> {
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
    pages.push(main_page::page(&root, &of_main));
    for command in root.get_subcommands() {
        of_command(("graphmail", "graphmail(1)"), command, &others, &mut pages);
    }
    for (_, text) in PAGES {
        pages.push(markdown::page(text)?);
    }
    pages.push(markdown::page(&troubleshooting::text())?);
    Ok(pages)
}

/// Adds the pages of a command and of its subcommands.
fn of_command(
    (above, parent): (&str, &str),
    command: &Command,
    others: &[String],
    pages: &mut Vec<Page>,
) {
    let name = format!("{above}-{}", command.get_name());
    let below = command.get_subcommands();
    let below = below.map(|below| reference(&format!("{name}-{}", below.get_name())));
    let mut also: Vec<_> = std::iter::once(parent.to_owned()).chain(below).collect();
    also.extend(others.iter().cloned());
    pages.push(command::page(&name, command, &also));
    for below in command.get_subcommands() {
        of_command((&name, &reference(&name)), below, others, pages);
    }
}

fn reference(name: &str) -> String {
    format!("{name}(1)")
}
