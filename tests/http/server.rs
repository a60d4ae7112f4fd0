//! Servers on loopback that say what a test tells them to, byte for byte, and keep what they heard.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a server does with one connection, step by step; then it closes it.
#[derive(Default)]
pub(crate) struct Connection {
    /// Takes a CONNECT, gives this answer, and goes on as the host behind the proxy.
    pub(crate) connect: Option<&'static str>,
    /// Speaks TLS.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// What it does with each request.
    pub(crate) steps: Vec<Step>,
}

/// What a server does with one request.
pub(crate) enum Step {
    /// Reads it whole and says this.
    Answer(String),
    /// Reads it whole and says nothing until the client gives up.
    Silence,
    /// Says this unasked, and nothing more until the client gives up.
    Greet(&'static str),
}

/// A running server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    closed: Receiver<()>,
}

impl Server {
    /// A server for these connections; any further one is not taken.
    pub(crate) fn start(connections: Vec<Connection>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (sender, closed) = channel();
        let log = Arc::clone(&heard);
        std::thread::spawn(move || {
            for connection in connections {
                let (stream, _) = listener.accept().unwrap();
                // A client that goes away early is what some tests are about.
                drop(connection.run(stream, &log));
                if sender.send(()).is_err() {
                    return;
                }
            }
        });
        Self {
            address,
            heard,
            closed,
        }
    }

    /// A server in clear for one connection with these answers.
    pub(crate) fn plain<const N: usize>(answers: [&str; N]) -> Self {
        Self::start(vec![Connection::plain(answers)])
    }

    /// Everything heard so far, a request each.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits until the server has closed a connection.
    pub(crate) fn wait_closed(&self) {
        self.closed.recv().unwrap();
    }
}

impl Connection {
    pub(crate) fn plain<const N: usize>(answers: [&str; N]) -> Self {
        Self {
            steps: answers.map(|answer| Step::Answer(answer.to_owned())).into(),
            ..Self::default()
        }
    }

    pub(crate) fn silent(step: Step) -> Self {
        Self {
            steps: vec![step],
            ..Self::default()
        }
    }

    fn run(self, mut stream: TcpStream, heard: &Mutex<Vec<String>>) -> io::Result<()> {
        if let Some(answer) = self.connect {
            heard.lock().unwrap().push(read_request(&mut stream)?);
            stream.write_all(answer.as_bytes())?;
        }
        let Some(config) = self.tls else {
            return serve(self.steps, &mut stream, heard);
        };
        let connection = ServerConnection::new(config).map_err(io::Error::other)?;
        serve(self.steps, &mut StreamOwned::new(connection, stream), heard)
    }
}

fn serve<S: Read + Write>(
    steps: Vec<Step>,
    stream: &mut S,
    heard: &Mutex<Vec<String>>,
) -> io::Result<()> {
    for step in steps {
        match step {
            Step::Answer(answer) => {
                heard.lock().unwrap().push(read_request(stream)?);
                stream.write_all(answer.as_bytes())?;
                stream.flush()?;
            }
            Step::Silence => {
                heard.lock().unwrap().push(read_request(stream)?);
                io::copy(stream, &mut io::sink())?;
            }
            Step::Greet(greeting) => {
                stream.write_all(greeting.as_bytes())?;
                io::copy(stream, &mut io::sink())?;
            }
        }
    }
    Ok(())
}

/// Head and body of one request, the body as long as its Content-Length says.
fn read_request(stream: &mut impl Read) -> io::Result<String> {
    let mut request = Vec::new();
    let mut length = None;
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        request.extend(byte);
        if length.is_none() && request.ends_with(b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request).to_lowercase();
            let declared = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |value| value.parse().unwrap());
            length = Some(request.len() + declared);
        }
        if length == Some(request.len()) {
            return Ok(String::from_utf8(request).unwrap());
        }
    }
}

/// A certificate authority, its certificate in a file, and what it signs.
pub(crate) struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    pub(crate) file: tempfile::NamedTempFile,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new([]).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        let certificate = parameters.self_signed(&key).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(certificate.pem().as_bytes()).unwrap();
        Self {
            issuer: rcgen::Issuer::new(parameters, key),
            file,
        }
    }

    /// TLS for a server of that name.
    pub(crate) fn server(&self, name: &str) -> Arc<ServerConfig> {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new([name.to_owned()])
            .unwrap()
            .signed_by(&key, &self.issuer)
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Arc::new(config)
    }
}
