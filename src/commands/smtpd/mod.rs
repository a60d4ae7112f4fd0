//! `smtpd`: the host's mail service. It takes messages by SMTP, keeps them in its outbox, and sends them.

mod connection;
mod intake;
mod listeners;
mod log;
mod peer;
mod run;
mod server;
mod service;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::Context;
use super::report::Result;
use crate::exit::{Class, Status};

/// Runs the host's mail service: takes messages by SMTP, queues them and sends them
///
/// It listens on the sockets that systemd passes, on each --listen and on --socket. A message is accepted as
/// soon as it is in the outbox on the disk. The service sends it, tries again, and reports failures as
/// 'graphmail outbox flush' does.
///
/// SIGTERM ends it, SIGHUP reads the configuration again.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = DETAILS)]
pub(super) struct Args {
    /// Listen on this address and port; repeatable
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Vec<SocketAddr>,
    /// Listen on this Unix socket, which all users of the host may use
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
}

const DETAILS: &str = "\
An address that is not loopback needs 'allow' or [smtpd.users] in the configuration.

Limits: 100 connections in all, 10 of one client on the network; 5 minutes without a command; 100 commands without a \
message.

The log is on standard error, and with 'syslog = true' under [log] also in syslog's mail facility: a line for each \
message that is accepted or refused, and for each attempt to send one.

Exit status: 0 after SIGTERM; 64 nothing to listen on; 73 the outbox cannot be used; 74 an address cannot be used; \
78 wrong configuration.

Examples:
  graphmail smtpd --listen 127.0.0.1:2525
  graphmail smtpd --socket /run/graphmail/submit";

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    let listeners = listeners::open(args, context)?;
    run::run(listeners, context)?;
    Ok(Class::Success.into())
}
