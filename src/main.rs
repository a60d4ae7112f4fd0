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
            stderr: io::stderr().is_terminal(),
        },
        transport: &Client::new(&environment),
        keyring: &Keyring::new(keyring::UNATTENDED),
        environment,
        seams: Arc::new(System),
    };
    graphmail::run(std::env::args_os(), host).number().into()
}
