//! The sockets of the service: those of systemd, `--listen` and `--socket`.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;

use super::Args;
use super::access::{SUBMISSIONS, check};
use crate::commands::Context;
use crate::commands::error::UsageError;
use crate::commands::report::{Result, WithContext as _};

/// A socket on which clients connect.
pub(super) enum Listener {
    Network(TcpListener),
    Local(UnixListener),
}

impl Listener {
    /// Its address on the network.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Network(listener) => listener.local_addr().ok(),
            Self::Local(_) => None,
        }
    }

    /// Its address on the network, if a session does not begin with TLS.
    pub(super) fn plain(&self) -> Option<SocketAddr> {
        self.address()
            .filter(|address| address.port() != SUBMISSIONS)
    }
}

/// Opens the sockets.
pub(super) fn open(args: &Args, context: &Context<'_>) -> Result<Vec<Listener>> {
    let settings = &context.settings.file()?.smtpd;
    let mut listeners = from_systemd().context("using the sockets of systemd")?;
    for listener in &listeners {
        if let Listener::Network(listener) = listener {
            let address = listener
                .local_addr()
                .context("reading the address of a socket")?;
            check(address, settings)?;
        }
    }
    let mut places = Vec::new();
    for address in &args.listen {
        check(*address, settings)?;
        let listener =
            TcpListener::bind(address).with_context(|| format!("listening on {address}"))?;
        let address = listener.local_addr().unwrap_or(*address);
        places.push(address.to_string());
        listeners.push(Listener::Network(listener));
    }
    if let Some(path) = &args.socket {
        let listener = bind(path).with_context(|| format!("listening on {}", path.display()))?;
        places.push(path.display().to_string());
        listeners.push(Listener::Local(listener));
    }
    if listeners.is_empty() {
        return Err(UsageError::new("nothing to listen on".to_owned())
            .hint("give --listen ADDR:PORT or --socket PATH")
            .into());
    }
    for listener in &listeners {
        match listener {
            Listener::Network(listener) => listener.set_nonblocking(true),
            Listener::Local(listener) => listener.set_nonblocking(true),
        }
        .context("setting up a socket")?;
    }
    // A program that reads one of these lines may connect to any of them.
    for place in places {
        context.ui.info(&format!("graphmail: listening on {place}"));
    }
    Ok(listeners)
}

/// The sockets that systemd passes (`LISTEN_FDS`, sd_listen_fds(3)).
fn from_systemd() -> io::Result<Vec<Listener>> {
    let mut passed = listenfd::ListenFd::from_env();
    let mut listeners = Vec::new();
    for at in 0..passed.len() {
        if let Ok(Some(listener)) = passed.take_unix_listener(at) {
            listeners.push(Listener::Local(listener));
        } else if let Some(listener) = passed.take_tcp_listener(at)? {
            listeners.push(Listener::Network(listener));
        }
    }
    Ok(listeners)
}

/// Listens on a Unix socket that all users may use. A socket of a service that has ended is replaced, and nothing
/// else.
fn bind(path: &Path) -> io::Result<UnixListener> {
    // A link is not followed.
    let is_other = |found: std::fs::Metadata| !found.file_type().is_socket();
    if path.symlink_metadata().is_ok_and(is_other) {
        return Err(io::Error::other("it exists, and is not a socket"));
    }
    // Nobody else makes the folder below /run if systemd does not start the service.
    if let Some(folder) = path.parent()
        && std::fs::create_dir(folder).is_ok()
    {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
    }
    let bound = match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_abandoned(path) => {
            std::fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        bound => bound,
    }?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o666))?;
    Ok(bound)
}

/// Whether nobody listens on the socket.
fn is_abandoned(path: &Path) -> bool {
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    UnixStream::connect(path).is_err_and(refused)
}
