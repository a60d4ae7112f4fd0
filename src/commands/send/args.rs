//! The flags of `send`, and those of them that make a message, which `draft create` takes too.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use crate::outbox::Queue;

/// Composes a message from flags, or takes a ready one, and sends it.
///
/// Graph's answer 202 means accepted for processing: a recipient that does not exist comes back
/// later as a report in the sender's inbox. Nothing is sent twice: where Graph may have taken the
/// message and the answer was lost, the exit status is 76 and nothing is tried again.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES)]
pub(in crate::commands) struct Args {
    #[command(flatten)]
    pub(super) message: MessageArgs,
    /// Keep no copy in Sent Items; refused for what fits no single request, for a sent draft leaves one
    ///
    /// A message above 4 MB goes as a draft, and Graph keeps a copy of every draft that is sent.
    /// graphmail could only look for that copy when the message is gone, and deleting it may fail:
    /// so it refuses before anything is sent.
    #[arg(long, help_heading = "Message", conflicts_with = "mime")]
    pub(super) no_save: bool,
    /// Whose mailbox sends: an address or an id; else the account's own
    #[arg(long, value_name = "USER", help_heading = "Sending")]
    pub(super) mailbox: Option<String>,
    /// Keep the message in the outbox [default: never]
    ///
    /// What is kept is sent by `graphmail outbox flush`, and a run that ends with it safely kept
    /// ends with 0. What Graph refuses for good ends as ever; with `always` it stays in the outbox
    /// as failed.
    #[arg(long, value_name = "WHEN", help_heading = "Sending")]
    pub(super) queue: Option<Queue>,
    /// Send one message under this key: a repeat sends nothing and says so
    ///
    /// Kept for 30 days on this host, for each account. A repeat ends with 0 where the first was
    /// sent or is in the outbox, with 75 while another process sends it, with 76 where it may have
    /// been sent; after a failure the key is free again. An empty key is refused.
    #[arg(long, value_name = "KEY", value_parser = key, help_heading = "Sending")]
    pub(super) idempotency_key: Option<String>,
}

/// Reads an idempotency key. An empty one is a variable that was not set: all mail of all scripts
/// would share it, and only the first would go.
fn key(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("it is empty; is a variable not set?");
    }
    Ok(text.to_owned())
}

/// One message, and what is to be seen of it before it goes.
#[derive(Debug, ClapArgs)]
pub(in crate::commands) struct MessageArgs {
    #[command(flatten)]
    pub(super) recipients: RecipientArgs,
    #[command(flatten)]
    pub(super) composed: ComposedArgs,
    /// A ready RFC 5322 message, sent byte for byte save for line ends and Bcc; `-` is standard input
    ///
    /// Recipients given by flags that no header of the message names are added to its Bcc, which
    /// Exchange takes off before delivery. Line ends become CRLF. A leading mbox "From " line is
    /// not part of the message and is left out. One that no single request holds is taken apart, and
    /// is given a Message-ID if it has none.
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Ready message",
        conflicts_with_all = COMPOSED
    )]
    pub(super) mime: Option<PathBuf>,
    /// What the message travels as: auto takes JSON unless the message needs MIME
    #[arg(long, value_name = "FORMAT", help_heading = "Sending")]
    pub(super) format: Option<FormatChoice>,
    /// Check everything and print what would be sent, without touching the network; what goes in
    /// several requests is shown as a plan alone
    #[arg(
        long,
        value_name = "AS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "plan",
        help_heading = "Sending"
    )]
    pub(in crate::commands) dry_run: Option<DryRun>,
}

/// The members of [`ComposedArgs`]: named one by one, so that an error names the one that was given.
const COMPOSED: [&str; 23] = [
    "from",
    "reply_to",
    "subject",
    "body",
    "body_file",
    "html",
    "html_file",
    "markdown_file",
    "attach",
    "inline",
    "header",
    "importance",
    "category",
    "sensitivity",
    "read_receipt",
    "delivery_receipt",
    "flag",
    "flag_start",
    "flag_due",
    "at",
    "in_reply_to",
    "references",
    "message_id",
];

const EXAMPLES: &str = "Examples:
  graphmail send --to ops@example.com --subject 'Backup done' --body-file report.txt --attach backup.log
  df -h | graphmail send -t ops@example.com -s 'Disk space' --body-file -
  graphmail send -t '\"Doe, Jane\" <jane@example.com>, john@example.com' -s Report --html-file report.html --inline chart=chart.png
  graphmail send --mime message.eml --bcc archive@example.com
  graphmail send -t a@example.com -s Test --dry-run=json";

/// Who gets it.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Recipients")]
pub(super) struct RecipientArgs {
    /// Recipients, as an RFC 5322 list; repeatable
    #[arg(short = 't', long, value_name = "LIST")]
    pub(super) to: Vec<String>,
    /// Recipients of a copy; repeatable
    #[arg(short, long, value_name = "LIST")]
    pub(super) cc: Vec<String>,
    /// Recipients of a copy that the others do not see; repeatable
    #[arg(short, long, value_name = "LIST")]
    pub(super) bcc: Vec<String>,
}

/// What makes a message: a ready message takes none of it.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Message")]
pub(super) struct ComposedArgs {
    /// From, if it is not the mailbox that sends
    #[arg(short, long, value_name = "MAILBOX")]
    pub(super) from: Option<String>,
    /// Where answers go; repeatable
    #[arg(long, value_name = "LIST")]
    pub(super) reply_to: Vec<String>,
    /// Subject
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(super) subject: Option<String>,
    /// The text; `-` is standard input
    #[arg(
        long,
        value_name = "TEXT",
        conflicts_with = "body_file",
        allow_hyphen_values = true
    )]
    pub(super) body: Option<String>,
    /// The text, from a file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) body_file: Option<PathBuf>,
    /// The HTML; with a text the message carries both; `-` is standard input
    #[arg(
        long,
        value_name = "TEXT",
        conflicts_with = "html_file",
        allow_hyphen_values = true
    )]
    pub(super) html: Option<String>,
    /// The HTML, from a file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) html_file: Option<PathBuf>,
    /// Markdown, from a file: sent as it is and rendered as HTML; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["body", "body_file", "html", "html_file"])]
    pub(super) markdown_file: Option<PathBuf>,
    /// A file to attach; repeatable; `PATH;name=N;type=T` renames and types, `-;name=N` is standard input
    ///
    /// What is large on standard input waits in a file without a name: in the folder TMPDIR, else in
    /// /var/tmp or /tmp.
    #[arg(short, long, value_name = "PATH", allow_hyphen_values = true)]
    pub(super) attach: Vec<OsString>,
    /// An image that the HTML names as `cid:CID`; repeatable
    #[arg(long, value_name = "CID=PATH")]
    pub(super) inline: Vec<String>,
    /// A header field, `Name: value`; repeatable
    ///
    /// Fields that a flag writes are refused, and so are those that name recipients (Resent-To,
    /// Apparently-To) and those that the service writes.
    #[arg(short = 'H', long, value_name = "FIELD")]
    pub(super) header: Vec<String>,
    /// How urgent it is
    #[arg(long, value_name = "LEVEL")]
    pub(super) importance: Option<ImportanceChoice>,
    /// An Outlook category; repeatable
    #[arg(long, value_name = "NAME")]
    pub(super) category: Vec<String>,
    /// How confidential it is
    #[arg(long, value_name = "LEVEL")]
    pub(super) sensitivity: Option<SensitivityChoice>,
    /// Ask to be told when it is read
    #[arg(long)]
    pub(super) read_receipt: bool,
    /// Ask to be told when it is delivered
    #[arg(long)]
    pub(super) delivery_receipt: bool,
    /// Flag it for follow-up
    #[arg(long)]
    pub(super) flag: bool,
    /// When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`
    #[arg(long, value_name = "TIME")]
    pub(super) flag_start: Option<String>,
    /// When the follow-up is due
    #[arg(long, value_name = "TIME")]
    pub(super) flag_due: Option<String>,
    /// Hold it in the service until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<String>,
    /// The Message-ID that it answers
    #[arg(long, value_name = "ID")]
    pub(super) in_reply_to: Option<String>,
    /// The Message-IDs of its thread, oldest first
    #[arg(long, value_name = "IDS")]
    pub(super) references: Option<String>,
    /// Its own Message-ID
    #[arg(long, value_name = "ID")]
    pub(super) message_id: Option<String>,
}

/// `--importance`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ImportanceChoice {
    Low,
    Normal,
    High,
}

/// `--sensitivity`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum SensitivityChoice {
    Personal,
    Private,
    Confidential,
}

/// `--format`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatChoice {
    Auto,
    Json,
    Mime,
}

/// `--dry-run`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::commands) enum DryRun {
    /// The calls, bytes and permissions
    Plan,
    /// The request's JSON
    Json,
    /// The message as RFC 5322
    Eml,
    /// A curl command that does the same, without the token
    Curl,
}

#[cfg(test)]
mod tests {
    use super::{COMPOSED, ClapArgs as _, ComposedArgs};

    #[test]
    fn a_ready_message_takes_none_of_what_makes_one() {
        let command = ComposedArgs::augment_args(clap::Command::new("send"));
        let members: Vec<_> = command
            .get_arguments()
            .map(|argument| argument.get_id().as_str())
            .collect();
        assert_eq!(members, COMPOSED);
    }
}
