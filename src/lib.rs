//! graphmail sends mail through Microsoft Graph, for hosts that can no longer use SMTP with a password.
//!
//! Data flows through this crate in one direction:
//!
//! ```text
//! argv, stdin, files
//!    │  commands::send           makes a Mail from flags
//!    │  commands::sendmail       makes a Mail from standard input; writes the envelope into its fields
//!    │  commands::merge          makes a Mail from each row of a data file
//!    ▼
//! message::Mail                  Composed(Message) | Ready(Eml): valid by construction, no attachment read yet
//!    │  compose::plan            pure: chooses the format, from encoded sizes and obstacles
//!    ▼
//! compose::Plan                  one request or a draft with uploads, its size, the permissions it needs
//!    │  compose::render          the only place that makes the bytes of a request
//!    ▼
//! submission::Submission         bytes that are ready for Graph
//!    │  delivery                 begin (write-ahead), attempt, decide (pure), settle
//!    │  └─ graph::submit         over http::exchange and http::client, at most once
//!    ▼
//! delivery::Outcome              accepted, deferred, rejected or unknown
//!    │  commands::deliver        the message was sent, is kept, or is an error
//!    │  commands::report         text, hint, JSON
//!    ▼
//! exit::Class                    one number
//! ```
//!
//! Imports have one direction, too; `tests/layers.rs` checks it:
//!
//! - Leaves ([`seams`], [`exit`], [`secret`], [`text`], `charset`, [`shell`], [`files`], [`snapshot`],
//!   [`core_files`], [`open_files`], [`cloud`], [`message`], [`submission`]) import no other layer, except that
//!   [`message`] and [`sandbox`] decode with `charset`. All may lock a mutex with `mutex`.
//! - [`http`] handles bytes, not mail.
//! - The domains [`compose`], [`auth`], [`graph`], [`outbox`], [`budget`], [`smtp`] and [`sandbox`] do not import
//!   each other, except that [`graph`] gets tokens from [`auth::Tokens`].
//! - [`delivery`] connects graph and the outbox.
//! - [`config`] and [`ui`] are the user interface.
//! - The commands in `commands` may import everything.

pub mod access;
pub mod auth;
pub mod budget;
mod charset;
pub mod cloud;
mod commands;
pub mod compose;
pub mod config;
pub mod core_files;
pub mod delivery;
pub mod exit;
pub mod files;
pub mod graph;
pub mod http;
pub mod interrupt;
pub mod message;
mod mutex;
pub mod open_files;
pub mod outbox;
pub mod sandbox;
pub mod seams;
pub mod secret;
pub mod shell;
pub mod smtp;
pub mod snapshot;
pub mod submission;
#[cfg(unix)]
pub mod syslog;
pub mod text;
pub mod ui;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::sync::Arc;

use auth::store::Store;
use exit::Status;
use http::Transport;
use seams::{Environment, Seams};

/// Everything outside of the process that one run uses.
pub struct Host<'a> {
    /// Standard input.
    pub stdin: &'a mut dyn Read,
    /// Standard output: data.
    pub stdout: &'a mut (dyn Write + Send),
    /// Standard error: messages and progress.
    pub stderr: &'a mut (dyn Write + Send),
    /// Which of them are terminals.
    pub terminal: Terminal,
    /// The environment variables.
    pub environment: Environment,
    /// Clock, sleep, randomness.
    pub seams: Arc<dyn Seams>,
    /// Sends HTTP requests.
    pub transport: &'a (dyn Transport + Sync),
    /// The desktop's keyring; it is not opened before it is needed.
    pub keyring: &'a dyn Store,
}

/// Which of the standard streams are a terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terminal {
    /// Standard input: graphmail may ask questions.
    pub stdin: bool,
    /// Standard output: a person reads it.
    pub stdout: bool,
    /// Standard error: graphmail may show progress.
    pub stderr: bool,
    /// The columns of the terminal on standard output, if known.
    pub columns: Option<u16>,
    /// Standard output and standard error are one socket, as inetd gives it.
    pub is_one_socket: bool,
}

/// Runs one command line; the first argument is the program's name.
pub fn run(arguments: impl IntoIterator<Item = OsString>, host: Host<'_>) -> Status {
    let arguments: Vec<_> = arguments.into_iter().collect();
    commands::run(&arguments, host)
}
