//! The mail facility of this host's syslog (RFC 3164), for messages of this program.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use jiff::Zoned;

use crate::text::Visible;

/// The socket of the local daemon: syslogd, rsyslogd or journald.
pub const SOCKET: &str = "/dev/log";

/// The facility mail (2) with the severity informational (6): RFC 3164 section 4.1.1.
const PRIORITY: u8 = 2 * 8 + 6;

/// A connection to the daemon.
#[derive(Debug)]
pub struct Syslog(UnixDatagram);

impl Syslog {
    /// Connects to the daemon.
    ///
    /// # Errors
    /// There is no daemon.
    pub fn connect(socket: &Path) -> io::Result<Self> {
        let daemon = UnixDatagram::unbound()?;
        daemon.connect(socket)?;
        // A daemon that hangs delays no mail.
        daemon.set_nonblocking(true)?;
        Ok(Self(daemon))
    }

    /// Writes a line. An error cannot be reported anywhere.
    pub fn line(&self, text: &Visible, now: &Zoned) {
        let (time, id) = (now.strftime("%b %e %H:%M:%S"), std::process::id());
        let line = format!("<{PRIORITY}>{time} graphmail[{id}]: {text}");
        drop(self.0.send(line.as_bytes()));
    }
}
