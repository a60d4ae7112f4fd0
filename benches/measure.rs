//! Processes by turns, and what the system says of each.
#![expect(clippy::disallowed_methods, reason = "a benchmark is about the clock")]

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use graphmail::seams::Environment;
use wait4::Wait4;

/// What stands after a figure that misses its aim.
pub(crate) fn mark(holds: bool) -> &'static str {
    if holds { "" } else { "  MISSES THE AIM" }
}

/// A part of a benchmark, in a folder of its own: what it has measured, as lines.
pub(crate) type Part = fn(&Path) -> Result<String>;

/// Runs the parts that the command line names, or all, and shows each one's name and lines.
pub(crate) fn run_chosen(
    parts: &[(&str, Part)],
    mut show: impl FnMut(&str, &str) -> io::Result<()>,
) -> Result<()> {
    for (name, part) in parts.iter().filter(|(name, _)| is_chosen(name)) {
        let folder = tempfile::tempdir()?;
        show(name, &part(folder.path())?)?;
    }
    Ok(())
}

/// Whether the command line names this part of a benchmark, or none.
fn is_chosen(part: &str) -> bool {
    // Cargo adds an option.
    let mut named = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .peekable();
    named.peek().is_none() || named.any(|named| named == part)
}

/// Builds the program as it is released: what cargo builds beside a benchmark is another, which
/// unwinds.
pub(crate) fn build() -> Result<()> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--release", "--locked", "--quiet"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    // What this run has of its own cargo is no reason to build anything anew.
    for (name, _) in Environment::of_process().iter() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(name);
        }
    }
    let built = cargo.status();
    ensure!(
        built.context("running cargo")?.success(),
        "the program does not compile"
    );
    Ok(())
}

/// Where [`build`] leaves it. This executable may be of another profile.
pub(crate) fn released() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.ancestors().nth(3).context("a folder of the build")?;
    Ok(folder.join("release/graphmail"))
}

/// A program that finds nothing of this user's in its environment.
pub(crate) fn alone(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let environment = Environment::of_process();
    let path = environment.get_os("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command.env_clear().env("PATH", path).env("HOME", home);
    command
}

/// A program that runs many times.
pub(crate) struct Program {
    name: &'static str,
    command: Command,
    samples: Vec<Sample>,
    counts: bool,
}

/// What one run took, as in [`Summary`].
pub(crate) struct Sample {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
    pub(crate) peak: u64,
}

/// Runs a command to its end.
pub(crate) fn once(command: &mut Command) -> Result<(ExitStatus, Sample)> {
    let begun = Instant::now();
    let used = command.spawn()?.wait4()?;
    let sample = Sample {
        wall: begun.elapsed(),
        cpu: used.rusage.utime + used.rusage.stime,
        peak: used.rusage.maxrss,
    };
    Ok((used.status, sample))
}

/// The medians of a program's runs.
pub(crate) struct Summary {
    pub(crate) name: &'static str,
    /// From before the start to after the end.
    pub(crate) wall: Duration,
    /// User and system.
    pub(crate) cpu: Duration,
    /// Bytes resident at most. The kernel counts from before exec, so that no program is below what
    /// the starting process holds: that is why this one holds little.
    pub(crate) peak: u64,
    /// In user space, if valgrind is installed; a later run of the same command.
    pub(crate) instructions: Option<u64>,
}

/// How many times as much.
pub(crate) struct Times {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
    pub(crate) peak: f64,
}

impl Program {
    pub(crate) fn new(name: &'static str, mut command: Command) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null());
        Self {
            name,
            command,
            samples: Vec::new(),
            counts: false,
        }
    }

    /// Also counts the instructions: callgrind takes some fifty times as long.
    pub(crate) const fn counting(mut self, counts: bool) -> Self {
        self.counts = counts;
        self
    }

    fn run(&mut self) -> Result<Sample> {
        let ran = once(&mut self.command).with_context(|| format!("running {}", self.name));
        let (status, sample) = ran?;
        ensure!(status.success(), "{} ends with {status}", self.name);
        Ok(sample)
    }

    fn summary(&self) -> Summary {
        Summary {
            name: self.name,
            wall: median(self.samples.iter().map(|sample| sample.wall)),
            cpu: median(self.samples.iter().map(|sample| sample.cpu)),
            peak: median(self.samples.iter().map(|sample| sample.peak)),
            instructions: self.counts.then(|| instructions(&self.command)).flatten(),
        }
    }
}

impl Summary {
    /// This one's figures as multiples of `other`'s.
    #[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
    pub(crate) fn times(&self, other: &Self) -> Times {
        Times {
            wall: self.wall.div_duration_f64(other.wall),
            cpu: self.cpu.div_duration_f64(other.cpu),
            peak: self.peak as f64 / other.peak as f64,
        }
    }
}

/// Runs the programs by turns, so that whatever else the machine does is shared: first the runs
/// that are thrown away, then those that count.
pub(crate) fn alternately(
    programs: &mut [Program],
    (warm_ups, runs): (usize, usize),
) -> Result<Vec<Summary>> {
    for turn in 0..warm_ups + runs {
        for program in &mut *programs {
            let sample = program.run()?;
            if turn >= warm_ups {
                program.samples.push(sample);
            }
        }
    }
    Ok(programs.iter().map(Program::summary).collect())
}

/// The instructions that callgrind counts; `None` without valgrind, or if the command fails.
fn instructions(command: &Command) -> Option<u64> {
    let mut counted = Command::new("valgrind");
    counted
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(command.get_program())
        .args(command.get_args())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    // valgrind itself is found by it.
    counted.env("PATH", "/usr/local/bin:/usr/bin:/bin");
    if let Some(folder) = command.get_current_dir() {
        counted.current_dir(folder);
    }
    let output = counted
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let said = String::from_utf8_lossy(&output.stderr);
    let (_, count) = said.split_once("Collected : ")?;
    count.split_whitespace().next()?.parse().ok()
}

/// The one in the middle.
pub(crate) fn median<T: Ord + Default>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    let middle = values.len() / 2;
    values.into_iter().nth(middle).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
