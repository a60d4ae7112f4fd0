//! The real program, with nothing of this process's environment but what it needs to be found.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use graphmail::sandbox::{Options, Sandbox};
use graphmail::seams::System;
use tempfile::TempDir;

use super::process::{self, Bounded as _, until};

/// The program's file.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_graphmail");

/// A user's folder, and a sandbox that lives by the real clock.
pub struct Place {
    home: TempDir,
    sandbox: Sandbox,
}

impl Place {
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    /// The sandbox asks nobody to wait for a device code.
    pub fn with(options: Options) -> Self {
        let options = Options {
            device_interval: 1,
            ..options
        };
        Self {
            home: tempfile::tempdir().unwrap(),
            sandbox: Sandbox::start(options, Arc::new(System)).unwrap(),
        }
    }

    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    pub fn fault(&self, text: &str) {
        self.sandbox.add_fault(text.parse().unwrap());
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn file(&self, name: &str, contents: &str) -> PathBuf {
        let path = self.home().join(name);
        std::fs::write(&path, contents).unwrap();
        path
    }

    /// Writes the user's configuration; `HOME/` is the user's folder.
    pub fn configure(&self, text: &str) {
        let text = text.replace("\"HOME/", &format!("\"{}/", self.home().display()));
        let folder = self.home().join(".config/graphmail");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.toml"), text).unwrap();
    }

    /// A command of this user's, without a sandbox.
    pub fn bare(&self, program: &str) -> Command {
        let mut command = process::command(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.home())
            .env("TMPDIR", self.home())
            .current_dir(self.home());
        command
    }

    /// The program, where nobody is signed in to the sandbox.
    pub fn unsigned(&self, line: &str) -> Command {
        let mut command = self.bare(PROGRAM);
        command
            .args(shlex::split(line).unwrap())
            .env("GRAPHMAIL_GRAPH_URL", self.sandbox.graph_url())
            .env("GRAPHMAIL_LOGIN_URL", self.sandbox.login_url())
            .env("GRAPHMAIL_TOKEN_STORE", "file");
        command
    }

    /// The program, with a token of the sandbox's.
    pub fn command(&self, line: &str) -> Command {
        let mut command = self.unsigned(line);
        command.env("GRAPHMAIL_ACCESS_TOKEN", self.sandbox.ready_token());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, line: &str) -> Output {
        self.command(line).run()
    }

    /// Returns when the sandbox has seen so many requests.
    pub fn wait_for_requests(&self, count: usize) {
        until(&format!("{count} requests"), || {
            self.sandbox.exchanges().len() >= count
        });
    }
}

/// What was written, as text.
pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
