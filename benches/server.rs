//! The sandbox under TLS, in a process of its own: what it holds must not count as its clients'.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use graphmail::sandbox::{Options, Sandbox};
use graphmail::seams::System;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;

/// The word that makes this executable the server: then the folder that gets the authority.
pub(crate) const MODE: &str = "--server";

/// A running server.
pub(crate) struct Server {
    child: Child,
    answers: BufReader<ChildStdout>,
    /// The Graph root.
    pub(crate) url: String,
    /// An access token.
    pub(crate) token: String,
    /// The file of the certificate authority that it needs.
    pub(crate) authority: PathBuf,
}

impl Server {
    /// Starts the server of that mode, which gets the folder.
    pub(crate) fn start(mode: &str, folder: &Path) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(mode)
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut answers = BufReader::new(child.stdout.take().context("a pipe")?);
        let (url, token) = (line(&mut answers)?, line(&mut answers)?);
        Ok(Self {
            child,
            answers,
            url,
            token,
            authority: authority(folder),
        })
    }

    /// Ends it; how many messages it accepted.
    pub(crate) fn stop(mut self) -> Result<usize> {
        drop(self.child.stdin.take());
        let accepted = line(&mut self.answers)?.parse()?;
        ensure!(self.child.wait()?.success(), "the server fails");
        Ok(accepted)
    }
}

fn line(answers: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    answers.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn authority(folder: &Path) -> PathBuf {
    folder.join("authority.pem")
}

/// Serves until standard input ends.
pub(crate) fn serve(folder: &Path) -> Result<()> {
    let options = Options {
        tls: Some(Arc::new(config(folder)?)),
        ..Options::default()
    };
    let sandbox = Sandbox::start(options, Arc::new(System))?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}\n{}", sandbox.graph_url(), sandbox.ready_token())?;
    io::stdin().read_to_end(&mut Vec::new())?;
    let complaints = sandbox.complaints();
    ensure!(complaints.is_empty(), "{complaints:?}");
    writeln!(stdout, "{}", sandbox.accepted().len())?;
    Ok(())
}

/// A certificate for loopback from an authority that is written into `folder`.
pub(crate) fn config(folder: &Path) -> Result<ServerConfig> {
    let mut params = CertificateParams::default();
    // Its name must not be the leaf's: OpenSSL would take the leaf for self-signed.
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "authority of the sandbox");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
    File::create_new(authority(folder))?.write_all(issuer.pem().as_bytes())?;
    let key = KeyPair::generate()?;
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])?.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)?;
    Ok(config)
}
