//! The flags of `send`. `draft create` shares those that describe the message.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum, ValueHint};

use crate::config::{self, FormatChoice};
use crate::outbox::Queue;

/// Sends a message composed from flags, or a ready message
///
/// Success means that Graph has accepted the message for processing (status 202). If a recipient does not
/// exist, Exchange later sends a bounce to the sender's inbox. graphmail never sends a message twice: if
/// the response is lost and Graph may have accepted the message, graphmail exits 76 and does not retry.
#[derive(Debug, ClapArgs)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{SIGNATURES}"))]
pub(in crate::commands) struct Args {
    #[command(flatten)]
    pub(super) message: MessageArgs,
    /// Do not save a copy in Sent Items; refused if the message is too large for one request
    ///
    /// A message above 4 MB is sent as a draft, and Exchange always saves a sent draft in Sent Items. So
    /// graphmail refuses --no-save for such a message before it sends anything.
    #[arg(long, help_heading = "Message", conflicts_with = "mime")]
    pub(super) no_save: bool,
    /// The sending mailbox: an address or an id [default: the account's mailbox]
    #[arg(long, value_name = "USER", help_heading = "Sending")]
    pub(super) mailbox: Option<String>,
    /// When to queue the message in the outbox [default: never]
    ///
    /// `graphmail outbox flush` sends queued messages. graphmail exits 0 if the message is queued. If
    /// Graph permanently refuses the message, graphmail exits with the same status as without a queue;
    /// with `always`, the message stays in the outbox as failed.
    #[arg(long, value_name = "WHEN", help_heading = "Sending")]
    pub(super) queue: Option<Queue>,
    /// Send only one message with this key: a repeat sends nothing and reports that
    ///
    /// graphmail remembers keys for at least 30 days on this host, for each account. A repeat exits 0 if the first
    /// message was sent or is in the outbox, 75 while another process sends it, and 76 if it may have
    /// been sent. After a failure, the key can be used again. An empty key is refused.
    #[arg(long, value_name = "KEY", value_parser = key, help_heading = "Sending")]
    pub(super) idempotency_key: Option<String>,
    #[command(flatten)]
    pub(super) waiting: WaitArgs,
}

/// What to wait for after the message was sent.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Sending")]
pub(super) struct WaitArgs {
    /// Wait for the copy in Sent Items, and print its id, Message-ID and web link [default: 1m]
    ///
    /// Needs Mail.ReadBasic, Mail.Read or Mail.ReadWrite. If the copy does not appear in time, graphmail warns
    /// and exits 0: the message was sent.
    #[arg(
        long,
        value_name = "DURATION",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1m",
        value_parser = config::limit,
        conflicts_with_all = ["no_save", "dry_run"]
    )]
    pub(super) wait: Option<Duration>,
    /// Watch the inbox for a non-delivery report about the message [default: 2m]
    ///
    /// Needs Mail.Read or Mail.ReadWrite. If a report comes, graphmail exits 69 with the recipient, the status
    /// code and the diagnostic text. Most reports come within a minute, but a report can come days later.
    #[arg(
        long,
        value_name = "DURATION",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "2m",
        value_parser = config::limit,
        conflicts_with = "dry_run"
    )]
    pub(super) wait_bounce: Option<Duration>,
}

/// Reads an idempotency key. An empty key usually comes from an unset variable. All messages of all
/// scripts would share it, and only the first would be sent.
fn key(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("the key is empty; is a variable unset?");
    }
    Ok(text.to_owned())
}

/// The message, and `--dry-run`.
#[derive(Debug, ClapArgs)]
pub(in crate::commands) struct MessageArgs {
    #[command(flatten)]
    pub(super) recipients: RecipientArgs,
    #[command(flatten)]
    pub(super) composed: ComposedArgs,
    /// A ready RFC 5322 message, sent unchanged except for line ends, Bcc and repeated fields; `-` is standard input
    ///
    /// Recipients from flags that are not in a header field of the message are added to its Bcc, which
    /// Exchange removes before delivery. Line ends become CRLF. A leading mbox "From " line is removed. A
    /// missing Message-ID is added. A message that is too large for one request is split into a draft and
    /// its attachments.
    #[arg(
        long,
        value_name = "FILE",
        help_heading = "Ready message",
        conflicts_with_all = COMPOSED
    )]
    pub(super) mime: Option<PathBuf>,
    /// The format of the request: auto uses JSON unless the message needs MIME
    #[arg(long, value_name = "FORMAT", help_heading = "Sending")]
    pub(super) format: Option<FormatChoice>,
    /// Check everything and print what would be sent, without network access; several requests are shown
    /// only as a plan
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

/// The members of [`ComposedArgs`]. They are listed one by one, so that an error names the given flag.
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
  graphmail send --to ops@example.com --subject 'Backup done' \\
      --body-file report.txt --attach backup.log
  df -h | graphmail send -t ops@example.com -s 'Disk space' --body-file -
  graphmail send -t '\"Doe, Jane\" <jane@example.com>, john@example.com' \\
      -s Report --html-file report.html --inline chart=chart.png
  graphmail send --mime message.eml --bcc archive@example.com
  graphmail send -t a@example.com -s Test --dry-run=json";

/// `.ci/signatures.sh` runs these.
const SIGNATURES: &str = "Signed and encrypted mail: graphmail sends what OpenSSL, gpg or gpgsm made unchanged, and refuses \
it if it is too large for one request.
  openssl cms -sign -text -in text.txt -signer me.pem -inkey me.key \\
      -from me@example.com -to a@example.com -subject Report |
      graphmail send --mime -
  openssl cms -encrypt -aes256 -in part.txt -from me@example.com \\
      -to a@example.com -subject Report a.pem | graphmail send --mime -

gpg and gpgsm sign a MIME part whose lines end in CRLF, and the message consists of that part and the signature:
  { printf '%s\\n' 'Content-Type: text/plain; charset=utf-8' ''
    cat text.txt; } | sed 's/$/\\r/' >part
  gpg --armor --detach-sign --digest-algo SHA512 --output part.asc part
  { printf '%s\\n' 'From: me@example.com' 'To: a@example.com' \\
      'Subject: Report' 'MIME-Version: 1.0' \\
      'Content-Type: multipart/signed; boundary=b; micalg=pgp-sha512;' \\
      ' protocol=\"application/pgp-signature\"' '' --b
    cat part
    printf '%s\\n' '' --b 'Content-Type: application/pgp-signature' ''
    cat part.asc
    printf '%s\\n' '' --b--
  } | graphmail send --mime -

With gpgsm the signature is `gpgsm --detach-sign part | base64`, its fields are `Content-Type: application/pkcs7-signature; \
name=smime.p7s` and `Content-Transfer-Encoding: base64`, and the message has micalg=sha-256 and \
protocol=\"application/pkcs7-signature\".";

/// The recipients.
#[derive(Debug, Clone, Default, ClapArgs)]
#[command(next_help_heading = "Recipients")]
pub(in crate::commands) struct RecipientArgs {
    /// Recipients, as an RFC 5322 address list; repeatable
    #[arg(short = 't', long, value_name = "LIST")]
    pub(in crate::commands) to: Vec<String>,
    /// Recipients of a copy (Cc); repeatable
    #[arg(short, long, value_name = "LIST")]
    pub(in crate::commands) cc: Vec<String>,
    /// Recipients of a blind copy (Bcc); repeatable
    #[arg(short, long, value_name = "LIST")]
    pub(in crate::commands) bcc: Vec<String>,
}

/// The flags that compose a message. They conflict with a ready message.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Message")]
pub(in crate::commands) struct ComposedArgs {
    /// From, if it is not the sending mailbox
    #[arg(short, long, value_name = "MAILBOX")]
    pub(in crate::commands) from: Option<String>,
    /// Reply-To: addresses for replies; repeatable
    #[arg(long, value_name = "LIST")]
    pub(in crate::commands) reply_to: Vec<String>,
    /// Subject
    #[arg(short, long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(in crate::commands) subject: Option<String>,
    /// The text; `-` is standard input
    #[arg(
        long,
        value_name = "TEXT",
        conflicts_with = "body_file",
        allow_hyphen_values = true
    )]
    pub(in crate::commands) body: Option<String>,
    /// The text, from a file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(in crate::commands) body_file: Option<PathBuf>,
    /// The HTML; a message can have both text and HTML; `-` is standard input
    #[arg(
        long,
        value_name = "TEXT",
        conflicts_with = "html_file",
        allow_hyphen_values = true
    )]
    pub(in crate::commands) html: Option<String>,
    /// The HTML, from a file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(in crate::commands) html_file: Option<PathBuf>,
    /// Markdown, from a file: sent as text and, rendered, as HTML; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["body", "body_file", "html", "html_file"])]
    pub(in crate::commands) markdown_file: Option<PathBuf>,
    /// A file to attach; repeatable; `PATH;name=N;type=T` sets name and type, `-;name=N` is standard
    /// input
    ///
    /// Large standard input is spooled to an unlinked temporary file in TMPDIR, /var/tmp or /tmp, the first that has room. Otherwise it is kept in memory.
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::FilePath, allow_hyphen_values = true)]
    pub(in crate::commands) attach: Vec<OsString>,
    /// An inline image, to which the HTML refers as `cid:CID`; repeatable
    #[arg(long, value_name = "CID=PATH")]
    pub(in crate::commands) inline: Vec<String>,
    /// A custom header field, `Name: value`; repeatable
    ///
    /// Refused are fields that another flag writes, fields that name recipients (Resent-To,
    /// Apparently-To), and fields that graphmail or Exchange writes.
    #[arg(short = 'H', long, value_name = "FIELD")]
    pub(in crate::commands) header: Vec<String>,
    /// The importance of the message
    #[arg(long, value_name = "LEVEL")]
    pub(in crate::commands) importance: Option<ImportanceChoice>,
    /// An Outlook category; repeatable
    #[arg(long, value_name = "NAME")]
    pub(in crate::commands) category: Vec<String>,
    /// The sensitivity of the message
    #[arg(long, value_name = "LEVEL")]
    pub(in crate::commands) sensitivity: Option<SensitivityChoice>,
    /// Request a read receipt
    #[arg(long)]
    pub(in crate::commands) read_receipt: bool,
    /// Request a delivery receipt
    #[arg(long)]
    pub(in crate::commands) delivery_receipt: bool,
    /// Flag the message for follow-up
    #[arg(long)]
    pub(in crate::commands) flag: bool,
    /// When the follow-up begins: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`
    #[arg(long, value_name = "TIME")]
    pub(in crate::commands) flag_start: Option<String>,
    /// When the follow-up is due
    #[arg(long, value_name = "TIME")]
    pub(in crate::commands) flag_due: Option<String>,
    /// Exchange holds the message until then: RFC 3339, local `YYYY-MM-DD HH:MM`, or `+2h`
    #[arg(long, value_name = "TIME")]
    pub(in crate::commands) at: Option<String>,
    /// The Message-ID of the message that this one answers
    #[arg(long, value_name = "ID")]
    pub(in crate::commands) in_reply_to: Option<String>,
    /// The Message-IDs of the thread, oldest first
    #[arg(long, value_name = "IDS")]
    pub(in crate::commands) references: Option<String>,
    /// The Message-ID of this message
    #[arg(long, value_name = "ID")]
    pub(in crate::commands) message_id: Option<String>,
}

/// `--importance`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::commands) enum ImportanceChoice {
    Low,
    Normal,
    High,
}

/// `--sensitivity`
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::commands) enum SensitivityChoice {
    Personal,
    Private,
    Confidential,
}

/// `--dry-run`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::commands) enum DryRun {
    /// The requests, their sizes and the permissions
    Plan,
    /// The request's JSON
    Json,
    /// The RFC 5322 message
    Eml,
    /// A curl command for the same request, without the access token
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
