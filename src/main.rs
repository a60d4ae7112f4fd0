//! The `graphmail` program: the library in a process.

use std::io::{self, IsTerminal};
use std::process::ExitCode;
use std::sync::Arc;

use graphmail::auth::store::keyring::{self, Keyring};
use graphmail::http::client::Client;
use graphmail::seams::{Environment, System};
use graphmail::{Host, Terminal};

fn main() -> ExitCode {
    forbid_core_files();
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

/// A core file would hold the tokens and secrets that are in memory, so the kernel writes none for
/// this process. Programs that it starts (`token_command`, `az`) inherit this: they hold the same
/// secrets. If the limit cannot be set, which a seccomp filter can cause, the send is worth more.
#[cfg(unix)]
fn forbid_core_files() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
}

/// Windows writes no core files.
#[cfg(not(unix))]
const fn forbid_core_files() {}
