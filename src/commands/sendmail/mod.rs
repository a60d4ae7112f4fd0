//! `sendmail`: what cron, git, mutt, PHP and all the others call.

mod args;
mod smtp;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use self::args::Mode;
use super::send::{self, read};
use super::{Context, outbox, report};
use crate::commands::report::{Result, WithContext as _};
use crate::config::{self, Aliases, Flags, FromChoice};
use crate::delivery::Delivered;
use crate::exit::{Class, Status};
use crate::message::limits;
use crate::message::{
    Envelope, FromPolicy, Mailbox, Recipient, Sending, SendmailError, SendmailMessage,
};
use crate::outbox::Queue;
use crate::seams::Environment;
use crate::text::Visible;

/// Sends a message as /usr/sbin/sendmail does; also under the names sendmail, mailq and newaliases
///
/// Standard input is the message. Without -t it goes to the ADDRESSes of the command line and to nobody
/// else, whatever its fields say; with -t to those of To, Cc and Bcc (or of the newest Resent- fields) and to
/// the ADDRESSes. It says nothing on success.
///
/// Graph delivers to To, Cc and Bcc alone, so the message is made to say who gets it: whom no field names
/// becomes Bcc, which nobody sees; who is in To or Cc without getting it is taken out there, and the field
/// as it was is kept as X-Original-To or X-Original-Cc. The rest stays as it is, byte for byte.
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

/// The options of every command, out of sight: behind this word their letters are sendmail's.
fn globals() -> Vec<clap::Arg> {
    let all = Flags::augment_args(clap::Command::new("sendmail"));
    let hidden = |arg: &clap::Arg| arg.clone().global(false).hide(true);
    all.get_arguments().map(hidden).collect()
}

const DETAILS: &str = "\
Options of sendmail's, in clusters and between the addresses as programs write them:
  -t           recipients are those of the message's own fields too
  -f, -r ADDR  the sender, where the message has no From
  -F NAME      the sender's name, where the message has no From
  -i, -oi      nothing: a lone dot ends the message with -bs alone
  -N success   asks for a receipt of delivery
  -odq         only keep the message
  -v           say more
  -C FILE      read this configuration, alone, if it is below /etc/graphmail or the caller's own
  -bm          take a message: the default
  -bs          speak SMTP (RFC 5321) on standard input and output
  -bv          say whom the ADDRESSes mean, and send nothing
  -bi, -I      check the aliases, as newaliases does
  -bp          list what waits, as mailq does
  -q[TIME]     try what waits, once

Accepted, and of no effect: -Ac -Am -B -D -d -e -G -h -L -m -n -O -o -p -R -U -V -x -X. Refused: -bd, -bD, -bh, -bH, \
-bP and -bt, recipients beside a mode that takes no message, and what sendmail does not know: it is never taken \
for an address.

The options of every graphmail command stand before the word sendmail, or in the environment:
  graphmail --account NAME sendmail ADDRESS
  GRAPHMAIL_ACCOUNT=NAME sendmail ADDRESS

Programs often pass on what strangers wrote, as PHP's mail() does with its fifth parameter. So these options \
name no file that is written, no command and no account, and -C ignores every file but those above. \
With -v, graphmail says what it ignores. To read another configuration or to write a log:
  graphmail --config FILE --log-file FILE sendmail ADDRESS
  GRAPHMAIL_CONFIG=FILE GRAPHMAIL_LOG_FILE=FILE sendmail ADDRESS

Names without a domain are looked up, regardless of case, in [aliases] of the configuration and then in \
/etc/aliases (aliases(5)); an alias may be a list and lead to others, but not to a file or a program. \
The name 'default' stands for all of this host that have no alias of their own, and 'root@web2' for root on the \
host web2 of this network. Who has none is refused with 67.

From stays if it is the mailbox's own address or in allowed_from of [sendmail]: addresses, or @DOMAIN for all \
of a domain. What becomes of another is up to from_policy: rewrite (the default: the mailbox's address takes \
its place, the writer's becomes Reply-To, or X-Original-From where that is taken or no address), keep \
(Exchange decides) or refuse. So it is with a sender of -f. From, To, Date and Message-ID are added where they are missing; mail of a cron \
daemon's is marked with Auto-Submitted: auto-generated.

Exit status, as sysexits.h has it: 0 done; 64 the command line; 65 the message, or nobody to send it to; \
67 no such user; 69 refused for good; 73 the outbox cannot be written; 74 input or output; 75 try again later; 76 it may have been sent; \
77 sign in again, or not allowed; 78 configuration. With -bs the replies tell, and it ends with 0.

Limits: 1 MiB and 50000 fields of a header section, 10000 parts, 10000 addresses; 100000 aliases in 16 MiB, 100 behind each other; 512 KiB of configuration. -bs answers 452 to more recipients than recipient_limit of the account, and 421 after 100 commands without a message.

Files:
  ~/.config/graphmail/config.toml  a user's own, laid over the host's
  /etc/graphmail/config.toml       that of all users, root's cron too
  /etc/aliases                     or aliases_file of [sendmail]

Examples:
  printf 'Subject: done\\n\\nAll is well.\\n' | sendmail ops@example.com
  git config sendemail.sendmailCmd 'graphmail sendmail'
  echo \"set sendmail='graphmail sendmail -oi'\" >>~/.muttrc";

/// The names under which this program is sendmail, and what it then does.
const NAMES: [(&str, Mode); 3] = [
    ("sendmail", Mode::Deliver),
    ("mailq", Mode::List),
    ("newaliases", Mode::Aliases),
];

/// What a command line of sendmail's asks for.
pub(super) struct Call {
    args: args::Args,
    /// The file of `-C`, if it may choose that one.
    config: Option<PathBuf>,
}

/// What the program is under the name that it was started by, and the words behind it.
fn named(arguments: &[OsString]) -> Option<(Mode, &[OsString])> {
    let (program, rest) = arguments.split_first()?;
    let name = Path::new(program).file_stem()?;
    let (_, mode) = NAMES.iter().find(|(known, _)| name == *known)?;
    Some((*mode, rest))
}

/// What the program is asked about under one of sendmail's names, as a command line of its own. Beside
/// other words there is a message, which an answer would lose.
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
    /// The call that `arguments` are, if the program was started under one of sendmail's names.
    pub(super) fn by_name(
        arguments: &[OsString],
    ) -> Option<Result<Self, super::error::UsageError>> {
        let (mode, rest) = named(arguments)?;
        Some(args::parse(rest, mode).map(Self::from))
    }

    /// The call behind the word `sendmail`.
    pub(super) fn from_arguments(arguments: &[OsString]) -> Result<Self, super::error::UsageError> {
        args::parse(arguments, Mode::Deliver).map(Self::from)
    }

    /// Lays what sendmail's options may say of a run over the global options.
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
    /// Says with `-v` which options have no effect, and what has.
    fn report_ignored(&self, context: &Context<'_>) {
        if let (Some(path), None) = (&self.args.config, &self.config) {
            context.ui.detail(&format!(
                "graphmail: -C {} is ignored: it is neither below /etc/graphmail nor your own configuration; \
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
    let envelope = Envelope {
        recipients: recipients(&args.recipients)?,
        fields: args.fields,
        sender: args.sender.as_deref().and_then(sender),
        name: args.name.clone(),
    };
    let bytes = read::contents(Path::new("-"), context)?;
    post(&bytes, &envelope, args, context)?;
    Ok(Class::Success.into())
}

/// Makes what a program piped in ready, and hands it over.
fn post(bytes: &[u8], envelope: &Envelope, args: &args::Args, context: &Context<'_>) -> Result<()> {
    let aliases = aliases_of(context)?;
    let resolve = |name: &str, host: Option<&str>| aliases.resolve_at(name, host);
    let mut message = SendmailMessage::read(bytes, envelope, &resolve)
        .map_err(|error| report::of_aliases(error, &aliases))?;
    let cron = envelope
        .name
        .as_deref()
        .is_some_and(|name| matches!(name, "CronDaemon" | "Cron Daemon" | "FAnacron" | "Anacron"));
    if cron || message.is_from_cron() {
        message.mark_generated();
    }
    let target = send::Target::resolve(None, false, context)?;
    let sending = sending(&target, context)?;
    if let Some(own) = sending.mailbox.as_ref().filter(|_| args.delivery_receipt) {
        message.ask_for_delivery_receipt(own);
    }
    let eml = message.finish(envelope, &sending)?;
    let options = send::SendOptions {
        // As sendmail does: first it is safe, then it is tried.
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
        // It waits for a person, who has to hear of it.
        let line = format!("graphmail: kept in the outbox as {id}: {error}");
        context.ui.talk(report::with_hint(line, Some(&hint)));
    }
    Ok(())
}

/// Whom this host's names mean.
fn aliases_of(context: &Context<'_>) -> Result<Aliases, config::Error> {
    context.settings.aliases(context.seams.host_name())
}

/// Where the message goes out, as account and configuration say.
fn sending(target: &send::Target, context: &Context<'_>) -> Result<Sending> {
    let settings = context.settings.file()?.sendmail.clone();
    Ok(Sending {
        mailbox: target.address().cloned(),
        allowed: settings.allowed_from,
        policy: match settings.from_policy {
            None | Some(FromChoice::Rewrite) => FromPolicy::Rewrite,
            Some(FromChoice::Keep) => FromPolicy::Keep,
            Some(FromChoice::Refuse) => FromPolicy::Refuse,
        },
        now: context.seams.now().to_zoned(context.seams.time_zone()),
        uuid: context.seams.uuid(),
    })
}

fn recipients(written: &[String]) -> Result<Vec<Recipient>> {
    let mut all = Vec::new();
    for text in written {
        all.extend(Recipient::parse_list(text).with_context(|| {
            let end = text.floor_char_boundary(limits::SHOWN);
            format!("recipient {:?}", text.get(..end).unwrap_or_default())
        })?);
    }
    Ok(all)
}

/// The envelope's sender: nothing where it is the empty one of a bounce, or cannot be read. Graph
/// has no envelope, so it only stands for a From that is missing.
fn sender(text: &str) -> Option<Recipient> {
    let list = Recipient::parse_list(text).ok()?;
    <[Recipient; 1]>::try_from(list).ok().map(|[sender]| sender)
}

/// `-bv`: whom each recipient means.
fn verify(args: &args::Args, context: &Context<'_>) -> Result<Status> {
    let aliases = aliases_of(context)?;
    let mut unknown = None;
    for recipient in recipients(&args.recipients)? {
        let written = recipient.written().element.clone();
        let found = match &recipient {
            Recipient::Mailbox { mailbox, .. } => vec![mailbox.clone()],
            Recipient::Local { name, host, .. } => aliases
                .resolve_at(name, host.as_deref())
                .map_err(|error| report::of_aliases(error, &aliases))?,
        };
        if found.is_empty() {
            context
                .ui
                .data(&Visible::line(&format!("{written}... user unknown")))?;
            unknown = Some(SendmailError::Unknown(written));
            continue;
        }
        let found: Vec<_> = found.iter().map(Mailbox::address).collect();
        let found: Vec<_> = found.iter().map(|address| address.as_str()).collect();
        let line = format!("{written}... deliverable: {}", found.join(", "));
        context.ui.data(&Visible::line(&line))?;
    }
    unknown.map_or(Ok(Class::Success.into()), |error| {
        Err(report::of_aliases(error, &aliases))
    })
}

/// `newaliases`: there is no database to rebuild, but a chance to say what cannot be used.
fn aliases(context: &Context<'_>) -> Result<Status> {
    let aliases = aliases_of(context)?;
    for fault in aliases.faults() {
        context.ui.talk(&format!("graphmail: warning: {fault}"));
    }
    let line = format!("{} aliases", aliases.count());
    context.ui.data(&Visible::line(&line))?;
    aliases
        .readable()
        .map_err(|error| report::of_aliases(error, &aliases))?;
    Ok(Class::Success.into())
}
