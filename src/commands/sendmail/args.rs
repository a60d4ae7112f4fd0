//! Parses sendmail's command line: clustered short options, attached or separate values, addresses
//! anywhere.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg;

use crate::charset::undeclared;
use crate::commands::error::UsageError;
use crate::outbox::CommandLine;

/// The mode of operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// `-bm`: the message is on standard input.
    #[default]
    Deliver,
    /// `-bs`: SMTP on standard input and output.
    Smtp,
    /// `-bp`, `mailq`: list the queue.
    List,
    /// `-q`: send the queue.
    Flush,
    /// `-bv`: resolve the recipients.
    Verify,
    /// `-bi`, `newaliases`: check the aliases.
    Aliases,
}

/// A parsed command line of sendmail.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Args {
    pub(super) mode: Mode,
    /// The recipients, as written.
    pub(super) recipients: Vec<String>,
    /// `-t`
    pub(super) fields: bool,
    /// `-f`, `-r`
    pub(super) sender: Option<String>,
    /// `-F`
    pub(super) name: Option<String>,
    /// `-odq`, `-odd`: only queue the message.
    pub(super) keep_only: bool,
    /// `-Ac`, `-Am`: without the host's mail service.
    pub(super) direct: bool,
    /// `-G`: the caller is a mail server, which keeps what is not sent.
    pub(super) relayed: bool,
    /// `-v`
    pub(super) verbose: bool,
    /// `-C`: untrusted, see [`permitted_config`](crate::config::permitted_config).
    pub(super) config: Option<PathBuf>,
    /// Whether `-X` was given. It is ignored: a caller may pass on text from a stranger, and a log line
    /// in a web server's folder could be run as a program.
    pub(super) log_file: bool,
    /// `-N success`
    pub(super) delivery_receipt: bool,
}

/// Parses the arguments after the program's name.
pub(super) fn parse(arguments: &[OsString], mode: Mode) -> Result<Args, UsageError> {
    let mut args = Args {
        mode,
        ..Args::default()
    };
    let mut parser = lexopt::Parser::from_args(arguments.iter().cloned());
    while let Some(argument) = parser.next().map_err(unreadable)? {
        match argument {
            // An address with U+FFFD is refused, without the others; a name is not needed.
            Arg::Value(address) => {
                (args.recipients).push(address.to_string_lossy().into_owned());
            }
            Arg::Long(name) => return Err(unknown(&format!("--{name}")).hint(GLOBAL)),
            Arg::Short(letter) => option(letter, &mut parser, &mut args)?,
        }
    }
    args.refuse_unused_recipients().map(|()| args)
}

impl Args {
    /// What the message of this command line needs.
    pub(super) fn command_line(&self) -> CommandLine {
        CommandLine {
            recipients: self.recipients.clone(),
            fields: self.fields,
            sender: self.sender.clone(),
            name: self.name.clone(),
            delivery_receipt: self.delivery_receipt,
            user: None,
            kept_as: None,
        }
    }

    /// Refuses recipients in a mode that does not use them. The caller probably wants to send a message,
    /// which would be lost.
    fn refuse_unused_recipients(&self) -> Result<(), UsageError> {
        let (option, does, hint) = match self.mode {
            Mode::Deliver => return Ok(()),
            Mode::Smtp => ("-bs", "reads the recipients from SMTP", WITHOUT),
            Mode::List => ("-bp", "only lists the queue", WITHOUT),
            Mode::Flush => ("-q", "only sends the queue", NOT_QUIET),
            Mode::Verify => ("-bv", "sends nothing", "give ADDRESSes instead of -t"),
            Mode::Aliases => ("-bi", "only checks the aliases", WITHOUT),
        };
        let unused = match self.recipients.first() {
            Some(address) if self.mode != Mode::Verify => format!("{address:?}"),
            _ if self.fields => "-t".to_owned(),
            _ => return Ok(()),
        };
        let message = format!("{option} {does} and does not use {unused}");
        Err(UsageError::new(message).hint(hint))
    }
}

/// The hint for graphmail's own options.
const GLOBAL: &str = "put graphmail's own options before the word sendmail: graphmail --account NAME sendmail …; \
    under the name sendmail, use the environment: GRAPHMAIL_ACCOUNT=NAME";
const WITHOUT: &str =
    "to send a message, leave this option out, and do not call mailq or newaliases";
const NOT_QUIET: &str =
    "to send a message, leave -q out; for quiet, use: graphmail --quiet sendmail …";

fn option(letter: char, parser: &mut lexopt::Parser, args: &mut Args) -> Result<(), UsageError> {
    match letter {
        't' => args.fields = true,
        // A line with a single dot never ends the message, with or without these options.
        'i' | 'm' | 'n' | 'U' => {}
        'G' => args.relayed = true,
        'v' => args.verbose = true,
        'f' | 'r' => args.sender = Some(value(parser)?),
        'F' => args.name = Some(value(parser)?),
        'b' => args.mode = mode(&value(parser)?)?,
        'q' => {
            // `-q30m` means to repeat. Here a timer does that, so the queue is sent once.
            let selection = parser.optional_value();
            let selection = selection.map(text).unwrap_or_default();
            if selection.starts_with(|first: char| first.is_ascii_alphabetic() && first != 'f') {
                return Err(UsageError::new(format!(
                    "-q{selection}: graphmail can only send the whole queue"
                ))
                .hint("send one entry: graphmail outbox flush ID"));
            }
            args.mode = Mode::Flush;
        }
        'o' => args.keep_only |= matches!(value(parser)?.as_str(), "dq" | "dd"),
        'C' => args.config = Some(parser.value().map_err(unreadable)?.into()),
        'X' => {
            parser.value().map_err(unreadable)?;
            args.log_file = true;
        }
        'A' => {
            submission_or_relay(parser.optional_value())?;
            args.direct = true;
        }
        'I' => args.mode = Mode::Aliases,
        'N' => {
            let wanted = value(parser)?;
            let mut wanted = wanted.split(',');
            args.delivery_receipt = wanted.any(|word| word.eq_ignore_ascii_case("success"));
        }
        'R' | 'B' | 'D' | 'h' | 'L' | 'O' | 'p' | 'V' => {
            value(parser)?;
        }
        // Historical options, with an optional attached value.
        'd' | 'e' | 'x' => {
            parser.optional_value();
        }
        other => return Err(unknown(&format!("-{other}"))),
    }
    Ok(())
}

/// `-Ac` and `-Am` choose one of sendmail's two configurations. `-A reports` probably means graphmail's
/// --account; `reports` would become a recipient.
fn submission_or_relay(value: Option<OsString>) -> Result<(), UsageError> {
    match value {
        Some(value) if value == "c" || value == "m" => Ok(()),
        value => {
            let value = value.unwrap_or_default();
            let option = format!("-A{}", value.display());
            Err(UsageError::new(format!(
                "{option}: sendmail's -A is -Ac or -Am; it does not choose an account"
            ))
            .hint(GLOBAL))
        }
    }
}

fn mode(letter: &str) -> Result<Mode, UsageError> {
    match letter {
        "m" => Ok(Mode::Deliver),
        "s" => Ok(Mode::Smtp),
        "p" => Ok(Mode::List),
        "v" => Ok(Mode::Verify),
        "i" => Ok(Mode::Aliases),
        "d" | "D" | "h" | "H" | "P" | "t" => Err(UsageError::new(format!(
            "-b{letter}: graphmail is not a daemon and does not have this mode"
        ))
        .hint("-bm sends a message, -bs speaks SMTP on standard input, -q sends the queue")),
        other => Err(unknown(&format!("-b{other}"))),
    }
}

fn value(parser: &mut lexopt::Parser) -> Result<String, UsageError> {
    Ok(text(parser.value().map_err(unreadable)?))
}

/// An argument in UTF-8 or, on an old host, in Windows-1252.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is given to map, which passes values"
)]
fn text(argument: OsString) -> String {
    undeclared(argument.as_encoded_bytes(), "").into_owned()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is given to map_err, which passes values"
)]
fn unreadable(error: lexopt::Error) -> UsageError {
    UsageError::new(error.to_string()).hint(HINT)
}

fn unknown(option: &str) -> UsageError {
    UsageError::new(format!("unknown sendmail option {option}")).hint(HINT)
}

const HINT: &str = "man graphmail-sendmail";

#[cfg(test)]
mod tests {
    use super::{Args, Mode, parse};

    fn read(line: &str) -> Result<Args, String> {
        let words: Vec<_> = line.split_whitespace().map(Into::into).collect();
        parse(&words, Mode::Deliver).map_err(|error| error.to_string())
    }

    fn args(recipients: &[&str]) -> Args {
        Args {
            recipients: recipients.iter().map(|&word| word.to_owned()).collect(),
            ..Args::default()
        }
    }

    fn line(recipients: &[&str], change: impl FnOnce(&mut Args)) -> Args {
        let mut line = args(recipients);
        change(&mut line);
        line
    }

    /// The command lines of real programs.
    #[test]
    fn callers_are_understood() {
        let some = |text: &str| Some(text.to_owned());
        let cron = |args: &mut Args| args.name = some("CronDaemon");
        #[rustfmt::skip]
        let table = [
            ("-FCronDaemon -odi -oem -oi -t", line(&[], |args| { cron(args); args.fields = true; })),
            ("-FCronDaemon -i -odi -oem -oi -t -f root", line(&[], |args| { cron(args); args.fields = true; args.sender = some("root"); })),
            ("-FCronDaemon -i -B8BITMIME -oem root", line(&["root"], cron)),
            ("-ti", line(&[], |args| args.fields = true)),
            ("-i -B 8BITMIME a@x.org", args(&["a@x.org"])),
            ("-oem -oi -f j@x.org -N failure,delay -R hdrs -- a@x.org -b@x.org", line(&["a@x.org", "-b@x.org"], |args| args.sender = some("j@x.org"))),
            ("-t -i -fuser@x.org", line(&[], |args| { args.fields = true; args.sender = some("user@x.org"); })),
            ("a@x.org -oi b@x.org -v", line(&["a@x.org", "b@x.org"], |args| args.verbose = true)),
            ("-odq a@x.org", line(&["a@x.org"], |args| args.keep_only = true)),
        ];
        for (words, expected) in table {
            assert_eq!(read(words), Ok(expected), "{words}");
        }
    }

    #[test]
    fn modes_and_history_are_understood() {
        let mode = |mode| line(&[], |args| args.mode = mode);
        #[rustfmt::skip]
        let table = [
            ("-bs", mode(Mode::Smtp)),
            ("-bm", mode(Mode::Deliver)),
            ("-bp", mode(Mode::List)),
            ("-bi", mode(Mode::Aliases)),
            ("-bv", mode(Mode::Verify)),
            ("-q30m", mode(Mode::Flush)),
            ("-q", mode(Mode::Flush)),
            ("-v -q", line(&[], |args| { args.mode = Mode::Flush; args.verbose = true; })),
            ("-I -D /dev/null", mode(Mode::Aliases)),
            ("-bv a@x.org", line(&["a@x.org"], |args| args.mode = Mode::Verify)),
            ("-Nsuccess,failure -d8.99 -Ac -Lx -O DeliveryMode=b -C /etc/g.toml -X log a@x.org", line(&["a@x.org"], |args| {
                args.delivery_receipt = true;
                args.direct = true;
                args.config = Some("/etc/g.toml".into());
                args.log_file = true;
            })),
        ];
        for (words, expected) in table {
            assert_eq!(read(words), Ok(expected), "{words}");
        }
    }

    /// A message with these options is not silently lost.
    #[test]
    fn a_mode_that_takes_no_message_takes_no_recipients() {
        for (line, option) in [
            ("-q a@x.org", "-q"),
            ("a@x.org -i -q", "-q"),
            ("-q -t", "-q"),
            ("-tq", "-q"),
            ("-q30m -i a@x.org", "-q"),
            ("-bp a@x.org", "-bp"),
            ("-bp -t", "-bp"),
            ("-bi a@x.org", "-bi"),
            ("-I a@x.org", "-bi"),
            ("-bs a@x.org", "-bs"),
            ("-bv -t", "-bv"),
            ("-bs -t", "-bs"),
            ("-ti -bs", "-bs"),
        ] {
            let refused = read(line).expect_err(line);
            assert!(
                refused.starts_with(&format!("{option} ")),
                "{line}: {refused}"
            );
        }
    }

    #[test]
    fn what_is_unknown_is_no_address() {
        for line in [
            "-Z a@x.org",
            "--verbose",
            "-bz",
            "-tZ",
            "-bd",
            "-bD",
            "-bt",
            "-f",
            "-A reports",
            "-Areports a@x.org",
            "-A c",
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }
}
