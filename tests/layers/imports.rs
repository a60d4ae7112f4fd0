//! Which file of `src` names what of which other: read from the text, without a compiler.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{self, PathBuf};

use super::code;

/// A path from the root of the crate: `["http", "retry", "decide"]`.
type Names = Vec<String>;

/// What each file names of each other file.
pub type Edges = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// The files of the crate, each with the paths that it names.
pub struct Crate {
    files: BTreeMap<Names, Source>,
}

struct Source {
    /// Below `src`.
    file: String,
    /// See [`named`].
    named: BTreeSet<Names>,
    /// What the module shows of its children under a name of its own.
    shown: BTreeMap<String, Names>,
}

impl Crate {
    pub fn read(files: &[PathBuf]) -> Self {
        let modules: Vec<(Names, &PathBuf)> = files
            .iter()
            .filter(|file| !file.ends_with("main.rs"))
            .map(|file| (module(file), file))
            .collect();
        let names: BTreeSet<_> = modules.iter().map(|(module, _)| module.clone()).collect();
        let files = modules
            .iter()
            .map(|(module, file)| {
                let text = bare(&code(file).join("\n"));
                let file = file.strip_prefix("src").unwrap().display().to_string();
                let source = Source {
                    file,
                    named: named(module, &text, &names),
                    shown: shown(module, &text, &names),
                };
                (module.clone(), source)
            })
            .collect();
        Self { files }
    }

    /// The first names of all paths that the file names, from the root of the crate.
    pub fn rooms_named_by(&self, file: &path::Path) -> BTreeSet<String> {
        self.named_by(file)
            .filter_map(|path| path.first().cloned())
            .collect()
    }

    /// All paths that the file names, from the root of the crate.
    pub fn named_by(&self, file: &path::Path) -> impl Iterator<Item = &[String]> {
        let source = self.files.get(&module(file));
        source
            .into_iter()
            .flat_map(|source| source.named.iter().map(Vec::as_slice))
    }

    pub fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for source in self.files.values() {
            let to = edges.entry(source.file.clone()).or_default();
            for path in &source.named {
                if let Some((file, name)) = self.home(path)
                    && file != source.file
                {
                    to.entry(file).or_default().insert(name);
                }
            }
        }
        edges
    }

    /// The file that defines what the path names, and its name there. What a module shows of its children
    /// is at home there, not in the module.
    fn home(&self, path: &[String]) -> Option<(String, String)> {
        let longest = (0..=path.len())
            .rev()
            .find(|length| self.files.contains_key(&path[..*length]))?;
        let (module, item) = path.split_at(longest);
        let source = &self.files[module];
        match item.split_first() {
            Some((first, rest)) => match source.shown.get(first) {
                Some(shown) => self.home(&[shown, rest].concat()),
                None => Some((source.file.clone(), item.join("::"))),
            },
            None => Some((source.file.clone(), "self".to_owned())),
        }
    }
}

/// Each group of files that name each other, directly or through others of the group.
pub fn cycles(edges: &Edges) -> BTreeSet<Vec<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = edges
        .keys()
        .map(|file| (file.as_str(), reach(edges, file)))
        .collect();
    let mutual = |file: &str| -> Vec<String> {
        let others = reached[file].iter();
        others
            .filter(|other| reached[*other].contains(file))
            .map(|other| (*other).to_owned())
            .collect()
    };
    reached
        .keys()
        .map(|file| mutual(file))
        .filter(|group| group.len() > 1)
        .collect()
}

fn reach<'a>(edges: &'a Edges, file: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut left: Vec<&str> = edges[file].keys().map(String::as_str).collect();
    while let Some(next) = left.pop() {
        if reached.insert(next) {
            left.extend(edges[next].keys().map(String::as_str));
        }
    }
    reached
}

/// What the files of a cycle name of each other, a line each.
pub fn shown_cycle(cycle: &[String], edges: &Edges) -> String {
    let mut text = String::new();
    for from in cycle {
        for (to, names) in edges[from].iter().filter(|(to, _)| cycle.contains(to)) {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            writeln!(text, "{from} → {to}: {}", names.join(", ")).unwrap();
        }
    }
    text
}

/// `src/http/mod.rs` and `src/http.rs` are the module `http`, `src/lib.rs` is the root.
fn module(file: &path::Path) -> Names {
    let below = file.strip_prefix("src").unwrap().with_extension("");
    let mut names: Names = below
        .components()
        .map(|name| name.as_os_str().to_string_lossy().into_owned())
        .collect();
    if matches!(names.last().map(String::as_str), Some("mod" | "lib")) {
        names.pop();
    }
    names
}

/// What a file depends on: all paths that begin with `crate` or `super`, and what it imports of its own
/// children. Of a module that is imported, these are the paths that begin with its name.
///
/// A module that declares its children, calls them by their names or shows what is theirs does not depend on
/// them here: else each folder would be a cycle.
fn named(module: &[String], text: &str, modules: &BTreeSet<Names>) -> BTreeSet<Names> {
    let imports = imports(text).into_iter();
    let imports = imports.filter(|(is_public, _)| !is_public);
    let of_children = imports
        .map(|(_, path)| path)
        .filter(|path| child(module, &path.names, modules).is_some());
    let all = paths(text, "crate")
        .into_iter()
        .chain(paths(text, "super"))
        .chain(of_children);
    let mut named = BTreeSet::new();
    for Path { names, alias } in all {
        let whole = absolute(module, &names);
        let name = alias.as_ref().or(names.last()).unwrap();
        let mut through = paths(text, name);
        through.retain(|path| modules.contains(&whole) && path.names.len() > 1);
        if through.is_empty() || name == "super" {
            named.insert(whole);
            continue;
        }
        let through = through.iter().map(|path| &path.names[1..]);
        named.extend(through.map(|names| [&whole, names].concat()));
    }
    named
}

/// The path from the root of the crate, if it is one of a child: `child::Name` or `self::child::Name`.
fn child(module: &[String], path: &[String], modules: &BTreeSet<Names>) -> Option<Names> {
    let whole = absolute(module, path);
    let is_child = whole.len() > module.len() + 1
        && whole.starts_with(module)
        && modules.contains(&whole[..=module.len()]);
    is_child.then_some(whole)
}

/// What the text imports, and whether others may name it here.
fn imports(text: &str) -> Vec<(bool, Path)> {
    text.match_indices("use ")
        .filter(|(at, _)| !text[..*at].ends_with(is_word))
        .flat_map(|(at, start)| {
            let is_public = text[..at].trim_end().ends_with([')', 'b']);
            let mut tree = Tree {
                text: &text[at + start.len()..],
            };
            tree.paths().into_iter().map(move |path| (is_public, path))
        })
        .collect()
}

/// All paths in the text that begin with that name. The path of a visibility is none.
fn paths(text: &str, first: &str) -> Vec<Path> {
    let start = format!("{first}::");
    let begins = |at: usize| {
        let before = &text[..at];
        !before.ends_with(is_word)
            && !before.ends_with([':', '$', '.'])
            && !before.ends_with("(in ")
    };
    text.match_indices(&start)
        .filter(|(at, _)| begins(*at))
        .flat_map(|(at, _)| Tree { text: &text[at..] }.paths())
        .collect()
}

/// `pub use child::Name` and `pub use self::child::Name`.
fn shown(module: &[String], text: &str, modules: &BTreeSet<Names>) -> BTreeMap<String, Names> {
    let imports = imports(text).into_iter();
    imports
        .filter(|(is_public, _)| *is_public)
        .filter_map(|(_, Path { names, alias })| {
            let whole = child(module, &names, modules)?;
            Some((alias.or(names.last().cloned())?, whole))
        })
        .collect()
}

fn absolute(module: &[String], path: &[String]) -> Names {
    let ups = path.iter().take_while(|name| *name == "super").count();
    match path.first().map(String::as_str) {
        Some("crate") => path[1..].to_vec(),
        Some("self") => [module, &path[1..]].concat(),
        Some("super") => [&module[..module.len() - ups], &path[ups..]].concat(),
        _ => [module, path].concat(),
    }
}

/// A path, and the name that a `use` gives it if that is another.
struct Path {
    names: Names,
    alias: Option<String>,
}

/// The text of a path, of which a `use` can make a tree: `a::{b::{c, d}, e as f}`.
struct Tree<'a> {
    text: &'a str,
}

impl Tree<'_> {
    fn paths(&mut self) -> Vec<Path> {
        let mut names = Names::new();
        loop {
            self.skip_blanks();
            if self.take("{") {
                return self.group(&names);
            }
            let word = self.word();
            if !word.is_empty() {
                names.push(word.clone());
            }
            if word.is_empty() || !self.take("::") {
                let alias = self.alias();
                return vec![Path { names, alias }];
            }
        }
    }

    /// What the braces behind `before` hold. `a::{self}` is `a`.
    fn group(&mut self, before: &[String]) -> Vec<Path> {
        let mut paths = Vec::new();
        while !self.take("}") && !self.text.is_empty() {
            for Path { mut names, alias } in self.paths() {
                names.retain(|name| name != "self");
                let names = [before, &names].concat();
                paths.push(Path { names, alias });
            }
            // A glob is left over.
            let rest = self.text.find([',', '}']).unwrap_or(self.text.len());
            self.text = &self.text[rest..];
            self.take(",");
            self.skip_blanks();
        }
        paths
    }

    fn alias(&mut self) -> Option<String> {
        let rest = self.text.trim_start().strip_prefix("as ")?;
        self.text = rest;
        Some(self.word())
    }

    fn word(&mut self) -> String {
        let end = self.text.find(|character| !is_word(character));
        let (word, rest) = self.text.split_at(end.unwrap_or(self.text.len()));
        self.text = rest;
        word.to_owned()
    }

    fn take(&mut self, start: &str) -> bool {
        let rest = self.text.strip_prefix(start);
        self.text = rest.unwrap_or(self.text);
        rest.is_some()
    }

    fn skip_blanks(&mut self) {
        self.text = self.text.trim_start();
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The code without comments and without what is in strings.
fn bare(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let starts_word = !code.ends_with(is_word);
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
        } else if let Some(end) = raw_string(rest).filter(|_| starts_word) {
            rest = &rest[end..];
        } else if next == '"' {
            rest = after_string(&rest[1..]);
        } else if let Some(end) = character(rest) {
            rest = &rest[end..];
        } else {
            code.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    code
}

/// How long the raw string is that begins here.
fn raw_string(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("br").or_else(|| text.strip_prefix('r'))?;
    let hashes = inner.len() - inner.trim_start_matches('#').len();
    let inner = inner[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let start = text.len() - inner.len();
    Some(start + inner.find(&end)? + end.len())
}

fn after_string(text: &str) -> &str {
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '"' => return &text[at + 1..],
            _ => {}
        }
    }
    ""
}

/// How long the character literal is that begins here; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let length = match inner.strip_prefix('\\') {
        Some(escaped) => 1 + escaped.char_indices().nth(1)?.0,
        None => inner.chars().next()?.len_utf8(),
    };
    let end = inner[length..].find('\'')?;
    (end == 0 || inner.starts_with("\\u")).then_some(1 + length + end + 1)
}

#[test]
fn paths_are_read_out_of_code() {
    let text = r#"
        use crate::{a::{self, b::{C, D as E}}, f::*, g};
        // crate::comment
        fn x<'a>() -> super::h::I<'a> { "crate::text"; '"'; j(crate::k::l()) }
        use super::super::{m, n as o};
        use self::child::T;
        pub use child::U;
        pub(in crate::visible) fn y() { o::p(); a::q::r(); m::s(); }
    "#;
    let module = ["one", "two"].map(str::to_owned);
    let modules = ["a", "n", "one::two::child"];
    let modules = modules.map(|path| path.split("::").map(str::to_owned).collect());
    let modules = BTreeSet::from(modules);
    let named: Vec<_> = named(&module, &bare(text), &modules)
        .iter()
        .map(|path| path.join("::"))
        .collect();
    let shown = shown(&module, &bare(text), &modules);
    assert_eq!(shown["U"].join("::"), "one::two::child::U");
    assert_eq!(
        named,
        [
            "a::b::C",
            "a::b::D",
            "a::q::r",
            "f",
            "g",
            "k::l",
            "m",
            "n::p",
            "one::h::I",
            "one::two::child::T"
        ]
    );
}

#[test]
fn files_that_name_each_other_are_a_cycle() {
    let edges: Edges = [("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "e")]
        .map(|(from, to)| {
            let names = BTreeSet::from(["X".to_owned()]);
            (from.to_owned(), BTreeMap::from([(to.to_owned(), names)]))
        })
        .into();
    let found = cycles(&edges);
    assert_eq!(found.len(), 1);
    let cycle = found.first().unwrap();
    assert_eq!(cycle, &["a", "b", "c"]);
    assert_eq!(shown_cycle(cycle, &edges), "a → b: X\nb → c: X\nc → a: X\n");
}
