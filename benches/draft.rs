//! The least that answers the requests of a draft, under TLS: what it does must not hide what its
//! clients do. The ranges are counted and thrown away.

use std::io::{self, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail, ensure};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::server;

/// The word that makes this executable the server: then the folder that gets the authority.
pub(crate) const MODE: &str = "--draft-server";

/// Where the one upload session is, below the Graph root.
pub(crate) const UPLOAD: &str = "/upload/session";

/// What the last range is answered with: where the attachment is.
const CREATED_THERE: &str =
    "201 Created\r\nLocation: /v1.0/users('a')/messages('AAMkDraft')/Attachments('AAMkAttachment')";

/// Serves until standard input ends, and says how many drafts were sent.
pub(crate) fn serve(folder: &Path) -> Result<()> {
    let config = Arc::new(server::config(folder)?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let root = format!("https://{}", listener.local_addr()?);
    let mut stdout = io::stdout();
    writeln!(stdout, "{root}\ntoken")?;
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    // Both end with the process.
    drop(std::thread::spawn(move || -> Result<()> {
        loop {
            let (stream, _) = listener.accept()?;
            let (config, root, sent) = (Arc::clone(&config), root.clone(), Arc::clone(&sent));
            drop(std::thread::spawn(move || {
                converse(stream, config, &root, &sent)
            }));
        }
    }));
    io::stdin().read_to_end(&mut Vec::new())?;
    writeln!(stdout, "{}", count.load(Ordering::SeqCst))?;
    Ok(())
}

/// One connection to its end.
fn converse(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    root: &str,
    sent: &AtomicUsize,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let tls = StreamOwned::new(ServerConnection::new(config)?, stream);
    let mut stream = BufReader::with_capacity(1 << 16, tls);
    let mut next = 0;
    while let Some(request) = Request::read(&mut stream)? {
        let left = io::copy(&mut (&mut stream).take(request.length), &mut io::sink())?;
        ensure!(left == request.length, "a body ends early");
        let (status, body) = match request.line.as_str() {
            line if line.starts_with("PUT ") => {
                let (first, size) = request.range.context("a range")?;
                ensure!(first == next, "not the next range");
                next += request.length;
                if next == size {
                    next = 0;
                    (CREATED_THERE, String::new())
                } else {
                    let body = format!(r#"{{"nextExpectedRanges":["{next}-"]}}"#);
                    ("200 OK", body)
                }
            }
            line if line.contains("/createUploadSession ") => {
                let body =
                    format!(r#"{{"uploadUrl":"{root}{UPLOAD}","nextExpectedRanges":["0-"]}}"#);
                ("201 Created", body)
            }
            line if line.contains("/send ") => {
                sent.fetch_add(1, Ordering::SeqCst);
                ("202 Accepted", String::new())
            }
            line if line.contains("/messages ") => {
                ("201 Created", r#"{"id":"AAMkDraft"}"#.to_owned())
            }
            line => bail!("{line}"),
        };
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.get_mut().write_all(answer.as_bytes())?;
    }
    Ok(())
}

/// The head of a request.
#[derive(Default)]
struct Request {
    line: String,
    length: u64,
    /// The first byte and the size of the whole.
    range: Option<(u64, u64)>,
}

impl Request {
    /// The next one; none where the connection ends.
    fn read(stream: &mut impl io::BufRead) -> Result<Option<Self>> {
        let mut request = Self::default();
        if stream.read_line(&mut request.line)? == 0 {
            return Ok(None);
        }
        let mut field = String::new();
        loop {
            field.clear();
            stream.read_line(&mut field)?;
            let Some((name, value)) = field.trim_end().split_once(": ") else {
                return Ok(Some(request));
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => request.length = value.parse()?,
                "content-range" => {
                    let value = value.strip_prefix("bytes ").context("bytes")?;
                    let (range, size) = value.split_once('/').context("a size")?;
                    let (first, _) = range.split_once('-').context("a range")?;
                    request.range = Some((first.parse()?, size.parse()?));
                }
                _ => {}
            }
        }
    }
}
