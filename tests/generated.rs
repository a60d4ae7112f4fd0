//! Compares the committed completions and manual pages with what the binary prints.
//!
//! `GRAPHMAIL_BLESS=1 cargo test --test integration -- generated::` renews them.

use std::fs;
use std::path::Path;

use crate::support::expected;
use crate::support::process::{self, Bounded as _};

fn printed(arguments: &[&str]) -> Vec<u8> {
    let output = process::command(env!("CARGO_BIN_EXE_graphmail"))
        .args(arguments)
        .env_clear()
        .run();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output.stdout
}

#[test]
fn the_completions_are_what_the_definitions_say() {
    for (shell, name) in [
        ("bash", "graphmail.bash"),
        ("zsh", "_graphmail"),
        ("fish", "graphmail.fish"),
        ("elvish", "graphmail.elv"),
        ("powershell", "_graphmail.ps1"),
    ] {
        expected::compare_file(
            Path::new("completions").join(name),
            printed(&["completions", shell]),
        );
    }
}

#[test]
fn the_manual_is_what_the_definitions_say() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    printed(&["man", folder.path().to_str().expect("a plain path")]);
    let names = |folder: &Path| {
        let mut names: Vec<_> = fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        names.sort();
        names
    };
    for name in names(folder.path()) {
        let page = fs::read(folder.path().join(&name)).expect("a page");
        expected::compare_file(Path::new("man").join(&name), page);
    }
    assert_eq!(names(Path::new("man")), names(folder.path()));
}
