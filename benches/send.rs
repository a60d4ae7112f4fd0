//! Whole processes beside each other: `graphmail send`, curl with the same request, the least that
//! can send it, and a program that does nothing. It prints; nothing is asserted of time or memory.
//!
//! ```text
//! send      what is compared, and the aims
//! large     the same for messages that go as drafts
//! measure   processes by turns: medians of wall time and processor time, peak memory
//! report    what is printed
//! server    the sandbox under TLS, in a process of its own
//! draft     the least that answers the requests of a draft, in a process of its own
//! minimal   a client of std and rustls alone, in a process of its own
//! ```
//!
//! The servers and the minimal client are this same executable, started again with a word in front.

mod draft;
mod large;
#[allow(dead_code, reason = "the other benchmarks use the rest")]
mod measure;
mod minimal;
mod report;
mod server;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use measure::{Program, Summary, alone, alternately, build, released};
use report::{Aims, Report};
use server::Server;

/// Where systems keep the certificate authorities that they trust, in one file.
const BUNDLES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// Runs that are thrown away, and runs that count, of what takes milliseconds.
const SHORT: (usize, usize) = (5, 60);
/// The same of what moves megabytes: the server keeps all of them.
const LONG: (usize, usize) = (5, 25);

const SMALL: Aims = Aims {
    wall: [0.3, 1.25],
    cpu: 0.3,
    peak: 12.0,
    instructions: 8.0,
};
const LARGE: Aims = Aims {
    wall: [0.0, 0.0],
    cpu: 0.0,
    peak: 24.0,
    instructions: 0.0,
};
/// Megabytes of the stripped program.
const SIZE_AIM: f64 = 7.0;

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [mode, folder] if mode == server::MODE => server::serve(Path::new(folder)),
        [mode, folder] if mode == draft::MODE => draft::serve(Path::new(folder)),
        [mode, rest @ ..] if mode == minimal::MODE => minimal::post(rest),
        _ => compare(),
    }
}

fn compare() -> Result<()> {
    build()?;
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let mut report = Report(io::stdout());
    report.size(fs::metadata(released()?)?.len(), SIZE_AIM)?;
    start_up(folder, &mut report)?;
    for (name, roots, length, runs) in [
        (
            "send 1 KB, the system's authorities and one more",
            Roots::System,
            0,
            SHORT,
        ),
        ("send 1 KB, one authority", Roots::One, 0, SHORT),
        (
            "send a 2 MB attachment, the system's authorities and one more",
            Roots::System,
            2_000_000,
            LONG,
        ),
    ] {
        let folder = folder.join(name);
        fs::create_dir(&folder)?;
        let aims = if length > 0 { &LARGE } else { &SMALL };
        report.group(name, &send(&folder, roots, length, runs)?, aims)?;
    }
    large::compare(folder, &mut report)
}

/// `--version` beside a program without a line of code.
fn start_up(folder: &Path, report: &mut Report) -> Result<()> {
    let source = folder.join("empty.rs");
    let empty = folder.join("empty");
    File::create_new(&source)?.write_all(b"fn main() {}")?;
    let built = Command::new("rustc")
        .arg("-O")
        .arg("-o")
        .args([&empty, &source])
        .status();
    ensure!(
        built.context("running rustc")?.success(),
        "the empty program does not compile"
    );
    let mut version = alone(released()?, folder);
    version.arg("--version");
    let mut programs = [
        Program::new("graphmail --version", version).counting(true),
        Program::new("an empty Rust program", alone(&empty, folder)),
    ];
    let aims = Aims {
        wall: [2.0, 0.0],
        instructions: 1.6,
        ..Aims::default()
    };
    report.group("start-up", &alternately(&mut programs, SHORT)?, &aims)
}

/// Whom the clients trust.
#[derive(Clone, Copy)]
enum Roots {
    /// What the system trusts, and the sandbox's authority, as on a host with one of its own.
    System,
    /// The sandbox's authority alone.
    One,
}

/// A message with an attachment of `length` bytes, or with none, sent by each.
fn send(folder: &Path, roots: Roots, length: u64, runs: (usize, usize)) -> Result<Vec<Summary>> {
    let server = Server::start(server::MODE, folder)?;
    let roots = match roots {
        Roots::One => server.authority.clone(),
        Roots::System => with_system(&server.authority, folder)?,
    };
    let mut graphmail = graphmail(&server, &roots, length, folder)?;
    let request = Request {
        url: format!("{}/v1.0/me/sendMail", server.url),
        headers: headers(&server, folder)?,
        body: body(&mut graphmail, folder)?,
        roots,
    };
    let mut programs = [
        Program::new("graphmail send", graphmail).counting(length == 0),
        Program::new("curl", request.by_curl(folder)),
        Program::new("minimal client", request.by_minimal_client(folder)?).counting(length == 0),
    ];
    let summaries = alternately(&mut programs, runs)?;
    let accepted = server.stop()?;
    let is_counted = |summary: &&Summary| summary.instructions.is_some();
    let counted = summaries.iter().filter(is_counted).count();
    let sent = programs.len() * (runs.0 + runs.1) + counted;
    ensure!(
        accepted == sent,
        "{sent} messages were sent, {accepted} accepted"
    );
    Ok(summaries)
}

/// The program with flags that make a message of the kind.
fn graphmail(server: &Server, roots: &Path, length: u64, folder: &Path) -> Result<Command> {
    let mut send = alone(released()?, folder);
    // The host's budget is not what is measured.
    let config = folder.join("config.toml");
    File::create_new(&config)?.write_all(b"[outbox]\nper_minute = 60000\n")?;
    send.env("GRAPHMAIL_CONFIG", config);
    send.args(["send", "--to", "a@example.org", "--subject", "Hello"])
        .arg("--body")
        .arg("All work and no play. ".repeat(38))
        .env("GRAPHMAIL_GRAPH_URL", &server.url)
        .env("GRAPHMAIL_ACCESS_TOKEN", &server.token)
        .env("SSL_CERT_FILE", roots);
    if length > 0 {
        let attachment = folder.join("attachment.bin");
        io::copy(
            &mut io::repeat(b'x').take(length),
            &mut File::create_new(&attachment)?,
        )?;
        send.arg("--attach").arg(attachment);
    }
    Ok(send)
}

/// What the program beside it sends: the same, from files.
struct Request {
    url: String,
    headers: PathBuf,
    body: PathBuf,
    roots: PathBuf,
}

impl Request {
    fn by_curl(&self, home: &Path) -> Command {
        let mut curl = alone("curl", home);
        curl.args(["-q", "--silent", "--show-error", "--fail", "--http1.1"])
            .arg("--cacert")
            .arg(&self.roots)
            .arg("--header")
            .arg(after_at(&self.headers))
            .arg("--data-binary")
            .arg(after_at(&self.body))
            .arg(&self.url);
        curl
    }

    fn by_minimal_client(&self, home: &Path) -> Result<Command> {
        let mut client = alone(std::env::current_exe()?, home);
        client
            .args([minimal::MODE, &self.url])
            .args([&self.roots, &self.headers, &self.body]);
        Ok(client)
    }
}

/// A file with the header fields of the request. The empty one keeps curl from asking first whether
/// it may send a large body.
fn headers(server: &Server, folder: &Path) -> Result<PathBuf> {
    let headers = folder.join("headers");
    let fields = format!(
        "Authorization: Bearer {}\nContent-Type: application/json\n\
         client-request-id: 9d6f2a0e-5a3b-4c0e-9d7e-2f1c5b8a4e6d\nExpect:\n",
        server.token
    );
    File::create_new(&headers)?.write_all(fields.as_bytes())?;
    Ok(headers)
}

/// curl's way of naming a file that holds the value.
fn after_at(path: &Path) -> OsString {
    let mut text = OsString::from("@");
    text.push(path);
    text
}

/// The system's bundle and `authority` in one file.
fn with_system(authority: &Path, folder: &Path) -> Result<PathBuf> {
    let Some(system) = BUNDLES.iter().find(|path| Path::new(path).is_file()) else {
        bail!("this system has no bundle of certificate authorities at {BUNDLES:?}");
    };
    let bundle = folder.join("bundle.pem");
    let mut written = File::create_new(&bundle)?;
    for part in [Path::new(system), authority] {
        io::copy(&mut File::open(part)?, &mut written)?;
    }
    Ok(bundle)
}

/// A file with the body of the request that `send` would make, as its dry run shows it. It never is
/// in the memory of this process, which would count as the children's.
fn body(send: &mut Command, folder: &Path) -> Result<PathBuf> {
    /// The end of the text that holds the token's field, which stands before the body.
    const BEFORE: &[u8] = b"\nTOKEN\n";
    const AFTER: u64 = "\nGRAPHMAIL\n".len() as u64;
    let shown = folder.join("dry-run");
    let mut dry = Command::new(send.get_program());
    dry.args(send.get_args())
        .arg("--dry-run=curl")
        .stdout(File::create_new(&shown)?);
    for (name, value) in send.get_envs() {
        dry.env(name, value.unwrap_or_default());
    }
    ensure!(dry.status()?.success(), "the dry run fails");
    let mut shown = File::open(&shown)?;
    let mut head = Vec::new();
    (&shown).take(4096).read_to_end(&mut head)?;
    let at = head
        .windows(BEFORE.len())
        .position(|window| window == BEFORE);
    let start = (at.context("the dry run shows no body")? + BEFORE.len()) as u64;
    let length = shown.metadata()?.len() - start - AFTER;
    shown.seek(SeekFrom::Start(start))?;
    let body = folder.join("body");
    io::copy(&mut shown.take(length), &mut File::create_new(&body)?)?;
    Ok(body)
}
