//! Holds the architecture: which module may name which, which files name each other in a cycle, and which file
//! alone names a library.

mod imports;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use imports::{Crate, cycles, shown_cycle};

/// Each room, and the rooms of ours that it may name. What is not listed may name nothing of ours.
const MAY_NAME: &[(&str, &[&str])] = &[
    // Leaves.
    // A wait ends when a signal comes, and nobody above should have to know how.
    ("seams", &["interrupt"]),
    ("exit", &[]),
    ("secret", &[]),
    ("text", &[]),
    // What graphmail sends, and what the sandbox received, is decoded by one rule.
    ("charset", &[]),
    ("shell", &[]),
    ("files", &[]),
    ("snapshot", &[]),
    ("core_files", &[]),
    ("open_files", &[]),
    ("syslog", &[]),
    ("mutex", &[]),
    ("interrupt", &["exit"]),
    ("cloud", &[]),
    ("message", &["exit", "charset", "files", "snapshot"]),
    ("submission", &["files", "snapshot"]),
    // Transport: bytes, not mail.
    ("http", &["seams", "secret", "cloud"]),
    // Domains: they do not know each other, save graph and auth::Tokens.
    (
        "compose",
        &["exit", "seams", "files", "cloud", "message", "submission"],
    ),
    (
        "auth",
        &["exit", "seams", "secret", "files", "cloud", "http"],
    ),
    ("graph", &["exit", "cloud", "submission", "http", "auth"]),
    ("smtp", &["secret", "text", "message"]),
    ("sandbox", &["exit", "charset", "seams"]),
    ("outbox", &["exit", "seams", "files", "submission"]),
    // How long a Retry-After is trusted is said in one place.
    ("budget", &["seams", "files", "http"]),
    // The user's side. The queue mode is the outbox's own.
    (
        "config",
        &[
            "exit", "seams", "secret", "files", "snapshot", "cloud", "auth", "message", "outbox",
        ],
    ),
    // One rule for mailboxes and permissions, which all verbs ask.
    // The claims of a token are read in one place, auth.
    ("access", &["message", "config", "auth"]),
    // What is left of a message that is ended at once is said where its progress is seen.
    ("ui", &["interrupt", "http", "graph", "config"]),
    // Where graph meets the outbox.
    (
        "delivery",
        &[
            "exit",
            "seams",
            "http",
            "submission",
            "graph",
            "outbox",
            "budget",
        ],
    ),
    // Verbs know all.
    (
        "commands",
        &[
            "access",
            "exit",
            "charset",
            "seams",
            "interrupt",
            "core_files",
            "open_files",
            "syslog",
            "secret",
            "files",
            "snapshot",
            "cloud",
            "message",
            "submission",
            "http",
            "compose",
            "auth",
            "graph",
            "sandbox",
            "outbox",
            "budget",
            "delivery",
            "smtp",
            "config",
            "ui",
            "Host",
            "Terminal",
        ],
    ),
];

/// Leaves that every room may name: what is shown, what is pasted, and how a mutex is locked, is the same everywhere.
const OPEN: &[&str] = &["text", "shell", "mutex"];

/// Libraries that stand behind one door, and the files that are the door.
const DOORS: &[(&str, &[&str])] = &[
    (
        "reqwest::",
        &[
            "src/http/client/builder.rs",
            "src/http/client/connection.rs",
        ],
    ),
    ("keyring::{", &["src/auth/store/keyring.rs"]),
    ("keyring::Entry", &["src/auth/store/keyring.rs"]),
    ("keyring::Result", &["src/auth/store/keyring.rs"]),
    // The sandbox renders what a JSON message would arrive as, with nothing of compose.
    (
        "mail_builder::",
        &[
            "src/compose/mime.rs",
            "src/message/sendmail/declare.rs",
            "src/message/sendmail/lists.rs",
            "src/sandbox/graph/eml.rs",
        ],
    ),
    ("oauth2::", &["src/auth/"]),
    ("shlex::", &["src/shell.rs"]),
    ("hyper::", &["src/sandbox/", "src/http/"]),
    ("indicatif::", &["src/ui.rs", "src/ui/"]),
    ("toml_edit::", &["src/config/edit.rs"]),
    (
        "x509_cert::",
        &[
            "src/auth/certificate/",
            "src/http/client/verifier.rs",
            "src/sandbox/certificate.rs",
        ],
    ),
    ("p12_keystore::", &["src/auth/certificate/pkcs12.rs"]),
    (
        "use ring::",
        &[
            "src/auth/assertion.rs",
            "src/auth/certificate/",
            "src/sandbox/certificate.rs",
            "src/sandbox/entra/",
        ],
    ),
];

#[test]
fn rooms_name_only_the_rooms_below_them() {
    let sources = sources();
    let imports = Crate::read(&sources);
    let mut wrong = Vec::new();
    for file in &sources {
        let room = room(file);
        if room == "lib" || room == "main" {
            continue;
        }
        let Some((_, allowed)) = MAY_NAME.iter().find(|(known, _)| *known == room) else {
            wrong.push(format!("{} is in no room of the table", file.display()));
            continue;
        };
        for named in imports.rooms_named_by(file) {
            let is_open = OPEN.contains(&named.as_str()) && room != "text";
            if named != room && !is_open && !allowed.contains(&named.as_str()) {
                wrong.push(format!("{} names crate::{named}", file.display()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_right_of_the_table_is_used() {
    let sources = sources();
    let imports = Crate::read(&sources);
    let mut unused = Vec::new();
    for (of, allowed) in MAY_NAME {
        let files = sources.iter().filter(|file| room(file) == *of);
        let used: BTreeSet<_> = files
            .flat_map(|file| imports.rooms_named_by(file))
            .collect();
        for right in allowed.iter().filter(|right| !used.contains(**right)) {
            unused.push(format!("no file of {of} names crate::{right}"));
        }
    }
    assert_eq!(unused, [""; 0]);
}

#[test]
fn no_files_name_each_other_in_a_cycle() {
    let edges = Crate::read(&sources()).edges();
    let found: Vec<_> = cycles(&edges)
        .iter()
        .map(|cycle| shown_cycle(cycle, &edges))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn graph_asks_auth_for_nothing_but_tokens() {
    let sources = sources();
    let imports = Crate::read(&sources);
    for file in sources.iter().filter(|file| room(file) == "graph") {
        for path in imports.named_by(file).filter(|path| path[0] == "auth") {
            let item = path.get(1).map(String::as_str);
            assert!(
                matches!(item, Some("Tokens" | "Error")),
                "{} names {}",
                file.display(),
                path.join("::")
            );
        }
    }
}

#[test]
fn libraries_stay_behind_their_doors() {
    let mut wrong = Vec::new();
    for file in sources() {
        for line in code(&file) {
            for (library, doors) in DOORS {
                let named = line.contains(library);
                // `store::keyring::…` is ours.
                let own = line.contains(&format!("::{library}"));
                let door = doors
                    .iter()
                    .any(|door| file.to_string_lossy().starts_with(door));
                if named && !own && !door {
                    wrong.push(format!("{}: {line}", file.display()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_two_rooms_name_each_other() {
    for (room, below) in MAY_NAME {
        for other in *below {
            let back = MAY_NAME.iter().find(|(known, _)| known == other);
            assert!(
                !back.is_some_and(|(_, named)| named.contains(room)),
                "{room} and {other} may name each other"
            );
        }
    }
}

fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    assert!(files.len() > 20, "the sources were found");
    files
}

/// `src/http/retry.rs` is in the room `http`, `src/exit.rs` in `exit`.
fn room(file: &Path) -> String {
    let first = file.components().nth(1).expect("a path below src");
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_owned()
}

/// The lines without comments, up to the file's own tests.
fn code(file: &Path) -> Vec<String> {
    std::fs::read_to_string(file)
        .expect("a source file")
        .split("#[cfg(test)]")
        .flat_map(|text| text.split("#[cfg(all(test,"))
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(str::to_owned)
        .collect()
}
