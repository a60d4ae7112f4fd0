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

use self::tls::Tls;
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
    /// Print the hash of a password for [smtpd.users], and end: the first line of standard input
    #[arg(long, conflicts_with_all = ["listen", "socket"])]
    hash_password: bool,
}

const DETAILS: &str = "\
Devices on the network: an address that is not loopback needs 'allow' or [smtpd.users] in the configuration. A \
client on the network sends if its address is in 'allow', or after it has logged in with AUTH PLAIN or LOGIN. Clients \
on this host need not log in.

  [smtpd]
  allow = [\"192.168.1.0/24\", \"10.0.0.7\"]  # they need no password
  certificate = \"/etc/graphmail/tls.pem\"
  key = \"/etc/graphmail/tls.key\"
  per_minute = 30                     # messages of one client
  connections = 100                   # of all clients

  [smtpd.users.scanner]
  password = \"$argon2id$...\"          # from --hash-password
  from = [\"scanner@contoso.com\", \"@devices.contoso.com\"]
  per_minute = 10                     # messages of this user

On the network, AUTH needs TLS: STARTTLS, or TLS from the beginning on port 465. The certificate and the key are PEM \
files. They are read again when they change. Other users must not be able to read the key.

The reply to a wrong password is delayed by up to 30 seconds, and the log names the client and the user. The third \
wrong password ends the connection. A user with 'from' may use only these senders, in MAIL and in the From field. If a \
client or a user sends too many messages, the reply to MAIL is 450.

Limits: 100 connections in all, 10 of one client on the network; 5 minutes without a command; 100 commands without a \
message.

The log is on standard error, and with 'syslog = true' under [log] also in syslog's mail facility: a line for each \
message that is accepted or refused, and for each attempt to send one.

Exit status: 0 after SIGTERM; 64 nothing to listen on, or an unusable password; 73 the outbox cannot be used; 74 an address cannot be used; \
78 wrong configuration.

Debian: the package graphmail-mta enables graphmail.socket, which listens on /run/graphmail/submit, and \
graphmail.service, which runs as the user graphmail with its outbox in /var/spool/graphmail. Give it an account, \
with a client secret that only root can read:
  sudo graphmail --config /etc/graphmail/config.toml login -A reports \\
    --client-id ID --tenant contoso.com --mailbox reports@contoso.com \\
    --token-store none --client-secret-file /etc/graphmail/reports.secret
  sudo chmod 644 /etc/graphmail/config.toml
  sudo systemctl edit graphmail.service
    [Service]
    LoadCredential=graphmail.reports.client-secret:/etc/graphmail/reports.secret
  sudo systemctl restart graphmail.service

Or with a certificate, after 'chown root:graphmail' and 'chmod 640' of its file. Or with a user's sign-in:
  sudo -u graphmail -H GRAPHMAIL_STATE_DIR=/var/spool/graphmail \\
    graphmail login --client-id ID --tenant contoso.com --token-store file

Port 25 of this host is one more line of graphmail.socket: ListenStream=127.0.0.1:25, below [Socket].

Messages that were queued before graphmail-mta was installed stay in the outboxes of their users. The timers of \
the package graphmail send those of root and of users who are logged in. For another user: \
systemctl enable --now graphmail-outbox@USER.timer.

A mail server that is the queue of several hosts can send through graphmail. Its configuration, here \
/etc/graphmail/relay.toml, has an account that the user graphmail can use, and queue = \"never\" in [outbox], so \
that only the mail server retries. It retries after exit status 75 and returns the message after all others. After \
76, the message may have been sent, and is not sent twice. The processes share the budget of the mailbox in a folder:
  sudo install -d -m 700 -o graphmail /var/lib/graphmail/$(id -u graphmail)

Postfix, main.cf:
  default_transport = graphmail
  graphmail_destination_recipient_limit = 500
  message_size_limit = 36700160

Postfix, master.cf:
  graphmail unix - n n - 4 pipe
    flags=q user=graphmail null_sender=<>
    argv=/usr/bin/graphmail --config /etc/graphmail/relay.toml
    --max-wait 1s sendmail -i -f ${sender} -- ${recipient}

Exim, a router after those of local domains, and a transport (Exim permits no sender in its command):
  graphmail:
    driver = accept
    transport = graphmail
  graphmail:
    driver = pipe
    command = /usr/bin/graphmail --config /etc/graphmail/relay.toml \\
      --max-wait 1s sendmail -i -- $pipe_addresses
    user = graphmail
    batch_max = 500
    temp_errors = 75
    return_fail_output
    message_prefix =
    message_suffix =

Any mail server can also relay to this service by SMTP. The service then retries and reports failures. Postfix:
  relayhost = [127.0.0.1]:2525

OpenSMTPD:
  action \"graphmail\" relay host smtp://127.0.0.1:2525
  match from local for any action \"graphmail\"

A container runs one process, with the outbox on a volume, and the credential in a file or in AZURE_CLIENT_SECRET. \
The configuration says who may send: allow = [\"172.16.0.0/12\"] in [smtpd].
  docker run --volume mail:/var/spool/graphmail \\
    --env GRAPHMAIL_STATE_DIR=/var/spool/graphmail \\
    --env AZURE_TENANT_ID=contoso.com --env AZURE_CLIENT_ID=ID \\
    --env GRAPHMAIL_MAILBOX=reports@contoso.com \\
    --env GRAPHMAIL_CLIENT_SECRET_FILE=/run/secrets/mail \\
    --volume ./mail.secret:/run/secrets/mail:ro \\
    --volume ./config.toml:/etc/graphmail/config.toml:ro \\
    --health-cmd 'graphmail doctor --json || [ $? = 1 ]' \\
    --health-interval 5m --stop-timeout 15 \\
    IMAGE graphmail smtpd --listen 0.0.0.0:2525

'doctor' exits 1 if it has only warnings.

Examples:
  graphmail smtpd --listen 127.0.0.1:2525
  graphmail smtpd --socket /run/graphmail/submit
  systemd-ask-password | graphmail smtpd --hash-password";

pub(super) fn run(args: &Args, context: &Context<'_>) -> Result<Status> {
    if args.hash_password {
        users::print_hash(context)?;
        return Ok(Class::Success.into());
    }
    let tls = Tls::load(&context.settings.file()?.smtpd)?;
    let listeners = listeners::open(args, context)?;
    run::run(listeners, tls, context)?;
    Ok(Class::Success.into())
}
