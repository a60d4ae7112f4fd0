//! The least that posts a file over TLS: std, rustls, and the same authorities from the same file.

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, Stream};

/// The word that makes this executable the client: then a URL, and files of authorities, header
/// fields and the body.
pub(crate) const MODE: &str = "--minimal-client";

pub(crate) fn post(arguments: &[OsString]) -> Result<()> {
    let [url, roots, headers, body] = arguments else {
        bail!("four arguments");
    };
    let url = url.to_str().context("a URL")?;
    let (address, path) = url
        .strip_prefix("https://")
        .and_then(|rest| Some(rest.split_at(rest.find('/')?)))
        .context("a URL with a path")?;
    let (host, _) = address.split_once(':').context("a port")?;
    let body = fs::read(body)?;
    let fields = fs::read_to_string(headers)?;
    let fields = fields.lines().filter(|line| *line != "Expect:");
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n",
        body.len()
    );
    for field in fields {
        head += field;
        head += "\r\n";
    }
    head += "\r\n";
    let mut tls = ClientConnection::new(config(roots)?, ServerName::try_from(host.to_owned())?)?;
    let mut socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    let mut stream = Stream::new(&mut tls, &mut socket);
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer)?;
    let answer = answer.get(..length).unwrap_or_default();
    ensure!(
        answer.starts_with(b"HTTP/1.1 202 "),
        "{}",
        String::from_utf8_lossy(answer)
    );
    Ok(())
}

fn config(roots: &OsString) -> Result<Arc<ClientConfig>> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(CertificateDer::pem_slice_iter(&fs::read(roots)?).flatten());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
