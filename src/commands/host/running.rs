//! Where the service of an outbox listens, for a run that knows no socket of it: in a container it may listen on the
//! network only.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};

use super::{GREETING, MAX_REPLY, late};
use crate::files;

/// The file in the outbox with an address on which its service listens; empty if it does not listen on the network.
const FILE: &str = "service";

/// The file of a service that runs. It is removed when the service ends.
pub(in crate::commands) struct Running(PathBuf);

impl Running {
    /// Writes the file into the `outbox`.
    ///
    /// # Errors
    /// Those of the file system.
    pub(in crate::commands) fn begin(
        outbox: &Path,
        address: Option<SocketAddr>,
    ) -> io::Result<Self> {
        let path = outbox.join(FILE);
        let line = address.map_or_else(String::new, |address| format!("{address}\n"));
        files::replace_lightly(&path, line.as_bytes())?;
        Ok(Self(path))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // If it stays, `doctor` says so.
        drop(fs::remove_file(&self.0));
    }
}

/// A service of an outbox.
pub(in crate::commands) struct Found {
    /// Its file.
    pub(in crate::commands) file: PathBuf,
    /// Where it takes mail.
    pub(in crate::commands) address: SocketAddr,
}

impl Found {
    /// The service of the `outbox`; `None` if there is none, or if it does not listen on the network.
    pub(in crate::commands) fn of(outbox: &Path) -> Option<Self> {
        let file = outbox.join(FILE);
        let text = String::from_utf8(files::read(&file).ok()?).ok()?;
        let mut address: SocketAddr = text.trim_end().parse().ok()?;
        // As a client of this host connects to it.
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
            _ => {}
        }
        Some(Self { file, address })
    }

    /// Connects, and reads the greeting.
    ///
    /// # Errors
    /// Those of the connection; `TimedOut` if there is no greeting in time.
    pub(in crate::commands) fn greeting(&self) -> io::Result<String> {
        let stream = TcpStream::connect_timeout(&self.address, GREETING)?;
        stream.set_read_timeout(Some(GREETING))?;
        let mut line = String::new();
        let read = BufReader::new(stream).take(MAX_REPLY).read_line(&mut line);
        read.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => late(),
            _ => error,
        })?;
        Ok(line.trim_end().to_owned())
    }
}
