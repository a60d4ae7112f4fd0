//! `sendmail`: the interface for cron, git, mutt, PHP and other programs.

mod args;
mod local_names;
mod smtp;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use self::args::Mode;
use self::local_names::{aliases, aliases_of, recipients, verify, warn};
use super::send::{self, read};
use super::{Context, outbox, report};
use crate::commands::report::{Advice, Failure, Result, Step};
use crate::config::{self, Flags, FromChoice, variable};
use crate::delivery::Delivered;
use crate::exit::{Class, Status};
use crate::files::Octets;
use crate::message::{
    Envelope, FromPolicy, Recipient, Sending, SendmailError, SendmailInput, SendmailMessage,
};
use crate::outbox::Queue;
use crate::seams::Environment;

/// Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases
///
/// Reads the message from standard input. Without -t, the recipients are only the ADDRESSes on the
/// command line. With -t, they are the addresses in To, Cc and Bcc (or in the newest Resent- fields, if
/// they name recipients) and the ADDRESSes. Prints nothing on success.
///
/// Graph delivers only to To, Cc and Bcc, so graphmail rewrites these fields. Recipients that are not in
/// a field are added to Bcc, which no recipient sees. Addresses that are not recipients are removed from
/// To and Cc, and the original field is kept as X-Original-To or X-Original-Cc. A field that may
/// occur once and is repeated becomes one field. All other fields are unchanged.
#[derive(Debug, ClapArgs)]
#[command(
    after_long_help = DETAILS,
    override_usage = "graphmail [GLOBAL OPTIONS] sendmail [SENDMAIL OPTIONS] [ADDRESS]...",
    args = globals()
)]
pub(super) struct Args {
    /// sendmail's options and the recipients
    #[arg(value_name = "ADDRESS", num_args = 0.., trailing_var_arg = true, allow_hyphen_values = true)]
    _arguments: Vec<OsString>,
}

/// The global options, hidden: after the word `sendmail`, their letters are sendmail's options.
fn globals() -> Vec<clap::Arg> {
    let all = Flags::augment_args(clap::Command::new("sendmail"));
    let hidden = |arg: &clap::Arg| arg.clone().global(false).hide(true);
    all.get_arguments().map(hidden).collect()
}

const DETAILS: &str = "\
sendmail options, which may be clustered and mixed with addresses:
  -t           also send to the recipients in the message's header fields
  -f, -r ADDR  the sender, if the message has no From
  -F NAME      the sender's name, if the message has no From
  -i, -oi      no effect: a line with a single dot ends the message only with -bs
  -N success   request a delivery receipt
  -odq         only queue the message
  -v           print more messages
  -C FILE      read only this configuration; allowed are files below /etc/graphmail and your own
  -bm          read a message (the default)
  -bs          speak SMTP (RFC 5321) on standard input and output
  -bv          print the addresses of the ADDRESSes, and send nothing
  -bi, -I      check the aliases, like newaliases
  -bp          list the queue, like mailq
  -q[TIME]     send the queue, once

Accepted without effect: -Ac -Am -B -D -d -e -G -h -L -m -n -O -o -p -R -U -V -x -X. Refused: -bd, -bD, -bh, -bH, \
-bP and -bt, recipients in a mode that reads no message, and unknown options, which are never read \
as addresses.

Put graphmail's own options before the word sendmail, or use the environment:
  graphmail --account NAME sendmail ADDRESS
  GRAPHMAIL_ACCOUNT=NAME sendmail ADDRESS

Programs often pass on text from strangers, as PHP's mail() does with its fifth parameter. So these options \
cannot choose a file to write, a command or an account, and -C ignores all other files. \
With -v, graphmail reports what it ignores. To read another configuration or to write a log:
  graphmail --config FILE --log-file FILE sendmail ADDRESS
  GRAPHMAIL_CONFIG=FILE GRAPHMAIL_LOG_FILE=FILE sendmail ADDRESS

Names without a domain are looked up, ignoring case, in [aliases] of the configuration and then in \
/etc/aliases (aliases(5)). An alias may be a list and may name other aliases, but not a file or a program. \
The alias 'default' is used for all names of this host without an alias, and 'root@web2' for root on the \
host web2 of this network. root+TAG uses the alias of root. An address of this host, whose names are those of uname, \
/etc/hosts and /etc/mailname and the local_domains of [sendmail], uses the alias of its name if there is one. \
graphmail warns of targets that cannot be used, and sends to the others.

One bad recipient does not stop the others. The message is sent to the good ones, and graphmail exits 67 and names \
the bad ones, such as names without an alias.

From is kept if it is the mailbox's address or in allowed_from of [sendmail], which lists addresses, or @DOMAIN \
for all addresses of a domain. For any other From, from_policy decides. With rewrite (the default), the mailbox's \
address replaces it, and the original From becomes Reply-To, or X-Original-From if there is a Reply-To or the From \
cannot be answered, as a name of this host. With keep, Exchange decides. With refuse, graphmail refuses the message. The same rules apply \
to the sender of -f. graphmail adds From, To, Date and Message-ID if they are missing, and marks mail from a cron \
daemon with Auto-Submitted: auto-generated.

Exit status (sysexits.h): 0 success; 64 wrong command line; 65 wrong message, or no recipient; 67 unknown user; \
69 permanently refused; 73 the outbox cannot be written; 74 input or output error; 75 try again later; 76 the message \
may have been sent; 77 sign in again, or permission denied; 78 wrong configuration. With -bs, the replies report \
errors, and graphmail exits 0.

Limits: a header section of 1 MiB and 50000 fields, 10000 parts, 10000 addresses; 100000 aliases in 16 MiB, nested \
100 deep; 512 KiB of configuration. With -bs, graphmail answers 452 after recipient_limit recipients (see the \
account), and 421 after 100 commands without a message.

Files:
  ~/.config/graphmail/config.toml  the user's configuration, which overrides the host's
  /etc/graphmail/config.toml       the host's configuration, for all users
  /etc/aliases                     the aliases, or aliases_file of [sendmail]

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

    pub(super) fn run(&self, context: &Context<'_>) -> Result<Status> {
        self.report_ignored(context);
        match self.args.mode {
            Mode::Deliver => deliver(&self.args, context),
            Mode::Smtp => smtp::run(&self.args, context),
            Mode::Verify => verify(&self.args, context),
            Mode::Aliases => aliases(context),
            Mode::List => outbox::run(&outbox::Args::LIST, context),
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

fn deliver(args: &args::Args, context: &Context<'_>) -> Result<Status> {
    let (recipients, refused) = recipients(&args.recipients);
    let envelope = Envelope {
        recipients,
        refused,
        fields: args.fields,
        sender: args.sender.as_deref().and_then(sender),
        name: args.name.clone(),
    };
    let octets = read::octets(Path::new("-"), context)?;
    match post_to_known(octets, &envelope, args, context)? {
        Some(refused) => Err(refused),
        None => Ok(Class::Success.into()),
    }
}

/// The account and its mailbox. sendmail has no option for the mailbox.
fn target(context: &Context<'_>) -> Result<send::Target> {
    let target = send::Target::resolve(None, false, context);
    target.map_err(|error| match error.downcast_ref() {
        Some(config::Error::NoMailbox) => match context.settings.account() {
            Ok(account) if account.name != config::ENVIRONMENT_ACCOUNT => error.advised(
                Advice::from(report::mailbox_setting(&account.name))
                    .or(Step::Set(variable::MAILBOX, "its address")),
            ),
            _ => error.advised(report::mailbox_setting(config::ENVIRONMENT_ACCOUNT)),
        },
        _ => error,
    })
}

/// Rewrites a message for Graph, and sends it. The recipients in the envelope are known.
fn post(
    octets: Octets,
    envelope: &Envelope,
    args: &args::Args,
    context: &Context<'_>,
) -> Result<()> {
    post_to_known(octets, envelope, args, context).map(|_| ())
}

/// Rewrites a message for Graph, and sends it to the recipients that are known. Returns the error of the
/// others.
fn post_to_known(
    octets: Octets,
    envelope: &Envelope,
    args: &args::Args,
    context: &Context<'_>,
) -> Result<Option<Failure>> {
    let aliases = aliases_of(context)?;
    let resolve = |name: &str, host: Option<&str>| {
        let (found, faults) = aliases.resolve_each_at(name, host)?;
        warn(&faults, context);
        Ok::<_, SendmailError>(found)
    };
    let input = SendmailInput::new(octets)?;
    let mut message = SendmailMessage::read(&input, envelope, &resolve)
        .map_err(|error| report::of_aliases(error, &aliases))?;
    let refused = message.refused().cloned();
    let refused = refused.map(|error| report::of_aliases(error, &aliases));
    let cron = envelope
        .name
        .as_deref()
        .is_some_and(|name| matches!(name, "CronDaemon" | "Cron Daemon" | "FAnacron" | "Anacron"));
    if cron || message.is_from_cron() {
        message.mark_generated();
    }
    let target = target(context)?;
    let mut sending = sending(&target, context)?;
    sending.hosts = aliases.hosts().map(ToOwned::to_owned).collect();
    if let Some(own) = sending.mailbox.as_ref().filter(|_| args.delivery_receipt) {
        message.ask_for_delivery_receipt(own);
    }
    let eml = message.finish(envelope, &sending)?;
    let options = send::SendOptions {
        // Like sendmail: the message is queued before it is sent.
        queue: send::queue(None, Queue::Always, context)?,
        keep_only: args.keep_only,
        idempotency_key: None,
    };
    let (done, rendered) =
        send::Job::from_message(eml, target, context)?.send(&options, context)?;
    if let Delivered::Kept {
        id,
        error: Some(error),
        ..
    } = done
        && let Some(hint) = rendered.hint(&error, context)
    {
        // The message stays queued until the user fixes the error, so the error is reported.
        let line = format!("graphmail: queued in the outbox as {id}: {error}");
        context.ui.info(report::with_hint(line, Some(&hint)));
    }
    Ok(refused)
}

/// The sending mailbox and its settings, from account and configuration.
fn sending(target: &send::Target, context: &Context<'_>) -> Result<Sending> {
    let settings = context.settings.file()?.sendmail.clone();
    Ok(Sending {
        mailbox: target.address().cloned(),
        allowed: settings.allowed_from,
        hosts: Vec::new(),
        policy: match settings.from_policy {
            None | Some(FromChoice::Rewrite) => FromPolicy::Rewrite,
            Some(FromChoice::Keep) => FromPolicy::Keep,
            Some(FromChoice::Refuse) => FromPolicy::Refuse,
        },
        now: context.seams.now().to_zoned(context.seams.time_zone()),
        uuid: context.seams.uuid(),
    })
}

/// The envelope sender. `None` if it is empty, as in a bounce, or cannot be read. Graph has no envelope,
/// so the sender is only used if From is missing.
fn sender(text: &str) -> Option<Recipient> {
    let list = Recipient::parse_list(text).ok()?;
    <[Recipient; 1]>::try_from(list).ok().map(|[sender]| sender)
}
