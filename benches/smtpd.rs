//! `smtpd`: messages accepted per second next to Postfix's smtpd, the memory of many connections, the pace of
//! deliveries, and the costs of a long queue. It marks what misses the aims. `cargo bench --bench smtpd -- pace` runs
//! one part. The disk of the folder for temporary files counts.
#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark is about the clock and writes its own files"
)]

mod distant;
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod measure;
mod postfix;
mod queued;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use graphmail::cloud::Cloud;
use graphmail::config::ENVIRONMENT_ACCOUNT;
use graphmail::outbox::{Entry, EntryId, Outbox, State};
use graphmail::seams::{Seams as _, System};
use jiff::SignedDuration;

use crate::distant::{LATENCY, Service};
use crate::measure::{Part, alone, build, mark, median, megabytes, released, run_chosen};
use crate::postfix::Postfix;

/// At least as many messages per second as Postfix.
const RATE: f64 = 1.0;
/// Sessions at once, the messages of a run, and the runs.
const LOADS: [(usize, usize); 2] = [(10, 1000), (1, 300)];
const RUNS: usize = 7;
/// How long Graph does not answer meanwhile.
const STALL: Duration = Duration::from_secs(1000);
/// At most so many bytes resident with that many open connections, each within a message.
const MEMORY: u64 = 20_000_000;
const CONNECTIONS: usize = 100;
/// What each of them has sent of its message.
const SENT: usize = 8 * 1024;
/// At least this part of the pace that four requests at once allow, for that many messages.
const PACE: f64 = 0.95;
const PACED: usize = 400;
const AT_ONCE: f64 = 4.0;
/// The lengths of the queue that are compared, and the runs.
const QUEUED: [usize; 2] = [1000, 10_000];
const STARTS: usize = 5;

fn main() -> Result<()> {
    build()?;
    let parts: &[(&str, Part)] = &[
        ("rate", rate),
        ("memory", memory),
        ("pace", pace),
        ("queue", queue),
    ];
    run_chosen(parts, |_, lines| write!(io::stdout(), "{lines}"))
}

/// The mail service, which has started, with a spool below a folder.
struct Smtpd {
    process: Child,
    port: u16,
    /// From its start until it is ready.
    start: Duration,
}

impl Smtpd {
    fn start(graph: &Service, folder: &Path) -> Result<Self> {
        let config = folder.join("config.toml");
        fs::write(
            &config,
            "[outbox]\nper_minute = 60000\n[smtpd]\nconnections = 200\n",
        )?;
        let log = fs::File::create(folder.join("log"))?;
        let notice = folder.join("notice");
        drop(fs::remove_file(&notice));
        let ready = UnixDatagram::bind(&notice)?;
        ready.set_read_timeout(Some(Duration::from_secs(60)))?;
        let begun = Instant::now();
        let process = alone(released()?, folder)
            .args(["smtpd", "--listen", "127.0.0.1:0", "--socket"])
            .arg(socket(folder))
            .env("GRAPHMAIL_CONFIG", config)
            .env("GRAPHMAIL_STATE_DIR", state(folder))
            .env("GRAPHMAIL_GRAPH_URL", &graph.url)
            .env("GRAPHMAIL_ACCESS_TOKEN", "token")
            .env("GRAPHMAIL_MAILBOX", "you@example.org")
            .env("NOTIFY_SOCKET", notice)
            .stderr(log)
            .spawn()?;
        ready
            .recv(&mut [0; 100])
            .context("the service does not start")?;
        let start = begun.elapsed();
        let log = fs::read_to_string(folder.join("log"))?;
        let port = log
            .lines()
            .find_map(|line| line.strip_prefix("graphmail: listening on 127.0.0.1:"))
            .context("no port")?;
        Ok(Self {
            process,
            port: port.parse()?,
            start,
        })
    }

    /// The most bytes that were resident.
    fn peak(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.context("no VmHWM")?.parse::<u64>()? * 1024)
    }

    fn connect(&self) -> Result<Client> {
        let mut addresses = ("127.0.0.1", self.port).to_socket_addrs()?;
        let stream = TcpStream::connect(addresses.next().context("an address")?)?;
        stream.set_nodelay(true)?;
        let mut client = Client(BufReader::new(stream));
        client.reply("220")?;
        Ok(client)
    }
}

impl Drop for Smtpd {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn state(folder: &Path) -> PathBuf {
    folder.join("state")
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("submit")
}

/// A client of the service.
struct Client(BufReader<TcpStream>);

impl Client {
    fn reply(&mut self, code: &str) -> Result<()> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        ensure!(line.starts_with(code), "the service answers {line:?}");
        Ok(())
    }

    fn say(&mut self, text: &str, code: &str) -> Result<()> {
        self.0.get_mut().write_all(text.as_bytes())?;
        self.reply(code)
    }

    /// Sends a message up to its text.
    fn begin(&mut self) -> Result<()> {
        self.say("HELO h.example\r\n", "250")?;
        self.say("MAIL FROM:<you@example.org>\r\n", "250")?;
        self.say("RCPT TO:<a@example.org>\r\n", "250")?;
        self.say("DATA\r\n", "354")?;
        let header = "From: you@example.org\r\nTo: a@example.org\r\nSubject: S\r\n\r\n";
        Ok(self.0.get_mut().write_all(header.as_bytes())?)
    }

    fn end(&mut self) -> Result<()> {
        self.say("Hi\r\n.\r\n", "250")
    }
}

/// The messages accepted per second while none is delivered: Graph does not answer, and Postfix defers. Both services
/// sync each message before they accept it.
#[expect(clippy::cast_precision_loss, reason = "figures of three digits")]
fn rate(folder: &Path) -> Result<String> {
    let root = folder.join("postfix");
    fs::create_dir(&root)?;
    let postfix = match Postfix::start(&root) {
        Ok(postfix) => postfix,
        Err(why) => {
            return Ok(format!(
                "rate     skipped, because Postfix does not run: {why:#}\n"
            ));
        }
    };
    let graph = Service::start(STALL)?;
    let service = Smtpd::start(&graph, folder)?;
    let mut text = String::new();
    for load in LOADS {
        let mut rates = [Vec::new(), Vec::new()];
        let mut ratios = Vec::new();
        for _ in 0..RUNS {
            let took = [service.port, postfix.port].map(|port| postfix::send(&root, port, load));
            let [ours, theirs] = took;
            let (ours, theirs) = (ours?, theirs?);
            ratios.push(theirs.div_duration_f64(ours));
            for (rates, took) in rates.iter_mut().zip([ours, theirs]) {
                rates.push(load.1 as f64 / took.as_secs_f64());
            }
        }
        let [ours, theirs] = rates.map(middle);
        let ratio = middle(ratios);
        let _ = writeln!(
            text,
            "rate     {} sessions, {} messages: {ours:.0} a second, Postfix {theirs:.0}: aim {RATE} times, reached {ratio:.2}{}",
            load.0,
            load.1,
            mark(ratio >= RATE)
        );
    }
    Ok(text)
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Many connections, each within a message.
fn memory(folder: &Path) -> Result<String> {
    let service = Smtpd::start(&Service::start(LATENCY)?, folder)?;
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut client = service.connect()?;
        client.begin()?;
        let line = "x".repeat(62) + "\r\n";
        let sent = line.repeat(SENT / line.len());
        client.0.get_mut().write_all(sent.as_bytes())?;
        clients.push(client);
    }
    let open = service.peak()?;
    for client in &mut clients {
        client.end()?;
    }
    let accepted = service.peak()?;
    Ok(format!(
        "memory   {CONNECTIONS} connections, each with {SENT} bytes of a message: aim {:.0} MB, reached {:.1}; {:.1} when all \
         were accepted{}\n",
        megabytes(MEMORY),
        megabytes(open),
        megabytes(accepted),
        mark(accepted <= MEMORY)
    ))
}

/// The pace of deliveries to a service that is far away.
#[expect(clippy::cast_precision_loss, reason = "figures of three digits")]
fn pace(folder: &Path) -> Result<String> {
    let graph = Service::start(LATENCY)?;
    let service = Smtpd::start(&graph, folder)?;
    let mut client = service.connect()?;
    let begun = Instant::now();
    for _ in 0..PACED {
        client.begin()?;
        client.end()?;
    }
    let accepted = begun.elapsed();
    while graph.taken.load(Ordering::Relaxed) < PACED {
        sleep(Duration::from_millis(5));
    }
    let rate = PACED as f64 / begun.elapsed().as_secs_f64();
    let best = AT_ONCE / LATENCY.as_secs_f64();
    Ok(format!(
        "pace     {PACED} messages accepted in {accepted:.2?}, {rate:.2} delivered a second at {LATENCY:?}: aim {PACE} of the \
         best, reached {:.3}{}\n",
        rate / best,
        mark(rate / best >= PACE)
    ))
}

/// Starts, lists and delivers while other messages wait for a later time.
fn queue(folder: &Path) -> Result<String> {
    let graph = Service::start(Duration::ZERO)?;
    let folders = QUEUED.map(|length| folder.join(length.to_string()));
    for (folder, length) in folders.iter().zip(QUEUED) {
        fs::create_dir(folder)?;
        keep(&graph, &state(folder).join("outbox"), length)?;
    }
    let mut samples = [(); 2].map(|()| [(); 3].map(|()| Vec::new()));
    for _ in 0..STARTS {
        for (folder, samples) in folders.iter().zip(&mut samples) {
            for (samples, took) in samples.iter_mut().zip(one(&graph, folder)?) {
                samples.push(took);
            }
        }
    }
    let [few, many] = samples.map(|kinds| kinds.map(|samples| median(samples.into_iter())));
    let [first, second] = QUEUED;
    let most = second.div_ceil(first);
    let mut text = String::new();
    for ((name, few), many) in ["start", "mailq", "delivery"].iter().zip(few).zip(many) {
        let times = many.div_duration_f64(few);
        let _ = writeln!(
            text,
            "queue    {name:8} {first} queued {few:.2?}, {second} queued {many:.2?}: aim at most {most} times, reached \
             {times:.1}{}",
            mark(times <= most as f64)
        );
    }
    Ok(text)
}

/// From the start until the service is ready, `mailq`, and from the end of a message until Graph has it.
fn one(graph: &Service, folder: &Path) -> Result<[Duration; 3]> {
    let service = Smtpd::start(graph, folder)?;
    let home = folder.join("client");
    let settings = home.join(".config/graphmail");
    fs::create_dir_all(&settings)?;
    fs::write(
        settings.join("config.toml"),
        format!("[sendmail]\nsubmit = {:?}\n", socket(folder)),
    )?;
    let begun = Instant::now();
    let mailq = alone(released()?, &home)
        .args(["sendmail", "-bp"])
        .output()?;
    let listed = begun.elapsed();
    let lines = mailq.stdout.split(|byte| *byte == b'\n').count();
    ensure!(
        mailq.status.success() && lines > 500,
        "mailq fails: {mailq:?}"
    );
    let (before, mut client) = (graph.taken.load(Ordering::Relaxed), service.connect()?);
    client.begin()?;
    let begun = Instant::now();
    client.end()?;
    while graph.taken.load(Ordering::Relaxed) == before {
        sleep(Duration::from_micros(100));
    }
    Ok([service.start, listed, begun.elapsed()])
}

/// Queues messages that are to be sent in an hour.
fn keep(graph: &Service, root: &Path, length: usize) -> Result<()> {
    fs::create_dir_all(root.parent().context("a folder")?)?;
    let outbox = Outbox::open(root, &System)?;
    let cloud = Cloud::national("global").context("a cloud")?;
    let cloud = cloud.with_graph(&graph.url)?;
    let submission = queued::message();
    let place = (None, cloud.graph());
    let mut entry = Entry::new(ENVIRONMENT_ACCOUNT, place, &submission, System.now());
    entry.not_before = Some(System.now() + SignedDuration::from_hours(1));
    let first = EntryId::new(&System);
    drop(outbox.put(first.clone(), entry, &submission, State::New)?);
    // A copy need not be on the disk.
    let new = root.join(State::New.name());
    for _ in 1..length {
        let copy = new.join(EntryId::new(&System).as_str());
        fs::DirBuilder::new().mode(0o700).create(&copy)?;
        for file in fs::read_dir(new.join(first.as_str()))? {
            let file = file?;
            fs::copy(file.path(), copy.join(file.file_name()))?;
        }
    }
    Ok(())
}
