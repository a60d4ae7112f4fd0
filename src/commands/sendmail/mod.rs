//! `sendmail`: the interface for cron, git, mutt, PHP and other programs.

mod args;
#[cfg(unix)]
pub(super) mod handover;
pub(super) mod local_names;
pub(super) mod post;
pub(super) mod refused;
#[cfg(unix)]
mod relayed;
mod smtp;
#[cfg(unix)]
pub(super) mod submit;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use self::args::Mode;
use self::local_names::{aliases, verify};
use self::refused::NOT_KEPT;
#[cfg(unix)]
use self::submit::Submitted;
use super::send::read;
use super::{Context, outbox};
#[cfg(unix)]
use super::{host, session};
use crate::commands::error::{InputError, STDIN};
use crate::commands::report::{Failure, Result, WithContext as _};
use crate::config::{self, Flags};
use crate::exit::{Class, Status};
use crate::message::SendmailError;
use crate::seams::Environment;
use crate::ui::Ui;

/// Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases
///
/// Reads the message from standard input. Without -t, the recipients are only the ADDRESSes on the
/// command line. With -t, they are the addresses in To, Cc and Bcc (or in the newest Resent- fields, if
/// they name recipients) and the ADDRESSes. Prints nothing on success.
///
/// Graph delivers only to To, Cc and Bcc, so graphmail rewrites these fields. Recipients that are not in
/// a field are added to Bcc, which no recipient sees. Addresses that are not recipients are removed from
/// To and Cc, and the original field is kept as X-Original-To or X-Original-Cc. A field that may
/// occur once and is repeated becomes one field. Unless the message is signed or encrypted, undeclared
/// charsets are declared, and text with a bare CR, a NUL or lines of more than 998 octets is encoded. All
/// other bytes are unchanged.
#[derive(Debug, ClapArgs)]
#[command(
    after_long_help = DETAILS,
    override_usage = "graphmail [GLOBAL OPTIONS] sendmail [SENDMAIL OPTIONS] [ADDRESS]...",
    mut_args = hidden
)]
pub(super) struct Args {
    /// sendmail's options and the recipients
    #[arg(value_name = "ADDRESS", num_args = 0.., trailing_var_arg = true, allow_hyphen_values = true)]
    _arguments: Vec<OsString>,
}

/// Hides the global options, which clap has added: after the word `sendmail`, their letters are sendmail's options.
fn hidden(arg: clap::Arg) -> clap::Arg {
    match arg.is_global_set() {
        true => arg.hide(true),
        false => arg,
    }
}

const DETAILS: &str = "\
sendmail options, which may be clustered and mixed with addresses:
  -t           also send to the recipients in the message's header fields
  -f, -r ADDR  the sender, if the message has no From
  -F NAME      the sender's name, if the message has no From
  -i, -oi      no effect: a line with a single dot ends the message only with -bs
  -N success   request a delivery receipt
  -odq         only queue the message
  -G           the caller is a mail server, and keeps what is not sent
  -v           print more messages
  -C FILE      read only this configuration; allowed are files below /etc/graphmail and your own
  -Ac, -Am     do not hand the message to the host's mail service
  -bm          read a message (the default)
  -bs          speak SMTP (RFC 5321) on standard input and output
  -bv          print the addresses of the ADDRESSes, and send nothing
  -bi, -I      check the aliases, like newaliases
  -bp          list the queue, like mailq
  -q[TIME]     send the queue, once

Accepted without effect: -B -D -d -e -h -L -m -n -O -o -p -R -U -V -x -X. Refused: -bd, -bD, -bh, -bH, \
-bP and -bt, recipients in a mode that reads no message, and unknown options, which are never read \
as addresses.

Put graphmail's own options before the word sendmail, or use the environment:
  graphmail --account NAME sendmail ADDRESS
  GRAPHMAIL_ACCOUNT=NAME sendmail ADDRESS

Programs often pass on text from strangers, as PHP's mail() does with its fifth parameter. So these options \
cannot choose a file to write, a command or an account, and -C ignores all other files. \
With -v, graphmail reports what it ignores.

If 'graphmail smtpd' runs on this host, sendmail hands the message to it. A message that is refused is kept in the \
outbox as failed: 'graphmail outbox list' shows it. Aliases, senders, the queue and the service: see \
'graphmail man graphmail-sendmail.7'.

Exit status (sysexits.h): 0 success; 64 wrong command line; 65 wrong message, or no recipient; 67 unknown user; \
69 permanently refused; 73 the outbox cannot be written; 74 input or output error; 75 try again later; 76 the message \
may have been sent; 77 sign in again, or permission denied; 78 wrong configuration. With -G, 73, 74, 77 and 78 are 75. \
With -bs, the replies report errors, and graphmail exits 0.

Examples:
  printf 'Subject: done\\n\\nAll is well.\\n' | sendmail ops@example.com
  git config sendemail.sendmailCmd 'graphmail sendmail'
  echo \"set sendmail='graphmail sendmail -oi'\" >>~/.muttrc";

/// The names under which graphmail acts as sendmail, and their modes.
const NAMES: [(&str, Mode); 3] = [
    ("sendmail", Mode::Deliver),
    ("mailq", Mode::List),
    ("newaliases", Mode::Aliases),
];

/// The names under which graphmail acts as sendmail.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().map(|(name, _)| name)
}

/// A call of `sendmail`.
pub(super) struct Call {
    args: args::Args,
    /// The file of `-C`, if it is permitted.
    config: Option<PathBuf>,
}

/// The mode for the name under which the program was started, and the other arguments.
fn named(arguments: &[OsString]) -> Option<(Mode, &[OsString])> {
    let (program, rest) = arguments.split_first()?;
    let name = Path::new(program).file_stem()?;
    let (_, mode) = NAMES.iter().find(|(known, _)| name == *known)?;
    Some((*mode, rest))
}

/// The command line of graphmail for `sendmail --help` and `sendmail --version`. With other arguments,
/// there may be a message, which must not be lost.
pub(super) fn help_or_version(arguments: &[OsString]) -> Option<Vec<OsString>> {
    let (_, [word]) = named(arguments)? else {
        return None;
    };
    if word != "--help" && word != "--version" {
        return None;
    }
    let verb = (word == "--help").then(|| "sendmail".into());
    let words = std::iter::once("graphmail".into()).chain(verb);
    Some(words.chain([word.clone()]).collect())
}

impl Call {
    /// The call, if the program was started under one of sendmail's names.
    pub(super) fn by_name(
        arguments: &[OsString],
    ) -> Option<Result<Self, super::error::UsageError>> {
        let (mode, rest) = named(arguments)?;
        Some(args::parse(rest, mode).map(Self::from))
    }

    /// The call from the arguments after the word `sendmail`.
    pub(super) fn from_arguments(arguments: &[OsString]) -> Result<Self, super::error::UsageError> {
        args::parse(arguments, Mode::Deliver).map(Self::from)
    }

    /// The global options, overridden by sendmail's options.
    pub(super) fn apply_to(&mut self, flags: Flags, environment: &Environment) -> Flags {
        let asked = self.args.config.as_deref();
        self.config = asked
            .and_then(|path| config::permitted_config(path, flags.config.as_deref(), environment));
        Flags {
            config: self.config.clone().or(flags.config),
            verbose: flags.verbose.max(u8::from(self.args.verbose)),
            ..flags
        }
    }

    /// Keeps the message, if there is one, when the command cannot begin for this reason.
    pub(super) fn keep(&self, error: Failure, context: &Context<'_>) -> Failure {
        if self.args.mode != Mode::Deliver {
            return error;
        }
        if self.args.relayed {
            return error.deferred();
        }
        match read::octets_to_keep(context) {
            Ok(octets) => refused::keep(error, &octets, self.args.command_line(), context),
            Err(why) => error.context(format!("{NOT_KEPT} ({why})")),
        }
    }

    /// Whether the caller speaks SMTP.
    pub(super) const fn is_smtp(&self) -> bool {
        matches!(self.args.mode, Mode::Smtp)
    }

    pub(super) fn run(&self, context: &Context<'_>) -> Result<Status> {
        self.report_ignored(context);
        match self.args.mode {
            Mode::Deliver if self.args.relayed => {
                deliver(&self.args, context).map_err(Failure::deferred)
            }
            Mode::Deliver => deliver(&self.args, context),
            Mode::Smtp => speak(&self.args, context),
            Mode::Verify => check_names(&self.args, context),
            Mode::Aliases => check_aliases(&self.args, context),
            Mode::List => outbox::mailq(context),
            Mode::Flush => outbox::run(&outbox::Args::FLUSH, context),
        }
    }
}

impl Call {
    /// With `-v`, reports ignored options and what to use instead.
    fn report_ignored(&self, context: &Context<'_>) {
        if let (Some(path), None) = (&self.args.config, &self.config) {
            context.ui.detail(&format!(
                "graphmail: -C {} is ignored, since it is neither below /etc/graphmail nor your own configuration; \
                 set GRAPHMAIL_CONFIG",
                path.display()
            ));
        }
        if self.args.log_file {
            let line = "graphmail: -X is ignored; set GRAPHMAIL_LOG_FILE";
            context.ui.detail(line);
        }
    }
}

impl From<args::Args> for Call {
    fn from(args: args::Args) -> Self {
        Self { args, config: None }
    }
}

/// `-bv`
fn check_names(args: &args::Args, context: &Context<'_>) -> Result<Status> {
    #[cfg(unix)]
    {
        let request = host::Request::Verify(args.recipients.clone());
        if let Some(status) = of_service(request, args, context)? {
            return Ok(status);
        }
    }
    verify(&args.recipients, context)
}

/// Why mail of this host to its user `name` does not arrive, if this program is its sendmail.
pub(super) fn fault_of_user(name: &str, context: &Context<'_>) -> Option<Failure> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let ui = Ui::new(&mut stdout, &mut stderr, context.ui.output_options());
    let args = args::Args {
        recipients: vec![name.to_owned()],
        ..args::Args::default()
    };
    match check_names(&args, &context.shared().context_for(&ui)) {
        Ok(status) if status == Status::from(Class::Success) => None,
        Ok(_) => Some(SendmailError::Unknown(name.to_owned()).into()),
        Err(error) => Some(error),
    }
}

/// `-bi`
fn check_aliases(args: &args::Args, context: &Context<'_>) -> Result<Status> {
    #[cfg(unix)]
    if let Some(status) = of_service(host::Request::Aliases, args, context)? {
        return Ok(status);
    }
    #[cfg(not(unix))]
    let _ = args;
    aliases(context)
}

/// What the mail service of this host says of the aliases: if there is one, its own apply.
#[cfg(unix)]
fn of_service(
    request: host::Request,
    args: &args::Args,
    context: &Context<'_>,
) -> Result<Option<Status>> {
    if args.direct {
        return Ok(None);
    }
    Ok(match host::ask(request, context)? {
        host::Answer::Done(status) => Some(status),
        _ => None,
    })
}

/// `-bs`: SMTP with the mail service of this host, or with this process.
fn speak(args: &args::Args, context: &Context<'_>) -> Result<Status> {
    #[cfg(unix)]
    if !args.direct
        && let Some(socket) = host::socket(context)
        && let Ok(service) = host::connect(&socket)
    {
        relayed::relay(&service, context.ui)?;
        return Ok(Class::Success.into());
    }
    smtp::run(args, context)
}

fn deliver(args: &args::Args, context: &Context<'_>) -> Result<Status> {
    // The message is read first: whatever is wrong, it is kept. A part of a message is not.
    let octets = read::octets_to_keep(context).context(NOT_KEPT)?;
    let line = args.command_line();
    let keep = |error: Failure, line| match args.relayed {
        true => error,
        false => refused::keep(error, &octets, line, context),
    };
    if octets.len() as u64 > read::MAX_MESSAGE {
        let error = InputError::TooLong(STDIN.to_owned()).into();
        return Err(keep(error, line));
    }
    #[cfg(unix)]
    if !args.direct
        && let Some(socket) = host::socket(context)
    {
        // Another message has waited for the service in vain, so this one need not.
        let is_patient = || !handover::waits(context);
        match submit::submit(&socket, &octets, &line, (is_patient, context))? {
            Submitted::Done => {
                handover::others(&socket, context);
                return Ok(Class::Success.into());
            }
            Submitted::NotNow(why) if args.relayed => return Err(why.into()),
            Submitted::NotNow(why) if !session::has_token(context) => {
                return handover::keep(why, &octets, line, context);
            }
            Submitted::NotNow(_) | Submitted::NoService => {}
        }
    }
    match post::send(octets.clone(), &line, args.keep_only, context) {
        Ok(None) => Ok(Class::Success.into()),
        Ok(Some(refused)) if args.relayed => Err(refused.into()),
        Ok(Some(refused)) => Err(refused.keep(&octets, line, context)),
        Err(error) => Err(keep(error, line)),
    }
}
