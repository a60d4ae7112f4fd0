//! sendmail's command line: short options in clusters, values attached or not, addresses anywhere.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg;

use crate::commands::error::UsageError;

/// What is to be done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// `-bm`: the message is on standard input.
    #[default]
    Deliver,
    /// `-bs`: SMTP on standard input and output.
    Smtp,
    /// `-bp`, `mailq`: what waits.
    List,
    /// `-q`: try what waits.
    Flush,
    /// `-bv`: whom the recipients mean.
    Verify,
    /// `-bi`, `newaliases`: whether the aliases can be used.
    Aliases,
}

/// A command line of sendmail's, understood.
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
    /// `-odq`, `-odd`: only keep it.
    pub(super) keep_only: bool,
    /// `-v`
    pub(super) verbose: bool,
    /// `-C`: untrusted, see [`permitted_config`](crate::config::permitted_config).
    pub(super) config: Option<PathBuf>,
    /// Whether there was a `-X`, which is ignored: the program that calls may let a stranger choose it,
    /// and a line of the log in a web server's folder is a program.
    pub(super) log_file: bool,
    /// `-N success`
    pub(super) delivery_receipt: bool,
}

/// Reads what follows the program's name.
pub(super) fn parse(arguments: &[OsString], mode: Mode) -> Result<Args, UsageError> {
    let mut args = Args {
        mode,
        ..Args::default()
    };
    let mut parser = lexopt::Parser::from_args(arguments.iter().cloned());
    while let Some(argument) = parser.next().map_err(unreadable)? {
        match argument {
            Arg::Value(address) => args.recipients.push(text(address)?),
            Arg::Long(name) => return Err(unknown(&format!("--{name}")).hint(GLOBAL)),
            Arg::Short(letter) => option(letter, &mut parser, &mut args)?,
        }
    }
    args.refuse_unused_recipients().map(|()| args)
}

impl Args {
    /// Refuses recipients beside a mode that has no use for them: whoever names some has a message to
    /// send, which would be lost.
    fn refuse_unused_recipients(&self) -> Result<(), UsageError> {
        let (option, does, hint) = match self.mode {
            Mode::Deliver => return Ok(()),
            Mode::Smtp => ("-bs", "takes its recipients from SMTP", WITHOUT),
            Mode::List => ("-bp", "only lists what waits", WITHOUT),
            Mode::Flush => ("-q", "only tries what waits", NOT_QUIET),
            Mode::Verify => ("-bv", "sends nothing", "name the ADDRESSes in place of -t"),
            Mode::Aliases => ("-bi", "only checks the aliases", WITHOUT),
        };
        let unused = match self.recipients.first() {
            Some(address) if self.mode != Mode::Verify => format!("{address:?}"),
            _ if self.fields => "-t".to_owned(),
            _ => return Ok(()),
        };
        let message = format!("{option} {does}, and {unused} stands beside it");
        Err(UsageError::new(message).hint(hint))
    }
}

/// Where the options of this program that are none of sendmail's go.
const GLOBAL: &str = "graphmail's own options stand before the word: graphmail --account NAME sendmail …; \
    under the name sendmail the environment gives them: GRAPHMAIL_ACCOUNT=NAME";
const WITHOUT: &str = "leave it out to send a message (mailq and newaliases send none)";
const NOT_QUIET: &str = "leave -q out to send a message; it is sendmail's option here, and quiet is: graphmail --quiet sendmail …";

fn option(letter: char, parser: &mut lexopt::Parser, args: &mut Args) -> Result<(), UsageError> {
    match letter {
        't' => args.fields = true,
        // A lone dot never ends the message here, with these or without.
        'i' | 'G' | 'm' | 'n' | 'U' => {}
        'v' => args.verbose = true,
        'f' | 'r' => args.sender = Some(value(parser)?),
        'F' => args.name = Some(value(parser)?),
        'b' => args.mode = mode(&value(parser)?)?,
        'q' => {
            // `-q30m` asks to try again and again, which a timer does here; what is due is tried once.
            let selection = parser.optional_value();
            let selection = selection.map(text).transpose()?.unwrap_or_default();
            if selection.starts_with(|first: char| first.is_ascii_alphabetic() && first != 'f') {
                return Err(UsageError::new(format!(
                    "-q{selection}: the queue is tried as a whole"
                ))
                .hint("name one entry: graphmail outbox flush ID"));
            }
            args.mode = Mode::Flush;
        }
        'o' => args.keep_only |= matches!(value(parser)?.as_str(), "dq" | "dd"),
        'C' => args.config = Some(parser.value().map_err(unreadable)?.into()),
        'X' => {
            parser.value().map_err(unreadable)?;
            args.log_file = true;
        }
        'A' => submission_or_relay(parser.optional_value())?,
        'I' => args.mode = Mode::Aliases,
        'N' => {
            let wanted = value(parser)?;
            let mut wanted = wanted.split(',');
            args.delivery_receipt = wanted.any(|word| word.eq_ignore_ascii_case("success"));
        }
        'R' | 'B' | 'D' | 'h' | 'L' | 'O' | 'p' | 'V' => {
            value(parser)?;
        }
        // Historical, with a value that is attached or not there.
        'd' | 'e' | 'x' => {
            parser.optional_value();
        }
        other => return Err(unknown(&format!("-{other}"))),
    }
    Ok(())
}

/// `-Ac` and `-Am` name one of sendmail's two configurations. `-A reports` is meant for this program,
/// and would make the account a recipient.
fn submission_or_relay(value: Option<OsString>) -> Result<(), UsageError> {
    match value {
        Some(value) if value == "c" || value == "m" => Ok(()),
        value => {
            let value = value.unwrap_or_default();
            let option = format!("-A{}", value.display());
            Err(UsageError::new(format!(
                "{option}: sendmail's -A is -Ac or -Am, and names no account"
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
            "-b{letter}: graphmail is no daemon and has no such mode"
        ))
        .hint("-bm takes a message, -bs speaks SMTP on standard input, -q tries what waits")),
        other => Err(unknown(&format!("-b{other}"))),
    }
}

fn value(parser: &mut lexopt::Parser) -> Result<String, UsageError> {
    text(parser.value().map_err(unreadable)?)
}

fn text(argument: OsString) -> Result<String, UsageError> {
    argument
        .into_string()
        .map_err(|argument| UsageError::new(format!("{} is not UTF-8", argument.display())))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is given to map_err, which passes values"
)]
fn unreadable(error: lexopt::Error) -> UsageError {
    UsageError::new(error.to_string()).hint(HINT)
}

fn unknown(option: &str) -> UsageError {
    UsageError::new(format!("{option} is no option of sendmail's")).hint(HINT)
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
                args.config = Some("/etc/g.toml".into());
                args.log_file = true;
            })),
        ];
        for (words, expected) in table {
            assert_eq!(read(words), Ok(expected), "{words}");
        }
    }

    /// A message that comes with these is not thrown away unsaid.
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
