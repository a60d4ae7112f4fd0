//! Lines for this host's syslog.
#![cfg(unix)]

use std::os::unix::net::UnixDatagram;

use graphmail::syslog::Syslog;
use graphmail::text::Visible;

#[test]
fn a_line_of_the_mail_facility() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("log");
    assert!(Syslog::connect(&socket).is_err());
    let daemon = UnixDatagram::bind(&socket).unwrap();
    let syslog = Syslog::connect(&socket).unwrap();
    let now = "2026-11-05T07:08:09+00:00[UTC]".parse().unwrap();
    syslog.line(&Visible::line("sent=1\nforged"), &now);
    let mut received = [0; 200];
    let length = daemon.recv(&mut received).unwrap();
    let id = std::process::id();
    assert_eq!(
        std::str::from_utf8(&received[..length]).unwrap(),
        format!("<22>Nov  5 07:08:09 graphmail[{id}]: sent=1 forged")
    );
}
