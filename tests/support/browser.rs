//! A browser without a window: it fetches a page and goes where it is sent.

use std::io::{self, Read as _, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use url::Url;

use super::loopback::{self, Response};
use super::seams::Fixed;

/// `localhost`, as most browsers take it first.
pub const IPV4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Fetches a page of the sandbox's login, and then the page that it leads back to.
pub fn follow(url: &str) -> Response {
    let back = redirect(url);
    let back = Url::parse(&back).unwrap();
    assert_eq!(back.host_str(), Some("localhost"), "{back}");
    let path = format!("{}?{}", back.path(), back.query().unwrap());
    get(IPV4, back.port().unwrap(), &path).unwrap()
}

/// Where a page of the sandbox's login leads back to.
pub fn redirect(url: &str) -> String {
    let url = Url::parse(url).unwrap();
    let root = url.origin().ascii_serialization();
    let path = format!("{}?{}", url.path(), url.query().unwrap());
    let answer = loopback::request(&root, "GET", &path, &[], b"").unwrap();
    assert_eq!(answer.status, 302, "{answer:?}");
    answer.header("location").to_owned()
}

/// Asks the port on this host for the path, as `http://localhost:PORT`.
pub fn get(ip: IpAddr, port: u16, path: &str) -> io::Result<Response> {
    ask(
        ip,
        port,
        &format!("GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"),
    )
}

/// Writes this request to the port, and reads the answer to its end.
pub fn ask(ip: IpAddr, port: u16, request: &str) -> io::Result<Response> {
    let mut stream = TcpStream::connect(SocketAddr::new(ip, port))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    loopback::parse(&answer).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Does something when its thread panics: a sign-in whose browser failed is not to wait for ever.
pub struct OnPanic<F: Fn()>(pub F);

impl<F: Fn()> Drop for OnPanic<F> {
    fn drop(&mut self) {
        if thread::panicking() {
            (self.0)();
        }
    }
}

/// What a test does with the URL that a run shows for a browser.
pub type Visit = Arc<dyn Fn(&str) + Send + Sync>;

/// Standard error, watched for the URL of a sign-in, which is then visited from another thread.
pub struct Watched {
    pub bytes: Vec<u8>,
    visit: Option<Visit>,
    clock: Arc<Fixed>,
    visiting: Option<JoinHandle<()>>,
}

impl Watched {
    pub fn new(visit: Option<Visit>, clock: &Arc<Fixed>) -> Self {
        Self {
            bytes: Vec::new(),
            visit,
            clock: Arc::clone(clock),
            visiting: None,
        }
    }

    /// What was written, after the visit has ended.
    pub fn end(self) -> Vec<u8> {
        if let Some(visiting) = self.visiting {
            visiting.join().unwrap();
        }
        self.bytes
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        let text = String::from_utf8_lossy(&self.bytes);
        let url = text
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'))
            .find(|line| line.contains("/oauth2/v2.0/authorize?"));
        if let (Some(url), Some(visit)) = (url, self.visit.take_if(|_| url.is_some())) {
            let url = url.to_owned();
            let clock = Arc::clone(&self.clock);
            self.visiting = Some(thread::spawn(move || {
                let _end = OnPanic(|| clock.advance(Duration::from_secs(3600)));
                visit(&url);
            }));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
