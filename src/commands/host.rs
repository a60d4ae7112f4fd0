//! The mail service of this host, for the commands that use it.

pub(super) mod running;

use std::cell::LazyCell;
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketFlags, SocketType, sockopt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Context;
use super::error::ServiceError;
use super::report::{Failure, Result};
use crate::config::variable;
use crate::exit::Status;
use crate::smtp::{OwnCommand, Reply};

/// The service's socket, unless the configuration names another.
const SOCKET: &str = "/run/graphmail/submit";

/// How long the service may need for an answer.
const LIMIT: Duration = Duration::from_mins(5);

/// How long it may need to take a connection, and to greet.
const GREETING: Duration = Duration::from_secs(10);

/// How often a client tries to connect to a service that restarts or has too many connections, and the pause
/// between.
const TRIES: usize = 25;
const PAUSE: Duration = Duration::from_millis(200);

/// The longest reply, in bytes.
const MAX_REPLY: u64 = 4096;

/// The service's socket. `None` if the caller chooses an account, a configuration or an outbox, which are not the
/// service's.
pub(super) fn socket(context: &Context<'_>) -> Option<PathBuf> {
    let environment = context.settings.environment();
    let own = [
        variable::ACCOUNT,
        variable::CONFIG,
        variable::ACCESS_TOKEN,
        variable::MAILBOX,
        variable::STATE_DIR,
    ];
    let chooses = own.iter().any(|name| environment.get_os(name).is_some());
    if chooses || context.flags.account.is_some() || context.flags.config.is_some() {
        return None;
    }
    Some(configured_socket(context))
}

/// The command with which root flushes its own outbox: without the option it is about that of the service.
pub(super) fn flush_of_root() -> Option<&'static str> {
    let is_root = rustix::process::geteuid().is_root();
    is_root.then_some("graphmail outbox flush --all-users")
}

/// The service's socket, also for a run that names its own outbox.
pub(super) fn configured_socket(context: &Context<'_>) -> PathBuf {
    let file = context.settings.file().ok();
    let named = file.and_then(|file| file.sendmail.submit.clone());
    named.unwrap_or_else(|| PathBuf::from(SOCKET))
}

/// Whether the error of a connection to this socket says that there is no service on this host.
pub(super) fn is_no_service(path: &Path, error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound && path == Path::new(SOCKET)
}

/// A command that the service carries out for its own outbox. The values are the arguments of the command.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// `mailq`
    Mailq,
    /// `outbox …`
    Outbox(Value),
    /// `doctor`
    Doctor(Value),
    /// `sendmail -bv`, with the recipients. All users may ask.
    Verify(Vec<String>),
    /// `newaliases`. All users may ask.
    Aliases,
}

/// A command, and how its results are printed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) request: Request,
    pub(super) json: bool,
    pub(super) quiet: bool,
    pub(super) verbose: u8,
    /// Whether a terminal shows standard output, and its columns, if known.
    #[serde(default)]
    pub(super) is_shown: bool,
    #[serde(default)]
    pub(super) columns: Option<u16>,
}

/// What came of a command for the service.
pub(super) enum Answer {
    /// There is no service, or it is not meant.
    NoService,
    /// Nobody answers at this socket.
    Unreachable(PathBuf, io::Error),
    /// This user may not use the service's outbox, and why.
    Refused(PathBuf, String),
    /// The service has carried it out, and its output is printed.
    Done(Status),
}

/// Has the service carry the command out, and prints its output.
///
/// # Errors
/// If the connection ends before the answer.
pub(super) fn ask(request: Request, context: &Context<'_>) -> Result<Answer> {
    let Some(path) = socket(context) else {
        return Ok(Answer::NoService);
    };
    let mut connection = match Connection::open(&path, || true, context) {
        Ok(connection) => connection,
        Err(error) if is_no_service(&path, &error) => return Ok(Answer::NoService),
        Err(error) => return Ok(Answer::Unreachable(path, error)),
    };
    let options = context.ui.output_options();
    let call = Call {
        request,
        json: options.json,
        quiet: options.quiet,
        verbose: options.verbose,
        is_shown: context.terminal.stdout,
        columns: context.terminal.columns,
    };
    let call = serde_json::to_string(&call).map_err(io::Error::from)?;
    let reply = exchange(&mut connection, &call)?;
    let Some((status, words)) = status_of(&reply) else {
        let reason = reply.get(10..).unwrap_or(&reply).to_owned();
        return Ok(Answer::Refused(path, reason));
    };
    let mut sizes = words
        .split(' ')
        .map(|size| size.parse().unwrap_or_default());
    let mut next = || connection.bytes(sizes.next().unwrap_or_default());
    let (stdout, stderr) = (next()?, next()?);
    context.ui.raw(&stdout)?;
    for line in String::from_utf8_lossy(&stderr).lines() {
        context.ui.always(line);
    }
    Ok(Answer::Done(Status::of_number(status)))
}

/// The error of a connection that does not come about.
pub(super) fn unreachable(path: &Path, error: &io::Error) -> Failure {
    let words = error.to_string();
    match error.kind() {
        io::ErrorKind::ConnectionRefused if is_reply(error) => ServiceError::Busy(words).into(),
        _ => ServiceError::NoAnswer(path.to_owned(), words).into(),
    }
}

/// Whether the error is a reply of the service, and not the system's.
fn is_reply(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
}

fn exchange(connection: &mut Connection, call: &str) -> io::Result<String> {
    let size = call.len() as u64;
    let output = connection.output();
    output.write_all(OwnCommand::Outbox { size }.line().as_bytes())?;
    output.write_all(call.as_bytes())?;
    connection.reply()
}

/// Connects to the service, within [`GREETING`].
///
/// # Errors
/// Those of connect(2); `TimedOut` if the service does not accept connections in time.
pub(super) fn connect(path: &Path) -> io::Result<UnixStream> {
    let address = SocketAddrUnix::new(path)?;
    let socket = net::socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    // It limits connect(2), too (unix(7), socket(7)).
    sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(GREETING))?;
    match net::connect(&socket, &address) {
        Err(Errno::AGAIN) => Err(late()),
        connected => {
            connected?;
            Ok(UnixStream::from(socket))
        }
    }
}

fn late() -> io::Error {
    let words = format!("no answer within {} s", GREETING.as_secs());
    io::Error::new(io::ErrorKind::TimedOut, words)
}

/// A connection to the service.
pub(super) struct Connection(BufReader<UnixStream>);

impl Connection {
    /// Connects, and reads the greeting. Waits some seconds for a service that has too many connections, and, if
    /// `is_patient` says so, for one that restarts.
    ///
    /// # Errors
    /// There is no service, or it takes no connection now. The kind is that of [`connect`], `TimedOut` without a
    /// greeting, and `ConnectionRefused` for another greeting, which is then the text.
    pub(super) fn open(
        path: &Path,
        is_patient: impl Fn() -> bool,
        context: &Context<'_>,
    ) -> io::Result<Self> {
        let is_patient = LazyCell::new(is_patient);
        let mut tries = 1..TRIES;
        loop {
            match Self::greeted(path) {
                Err(error)
                    if error.kind() == io::ErrorKind::ConnectionRefused
                        && (is_reply(&error) || *is_patient)
                        && tries.next().is_some() => {}
                opened => return opened,
            }
            context.seams.rest(PAUSE);
            if context.seams.interrupted() {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
    }

    fn greeted(path: &Path) -> io::Result<Self> {
        let stream = connect(path)?;
        stream.set_read_timeout(Some(GREETING))?;
        stream.set_write_timeout(Some(LIMIT))?;
        let mut connection = Self(BufReader::new(stream));
        let greeting = connection.reply().map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => late(),
            _ => error,
        })?;
        if !greeting.starts_with("220 ") {
            return Err(io::Error::new(io::ErrorKind::ConnectionRefused, greeting));
        }
        connection.0.get_ref().set_read_timeout(Some(LIMIT))?;
        Ok(connection)
    }

    pub(super) fn output(&mut self) -> &mut impl Write {
        self.0.get_mut()
    }

    /// The next reply, without its line end.
    pub(super) fn reply(&mut self) -> io::Result<String> {
        let mut line = String::new();
        (&mut self.0).take(MAX_REPLY).read_line(&mut line)?;
        match line.ends_with('\n') {
            true => Ok(line.trim_end().to_owned()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// The next `size` bytes.
    pub(super) fn bytes(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.0).take(size).read_to_end(&mut bytes)?;
        match bytes.len() as u64 == size {
            true => Ok(bytes),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// The words before the exit status in a reply.
const STATUS: &str = "exit=";

/// A reply that also says with which status the client exits.
pub(super) fn with_status(reply: &Reply, status: u8) -> Reply {
    reply.with_words(&format!("{STATUS}{status} {}", reply.words()))
}

/// The exit status and the other words of a reply; `None` if it says no status.
pub(super) fn status_of(reply: &str) -> Option<(u8, &str)> {
    let (_, words) = reply.split_once(STATUS)?;
    let (status, words) = words.split_once(' ')?;
    Some((status.parse().ok()?, words))
}
