//! The `graphmail` program.

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

use graphmail::auth::store::keyring::{self, Keyring};
use graphmail::core_files;
use graphmail::http::client::Client;
use graphmail::seams::{Environment, System};
use graphmail::{Host, Terminal};

fn main() -> ExitCode {
    core_files::forbid();
    let environment = Environment::of_process();
    let host = Host {
        stdin: &mut io::stdin(),
        stdout: &mut io::stdout(),
        stderr: &mut io::stderr(),
        terminal: Terminal {
            stdin: io::stdin().is_terminal(),
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
            columns: columns(),
            is_one_socket: is_one_socket(),
        },
        transport: &Client::new(&environment),
        keyring: &Keyring::new(keyring::UNATTENDED),
        environment,
        seams: Arc::new(System),
    };
    graphmail::run(std::env::args_os(), host).number().into()
}

/// The columns of the terminal on standard output.
#[cfg(unix)]
fn columns() -> Option<u16> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(size.ws_col).filter(|columns| *columns > 0)
}

#[cfg(not(unix))]
fn columns() -> Option<u16> {
    None
}

/// Whether standard output and standard error are one socket.
#[cfg(unix)]
fn is_one_socket() -> bool {
    use rustix::fs::{FileType, fstat};
    let (Ok(output), Ok(errors)) = (fstat(io::stdout()), fstat(io::stderr())) else {
        return false;
    };
    FileType::from_raw_mode(output.st_mode).is_socket()
        && (output.st_dev, output.st_ino) == (errors.st_dev, errors.st_ino)
}

#[cfg(not(unix))]
fn is_one_socket() -> bool {
    false
}
