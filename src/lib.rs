//! graphmail sends mail through Microsoft Graph, for hosts that may not use SMTP passwords any more.
//!
//! The data walks one way through this crate:
//!
//! ```text
//! argv, stdin, files
//!    │  commands::send           flags become a Mail
//!    │  commands::sendmail       a pipe becomes a Mail, its envelope written into its fields
//!    ▼
//! message::Mail                  Composed(Message) | Ready(Eml): valid by construction, no attachment read yet
//!    │  compose::plan            pure: the format, from encoded sizes and obstacles
//!    ▼
//! compose::Plan                  one request or a draft with uploads, its size, the permissions it needs
//!    │  compose::render          the only place that makes bytes for the wire
//!    ▼
//! submission::Submission         bytes that are ready for Graph
//!    │  delivery                 begin (written ahead), attempt, decide (pure), settle
//!    │  └─ graph::submit         over http::exchange and http::client, at most once
//!    ▼
//! delivery::Outcome              accepted, deferred, rejected or unknown
//!    │  commands::deliver        the message was sent, is kept, or is an error
//!    │  commands::report         words, hint, JSON
//!    ▼
//! exit::Class                    one number
//! ```
//!
//! Imports point one way too, and `tests/layers.rs` holds them to it: leaves ([`seams`], [`exit`],
//! [`secret`], [`text`], [`shell`], [`files`], [`snapshot`], [`core_files`], [`cloud`], [`message`], [`submission`]) know nothing of ours; [`http`] knows bytes,
//! not mail; the domains [`compose`], [`auth`], [`graph`], [`outbox`], [`budget`] and [`sandbox`] do
//! not know each other, save that [`graph`] may ask [`auth::Tokens`] for a token; [`delivery`] is
//! where graph meets the outbox; [`config`] and [`ui`] are the user's side; the verbs in `commands`
//! know all.

pub mod access;
pub mod auth;
pub mod budget;
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
pub mod outbox;
pub mod sandbox;
pub mod seams;
pub mod secret;
pub mod shell;
pub mod snapshot;
pub mod submission;
pub mod text;
pub mod ui;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::sync::Arc;

use auth::store::Store;
use exit::Status;
use http::Transport;
use seams::{Environment, Seams};

/// The world as one run sees it.
pub struct Host<'a> {
    /// Standard input.
    pub stdin: &'a mut dyn Read,
    /// Standard output: data.
    pub stdout: &'a mut dyn Write,
    /// Standard error: talk.
    pub stderr: &'a mut dyn Write,
    /// Which of them a person sits at.
    pub terminal: Terminal,
    /// The environment variables.
    pub environment: Environment,
    /// Clock, waits, randomness.
    pub seams: Arc<dyn Seams>,
    /// Carries requests.
    pub transport: &'a dyn Transport,
    /// The desktop's keyring; nothing is asked of it before it is needed.
    pub keyring: &'a dyn Store,
}

/// Which of the standard streams are a terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terminal {
    /// A person may be asked.
    pub stdin: bool,
    /// A person watches.
    pub stderr: bool,
}

/// Runs one command line, the program's name first, to its end.
pub fn run(arguments: impl IntoIterator<Item = OsString>, host: Host<'_>) -> Status {
    let arguments: Vec<_> = arguments.into_iter().collect();
    commands::run(&arguments, host)
}
