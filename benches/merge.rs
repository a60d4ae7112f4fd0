//! `merge`: the memory and the time of its check, its pace at a latency, and `xargs -P4 graphmail send` beside it.
//! It marks what misses the aims. `cargo bench --bench merge -- pace` runs one part.
#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark is about the clock and writes its own files"
)]

mod distant;
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod measure;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::distant::{LATENCY, Service};
use crate::measure::{Part, Sample, alone, build, mark, megabytes, once, released, run_chosen};

/// At most so many bytes resident with [`LARGE`] rows.
const MEMORY: u64 = 40_000_000;
const LARGE: usize = 100_000;
/// At most so long to check [`CHECKED`] rows.
const CHECK: Duration = Duration::from_secs(2);
const CHECKED: usize = 10_000;
/// How many are sent at [`LATENCY`], four at once.
const PACED: usize = 400;
const AT_ONCE: u32 = 4;
/// At least this part of the pace that four requests at once allow.
const PACE: f64 = 0.95;
/// MIME needs a sender, which a token alone does not tell.
const FROM: &str = "you@example.org";
/// Messages of the comparison.
const COMPARED: usize = 400;

fn main() -> Result<()> {
    build()?;
    let parts: &[(&str, Part)] = &[
        ("check", check),
        ("memory", memory),
        ("pace", pace),
        ("xargs", against_xargs),
    ];
    run_chosen(parts, |_, lines| write!(io::stdout(), "{lines}"))
}

fn people(folder: &Path, rows: usize) -> Result<()> {
    let mut text = "email,name,number,amount,due\n".to_owned();
    for row in 1..=rows {
        let _ = writeln!(
            text,
            "person{row}@example.org,\"Doe, Jane {row}\",{row},{row}.50,2026-12-01"
        );
    }
    fs::write(folder.join("people.csv"), text)?;
    fs::write(
        folder.join("letter.md"),
        "# Dear {{ name }}\n\nInvoice **{{ number }}** of {{ amount|number(2, thousands=',') }} is due on \
         {{ due|date('%d.%m.%Y') }}.\n\n* one\n* two\n\nYours\n",
    )?;
    Ok(())
}

fn graphmail(service: &Service, folder: &Path) -> Result<Command> {
    let config = folder.join("config.toml");
    fs::write(&config, "[outbox]\nper_minute = 60000\n")?;
    let mut command = alone(released()?, folder);
    environment(&mut command, service, &config);
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    Ok(command)
}

fn environment(command: &mut Command, service: &Service, config: &Path) {
    command
        .env("GRAPHMAIL_CONFIG", config)
        .env("GRAPHMAIL_GRAPH_URL", &service.url)
        .env("GRAPHMAIL_ACCESS_TOKEN", "token");
}

fn merge(service: &Service, folder: &Path, rest: &[&str]) -> Result<Sample> {
    let (status, sample) = once(&mut merge_command(service, folder, rest)?)?;
    ensure!(status.success(), "merge ends with {status}");
    Ok(sample)
}

fn merge_command(service: &Service, folder: &Path, rest: &[&str]) -> Result<Command> {
    let mut merge = graphmail(service, folder)?;
    merge
        .args(["--quiet", "merge", "--data", "people.csv"])
        .args([
            "-t",
            "{{ name }} <{{ email }}>",
            "-s",
            "Invoice {{ number }}",
        ])
        .args(["--markdown-file", "letter.md", "--from", FROM])
        .args(rest);
    Ok(merge)
}

fn check(folder: &Path) -> Result<String> {
    people(folder, CHECKED)?;
    let service = Service::start(Duration::ZERO)?;
    let sample = merge(&service, folder, &["--dry-run"])?;
    Ok(format!(
        "check    {CHECKED} rows in {:.2?} ({:.2?} of CPU), aim {CHECK:?}{}\n",
        sample.wall,
        sample.cpu,
        mark(sample.wall <= CHECK)
    ))
}

/// All rows are checked and the first are sent; then the journal has all rows, and none is sent again. (It says
/// that they were sent with other contents, since only merge knows the digest of a message.)
fn memory(folder: &Path) -> Result<String> {
    people(folder, LARGE)?;
    let service = Service::start(Duration::ZERO)?;
    let key = ["--yes", "--key", "{{ number }}", "--journal", "journal"];
    let first = merge(&service, folder, &[&key[..], &["--limit", "300"]].concat())?;
    let mut journal = fs::OpenOptions::new()
        .append(true)
        .open(folder.join("journal"))?;
    let mut lines = String::new();
    for row in 301..=LARGE {
        let _ = writeln!(
            lines,
            "{{\"key\":\"{row}\",\"row\":{row},\"digest\":\"{row:032x}\",\"at\":\"2026-11-20T10:00:00Z\",\
             \"state\":\"sent\",\"message_id\":null}}"
        );
    }
    journal.write_all(lines.as_bytes())?;
    drop(lines);
    let mut again = merge_command(&service, folder, &key)?;
    let (status, again) = once(again.stderr(Stdio::null()))?;
    ensure!(status.code() == Some(65), "merge ends with {status}");
    ensure!(
        service.taken.load(Ordering::Relaxed) == 300,
        "a row was sent twice"
    );
    let mut text = String::new();
    for (what, sample) in [("checked, 300 sent", first), ("all in the journal", again)] {
        let _ = writeln!(
            text,
            "memory   {LARGE} rows, {what}: {:.1} MB, {:.1?} ({:.1?} of CPU), aim {:.0} MB{}",
            megabytes(sample.peak),
            sample.wall,
            sample.cpu,
            megabytes(MEMORY),
            mark(sample.peak <= MEMORY)
        );
    }
    Ok(text)
}

#[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
fn pace(folder: &Path) -> Result<String> {
    people(folder, PACED)?;
    let service = Service::start(LATENCY)?;
    let sample = merge(&service, folder, &["--yes"])?;
    let rate = PACED as f64 / sample.wall.as_secs_f64();
    let best = f64::from(AT_ONCE) / LATENCY.as_secs_f64();
    Ok(format!(
        "pace     {rate:.2} messages a second at {LATENCY:?}: {:.3} of the best, aim {PACE}{}\n",
        rate / best,
        mark(rate / best >= PACE)
    ))
}

/// The same messages, each with a process of its own, as many at once.
fn against_xargs(folder: &Path) -> Result<String> {
    people(folder, COMPARED)?;
    let mut text = String::new();
    for latency in [Duration::ZERO, LATENCY] {
        let service = Service::start(latency)?;
        let journal = format!("journal-{}", latency.as_millis());
        let merge = merge(&service, folder, &["--yes", "--journal", &journal])?;
        let config = folder.join("config.toml");
        let mut xargs = alone("sh", folder);
        environment(&mut xargs, &service, &config);
        let numbers = format!("seq {COMPARED}");
        xargs
            .args(["-c", &format!("{numbers} | xargs -P{AT_ONCE} -I N \"$0\" send -t personN@example.org -s 'Invoice N' --markdown-file letter.md --from {FROM}")])
            .arg(released()?)
            .current_dir(folder);
        let (status, sample) = once(&mut xargs)?;
        ensure!(status.success(), "xargs ends with {status}");
        let taken = service.taken.load(Ordering::Relaxed);
        ensure!(taken == 2 * COMPARED, "{taken} messages");
        let times = sample.wall.div_duration_f64(merge.wall);
        let _ = writeln!(
            text,
            "xargs    {COMPARED} messages at {latency:?}: merge {:.2?}, xargs -P{AT_ONCE} {:.2?}: {times:.2} times, aim 1{}",
            merge.wall,
            sample.wall,
            mark(times >= 1.0)
        );
    }
    Ok(text)
}
