//! The outbox: what a flush takes beside what the limits of the mailbox allow, what one write-ahead entry costs beside
//! msmtpq's, and what many keys and aliases cost. It marks what misses the aims. `cargo bench --bench outbox -- flush`
//! runs one part.
#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark is about the clock and writes its own files"
)]

#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod distant;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod measure;
mod queued;
#[allow(dead_code, reason = "the other benchmark uses the rest")]
mod server;

use std::fs;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use graphmail::cloud::Cloud;
use graphmail::config::ENVIRONMENT_ACCOUNT;
use graphmail::outbox::{Entry, EntryId, KeyLookup, KeyState, Keys, Outbox, State};
use graphmail::seams::{Environment, Seams as _, System};
use tempfile::TempDir;
use wait4::Wait4 as _;

use crate::distant::{LATENCY, Service};
use crate::measure::{
    Part, Program, Summary, alone, alternately, build, mark, median, released, run_chosen,
};
use crate::server::Server;

/// Messages that one flush sends at full speed, and the CPU time that each may take.
const MESSAGES: usize = 200;
const CPU: Duration = Duration::from_micros(500);
/// Messages that one flush sends at [`LATENCY`], how many at once, and how much longer than that it may take.
const PACED: usize = 100;
const AT_ONCE: usize = 4;
const PACE: f64 = 1.05;
/// Numbers of aliases, and how often `sendmail` looks one up.
const ALIASES: [usize; 2] = [1_000, 10_000];
const SENDS: usize = 21;
/// Runs that do not count, and runs that do.
const RUNS: (usize, usize) = (3, 40);
/// Numbers of idempotency keys, and how many of them are looked up.
const KEYS: [usize; 2] = [1_000, 100_000];
const LOOK_UPS: usize = 200;
/// Callers of sendmail at the same time.
const CALLERS: usize = 40;
/// How long they may wait, and those that call later: ten seconds, and the time of a start and an end.
const AT_ONCE_WAIT: Duration = Duration::from_millis(10_500);
const LATER_WAIT: Duration = Duration::from_millis(200);
/// Where Debian's package msmtp has the script, if no folder of PATH has it.
const MSMTPQ: &str = "/usr/libexec/msmtp/msmtpq/msmtpq";

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let [mode, folder] = arguments.as_slice()
        && mode == server::MODE
    {
        return server::serve(Path::new(folder));
    }
    build()?;
    let parts: &[(&str, Part)] = &[
        ("flush", flush),
        ("pace", pace),
        ("write-ahead", write_ahead),
        ("keys", keys),
        ("aliases", aliases),
        ("outage", outage),
    ];
    run_chosen(parts, |name, lines| {
        writeln!(io::stdout(), "{name}\n{lines}")
    })
}

/// One process sends what is kept: on the disk, and in memory, which shows what the disk's file system takes.
fn flush(folder: &Path) -> Result<String> {
    let memory = in_memory(folder)?;
    let mut text = String::new();
    for (name, folder) in [("on the disk", folder), ("in memory", memory.path())] {
        let server = Server::start(server::MODE, folder)?;
        keep(&server.url, folder, MESSAGES)?;
        let begun = Instant::now();
        let mut flush = graphmail(&server, folder)?
            .args(["outbox", "flush", "--all"])
            .spawn()?;
        let used = flush.wait4()?;
        let wall = begun.elapsed();
        ensure!(used.status.success(), "the flush fails");
        ensure!(server.stop()? == MESSAGES, "not every message arrived once");
        let each = (used.rusage.utime + used.rusage.stime) / u32::try_from(MESSAGES)?;
        #[expect(clippy::cast_precision_loss, reason = "a figure of three digits")]
        let rate = MESSAGES as f64 / wall.as_secs_f64();
        text += &format!(
            "  {MESSAGES} messages {name}: {rate:.0} a second, {each:.2?} of CPU each: aim {CPU:.2?}{}\n",
            mark(each <= CPU)
        );
    }
    Ok(text)
}

/// A folder in memory, or else in `folder`.
fn in_memory(folder: &Path) -> Result<TempDir> {
    Ok(tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir_in(folder))?)
}

/// One process sends what is kept to a service that is far away.
fn pace(folder: &Path) -> Result<String> {
    let service = Service::start(LATENCY)?;
    keep(&service.url, folder, PACED)?;
    let begun = Instant::now();
    let status = configured(folder)?
        .args(["outbox", "flush", "--all"])
        .env("GRAPHMAIL_GRAPH_URL", &service.url)
        .status()?;
    let wall = begun.elapsed();
    ensure!(status.success(), "the flush fails");
    let best = LATENCY * u32::try_from(PACED.div_ceil(AT_ONCE))?;
    let times = wall.div_duration_f64(best);
    Ok(format!(
        "  {PACED} messages at {LATENCY:?}: {wall:.2?}, {times:.3} times {best:.2?}: aim {PACE}{}\n",
        mark(times <= PACE)
    ))
}

/// A message to one of many aliases.
fn aliases(folder: &Path) -> Result<String> {
    let service = Service::start(Duration::ZERO)?;
    let mut samples = [Duration::ZERO; ALIASES.len()];
    for (number, sample) in ALIASES.into_iter().zip(&mut samples) {
        let file = folder.join("aliases");
        let lines = (0..number).map(|name| format!("name{name}: person{name}@example.org\n"));
        fs::write(&file, lines.collect::<String>())?;
        let mut command = configured(folder)?;
        command
            .args(["sendmail", "name7"])
            .env("GRAPHMAIL_GRAPH_URL", &service.url)
            .env("GRAPHMAIL_MAILBOX", "you@example.org")
            .stdin(Stdio::null());
        let config = folder.join("config.toml");
        let mut text = fs::read_to_string(&config)?;
        text += &format!("[sendmail]\naliases_file = {file:?}\n");
        fs::write(&config, text)?;
        let mut times = Vec::new();
        for _ in 0..SENDS {
            let begun = Instant::now();
            ensure!(command.status()?.success(), "a message is not sent");
            times.push(begun.elapsed());
        }
        *sample = median(times.into_iter());
    }
    let ([few, many], [short, long]) = (ALIASES, samples);
    let times = long.div_duration_f64(short);
    let most = many.div_ceil(few);
    #[expect(clippy::cast_precision_loss, reason = "a figure of two digits")]
    let holds = times <= most as f64;
    Ok(format!(
        "  {few} aliases {short:.2?}, {many} aliases {long:.2?}: aim at most {most} times, reached {times:.1}{}\n",
        mark(holds)
    ))
}

/// Keeps what is to be sent, without trying it.
fn keep(url: &str, folder: &Path, number: usize) -> Result<()> {
    let root = folder.join(".local/state/graphmail/outbox");
    let outbox = Outbox::open(&root, &System)?;
    let cloud = Cloud::national("global").context("a cloud")?;
    let cloud = cloud.with_graph(url)?;
    let submission = queued::message();
    let place = (None, cloud.graph());
    for _ in 0..number {
        let entry = Entry::new(ENVIRONMENT_ACCOUNT, place, &submission, System.now());
        drop(outbox.put(EntryId::new(&System), entry, &submission, State::New)?);
    }
    Ok(())
}

/// What the journal of idempotency keys takes, and how long it takes to find a key in it.
fn keys(folder: &Path) -> Result<String> {
    // Not the disk is measured, which syncs each record.
    let memory = in_memory(folder)?;
    let root = memory.path().join("outbox");
    let outbox = Outbox::open(&root, &System)?;
    let keys = outbox.keys()?;
    let mut text = String::new();
    let mut recorded = 0;
    for number in KEYS {
        for key in recorded..number {
            let sending = KeyState::Sending {
                begun: System.now(),
                message_id: Some(format!("<{}@example.org>", System.uuid())),
                draft: None,
            };
            keys.set_state("a", &key.to_string(), sending)?;
            keys.set_state("a", &key.to_string(), KeyState::Sent)?;
        }
        recorded = number;
        text += &journal(&root, number, &keys)?;
    }
    let stamp = root.join("keys/pruned");
    drop(fs::remove_file(stamp));
    let begun = Instant::now();
    keys.compact(Duration::from_hours(24))?;
    text += &format!("  compacted in {:.1?}\n", begun.elapsed());
    Ok(text + &journal(&root, recorded, &keys)?)
}

fn journal(root: &Path, number: usize, keys: &Keys<'_>) -> Result<String> {
    let (mut files, mut bytes) = (0, 0);
    for file in fs::read_dir(root.join("keys"))? {
        files += 1;
        bytes += file?.metadata()?.len();
    }
    let begun = Instant::now();
    for key in 0..LOOK_UPS {
        let known = keys.look_up("a", &(key * number / LOOK_UPS).to_string())?;
        ensure!(matches!(known, KeyLookup::Sent(_)), "a key is lost");
    }
    let each = begun.elapsed() / u32::try_from(LOOK_UPS)?;
    Ok(format!(
        "  {number} keys: {files} files, {bytes} bytes, {each:.1?} to find one\n"
    ))
}

/// How long callers of sendmail wait for a service that does not answer: those that call at once, and later ones.
fn outage(folder: &Path) -> Result<String> {
    // A handshake begins and is not answered; a port of nobody refuses it.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut text = String::new();
    for (name, address) in [("silent", silent.local_addr()?), ("closed", closed)] {
        let home = folder.join(name);
        fs::create_dir(&home)?;
        let call = || {
            let mut command = alone(released()?, &home);
            command
                .args(["sendmail", "a@example.org"])
                .env("GRAPHMAIL_GRAPH_URL", format!("https://{address}"))
                .env("GRAPHMAIL_MAILBOX", "you@contoso.com")
                .env("GRAPHMAIL_ACCESS_TOKEN", "token")
                .stdin(Stdio::null());
            let begun = Instant::now();
            let status = command.status()?;
            ensure!(status.success(), "a message is not queued");
            Ok(begun.elapsed())
        };
        let at_once: Vec<_> = thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(call)).collect();
            let ended = callers.into_iter().map(thread::ScopedJoinHandle::join);
            ended
                .map(|ended| ended.unwrap_or(Ok(Duration::MAX)))
                .collect()
        });
        let longest = |waits: Vec<Result<Duration>>| -> Result<Duration> {
            Ok(waits
                .into_iter()
                .collect::<Result<Vec<_>>>()?
                .into_iter()
                .max()
                .unwrap_or_default())
        };
        let (at_once, later) = (
            longest(at_once)?,
            longest((0..10).map(|_| call()).collect())?,
        );
        text += &format!(
            "  {name}: {CALLERS} callers at once wait {at_once:.1?} at most, aim {AT_ONCE_WAIT:.1?}{}; later ones {later:.1?}, \
             aim {LATER_WAIT:.1?}{}\n",
            mark(at_once <= AT_ONCE_WAIT),
            mark(later <= LATER_WAIT)
        );
    }
    Ok(text)
}

/// A message that is kept first, beside one that is not, and msmtpq's.
fn write_ahead(folder: &Path) -> Result<String> {
    let server = Server::start(server::MODE, folder)?;
    let mut programs = Vec::new();
    for (name, queue) in [
        ("graphmail send --queue never", "never"),
        ("graphmail send --queue always", "always"),
    ] {
        let mut send = graphmail(&server, folder)?;
        send.args(["send", "-t", "a@example.org", "-s", "S", "--body", "B"])
            .args(["--queue", queue]);
        programs.push(Program::new(name, send));
    }
    let msmtpq = find_msmtpq();
    if let Some(script) = &msmtpq {
        programs.push(Program::new(
            "msmtpq around no msmtp",
            around_nothing(script, folder)?,
        ));
    }
    let summaries = alternately(&mut programs, RUNS)?;
    let mut text = String::new();
    for Summary {
        name, wall, cpu, ..
    } in &summaries
    {
        text += &format!("  {name:32} {wall:>10.1?} {cpu:>10.1?} of CPU\n");
    }
    if let [never, always, ..] = summaries.as_slice() {
        text += &format!(
            "  {:32} {:>10.1?} {:>10.1?} of CPU\n",
            "one write-ahead entry",
            always.wall.saturating_sub(never.wall),
            always.cpu.saturating_sub(never.cpu)
        );
    }
    if msmtpq.is_none() {
        text += "  msmtpq is missing: it is in Debian's package msmtp\n";
    }
    server.stop()?;
    Ok(text)
}

fn find_msmtpq() -> Option<PathBuf> {
    let path = Environment::of_process().path("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|folder| folder.join("msmtpq"))
        .chain([PathBuf::from(MSMTPQ)])
        .find(|script| script.is_file())
}

/// msmtpq whose msmtp does nothing: it writes its two files, and takes them away again.
fn around_nothing(script: &Path, folder: &Path) -> Result<Command> {
    let queue = folder.join("msmtpq");
    fs::create_dir(&queue)?;
    let mail = folder.join("mail");
    fs::write(&mail, "To: a@example.org\nSubject: S\n\nB\n")?;
    let mut command = alone("sh", folder);
    command
        .args(["-c", "exec \"$0\" a@example.org < \"$1\" 2> /dev/null"])
        .arg(script)
        .arg(mail)
        .env("MSMTPQ_Q", &queue)
        .env("MSMTPQ_LOG", folder.join("msmtpq.log"))
        .env("EMAIL_CONN_TEST", "x")
        .env("MSMTP", "true");
    Ok(command)
}

/// The program in a user's folder of its own, with an access token.
fn configured(folder: &Path) -> Result<Command> {
    let config: PathBuf = folder.join("config.toml");
    fs::write(&config, "[outbox]\nper_minute = 60000\n")?;
    let mut command = alone(released()?, folder);
    command
        .env("GRAPHMAIL_CONFIG", config)
        .env("GRAPHMAIL_ACCESS_TOKEN", "token");
    Ok(command)
}

/// As [`configured`], with the service in `server`.
fn graphmail(server: &Server, folder: &Path) -> Result<Command> {
    let mut command = configured(folder)?;
    command
        .env("GRAPHMAIL_GRAPH_URL", &server.url)
        .env("GRAPHMAIL_ACCESS_TOKEN", &server.token)
        .env("SSL_CERT_FILE", &server.authority);
    Ok(command)
}
