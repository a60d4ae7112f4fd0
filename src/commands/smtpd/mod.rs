//! `smtpd`: the host's mail service. It takes messages by SMTP, keeps them in its outbox, and sends them.

mod access;
mod client;
mod connection;
mod intake;
mod listeners;
mod log;
mod peer;
mod rate;
mod requests;
mod run;
mod server;
mod service;
mod spool;
mod tls;
mod users;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use self::tls::Tls;
use super::Context;
use super::report::{Result, WithContext as _};
use crate::exit::{Class, Status};
use crate::interrupt;

/// Runs the host's mail service: takes messages by SMTP, queues them and sends them
///
/// It listens on the sockets that systemd passes, on each --listen and on --socket. A message is accepted as
/// soon as it is in the outbox on the disk. The service sends it, tries again, and reports failures as
/// 'graphmail outbox flush' does.
///
/// SIGTERM ends it. SIGHUP (`systemctl reload graphmail`) makes it read the configuration again.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = DETAILS)]
pub(super) struct Args {
    /// Listen on this address and port; repeatable
    #[arg(long, value_name = "ADDR:PORT", value_parser = address)]
    listen: Vec<SocketAddr>,
    /// Listen on this Unix socket, which all users of the host may use
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Print the hash of a password for [smtpd.users], and end: the first line of standard input
    #[arg(long, conflicts_with_all = ["listen", "socket"])]
    hash_password: bool,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let parsed = text.parse();
    parsed.map_err(|_| "give an IP address and a port, such as 127.0.0.1:2525 or [::1]:2525")
}

const DETAILS: &str = "\
The log is on standard error, and with 'syslog = true' under [log] also in syslog's mail facility: a line for each \
message that is accepted or refused, and for each attempt to send one.

Devices on the network, passwords, TLS, other mail servers and containers: see \
'graphmail man graphmail-sendmail.7'. The keys of [smtpd]: see 'graphmail man graphmail.toml'.

Exit status: 0 after SIGTERM; 64 nothing to listen on, or an unusable password; 73 the outbox cannot be used; 74 an \
address cannot be used; 78 wrong configuration.

Examples:
  graphmail smtpd --listen 127.0.0.1:2525
  graphmail smtpd --socket /run/graphmail/submit
  systemd-ask-password | graphmail smtpd --hash-password";

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    if args.hash_password {
        users::print_hash(context)?;
        return Ok(Class::Success.into());
    }
    if context.settings.account_name().is_some() {
        context.settings.account()?;
    }
    let tls = Tls::load(&context.settings.file()?.smtpd)?;
    // Who reads that the service listens may end it at once.
    let stop = interrupt::service_flag().context("listening for signals")?;
    let listeners = listeners::open(args, context)?;
    run::run((listeners, stop), tls, context)?;
    if context.settings.json {
        context.ui.json(&json!({"ok": true}))?;
    }
    Ok(Class::Success.into())
}
