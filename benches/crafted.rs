//! What crafted input costs: 10 MB of each kind, and as much of it as is read, given to the released
//! program as a `.eml` file, as a pipe into sendmail, as a session of `-bs`, as a file of aliases and as
//! a configuration. It prints the outcome, the time and the memory of each, and marks what is above
//! the aims. `cargo bench --bench crafted -- TEXT` measures only what has TEXT in its name.

#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark is about the clock and writes its own files"
)]

mod inputs;
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod measure;
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod server;

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::inputs::{ALIASES, CONFIGURATIONS, Input, MESSAGES, PARTS, SESSIONS, WITHIN};
use crate::measure::{alone, build, once, released};
use crate::server::Server;

/// At most so long of wall time.
const TIME: Duration = Duration::from_secs(1);
/// At most so many bytes resident.
const MEMORY: u64 = 64_000_000;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let [mode, folder] = arguments.as_slice()
        && mode == server::MODE
    {
        return server::serve(Path::new(folder));
    }
    build()?;
    let only = arguments.iter().find(|word| *word != "--bench");
    let only = only.map(|word| word.to_string_lossy().into_owned());
    let mut bench = Bench::new(only.unwrap_or_default())?;
    messages(&mut bench)?;
    for input in &SESSIONS {
        bench.run("sendmail -bs", input, |bench, file| {
            let mut session = bench.graphmail()?;
            session.args(["sendmail", "-bs"]).stdin(File::open(file)?);
            Ok(session)
        })?;
    }
    files(&mut bench)?;
    bench.end()
}

/// What is sent.
fn messages(bench: &mut Bench) -> Result<()> {
    for input in MESSAGES.iter().chain(&WITHIN) {
        bench.run("send --mime", input, |bench, file| {
            let mut send = bench.graphmail()?;
            send.arg("send").arg("--mime").arg(file);
            Ok(send)
        })?;
        bench.run("sendmail -t", input, |bench, file| {
            let mut sendmail = bench.graphmail()?;
            let input = File::open(file)?;
            sendmail.args(["sendmail", "-t", "-i"]).stdin(input);
            Ok(sendmail)
        })?;
    }
    for input in &PARTS {
        bench.run("send --dry-run", input, |bench, file| {
            let mut send = bench.graphmail()?;
            send.args(["send", "--dry-run", "--mime"]).arg(file);
            Ok(send)
        })?;
    }
    Ok(())
}

/// What is read beside it.
fn files(bench: &mut Bench) -> Result<()> {
    for input in &ALIASES {
        let named = |file: &Path| format!("[sendmail]\naliases_file = '{}'\n", file.display());
        bench.run("newaliases", input, |bench, file| {
            bench.config(&named(file))?;
            let mut check = bench.graphmail()?;
            check.args(["sendmail", "-bi"]);
            Ok(check)
        })?;
        bench.run("sendmail root", input, |bench, file| {
            bench.config(&named(file))?;
            let mut send = bench.graphmail()?;
            send.args(["sendmail", "root"]).stdin(bench.short()?);
            Ok(send)
        })?;
    }
    for input in &CONFIGURATIONS {
        bench.run("the configuration", input, |bench, file| {
            let mut send = bench.graphmail()?;
            send.args(["send", "-t", "b@example.org", "-s", "x", "--body", "y"])
                .env("GRAPHMAIL_CONFIG", file);
            Ok(send)
        })?;
    }
    Ok(())
}

/// The running benchmark.
struct Bench {
    server: Server,
    folder: tempfile::TempDir,
    only: String,
    above: usize,
}

impl Bench {
    /// Prints the head of the table. Of the inputs only those are measured in whose name or route
    /// `only` stands.
    fn new(only: String) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let server = Server::start(server::MODE, folder.path())?;
        writeln!(
            io::stdout(),
            "{:<60} exit  wall s   CPU s  peak MB",
            "10 MB of"
        )?;
        Ok(Self {
            server,
            folder,
            only,
            above: 0,
        })
    }

    /// Measures one input on one route.
    fn run(
        &mut self,
        route: &str,
        input: &Input,
        command: impl FnOnce(&Self, &Path) -> Result<Command>,
    ) -> Result<()> {
        let name = format!("{route}: {}", input.name);
        if !name.contains(&self.only) {
            return Ok(());
        }
        self.config("")?;
        let file = self.folder.path().join("input.eml");
        input.write(&file)?;
        let errors = self.folder.path().join("errors");
        let mut command = command(self, &file)?;
        command.stdout(Stdio::null()).stderr(File::create(&errors)?);
        let (status, sample) = once(&mut command)?;
        // The service is the sandbox, which reads each message: what holds it up, holds up all others.
        ensure!(
            !matches!(status.code(), Some(75 | 76)),
            "{name}: no answer within {:?}: {}",
            sample.wall,
            first_line(&errors)?
        );
        let above = sample.wall > TIME || sample.peak > MEMORY;
        self.above += usize::from(above);
        writeln!(
            io::stdout(),
            "{name:<60} {:>4} {:>7.3} {:>7.3} {:>8.1}{} {}",
            status
                .code()
                .map_or("?".to_owned(), |code| code.to_string()),
            sample.wall.as_secs_f64(),
            sample.cpu.as_secs_f64(),
            measure::megabytes(sample.peak),
            if above { "  ABOVE" } else { "" },
            first_line(&errors)?,
        )?;
        Ok(())
    }

    fn graphmail(&self) -> Result<Command> {
        let mut command = alone(released()?, self.folder.path());
        command
            .env("GRAPHMAIL_CONFIG", self.folder.path().join("config.toml"))
            .env("GRAPHMAIL_GRAPH_URL", &self.server.url)
            .env("GRAPHMAIL_ACCESS_TOKEN", &self.server.token)
            .env("GRAPHMAIL_MAILBOX", "a@example.org")
            .env("SSL_CERT_FILE", &self.server.authority)
            .stdin(Stdio::null());
        Ok(command)
    }

    fn config(&self, text: &str) -> Result<()> {
        let text = format!("[outbox]\nqueue = 'never'\nper_minute = 60000\n{text}");
        fs::write(self.folder.path().join("config.toml"), text)?;
        Ok(())
    }

    /// A message of a line.
    fn short(&self) -> Result<File> {
        let path = self.folder.path().join("short");
        fs::write(&path, "Subject: x\n\ny\n")?;
        Ok(File::open(path)?)
    }

    fn end(self) -> Result<()> {
        writeln!(
            io::stdout(),
            "above {} s or {} MB: {}",
            TIME.as_secs(),
            MEMORY / 1_000_000,
            self.above
        )?;
        self.server.stop()?;
        Ok(())
    }
}

/// The beginning of what was written there.
fn first_line(path: &Path) -> Result<String> {
    let mut text = Vec::new();
    File::open(path)?.take(160).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    Ok(text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(110)
        .collect())
}
